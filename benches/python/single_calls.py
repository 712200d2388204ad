"""The cost of single calls, compared with a method of a plain Python class that does nothing."""

from statistics import median
from timeit import Timer

from idle import follower
from options import Figures, Options
from rraft import Entry, HardState, Message, default_logger

REPEATS = 7


class Plain:
    """The cost of a call in Python itself."""

    def method(self) -> None:
        pass


NO_OPERATION = "plain.method()"
CALLS = (
    NO_OPERATION,
    "message.term",
    "message.get_term()",
    "message.term = 3",
    "message.set_term(3)",
    "node.has_ready()",
    "entry.data",
    "entry.get_data()",
    "HardState(term=3)",
)


def measure(options: Options) -> Figures:
    """The median of the nanoseconds per call in a loop."""
    names = {
        "plain": Plain(),
        "message": Message(term=3),
        "node": follower(default_logger()),
        "entry": Entry(data=b"x" * options.payload),
        "HardState": HardState,
    }
    calls = options.operations
    nanoseconds = {call: median(Timer(call, globals=names).repeat(REPEATS, calls)) / calls * 1e9 for call in CALLS}
    return {"nanoseconds": nanoseconds}
