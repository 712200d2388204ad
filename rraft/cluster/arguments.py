"""What the arguments of a host must be: what would be noticed only when it joins or connects to others."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from rraft.cluster.errors import StartError
from rraft.cluster.transport.addresses import parse_address
from rraft.cluster.transport.handshake import MAX_CLUSTER_NAME
from rraft.cluster.transport.options import TransportOptions

T = TypeVar("T")

UNSPECIFIED = ("", "0.0.0.0", "::")
"""The names of all addresses of a machine."""


def check_type(name: str, value: object, expected: type) -> None:
    """Raises `TypeError` for a value of another type."""
    if not isinstance(value, expected):
        raise TypeError(f"{name}: expected {expected.__name__}, got {type(value).__name__}")


def check_id(name: str, value: object) -> None:
    """Raises `TypeError` for what is no `int`, and `StartError` for one that is not the id of a host or group."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: expected int, got {type(value).__name__} {value!r}")
    if not 1 <= value < 2**63:
        raise StartError(f"{name}: expected an id of at least 1 and below 2**63, got {value}")


def check_cluster(name: str) -> None:
    """Raises `StartError` for what is not the name of a cluster."""
    check_type("cluster", name, str)
    if not name or len(name.encode(errors="replace")) > MAX_CLUSTER_NAME or not name.isprintable():
        expected = f"a name of 1 to {MAX_CLUSTER_NAME} bytes of printable characters"
        raise StartError(f"cluster: expected {expected}, got {name!r}")


def check_tls(transport: TransportOptions, host: int, cluster: str) -> None:
    """Raises `StartError` if TLS cannot verify a certificate of this host."""
    if transport.tls is None:
        return
    try:
        transport.tls.check_name_of(host, cluster)
    except ValueError as error:
        raise StartError(str(error)) from None


def check_listen(name: str, address: str) -> None:
    """Raises `StartError` for what is no address to listen on."""
    check_type(name, address, str)
    try:
        parse_address(address, allow_any_port=True)
    except ValueError as error:
        raise StartError(f"{name}: {error}") from None


def check_reachable(name: str, address: str) -> None:
    """Raises `StartError` for what is no address to connect to. A test may have a port that nobody listens on."""
    check_listen(name, address)
    if parse_address(address, allow_any_port=True)[0] in UNSPECIFIED:
        raise StartError(f"{name}: expected an address that others can connect to, got {address!r}")


def check_bootstrap(bootstrap: Mapping[int, str]) -> None:
    """Raises `StartError` for what are not the ids and addresses of founding members."""
    check_type("bootstrap", bootstrap, Mapping)
    if not bootstrap:
        raise StartError("bootstrap: expected at least one founding member, got none")
    known: dict[str, int] = {}
    for number, address in bootstrap.items():
        check_id("bootstrap", number)
        check_reachable(f"bootstrap[{number}]", address)
        if address in known:
            raise StartError(f"bootstrap: the hosts {known[address]} and {number} have the same address {address!r}")
        known[address] = number


def check_join(join: Sequence[str]) -> None:
    """Raises `StartError` for what are not the addresses of members."""
    if isinstance(join, str):
        raise TypeError(f"join: expected a list of addresses, got the text {join!r}")
    if not join:
        raise StartError("join: expected the address of at least one member, got none")
    for position, address in enumerate(join):
        check_reachable(f"join[{position}]", address)
