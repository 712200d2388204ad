"""Measurements other than the comparison of times with the native program."""

from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from statistics import median

from cases import COMPARISONS, DRIVERS
from programs import NATIVE, PYTHON, microseconds, run
from tables import figure, middle, optional, span, table

NO_OPERATION = "plain.method()"
NO_OPERATION_TARGET = 1.5
WITH_TARGET = ("message.term", "message.get_term()", "message.term = 3", "message.set_term(3)", "node.has_ready()")

MEMORY = {"idle group": "group-memory --operations 10000", "entry of 256 bytes": "entry-memory --operations 100000"}

PYSYNCOBJ = (*PYTHON[:-1], "benches/python/pysyncobj_cluster.py")
PEER_CASES = {
    "batch 1": ("--operations 5000", "replicate --operations 40000"),
    "batch 64": ("--operations 12800 --batch 64", "replicate --operations 128000 --batch 64"),
}


def single_calls(rounds: int) -> str:
    """Nanoseconds of single calls, compared with a method that does nothing."""
    times = defaultdict(list)
    for _ in range(rounds):
        for call, nanoseconds in run(PYTHON, "single-calls --operations 100000")["nanoseconds"].items():
            times[call].append(nanoseconds)
    return table(("", "ns", "ratio", "lowest-highest", "target"), call_rows(times))


def call_rows(times: dict[str, list[float]]) -> Iterator[list[str]]:
    for call, nanoseconds in times.items():
        ratios = [ours / plain for ours, plain in zip(nanoseconds, times[NO_OPERATION], strict=True)]
        target = optional(NO_OPERATION_TARGET if call in WITH_TARGET else None)
        yield [f"`{call}`", middle(nanoseconds), middle(ratios), span(ratios), target]


def interpreters(other: str, rounds: int) -> str:
    """Microseconds per operation over `MemStorage` with this interpreter and with `other`."""
    cases = {
        f"{section.key}, {case.name}, {DRIVERS[driver]}": f"{case.arguments} --driver {driver}"
        for section in COMPARISONS
        for driver in section.drivers
        for case in section.cases
        if case.storage == "MemStorage"
    }
    head = ("", "this one µs", "the other µs", "ratio", "lowest-highest")
    return table(head, (interpreter_row(name, arguments, other, rounds) for name, arguments in cases.items()))


def interpreter_row(name: str, arguments: str, other: str, rounds: int) -> list[str]:
    programs = (PYTHON, (other, *PYTHON[1:]))
    pairs = [[microseconds(run(program, arguments)) for program in programs] for _ in range(rounds)]
    ours, theirs = zip(*pairs, strict=True)
    ratios = [their / our for our, their in pairs]
    return [name, middle(ours), middle(theirs), middle(ratios), span(ratios)]


def memory(rounds: int) -> str:
    """Bytes per idle group and per entry, natively and in Python."""
    return table(
        ("", "native bytes", "rraft bytes", "ratio"), (memory_row(what, rounds, MEMORY[what]) for what in MEMORY)
    )


def memory_row(what: str, rounds: int, arguments: str) -> list[str]:
    native, python = (
        median(line["resident_bytes"] / line["operations"] for line in (run(program, arguments) for _ in range(rounds)))
        for program in (NATIVE, PYTHON)
    )
    return [what, figure(native), figure(python), figure(python / native)]


def peer(rounds: int) -> str:
    """Entries per second of CPU time of PySyncObj, rraft, and the native program."""
    ours = [head for title in DRIVERS.values() for head in (f"rraft, {title}", "ratio", "lowest-highest")]
    return table(
        ("", f"PySyncObj {version('pysyncobj')}", *ours, "native"),
        (peer_row(name, rounds) for name in PEER_CASES),
    )


def peer_row(name: str, rounds: int) -> list[str]:
    """The ratios are to PySyncObj."""
    their_arguments, our_arguments = PEER_CASES[name]
    programs = [
        (PYSYNCOBJ, their_arguments),
        *((PYTHON, f"{our_arguments} --driver {driver}") for driver in DRIVERS),
        (NATIVE, our_arguments),
    ]
    rates = [[1e6 / microseconds(run(*program)) for program in programs] for _ in range(rounds)]
    theirs, *ours, native = zip(*rates, strict=True)
    cells = [name, middle(theirs)]
    for rate in ours:
        ratios = [our / their for our, their in zip(rate, theirs, strict=True)]
        cells += [middle(rate), middle(ratios), span(ratios)]
    return [*cells, middle(native)]
