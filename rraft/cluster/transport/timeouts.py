"""`timeout(seconds)`: `asyncio.timeout`, also for Python 3.10.

`asyncio.wait_for` swallows a cancellation that comes when what it waits for is just done, before Python 3.12: the
cancelled task would go on for ever.
"""

import asyncio
import sys
from types import TracebackType

if sys.version_info >= (3, 11):
    from asyncio import timeout as timeout
else:

    class timeout:  # noqa: N801
        """Cancels what the current task does in the block after some seconds, and raises `TimeoutError` there."""

        def __init__(self, delay: float) -> None:
            self._delay = delay
            self._expired = False

        async def __aenter__(self) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._task = task
            self._timer = asyncio.get_running_loop().call_later(self._delay, self._expire)

        async def __aexit__(
            self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
        ) -> None:
            self._timer.cancel()
            if self._expired and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from error

        def _expire(self) -> None:
            self._expired = True
            self._task.cancel()
