"""Rounds: the work of many groups, with one wait for the disk."""

from collections.abc import Iterable

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
    """One round of the groups that have something to do: `begin`, and `wait` if that says so."""

    def __init__(self, groups: list[GroupCore], work: list[Input]) -> None:
        self.groups = groups
        self._work = work
        self._waiting: list[int] = []
        self.results: list[ReadyBatch | Exception | None] = []

    def begin(self) -> bool:
        """Runs the nodes as far as possible without waiting. Returns whether they have to wait for the disk.

        What can be sent then is what may leave before the disk has everything.
        """
        self.results = run_many(self._work, wait=False)
        self._waiting = [position for position, group in enumerate(self.groups) if group.loop.is_waiting()]
        return bool(self._waiting)

    def wait(self) -> None:
        """Waits for the disk, and runs the nodes to the end: in a worker thread. A failed log is in `results`."""
        results = run_many([self.groups[position].loop for position in self._waiting])
        for position, result in zip(self._waiting, results, strict=True):
            self.results[position] = result

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
