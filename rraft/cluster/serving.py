"""Serves the requests of clients, on any host: they reach the leader through the group."""

import json
import struct
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from rraft.cluster import errors
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.membership import check
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.errors import (
    BusyError,
    ClusterError,
    CommandError,
    FailedError,
    HostClosedError,
    NoGroupError,
    NotReadyError,
    RemovedError,
    SessionExpiredError,
    StoppedError,
)
from rraft.cluster.requests import (
    Change,
    ChangeKind,
    ChangeMembers,
    Consistency,
    Join,
    MakeSnapshot,
    OpenSession,
    Operation,
    Query,
    Request,
    RequestError,
    Response,
    ResponseStatus,
    Status,
    TransferLeadership,
    decode_request,
    encode_error,
    encode_response,
    encode_result,
)
from rraft.cluster.transport import Connection

if TYPE_CHECKING:
    from rraft.cluster.group import Group
    from rraft.cluster.host import Host

_STATUSES: list[tuple[type[Exception], ResponseStatus]] = [
    (BusyError, ResponseStatus.BUSY),
    (SessionExpiredError, ResponseStatus.SESSION_EXPIRED),
    (NoGroupError, ResponseStatus.NO_GROUP),
    (RemovedError, ResponseStatus.REMOVED),
    (StoppedError, ResponseStatus.STOPPED),
    (NotReadyError, ResponseStatus.NOT_READY),
    (HostClosedError, ResponseStatus.STOPPED),
]

LONG_ANSWER = 2**14
"""A longer answer is not sent while the client has too much to read: many at once would end the connection, again and
again. Shorter ones, for as many requests as a connection has at a time, fit into `max_unread_responses` in addition.
"""

_OK = encode_result(b"")
"""How a response begins that has a result and no hint."""

_COMMAND = bytes((Operation.COMMAND,))
_COMMAND_HEAD = struct.Struct("<BQQQQ")
"""The head of a `Command` as `decode_request` decodes it: operation, group, session, number and floor."""


@dataclass(frozen=True)
class IsOpen:
    """Whether a connection is open. Equal for the same connection."""

    connection: Connection

    def __call__(self) -> bool:
        """Returns whether it is."""
        return not self.connection.closed


def _ignore(_: Exception | None) -> None:
    """The host that joins sees the outcome by itself."""


