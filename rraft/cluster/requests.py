"""The bodies of clients' requests and of their responses, as bytes. Knows no network and no group.

A request is its operation, the id of its group, and fields that depend on the operation. Integers are little-endian.
Payloads of commands, queries and results are opaque here.
"""

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from .errors import MembershipError
from .transport.addresses import parse_address

MAX_ADDRESS = 255
"""The maximum length of an address (`host:port`) in UTF-8, in bytes."""

NONCE_SIZE = 16
"""The length of the nonce of `OpenSession`, in bytes."""


class RequestError(ValueError):
    """The bytes are not a request or a response."""


class Operation(IntEnum):
    """The first byte of a request."""

    COMMAND = 1
    OPEN_SESSION = 2
    QUERY = 3
    STATUS = 4
    JOIN = 5
    CHANGE_MEMBERS = 6
    TRANSFER_LEADERSHIP = 7
    MAKE_SNAPSHOT = 8


class Consistency(IntEnum):
    """How recent the state is that a query reads."""

    LINEARIZABLE = 0
    """At least as recent as each command and query that was answered before the query was sent."""
    LOCAL = 1
    """What the host has applied, which may be old."""
    LEASE = 2
    """As linearizable, if the clocks of the hosts run at nearly the same rate. Costs no message between hosts."""


class ChangeKind(IntEnum):
    """What is done with a member."""

    ADD = 1
    """Add the host as a learner, and promote it as soon as it has caught up."""
    ADD_LEARNER = 2
    """Add the host as a learner."""
    PROMOTE = 3
    """Make a voter of a learner."""
    REMOVE = 4
    """Remove the host. Its id cannot be used again."""
    SET_ADDRESS = 5
    """Change the address of a member."""
    JOIN = 6
    """As `ADD`, for a host that asks for it itself: one that is a member already stays a learner or a voter."""


class Command(NamedTuple):
    """A command of a session, to be applied once."""

    group: int
    session: int
    number: int
    """Its sequence number in the session: a retry has the same."""
    floor: int
    """The lowest sequence number whose result the session still needs."""
    payload: bytes


class OpenSession(NamedTuple):
    """Asks for a new session. The result has its id: `decode_session`."""

    group: int
    nonce: bytes
    """Random bytes: a retry has the same, and gets the same session."""


class Query(NamedTuple):
    """A query, which changes nothing."""

    group: int
    consistency: Consistency
    payload: bytes


class Status(NamedTuple):
    """Asks for the state of a group on the host, or of the host (group 0). The result is JSON."""

    group: int


class Join(NamedTuple):
    """A host without members asks to be added to the group."""

    group: int
    host: int
    address: str


class Change(NamedTuple):
    """One change of a member."""

    kind: ChangeKind
    host: int
    address: str = ""


def check_request(changes: Sequence[Change], transfer_to: int) -> None:
    """Raises `MembershipError` for ids that no host has, and for addresses that are none; `TypeError`."""
    for change in changes:
        if not isinstance(change, Change):
            raise TypeError(f"changes: expected Change, got {type(change).__name__}")
        _check_types(change)
        if not 1 <= change.host < 2**63:
            raise MembershipError(f"expected the id of a host, at least 1 and below 2**63, got {change.host}")
        check_address(change)
    if not isinstance(transfer_to, int):
        raise TypeError(f"host: expected int, got {type(transfer_to).__name__}")
    if not 0 <= transfer_to < 2**63:
        raise MembershipError(f"expected the id of a host, or 0 for any, got {transfer_to}")


def _check_types(change: Change) -> None:
    for name, value, expected in zip(Change._fields, change, (ChangeKind, int, str), strict=True):
        if not isinstance(value, expected):
            raise TypeError(f"{name}: expected {expected.__name__}, got {type(value).__name__}")


def check_address(change: Change) -> None:
    """Raises `MembershipError` for a change without the address that it needs, or with one that is none."""
    _, host, address = change
    if not address:
        if change.kind in (ChangeKind.ADD, ChangeKind.ADD_LEARNER, ChangeKind.SET_ADDRESS):
            raise MembershipError(f"host {host}: expected its address")
        return
    try:
        parse_address(address)
        _encode_address(address)
    except ValueError as error:
        raise MembershipError(f"host {host}: {error}") from None


class ChangeMembers(NamedTuple):
    """Changes the members: several changes take effect together."""

    group: int
    changes: tuple[Change, ...]


class TransferLeadership(NamedTuple):
    """Asks the leader to hand over to another voter. Host 0: to any."""

    group: int
    host: int


class MakeSnapshot(NamedTuple):
    """Makes a snapshot of a group on the host. The result is JSON: its `index` and `size`."""

    group: int


