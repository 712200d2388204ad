"""Lines of text and a progress bar on one terminal."""

WIDTH = 60


def say(text: str) -> None:
    """Prints a line, over the progress bar if there is one."""
    print(text.ljust(WIDTH), flush=True)


class ProgressBar:
    """A bar that is drawn anew with each step, on the same line."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._done = 0

    def step(self) -> None:
        """Draws the bar with one more item done."""
        self._done += 1
        filled = 20 * self._done // self._total
        bar = f"{self._title} [{'#' * filled}{'.' * (20 - filled)}] {self._done}/{self._total}"
        print(bar.ljust(WIDTH), end="\n" if self._done == self._total else "\r", flush=True)
