"""`rraft serve MODULE:CLASS`: runs a host."""

import argparse
import asyncio
import importlib
import logging
import os
import signal
import ssl
import sys
from contextlib import suppress

from rraft.cluster.client_options import ClientOptions
from rraft.cluster.command_line.connection import client_context, read_secret
from rraft.cluster.command_line.exits import CommandFailure, Exit, line_of
from rraft.cluster.errors import ClusterError, RemovedError
from rraft.cluster.host import Host
from rraft.cluster.replicated import Replicated
from rraft.cluster.transport.options import TlsOptions, TransportOptions

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def members(text: str) -> dict[int, str]:
    """The founding members: `1=host:port,2=host:port`. Raises `ValueError`."""
    found: dict[int, str] = {}
    for part in text.split(","):
        number, is_given, address = part.strip().partition("=")
        if not is_given or int(number) in found:
            raise ValueError(f"expected ID=HOST:PORT for each founding member, got {part!r}")
        found[int(number)] = address
    return found


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
    machine = load(arguments.machine)()
    logging.basicConfig(level=arguments.log_level.upper(), format=LOG_FORMAT)
    async with make_host(arguments) as host:
        await host.start(machine, arguments.group)
        number = host.id
        print(f"host {number} of cluster {host.cluster} serves {arguments.machine} at {host.address}", flush=True)
        serving = asyncio.ensure_future(host.serve())
        for name in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # on Windows, Ctrl-C raises KeyboardInterrupt
                asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
        await asyncio.wait((serving,))
        error = None if serving.cancelled() else serving.exception()
    if isinstance(error, RemovedError):
        print(f"host {number} stops: {error}", flush=True)
    elif isinstance(error, ClusterError):
        raise CommandFailure(Exit.FAILED, line_of(error))
    return Exit.DONE


def make_host(arguments: argparse.Namespace) -> Host:
    """The host that the options describe. Raises `StartError`, `OSError`, `ValueError`."""
    secret = read_secret(arguments.secret_file)
    client_secret = read_secret(arguments.client_secret_file)
    tls = client_context(arguments)
    transport = TransportOptions(secret=secret, client_secret=client_secret, tls=_tls(arguments, tls))
    return Host(
        arguments.directory,
        listen=arguments.listen,
        cluster=arguments.cluster,
        id=arguments.id,
        address=arguments.address,
        bootstrap=arguments.bootstrap,
        join=arguments.join,
        transport=transport,
        client=ClientOptions(secret=client_secret or secret, tls=tls),
    )


def _tls(arguments: argparse.Namespace, client: ssl.SSLContext | None) -> TlsOptions | None:
    if client is None:
        return None
    if not arguments.tls_certificate:
        raise ValueError("--tls-ca: expected --tls-certificate, too: a host needs one")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=arguments.tls_ca)
    server.load_cert_chain(arguments.tls_certificate, arguments.tls_key)
    server.verify_mode = ssl.CERT_REQUIRED
    return TlsOptions(server=server, client=client)
