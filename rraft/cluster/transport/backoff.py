"""How long to wait before the next attempt."""

import random

from .options import TransportOptions


class Backoff:
    """Pauses that double with each failure, with jitter, so that many hosts do not attempt at the same time."""

    def __init__(self, options: TransportOptions, source: random.Random) -> None:
        self._min = options.min_backoff
        self._max = options.max_backoff
        self._random = source
        self._next = self._min

    def pause(self) -> float:
        """The pause after one more failure, in seconds: at least half of the current maximum."""
        pause = self._next * (1 + self._random.random()) / 2
        self._next = min(self._max, self._next * 2)
        return pause

    def reset(self) -> None:
        """An attempt has succeeded."""
        self._next = self._min
