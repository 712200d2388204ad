"""The command line: many seeds, in several processes."""

import argparse
import importlib
import json
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from rraft.simulation.errors import SimulationError
from rraft.simulation.faults import Faults
from rraft.simulation.report import explain, write_picture
from rraft.simulation.run import Scenario, run_seed
from rraft.simulation.simulate import UNDECIDED, check_first
from rraft.simulation.workloads import random_calls

CHUNK = 10
"""Seeds that a process runs at a time."""


class Spec(NamedTuple):
    """A scenario as the options of the command line describe it."""

    machine: str
    workload: str
    hosts: int
    clients: int
    groups: int | None
    faults: str
    duration: float


class Result(NamedTuple):
    """What some seeds have led to."""

    seconds: float
    """Of the simulation."""
    operations: int
    undecided: list[int]
    """The seeds for which it was not decided whether the results are linearizable."""
    failures: list[tuple[int, str]]
    """The seeds that failed, each with a text."""
    hashes: list[tuple[int, str]]
    """The hash of the trace of each seed."""


@lru_cache
def scenario_of(spec: Spec) -> Scenario:
    """The scenario that the command line describes."""
    return Scenario(
        _named(spec.machine),
        _named(spec.workload) if spec.workload else random_calls,
        spec.hosts,
        spec.clients,
        _faults(spec.faults, spec.duration),
        groups=spec.groups,
    )


def _faults(name: str, duration: float) -> Faults:
    faults: Faults = getattr(Faults, name)()
    return Faults(**{**vars(faults), "duration": duration})


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise ValueError(f"expected module:name, got {name!r}")
    return getattr(importlib.import_module(module), attribute)


def run_seeds(spec: Spec, seeds: range, pictures: str = "", first: int | None = None) -> Result:
    """Runs some seeds in this process. A picture of each that fails is written into the directory `pictures`.

    `first` is a seed of which more is checked: see `check_first`.
    """
    scenario = scenario_of(spec)
    seconds, operations, undecided, failures, hashes = 0.0, 0, [], [], []
    for seed in seeds:
        run = run_seed(scenario, seed)
        seconds += run.statistics.seconds
        operations += run.statistics.operations
        if run.statistics.undecided:
            undecided.append(seed)
        hashes.append((seed, run.trace_hash))
        try:
            if run.failure is not None:
                raise explain(scenario, run)
            if seed == first:
                check_first(scenario, run)
        except SimulationError as error:
            failures.append((seed, str(error)))
            if pictures:
                write_picture(error, Path(pictures, f"seed-{seed}.html"))
    return Result(seconds, operations, undecided, failures, hashes)


