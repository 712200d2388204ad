"""The options with which a command finds the cluster and authenticates itself."""

import argparse
import os
import ssl
from pathlib import Path

from rraft.cluster.client import Client
from rraft.cluster.client_options import ClientOptions

DEFAULT_TIMEOUT = 30.0
"""Seconds until a command gives up."""


def comma_separated(text: str) -> list[str]:
    """The parts of an option with commas. Raises `ValueError` if there are none."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ValueError("expected at least one value, got none")
    return parts


def positive(text: str) -> float:
    """A number above 0. Raises `ValueError`."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(f"expected a number above 0, got {text}")
    return value


def add_security(parser: argparse.ArgumentParser) -> None:
    """Adds the options for the name of the cluster, the secret and TLS."""
    environment = os.environ
    parser.add_argument(
        "--cluster",
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
        type=comma_separated,
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
    parser.add_argument("--group", type=int, default=1, metavar="ID", help="the id of the group (default: 1)")


def read_secret(path: str | Path | None) -> bytes | None:
    """The secret in a file, without line ends after it. Raises `OSError`."""
    return None if path is None else Path(path).read_bytes().rstrip(b"\r\n")


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
        """Raises `OSError` for files that cannot be read, `ValueError` for invalid options."""
        self.addresses: list[str] = arguments.connect
        self.cluster: str = arguments.cluster
        self.timeout: float = arguments.timeout
        self.options: ClientOptions = ClientOptions(
            timeout=arguments.timeout,
            secret=read_secret(arguments.secret_file),
            tls=client_context(arguments),
            server_name=arguments.tls_server_name,
        )

    def client(self, address: str | None = None) -> Client:
        """A client of the cluster, or of the host at one address."""
        return Client(self.addresses if address is None else [address], self.cluster, self.options)
