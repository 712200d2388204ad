"""What a replicated state machine is to a group."""

import random
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable


class Context:
    """The circumstances of a command, the same on all hosts. Valid while the command is applied."""

    __slots__ = ("_group", "_random", "index", "time")

    def __init__(self, group: int) -> None:
        self._group = group
        self._random: random.Random | None = None
        self.index: int = 0
        """The index of the log entry that contains the command. An entry may contain several commands."""
        self.time: float = 0.0
        """The time of the log in seconds since the epoch: the leader's clock when it proposed. It never decreases."""

    @property
    def random(self) -> random.Random:
        """A generator with the same numbers on all hosts."""
        if self._random is None:
            self._random = random.Random(f"{self._group}.{self.index}")
        return self._random

    def start_entry(self, index: int, time: float) -> None:
        """Enters the entry at `index`, whose commands follow."""
        self.index = index
        self.time = time
        self._random = None


class StateMachine(Protocol):
    """A deterministic state machine. All methods are called on the event loop, except where they say otherwise.

    What `apply` does may depend on nothing but the state, the command and the context: no clock, no random numbers, no
    order of a set.
    """

    def apply(self, command: bytes, context: Context, /) -> bytes:
        """Applies a command and returns its result, of at most 32 MiB.

        An exception is the result of the command, and the group continues. With `UnknownCommandError`, the group
        stops applying on this host until it is restarted with a newer version. With `MemoryError`, `RecursionError`,
        `KeyboardInterrupt`, or what the handler of a signal raises, it stops, too: these differ between hosts.
        """
        ...

    def query(self, query: bytes, /) -> bytes:
        """Answers a query without changing the state, in at most 32 MiB. An exception is the result of the query."""
        ...

    def snapshot(self) -> Iterable[bytes]:
        """Returns the state as chunks of bytes, each shorter than 4 GiB.

        It must be a consistent view of the state at the time of the call: its first chunk is taken on the event loop,
        and the rest in a worker thread, while further commands are applied. A generator can copy what changes before
        its first `yield`.
        """
        ...

    def restore(self, chunks: Iterator[bytes], /) -> None:
        """Replaces the state by a snapshot, with the same chunks.

        Called in a worker thread. Nothing else is called meanwhile.
        """
        ...


@runtime_checkable
class Checker(Protocol):
    """A state machine that can say whether it understands a command. A host asks before it proposes one."""

    def check(self, command: bytes, /) -> None:
        """Raises `InvalidCommandError` for a command that `apply` would not understand."""
        ...
