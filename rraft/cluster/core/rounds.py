"""Rounds: the work of many groups, with one wait for the disk."""

from collections.abc import Callable, Iterable

from rraft import ReadyBatch, run_many
from rraft.cluster.core.frames import SNAPSHOT, Kind, add_item
from rraft.cluster.core.group import GroupCore, Input

MAX_FRAME = 2**22
"""Messages to a host are split into frames of about this size, in bytes."""


class Outgoing:
    """What a round sends: a frame for each host, and snapshots."""

    def __init__(self) -> None:
        self.frames: dict[int, tuple[list[bytes], list[GroupCore]]] = {}
        """The parts of the frame for a host, and the groups whose messages are in it."""
        self.snapshots: list[tuple[GroupCore, int, bytes]] = []

    def take(self, group: GroupCore) -> None:
        """Takes the messages of a group."""
        for host, box in group.outboxes.items():
            if box:
                frame = self.frames.get(host)
                if frame is None:
                    frame = self.frames[host] = [], []
                parts, groups = frame
                groups.append(group)
                for message in box:
                    if message.startswith(SNAPSHOT):
                        self.snapshots.append((group, host, message))
                    else:
                        add_item(parts, Kind.MESSAGE, group.id, group.state.founders, message)
                box.clear()


class Round:
    """One call of `run_many`, for the groups that have something to do."""

    def __init__(self, groups: list[GroupCore], work: list[Input]) -> None:
        self.groups = groups
        self._work = work
        self.results: list[ReadyBatch | Exception | None] = []

    @property
    def is_short(self) -> bool:
        """Whether it probably need not wait for the disk."""
        for group in self.groups:  # noqa: SIM110 - nearly always one: `all` would cost more
            if not group.is_short:
                return False
        return True

    def run(self, before_wait: Callable[[Outgoing], None]) -> None:
        """Runs the nodes, and waits for the disk: in a worker thread.

        `before_wait` is called, in this thread, with what may be sent before the disk has everything.
        """
        self.results = run_many(self._work, before_wait=lambda: before_wait(self.take_outgoing()))

    def take_outgoing(self) -> Outgoing:
        """Takes what can be sent."""
        outgoing = Outgoing()
        for group in self.groups:
            outgoing.take(group)
        return outgoing


def split_frames(parts: list[bytes]) -> Iterable[list[bytes]]:
    """Splits items, which are a head and a payload each, into frames of at most `MAX_FRAME` bytes, or of one item."""
    if sum(map(len, parts)) <= MAX_FRAME:
        return (parts,)
    frames: list[list[bytes]] = []
    size = MAX_FRAME
    for head, payload in zip(parts[::2], parts[1::2], strict=True):
        size += len(head) + len(payload)
        if size > MAX_FRAME:
            frames.append([])
            size = len(head) + len(payload)
        frames[-1] += head, payload
    return frames
