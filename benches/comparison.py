"""Runs the native program and the Python program in turn, and compares their times."""

from collections import defaultdict

from cases import DRIVERS, Case, Section, drives
from programs import NATIVE, PYTHON, Line, check_same_work, microseconds, run
from tables import middle, optional, span, table

Times = dict[tuple[str, ...], list[float]]
"""Microseconds per operation in each round, by program."""


def compare(section: Section, rounds: int) -> str:
    """The table of a section. Each round runs everything once, with alternating order."""
    times: Times = defaultdict(list)
    for number in range(rounds):
        for arguments in dict.fromkeys(case.arguments for case in section.cases):
            cases = [case for case in section.cases if case.arguments == arguments]
            add_round(times, section, cases, is_reversed=number % 2 == 1)
    shows_storage = any(case.storage != "MemStorage" for case in section.cases)
    head = ["", *["storage"] * shows_storage, "native µs"]
    for driver in section.drivers:
        head += [f"{DRIVERS[driver]} µs", "ratio", "lowest-highest", "target"]
    names = [[case.name, *[case.storage] * shows_storage] for case in section.cases]
    return table(head, [name + figures(times, section, case) for name, case in zip(names, section.cases, strict=True)])


def add_round(times: Times, section: Section, cases: list[Case], *, is_reversed: bool) -> None:
    """Runs the native program, and the Python program for each storage and driver, with the same arguments."""
    arguments = cases[0].arguments
    keys: list[tuple[str, ...]] = [(arguments,)]
    keys += [
        (arguments, case.storage, driver)
        for case in cases
        for driver in section.drivers
        if drives(driver, case.storage)
    ]
    lines: dict[tuple[str, ...], Line] = {}
    for key in reversed(keys) if is_reversed else keys:
        lines[key] = run_one(key)
        times[key].append(microseconds(lines[key]))
    for key in keys:
        check_same_work(lines[keys[0]], lines[key], " ".join(key))


def run_one(key: tuple[str, ...]) -> Line:
    if len(key) == 1:
        return run(NATIVE, key[0])
    arguments, storage, driver = key
    return run(PYTHON, f"{arguments} --storage {storage} --driver {driver}")


def figures(times: Times, section: Section, case: Case) -> list[str]:
    native = times[case.arguments,]
    cells = [middle(native)]
    for driver in section.drivers:
        if not drives(driver, case.storage):
            cells += [""] * 4
            continue
        python = times[case.arguments, case.storage, driver]
        ratios = [ours / theirs for ours, theirs in zip(python, native, strict=True)]
        cells += [middle(python), middle(ratios), span(ratios), optional(case.targets.get(driver))]
    return cells