class Serving:
    """Answers requests of clients."""

    def __init__(self, host: "Host") -> None:
        self._host = host

    def requested(self, connection: Connection, request: int, body: bytes) -> None:
        """See `Receiver.requested`."""
        try:
            if body[:1] == _COMMAND and len(body) >= _COMMAND_HEAD.size:  # nearly all are: this costs less
                _, group, session, number, floor = _COMMAND_HEAD.unpack_from(body)
                payload = body[_COMMAND_HEAD.size :]
                self._command(connection, request, group, (session, number, floor, payload))
            else:
                self._serve(connection, request, decode_request(body))
        except RequestError as error:
            connection.respond(request, encode_response(Response(ResponseStatus.INVALID, _encode_text(error))))
        except ClusterError as error:
            connection.respond(request, _encode_failure(error))

    def _command(self, connection: Connection, request: int, number: int, command: tuple[int, int, int, bytes]) -> None:
        group = self._host.groups.get(number)
        if group is None:
            raise self._missing(number)
        if group.check is not None:
            group.check(command[3])
        group.core.submit(command, partial(self._answer, group.core, connection, request))

    def _serve(self, connection: Connection, request: int, content: Request) -> None:
        """Answers a request now or later. Raises `ClusterError`."""
        if isinstance(content, Status) and content.group == 0:
            connection.respond(request, encode_result(json.dumps(self._host.status()).encode()))
            return
        group = self._host.groups.get(content.group)
        if group is None:
            raise self._missing(content.group)
        core = group.core
        match content:
            case Query(_, consistency, payload):
                if consistency == Consistency.LOCAL:
                    self._answer_query(core, connection, request, core.query_local(payload))
                else:
                    core.query(payload, partial(self._answer_query, core, connection, request))
            case OpenSession(_, nonce):
                core.open_session(nonce, partial(self._answer, core, connection, request))
            case Status():
                connection.respond(request, encode_result(json.dumps(asdict(group.status())).encode()))
            case Join(_, host, address):
                self._join(group, connection, request, [Change(ChangeKind.JOIN, host, address)])
            case ChangeMembers(_, changes):
                core.change(changes, partial(_changed, connection, request), wanted=IsOpen(connection))
            case TransferLeadership(_, host):
                core.change((), partial(_changed, connection, request), host, IsOpen(connection))
            case MakeSnapshot():
                core.transfers.make(partial(_made, connection, request))

    def _missing(self, number: int) -> ClusterError:
        """Why a group is not served. A host listens before it starts its groups: then clients try again."""
        host = self._host
        if not host.groups or number in host.running.core.wal.groups():
            return NotReadyError(f"host {host.id} has not started group {number} yet")
        return NoGroupError(f"host {host.id} has no group {number}")

    def _answer(self, core: GroupCore, connection: Connection, request: int, outcome: Outcome) -> None:
        if isinstance(outcome, bytes):
            if core.is_leader:
                body = _OK + outcome
            else:  # the client may go there directly
                address = core.state.members.addresses.get(core.leader, "")
                body = encode_response(Response(ResponseStatus.OK, outcome, core.leader if address else 0, address))
        elif isinstance(outcome, tuple):
            body = encode_error(*_marked(*outcome))
        else:
            body = _encode_failure(outcome)
        connection.respond(request, body)

    def _answer_query(self, core: GroupCore, connection: Connection, request: int, outcome: Outcome) -> None:
        if isinstance(outcome, bytes) and len(outcome) > LONG_ANSWER and not connection.has_room(len(outcome)):
            outcome = NotReadyError(f"host {self._host.id}: the client has too much to read")  # it asks again
        self._answer(core, connection, request, outcome)

    def _join(self, group: "Group", connection: Connection, request: int, changes: list[Change]) -> None:
        """Answers with the addresses of the members: the host that joins needs them to answer to the leader."""
        members = group.core.state.members
        if not group.core.state.applied:
            raise NotReadyError(f"group {group.id} has no state on this host yet")
        host, address = changes[0].host, changes[0].address
        if host not in members or members.addresses.get(host) == address:
            check(changes, members)
            group.core.change(changes, _ignore, wanted=IsOpen(connection))
        # Otherwise, it has moved: it connects to the leader, which compares its directory and sets its address.
        connection.respond(request, encode_result(json.dumps(members.addresses).encode()))


def _marked(kind: str, text: str) -> tuple[str, str]:
    """What the state machine raised: an exception with the name of one of the runtime must not be taken for that."""
    return (CommandError.__name__, f"{kind}: {text}") if kind in errors.__all__ else (kind, text)


def _encode_failure(error: Exception) -> bytes:
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return encode_response(Response(status, _encode_text(error)))
    return encode_error(type(error).__name__, str(error))


def _encode_text(error: Exception) -> bytes:
    return str(error).encode(errors="backslashreplace")


# What concerns the members, or one host, has no hint: the leader, at which the client would ask next, may have applied
# less than this host.


def _changed(connection: Connection, request: int, error: Exception | None) -> None:
    connection.respond(request, _OK if error is None else _encode_failure(error))


def _made(connection: Connection, request: int, outcome: tuple[int, int] | ClusterError) -> None:
    if isinstance(outcome, FailedError):  # the group goes on, and no other host was asked
        connection.respond(request, encode_error(type(outcome).__name__, str(outcome)))
    elif isinstance(outcome, ClusterError):
        connection.respond(request, _encode_failure(outcome))
    else:
        index, size = outcome
        connection.respond(request, encode_result(json.dumps({"index": index, "size": size}).encode()))
