"""What connections may hold in all of frames that have arrived in part."""

from typing import Protocol


class Holder(Protocol):
    """A connection."""

    def fail(self, reason: str) -> None:
        """Closes the connection at once, and logs why."""


class Budget:
    """A number of bytes that connections share. When they hold more, the one that holds the most is closed.

    So a connection that sends small frames goes on while others hold all they can.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[Holder, int] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """How many bytes all connections hold."""
        return self._total

    def hold(self, holder: Holder, held: int) -> None:
        """Sets how many bytes a connection holds. May close it, or another one."""
        self._total += held - self._held.pop(holder, 0)
        if held:
            self._held[holder] = held
        while self._total > self._limit:
            largest = max(self._held, key=lambda each: self._held[each])
            total = self._total
            self.hold(largest, 0)
            largest.fail(f"{total} bytes of frames have arrived in part: the largest is dropped")