Request: TypeAlias = Command | OpenSession | Query | Status | Join | ChangeMembers | TransferLeadership | MakeSnapshot

_HEAD = struct.Struct("<BQ")
_COMMAND = struct.Struct("<BQQQQ")
_QUERY = struct.Struct("<BQB")
_HOST = struct.Struct("<BQQ")
_CHANGE = struct.Struct("<BQ")
_U64 = struct.Struct("<Q")


def encode_command(group: int, session: int, number: int, floor: int, payload: bytes) -> bytes:
    """The body of a `Command`."""
    return _COMMAND.pack(Operation.COMMAND, group, session, number, floor) + payload


def encode_query(group: int, consistency: Consistency, payload: bytes) -> bytes:
    """The body of a `Query`."""
    return _QUERY.pack(Operation.QUERY, group, consistency) + payload


def encode_request(request: Request) -> bytes:
    """The body of any request. Raises `ValueError` if a field does not fit."""
    try:
        return _encode(request)
    except struct.error as error:
        raise ValueError(f"{type(request).__name__}: {error}") from None


def _encode(request: Request) -> bytes:
    match request:
        case Command():
            return encode_command(*request)
        case OpenSession(group, nonce):
            if len(nonce) != NONCE_SIZE:
                raise ValueError(f"nonce: expected {NONCE_SIZE} bytes, got {len(nonce)}")
            return _HEAD.pack(Operation.OPEN_SESSION, group) + nonce
        case Query():
            return encode_query(*request)
        case Status(group):
            return _HEAD.pack(Operation.STATUS, group)
        case Join(group, host, address):
            return _HOST.pack(Operation.JOIN, group, host) + _encode_address(address)
        case ChangeMembers(group, changes):
            return _HEAD.pack(Operation.CHANGE_MEMBERS, group) + b"".join(map(_encode_change, changes))
        case TransferLeadership(group, host):
            return _HOST.pack(Operation.TRANSFER_LEADERSHIP, group, host)
        case MakeSnapshot(group):
            return _HEAD.pack(Operation.MAKE_SNAPSHOT, group)


def decode_request(body: bytes) -> Request:
    """The request that `body` encodes. Raises `RequestError` if it is none; anything may have come from a network."""
    try:
        decode = _DECODERS[body[0]]
    except IndexError:
        raise RequestError("expected a request, got no bytes") from None
    except KeyError:
        raise RequestError(f"unknown operation {body[0]}") from None
    try:
        return decode(body)
    except (struct.error, ValueError, IndexError) as error:  # too short; no member of an enum, or not UTF-8
        raise RequestError(f"invalid {Operation(body[0]).name}: {error}") from None


def _decode_command(body: bytes) -> Command:
    _, group, session, number, floor = _COMMAND.unpack_from(body)
    return Command(group, session, number, floor, body[_COMMAND.size :])


def _decode_open_session(body: bytes) -> OpenSession:
    _, group = _HEAD.unpack_from(body)
    nonce = body[_HEAD.size :]
    if len(nonce) != NONCE_SIZE:
        raise RequestError(f"nonce: expected {NONCE_SIZE} bytes, got {len(nonce)}")
    return OpenSession(group, nonce)


def _decode_query(body: bytes) -> Query:
    _, group, consistency = _QUERY.unpack_from(body)
    return Query(group, Consistency(consistency), body[_QUERY.size :])


def _decode_status(body: bytes) -> Status:
    _, group = _HEAD.unpack(body)
    return Status(group)


def _decode_join(body: bytes) -> Join:
    _, group, host = _HOST.unpack_from(body)
    address, end = _decode_address(body, _HOST.size)
    _expect_end(body, end)
    return Join(group, host, address)


def _decode_change_members(body: bytes) -> ChangeMembers:
    _, group = _HEAD.unpack_from(body)
    changes, offset = [], _HEAD.size
    while offset < len(body):
        kind, host = _CHANGE.unpack_from(body, offset)
        address, offset = _decode_address(body, offset + _CHANGE.size)
        changes.append(Change(ChangeKind(kind), host, address))
    if not changes:
        raise RequestError("expected at least one change, got none")
    return ChangeMembers(group, tuple(changes))


def _decode_transfer_leadership(body: bytes) -> TransferLeadership:
    _, group, host = _HOST.unpack(body)
    return TransferLeadership(group, host)


def _decode_make_snapshot(body: bytes) -> MakeSnapshot:
    _, group = _HEAD.unpack(body)
    return MakeSnapshot(group)


