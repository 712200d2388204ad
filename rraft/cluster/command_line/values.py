"""The values of arguments: functions that `argparse` calls with the text of one. They raise `ArgumentTypeError`."""

from argparse import ArgumentTypeError

from rraft.cluster.arguments import check_cluster
from rraft.cluster.errors import StartError
from rraft.cluster.requests import MAX_ADDRESS
from rraft.cluster.transport.addresses import parse_address


def comma_separated(text: str) -> list[str]:
    """The parts of a value with commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ArgumentTypeError(f"expected at least one value, got {text!r}")
    return parts


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def count(text: str) -> int:
    """A number of times, 0 for no limit."""
    number = _integer(text)
    if number is None or number < 0:
        raise ArgumentTypeError(f"expected an integer of at least 0, got {text!r}")
    return number


def host_id(text: str) -> int:
    """The id of a host."""
    return _id("host", text)


def host_ids(text: str) -> list[int]:
    """Ids of hosts, with commas."""
    return [host_id(part) for part in comma_separated(text)]


def group_id(text: str) -> int:
    """The id of a group."""
    return _id("group", text)


def group_ids(text: str) -> list[int]:
    """Ids of different groups, with commas."""
    found = [group_id(part) for part in comma_separated(text)]
    if len(set(found)) < len(found):
        raise ArgumentTypeError(f"expected the ids of different groups, got {text!r}")
    return found


def address(text: str) -> str:
    """Where a host can be connected to."""
    return _address(text, allow_any_port=False)


def addresses(text: str) -> list[str]:
    """Addresses of hosts, with commas."""
    return [address(part) for part in comma_separated(text)]


def listen_address(text: str) -> str:
    """Where to listen. Port 0 is any that is free."""
    return _address(text, allow_any_port=True)


def founders(text: str) -> dict[int, str]:
    """The founding members: `1=host:port,2=host:port`."""
    found: dict[int, str] = {}
    for part in text.split(","):
        number, is_given, where = part.strip().partition("=")
        if not is_given or host_id(number) in found:
            raise ArgumentTypeError(f"expected ID=HOST:PORT for each founding member, got {part!r}")
        found[int(number)] = address(where)
    return found


def cluster_name(text: str) -> str:
    """The name of a cluster."""
    try:
        check_cluster(text)
    except StartError as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _id(kind: str, text: str) -> int:
    number = _integer(text)
    if number is None or not 1 <= number < 2**63:
        raise ArgumentTypeError(f"expected the id of a {kind}, at least 1 and below 2**63, got {text!r}")
    return number


def _address(text: str, *, allow_any_port: bool) -> str:
    try:
        parse_address(text, allow_any_port=allow_any_port)
    except ValueError:
        raise ArgumentTypeError(f"expected HOST:PORT, got {text!r}") from None
    if len(text.encode()) > MAX_ADDRESS:
        raise ArgumentTypeError(f"expected HOST:PORT of at most {MAX_ADDRESS} bytes, got {len(text.encode())}")
    return text
