"""Log records about what strangers do, in bounded number."""

import asyncio
import logging

_INTERVAL = 1.0
_BURST = 5


class Reports:
    """Logs at most five warnings a second, and how many were left out: anybody can cause them."""

    def __init__(self, logger: "logging.Logger | logging.LoggerAdapter[logging.Logger]") -> None:
        self._logger = logger
        self._since = float("-inf")
        self._count = 0

    def warn(self, text: str) -> None:
        """Logs a warning, if there were not too many."""
        now = asyncio.get_running_loop().time()
        if now - self._since > _INTERVAL:
            if self._count > _BURST:
                self._logger.warning("%d more warnings of this kind", self._count - _BURST)
            self._since = now
            self._count = 0
        self._count += 1
        if self._count <= _BURST:
            self._logger.warning("%s", text)
