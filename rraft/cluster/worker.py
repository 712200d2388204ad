"""A thread that runs one thing at a time."""

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Worker:
    """A thread for rounds. An executor's futures would cost several times as much as passing a function."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], None]) -> None:
        """Calls `work`, which raises nothing, after what was submitted before."""
        self._queue.put(work)

    def close(self) -> None:
        """Ends the thread after what was submitted before, and waits for it."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            del work  # what it refers to must not wait for the next one