class Progress:
    """How far a run has come, in a file from which it can be resumed."""

    def __init__(self, path: Path | None, spec: Spec, first: int) -> None:
        """Raises `ValueError` if the file is about another scenario or another first seed."""
        self._path = path
        self._run = [*spec, first]
        self.next: int = first
        self.failed: list[int] = []
        self.is_resumed: bool = path is not None and path.exists()
        if path is not None and self.is_resumed:
            try:
                state = json.loads(path.read_text())
                run, self.next, self.failed = state["run"], state["next"], state["failed"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path} does not say how far a run has come: {error}") from None
            if run != self._run:
                raise ValueError(f"{path} is about another run: expected {self._run}, got {run}")

    def save(self) -> None:
        """Writes the file, if there is one."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps({"run": self._run, "next": self.next, "failed": self.failed}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 0 if all seeds pass, 1 if one fails, 2 if the arguments are wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    spec = Spec(
        options.state_machine,
        options.workload,
        options.hosts,
        options.clients,
        options.groups,
        options.faults,
        options.duration,
    )
    try:
        scenario_of(spec)
        if options.jobs < 1:
            raise ValueError(f"--jobs: expected at least 1, got {options.jobs}")
        first, end = _range(options.seeds)
        progress = Progress(options.resume, spec, first)
        if options.pictures:
            Path(options.pictures).mkdir(parents=True, exist_ok=True)
    except (ImportError, AttributeError, TypeError, ValueError, OSError) as error:
        parser.error(str(error))
    _run(options, spec, range(progress.next, end), progress)
    failed = progress.failed
    print(f"\nfailed: {failed}" if failed else "\nno violation")
    return 1 if failed else 0


def _range(seeds: str) -> tuple[int, int]:
    """The first seed, and the one after the last."""
    first, colon, last = seeds.partition(":")
    try:
        begin, end = (int(first), int(last)) if colon else (0, int(first))
    except ValueError:
        raise ValueError(f"--seeds: expected a number, or two as in 0:1000, got {seeds!r}") from None
    if begin >= end:
        raise ValueError(f"--seeds: expected at least one seed, got {seeds!r}")
    return begin, end


def _run(options: argparse.Namespace, spec: Spec, seeds: range, progress: Progress) -> None:
    """Runs the seeds until all are run, the time is over, or one has failed. Shows the progress."""
    start, end_of_line = ("\r", "") if sys.stdout.isatty() else ("", "\n")
    started, seconds, operations = time.monotonic(), 0.0, 0
    if options.hashes is not None:
        options.hashes.parent.mkdir(parents=True, exist_ok=True)
        options.hashes.open("a" if progress.is_resumed else "w").close()
    for done, result in _results(spec, seeds, options.jobs, options.pictures):
        seconds += result.seconds
        operations += result.operations
        for seed in result.undecided:
            print(f"{start}seed {seed}: {UNDECIDED}\n", flush=True)
        for seed, text in result.failures:
            progress.failed.append(seed)
            print(f"{start}{text}\n", flush=True)
        progress.next = done
        progress.save()
        elapsed = time.monotonic() - started
        line = (
            f"seeds {seeds.start} to {done - 1} of {seeds.stop - 1}: {len(progress.failed)} failed, "
            f"{operations} operations, {seconds:.0f} s simulated in {elapsed:.0f} s ({seconds / elapsed:.0f} a second)"
        )
        print(f"{start}{line}", end=end_of_line, flush=True)
        if options.hashes is not None:
            with options.hashes.open("a") as file:
                file.writelines(f"{seed} {trace_hash}\n" for seed, trace_hash in result.hashes)
        if (progress.failed and not options.keep_going) or elapsed > options.seconds:
            break


def _results(spec: Spec, seeds: range, jobs: int, pictures: str) -> Iterator[tuple[int, Result]]:
    """The results of all seeds in order, each with the seed that follows."""
    chunks = (seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK))
    if jobs == 1:
        for chunk in chunks:
            yield chunk[-1] + 1, run_seeds(spec, chunk, pictures, seeds.start)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        waiting: list[tuple[range, Future[Result]]] = []
        for chunk in islice(chunks, 2 * jobs):
            waiting.append((chunk, executor.submit(run_seeds, spec, chunk, pictures, seeds.start)))  # noqa: PERF401
        while waiting:
            chunk, future = waiting.pop(0)
            result = future.result()
            for following in islice(chunks, 1):
                waiting.append((following, executor.submit(run_seeds, spec, following, pictures)))  # noqa: PERF401
            yield chunk[-1] + 1, result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rraft.simulation",
        description="Runs a replicated state machine in a simulated cluster, under many seeds.",
        epilog="Exit code: 0 if no seed violates a property, 1 if one does, 2 if an argument is wrong.",
    )
    parser.add_argument("state_machine", help="module:Class, where the class is a Replicated")
    parser.add_argument("--workload", default="", help="module:function; by default, random calls")
    parser.add_argument("--seeds", default="0:1000", help="the first seed and the one after the last (0:1000)")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--groups", type=int, help="groups of each host (1 to 3, as the seed decides)")
    parser.add_argument("--faults", choices=["none", "gentle", "hostile"], default="hostile")
    parser.add_argument("--duration", type=float, default=Faults.duration, help="seconds with faults")
    parser.add_argument("--resume", type=Path, help="a file that remembers how far a run has come")
    parser.add_argument("--seconds", type=float, default=math.inf, help="no further seeds after this time (no limit)")
    parser.add_argument("--pictures", default="", help="a directory for a page about each seed that fails")
    parser.add_argument("--hashes", type=Path, help="a file for the hash of each seed's trace: the same on each Python")
    parser.add_argument("--keep-going", action="store_true", help="continue after a violation")
    return parser
