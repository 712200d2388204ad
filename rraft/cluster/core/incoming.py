"""What other hosts send to a group beside the messages of Raft."""

from rraft.cluster.core import frames
from rraft.cluster.core.frames import Forward, Kind
from rraft.cluster.core.group import GroupCore
from rraft.cluster.errors import RemovedError


def receive(group: GroupCore, kind: int, host: int, payload: bytes) -> None:
    """An item of a host has arrived. Kinds of newer versions are ignored.

    Raises `msgspec.MsgspecError` or `UnicodeDecodeError` if it is invalid.
    """
    if kind == Kind.FORWARD:
        _forwarded(group, host, frames.decode_forward(payload))
    elif kind == Kind.REJECTED:
        group.rejected()
    elif kind == Kind.REMOVED:
        group.leave(RemovedError(f"this host was removed from group {group.id}"))
    elif kind == Kind.LOST:
        group.lose("the group knows this host with another directory")
    elif kind == Kind.CHANGE:
        group.requests.receive(host, frames.decode_change_request(payload))
    elif kind == Kind.CHANGE_REJECTED:
        group.requests.rejected(frames.decode_change_rejected(payload))
    elif kind == Kind.QUIESCE:
        group.quiet.requested(host, payload)
    elif kind == Kind.WAKE:
        group.quiet.busy(tell_leader=False)


def _forwarded(group: GroupCore, host: int, forward: Forward) -> None:
    """Commands for the leader."""
    if forward.retry and group.is_leader:  # what is applied already, the other host is about to apply, too
        forward = Forward(group.state.sessions.unapplied(forward.commands), forward.opens)
    if not (group.is_leader and group.proposals.accept(forward)):
        group.host.send_item(host, Kind.REJECTED, group.id, b"")
    group.wake()
