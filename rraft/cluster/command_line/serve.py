"""`rraft serve MODULE:CLASS`: runs a host."""

import argparse
import asyncio
import importlib
import logging
import os
import signal
import ssl
import sys
from contextlib import AsyncExitStack, suppress

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.command_line.connection import client_context, read_secret
from rraft.cluster.command_line.exits import CommandFailure, Exit, line_of, wrong_values
from rraft.cluster.command_line.output import say
from rraft.cluster.errors import ClusterError, RemovedError
from rraft.cluster.host import Host
from rraft.cluster.replicated import Replicated
from rraft.cluster.transport.options import TlsOptions, TransportOptions

logger: logging.Logger = logging.getLogger(__name__)

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def load(name: str) -> type[Replicated]:
    """The class `MODULE:CLASS`. The current directory has modules, too. Raises `CommandFailure`."""
    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise CommandFailure(Exit.USAGE, f"expected MODULE:CLASS, got {name!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise CommandFailure(Exit.USAGE, f"{name}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, Replicated)):
        raise CommandFailure(Exit.USAGE, f"{name}: expected a subclass of rraft.cluster.Replicated, got {found!r}")
    return found


async def serve(arguments: argparse.Namespace) -> int:
    """Runs a host until SIGTERM, Ctrl-C, or until it has left its groups."""
    made = load(arguments.machine)
    machines = [(made(), group) for group in arguments.group]
    logging.basicConfig(level=arguments.log_level.upper(), format=LOG_FORMAT)
    with wrong_values("TLS"):
        tls = read_tls(arguments)
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(make_host(arguments, tls))
        for address in await serve_extras(arguments, host, stack):
            say(address)
        await asyncio.gather(*(host.start(machine, group) for machine, group in machines))
        number = host.id
        say(f"host {number} of cluster {host.cluster} serves {arguments.machine} at {host.address}")
        serving = asyncio.ensure_future(host.serve())
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # on Windows, Ctrl-C raises KeyboardInterrupt
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(name, serving.cancel)
            if tls is not None:
                loop.add_signal_handler(signal.SIGHUP, renew, arguments, tls)
        await asyncio.wait((serving,))
        error = None if serving.cancelled() else serving.exception()
    if isinstance(error, RemovedError):
        say(f"host {number} stops: {error}")
    elif isinstance(error, ClusterError):
        raise CommandFailure(Exit.FAILED, line_of(error))
    return Exit.DONE


def make_host(arguments: argparse.Namespace, tls: TlsOptions | None) -> Host:
    """The host that the options describe. Raises `CommandFailure`."""
    secret = read_secret("--secret-file", arguments.secret_file)
    client_secret = read_secret("--client-secret-file", arguments.client_secret_file)
    with wrong_values("serve"):
        return Host(
            arguments.directory,
            listen=arguments.listen,
            cluster=arguments.cluster,
            id=arguments.id,
            address=arguments.address,
            bootstrap=arguments.bootstrap,
            join=arguments.join,
            transport=TransportOptions(secret=secret, client_secret=client_secret, tls=tls),
            client=ClientOptions(secret=client_secret or secret, tls=tls.client if tls else None),
        )


async def serve_extras(arguments: argparse.Namespace, host: Host, stack: AsyncExitStack) -> list[str]:
    """Serves the live page and the metrics, if the options ask for them. Returns where. Raises `CommandFailure`."""
    addresses = []
    try:
        if arguments.page:
            from rraft.cluster.web import WebPage

            token = read_secret("--page-token-file", arguments.page_token_file)
            with wrong_values("--page-token-file"):
                page = WebPage(host, listen=arguments.page, token=token.decode() if token else None)
            addresses.append(f"live page: http://{(await stack.enter_async_context(page)).address}/")
        if arguments.metrics:
            from rraft.cluster.metrics import MetricsServer

            metrics = await stack.enter_async_context(MetricsServer(host, listen=arguments.metrics))
            addresses.append(f"metrics: http://{metrics.address}/metrics")
    except ImportError as error:  # the extra is not installed
        raise CommandFailure(Exit.USAGE, str(error)) from None
    return addresses


def read_tls(arguments: argparse.Namespace) -> TlsOptions | None:
    """The TLS contexts of the options. Raises `OSError`, which `ssl.SSLError` is, and `ValueError`."""
    client = client_context(arguments)
    if client is None:
        return None
    if not arguments.tls_certificate:
        raise ValueError("--tls-ca: expected --tls-certificate, too: a host needs one")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=arguments.tls_ca)
    server.load_cert_chain(arguments.tls_certificate, arguments.tls_key)
    server.verify_mode = ssl.CERT_REQUIRED
    return TlsOptions(server=server, client=client)


def renew(arguments: argparse.Namespace, tls: TlsOptions) -> None:
    """Reads the certificate, the key and the authorities again: new connections use them."""
    try:
        read_tls(arguments)  # files that do not fit each other change nothing
        for context in (tls.server, tls.client):
            context.load_cert_chain(arguments.tls_certificate, arguments.tls_key)
            context.load_verify_locations(arguments.tls_ca)
    except (OSError, ValueError) as error:
        logger.error("the certificate is not renewed: %s", error)
    else:
        logger.info("the certificate is renewed: %s", arguments.tls_certificate)
