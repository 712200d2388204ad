"""The options with which a command finds the cluster and authenticates itself."""

import argparse
import os
import ssl
from pathlib import Path

from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.command_line.exits import wrong_values
from rraft.cluster.command_line.values import addresses, cluster_name, group_id, positive

DEFAULT_TIMEOUT = 30.0
"""Seconds until a command gives up."""


def add_security(parser: argparse.ArgumentParser) -> None:
    """Adds the options for the name of the cluster, the secret and TLS."""
    environment = os.environ
    parser.add_argument(
        "--cluster",
        type=cluster_name,
        default=environment.get("RRAFT_CLUSTER", "rraft"),
        metavar="NAME",
        help="the name of the cluster (default: $RRAFT_CLUSTER, or rraft)",
    )
    parser.add_argument(
        "--secret-file",
        type=Path,
        default=environment.get("RRAFT_SECRET_FILE"),
        metavar="FILE",
        help="a file with the secret (default: $RRAFT_SECRET_FILE)",
    )
    parser.add_argument("--tls-ca", metavar="FILE", help="use TLS: the authority that signed the certificates of hosts")
    parser.add_argument("--tls-certificate", metavar="FILE", help="the own certificate, with its chain")
    parser.add_argument("--tls-key", metavar="FILE", help="the key of the own certificate")


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a command that talks to the cluster."""
    default = os.environ.get("RRAFT_CONNECT")
    parser.add_argument(
        "--connect",
        type=addresses,
        default=default,
        required=default is None,
        metavar="ADDRESS,...",
        help="host:port of one or more hosts (default: $RRAFT_CONNECT)",
    )
    add_security(parser)
    parser.add_argument("--tls-server-name", metavar="NAME", help="the name in the hosts' certificates, if it differs")
    parser.add_argument(
        "--timeout",
        type=positive,
        default=DEFAULT_TIMEOUT,
        metavar="SECONDS",
        help=f"give up after so long (default: {DEFAULT_TIMEOUT:g})",
    )


def add_group(parser: argparse.ArgumentParser) -> None:
    """Adds the option for the group that a command is about."""
    parser.add_argument("--group", type=group_id, default=1, metavar="ID", help="the id of the group (default: 1)")


def read_secret(option: str, path: Path | None) -> bytes | None:
    """The secret in the file of an option, without line ends after it. Raises `CommandFailure`."""
    with wrong_values(option):
        return None if path is None else path.read_bytes().rstrip(b"\r\n")


def client_context(arguments: argparse.Namespace) -> ssl.SSLContext | None:
    """The TLS context of a client, if the options ask for TLS. Raises `OSError`, which `ssl.SSLError` is."""
    if arguments.tls_ca is None:
        if arguments.tls_certificate or arguments.tls_key:
            raise ValueError("--tls-certificate and --tls-key: expected --tls-ca, too")
        return None
    context = ssl.create_default_context(cafile=arguments.tls_ca)
    if arguments.tls_certificate:
        context.load_cert_chain(arguments.tls_certificate, arguments.tls_key)
    return context


class Connection:
    """How to reach the cluster."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Raises `CommandFailure` for files that cannot be read or used, and for other invalid options."""
        self.addresses: list[str] = arguments.connect
        self.cluster: str = arguments.cluster
        self.timeout: float = arguments.timeout
        with wrong_values("TLS"):
            tls = client_context(arguments)
        self.options: ClientOptions = ClientOptions(
            timeout=arguments.timeout,
            secret=read_secret("--secret-file", arguments.secret_file),
            tls=tls,
            server_name=arguments.tls_server_name,
        )
        with wrong_values("--secret-file"):
            self.options.transport()

    def client(self, address: str | None = None) -> Client:
        """A client of the cluster, or of the host at one address."""
        return Client(self.addresses if address is None else [address], self.cluster, self.options)
