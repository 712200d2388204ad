"""Runs episodes in separate processes, and reports the faults that they find.

A run is a pure function of its seed, and an episode of the seed and its number. A fault of an episode is reproduced
when it runs alone, unless it depends on the timing of the garbage collector. A process records each call before it
makes it, so that a crash or a hang can be located:

    python -m tests.harness.fuzz.run --seed 1 --calls 100000             # a run; prints the faults
    python -m tests.harness.fuzz.run --seed 1 --episode 17               # one episode; prints each call
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import logging
import mmap
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..program import ROOT
from .episode import Fault, Fuzzer, Stage, Tally
from .surface import PACKAGE

if sys.platform == "linux":
    import resource

CALLS_OF_AN_EPISODE = 400

SHARE = 100
"""The number of episodes per process."""

NOTE_SIZE = 512

ENOUGH = 20
"""The number of faults after which a run ends."""

ADDRESS_SPACE = 4 * 2**30
RESIDENT = 2 * 2**30
"""The memory limit of a process in bytes."""

HANGS_AFTER = 60.0
"""The seconds without progress after which a process counts as hung."""


def child(seed: int, episodes: range, progress: Path | None) -> None:
    """Runs episodes. Prints each fault as a line of JSON, and finally the tally; without `progress`, each call."""
    faulthandler.enable()
    limit_memory()
    logging.raiseExceptions = False
    for name, level in (("fuzz", 1), ("fuzz.silent", logging.CRITICAL)):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = False
    sys.unraisablehook = lambda _: None
    # An interrupt in a log handler or a hook is raised again after the call, anywhere.
    signal.signal(signal.SIGINT, lambda *_: None)

    noted: Any = bytearray(NOTE_SIZE) if progress is None else mmap.mmap(os.open(progress, os.O_RDWR), NOTE_SIZE)

    def note(episode: int, step: int, name: str) -> None:
        line = f"{episode} {step} {name[: NOTE_SIZE // 2]}\n".encode()
        noted[: len(line)] = line

    stage = Stage(seed, note, trace=progress is None)
    gc.collect()
    gc.freeze()
    gc.disable()  # only explicitly, so that a run is deterministic
    gc.set_threshold(1, 1, 1)
    for episode in episodes:
        if progress is not None:
            os.ftruncate(2, 0)
        fuzzer = Fuzzer(stage, episode)
        fuzzer.run(CALLS_OF_AN_EPISODE)
        del fuzzer
        gc.collect()
        resident = resident_memory()
        if resident > RESIDENT:
            stage.tally.faults.append(Fault("memory", "", f"{resident} bytes", f"seed {seed}, episode {episode}"))
        for fault in stage.tally.faults:
            print(json.dumps(vars(fault)), flush=True)
        stage.tally.faults.clear()
    tally = stage.tally
    print(json.dumps({**vars(tally), "returned": sorted(tally.returned), "passed": sorted(tally.passed)}), flush=True)
    os._exit(0)


def limit_memory() -> None:
    """Makes allocations beyond `ADDRESS_SPACE` fail, where the system supports it."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def resident_memory() -> int:
    """The peak memory of this process in bytes. (`getrusage` would include that of its parent.)"""
    if sys.platform == "linux":
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return int(peak[1]) * 1024 if peak else 0
    return 0


class Run:
    """A number of episodes in separate processes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tally = Tally()

    def explore(self, calls: int, workers: int = 1) -> Tally:
        """Runs episodes until this number of calls is reached."""
        episodes = -(-calls // CALLS_OF_AN_EPISODE)
        shares = [range(start, min(start + SHARE, episodes)) for start in range(0, episodes, SHARE)]
        with ThreadPoolExecutor(workers) as threads:
            list(threads.map(self._run_share, shares))
        return self.tally

    def _run_share(self, episodes: range) -> None:
        while episodes and len(self.tally.faults) < ENOUGH:
            episodes = self._run_child(episodes)

    def _run_child(self, episodes: range) -> range:
        """Runs a process. Returns the remaining episodes if it dies."""
        with tempfile.TemporaryDirectory() as folder:
            progress, output, errors = (Path(folder) / name for name in ("progress", "output", "errors"))
            progress.write_bytes(f"{episodes.start} 0 start\n".encode().ljust(NOTE_SIZE))
            work = Path(folder) / "work"
            work.mkdir()
            command = [sys.executable, "-m", "tests.harness.fuzz.run", "--seed", str(self.seed)]
            command += ["--episodes", str(episodes.start), str(episodes.stop), "--progress", str(progress)]
            environment = {**os.environ, "PYTHONHASHSEED": "0", "RUST_BACKTRACE": "0"}
            environment["PYTHONPATH"] = os.pathsep.join(map(str, (PACKAGE.parent, ROOT)))
            with output.open("w") as out, errors.open("a") as err:
                process = subprocess.Popen(command, stdout=out, stderr=err, cwd=work, env=environment)
                hangs = not ends(process, progress)
            lines = output.read_text().splitlines()
            if process.returncode == 0:
                self._add(json.loads(lines.pop()))
                left = range(0)
            elif process.returncode == 1:
                raise RuntimeError(f"the fuzzer itself has failed: {errors.read_text()}")
            else:
                episode, _, rest = progress.read_bytes().partition(b"\n")[0].decode().partition(" ")
                step, _, name = rest.partition(" ")
                place = f"seed {self.seed}, episode {episode}, step {step}: {name}"
                kind = "hang" if hangs else f"exit code {process.returncode}"
                self.tally.faults.append(Fault(kind, name, errors.read_text(errors="replace")[:1500], place))
                left = range(int(episode) + 1, episodes.stop)
            self.tally.faults += [Fault(**json.loads(line)) for line in lines]
            return left

    def _add(self, tally: dict[str, Any]) -> None:
        total = self.tally
        total.calls += tally["calls"]
        total.past_the_checks += tally["past_the_checks"]
        total.returned.update(tally["returned"])
        total.passed.update(tally["passed"], tally["returned"])
        total.errors.update(tally["errors"])
        total.slowest = max(total.slowest, tuple(tally["slowest"]))


def ends(process: subprocess.Popen[bytes], progress: Path) -> bool:
    """Waits for a process. Returns whether it exits; kills it if it makes no progress."""
    last, since = b"", time.monotonic()
    while process.poll() is None:
        time.sleep(0.1)
        if (now := progress.read_bytes()) != last:
            last, since = now, time.monotonic()
        elif time.monotonic() > since + HANGS_AFTER:
            process.send_signal(signal.SIGABRT)  # `faulthandler` prints where it hangs
            process.wait()
            return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--episode", type=int, help="run only this episode, and print each call")
    parser.add_argument("--episodes", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--progress", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.episodes:
        child(arguments.seed, range(*arguments.episodes), arguments.progress)
    if arguments.episode is not None:
        child(arguments.seed, range(arguments.episode, arguments.episode + 1), None)
    start = time.monotonic()
    tally = Run(arguments.seed).explore(arguments.calls, arguments.workers)
    for fault in tally.faults:
        print(f"{fault.kind}: {fault.call}: {fault.text}\n    {fault.place}")
    print(tally.summary(), f"in {time.monotonic() - start:.1f} seconds")
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