_DECODERS: dict[int, Callable[[bytes], Request]] = {
    Operation.COMMAND: _decode_command,
    Operation.OPEN_SESSION: _decode_open_session,
    Operation.QUERY: _decode_query,
    Operation.STATUS: _decode_status,
    Operation.JOIN: _decode_join,
    Operation.CHANGE_MEMBERS: _decode_change_members,
    Operation.TRANSFER_LEADERSHIP: _decode_transfer_leadership,
    Operation.MAKE_SNAPSHOT: _decode_make_snapshot,
}


def _encode_change(change: Change) -> bytes:
    return _CHANGE.pack(change.kind, change.host) + _encode_address(change.address)


def _encode_address(address: str) -> bytes:
    encoded = address.encode()
    if len(encoded) > MAX_ADDRESS:
        raise ValueError(f"address: expected at most {MAX_ADDRESS} bytes, got {len(encoded)}")
    return bytes((len(encoded),)) + encoded


def _decode_address(body: bytes, offset: int) -> tuple[str, int]:
    """The address at `offset`, and where it ends."""
    start = offset + 1
    end = start + body[offset]
    if end > len(body):
        raise RequestError(f"address: expected {body[offset]} bytes, got {len(body) - start}")
    return body[start:end].decode(), end


def _expect_end(body: bytes, end: int) -> None:
    if end != len(body):
        raise RequestError(f"expected no more bytes, got {len(body) - end}")


class ResponseStatus(IntEnum):
    """The first byte of a response: whether the request was carried out, and if not, why."""

    OK = 0
    NOT_LEADER = 1
    """Only the leader can do this. The hint says which host that is, if it is known. Nothing was done."""
    BUSY = 2
    """Too much is in flight. Nothing was done; the same request may be sent again after a pause."""
    ERROR = 3
    """The request was rejected, or failed. The payload has the reason: `decode_error`."""
    SESSION_EXPIRED = 4
    """The session no longer exists. Whether the command was applied before that is not known."""
    NO_GROUP = 5
    """The host has no such group."""
    NOT_READY = 6
    """The host has not started the group yet, or has no state of it. Another host may answer. Nothing was done."""
    REMOVED = 7
    """The host was removed from the group. A command may have been applied if that was meanwhile."""
    INVALID = 8
    """The request cannot be decoded. The payload has the reason, as text."""
    STOPPED = 9
    """The group has stopped on this host, or the host is closed. Another host may answer. A command may have been
    applied if that was meanwhile."""


class Response(NamedTuple):
    """A response, and the leader as the host knows it."""

    status: ResponseStatus
    payload: bytes = b""
    leader: int = 0
    """The id of the leader's host; 0 if it is not given."""
    address: str = ""
    """The address of the leader's host, if it is given."""


_OK = bytes((ResponseStatus.OK, 0))
_LEADER = struct.Struct("<BBQ")


def encode_result(payload: bytes) -> bytes:
    """The body of a response with `OK` and no hint."""
    return _OK + payload


def encode_response(response: Response) -> bytes:
    """The body of any response."""
    status, payload, leader, address = response
    if not leader:
        return bytes((status, 0)) + payload
    return _LEADER.pack(status, 1, leader) + _encode_address(address) + payload


def encode_error(kind: str, text: str) -> bytes:
    """The body of a response with `ERROR`. `kind` is the name of an exception class of `rraft.cluster`."""
    return encode_response(Response(ResponseStatus.ERROR, f"{kind}\0{text}".encode(errors="backslashreplace")))


def decode_response(body: bytes) -> Response:
    """The response that `body` encodes. Raises `RequestError` if it is none."""
    try:
        if body[0] == 0 and body[1] == 0:
            return Response(ResponseStatus.OK, body[2:])
        status = ResponseStatus(body[0])
        if body[1] == 0:
            return Response(status, body[2:])
        if body[1] != 1:
            raise RequestError(f"unknown flags {body[1]:#x}")
        _, _, leader = _LEADER.unpack_from(body)
        address, end = _decode_address(body, _LEADER.size)
        return Response(status, body[end:], leader, address)
    except (struct.error, ValueError, IndexError) as error:
        raise RequestError(f"invalid response: {error}") from None


def decode_error(payload: bytes) -> tuple[str, str]:
    """The kind and the text of a response with `ERROR`."""
    kind, _, text = payload.decode(errors="replace").partition("\0")
    return kind, text


def encode_session(session: int) -> bytes:
    """The payload of the response to `OpenSession`."""
    return _U64.pack(session)


def decode_session(payload: bytes) -> int:
    """The id of the session in the response to `OpenSession`. Raises `RequestError` for anything else."""
    if len(payload) != _U64.size:
        raise RequestError(f"session: expected {_U64.size} bytes, got {len(payload)}")
    session: int = _U64.unpack(payload)[0]
    return session
