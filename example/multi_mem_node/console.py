"""Lines of text and a progress bar on one terminal; plain lines elsewhere."""

import sys

WIDTH = 60


def say(text: str) -> None:
    """Prints a line, over the progress bar if there is one."""
    print(text.ljust(WIDTH) if sys.stdout.isatty() else text, flush=True)


class ProgressBar:
    """A bar that is redrawn on the same line with each step. Without a terminal, it prints one line at the end."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._done = 0

    def step(self) -> None:
        """Draws the bar with one more item done."""
        self._done += 1
        filled = 20 * self._done // self._total
        is_complete = self._done == self._total
        if sys.stdout.isatty():
            bar = f"{self._title} [{'#' * filled}{'.' * (20 - filled)}] {self._done}/{self._total}"
            print(bar.ljust(WIDTH), end="\n" if is_complete else "\r", flush=True)
        elif is_complete:
            print(f"{self._title} {self._done}/{self._total}", flush=True)
