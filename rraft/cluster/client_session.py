"""The numbers of the commands of one session, without a network."""

from heapq import heappop, heappush


class ClientSession:
    """Gives numbers to commands, and knows the lowest one whose result is still wanted."""

    def __init__(self, session: int, now: float) -> None:
        """`session` is the id that the group has given."""
        self.id = session
        self.used: float = now
        """When it was used last."""
        self._next = 1
        self._floor = 1
        self._ended: list[int] = []

    @property
    def floor(self) -> int:
        """The lowest number whose result may still be asked for."""
        return self._floor

    @property
    def outstanding(self) -> bool:
        """Whether a command waits for its result."""
        return self._floor < self._next

    def begin(self) -> int:
        """The number of a new command."""
        number = self._next
        self._next += 1
        return number

    def end(self, number: int, now: float) -> None:
        """The result of a command has arrived, or nobody waits for it any more."""
        self.used = now
        heappush(self._ended, number)
        while self._ended and self._ended[0] == self._floor:
            heappop(self._ended)
            self._floor += 1
