"""Searches each fault: `python -m tests.simulation.reintroduced.search -j 2`. Writes `found.json`, then the table."""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.simulation.reintroduced import FAULTS

LIMIT = 2000
"""Each fault is to be found within so many seeds."""

FOUND = Path(__file__).parent / "found.json"


def search(name: str, limit: int) -> dict[str, Any] | None:
    """Runs the seeds from 0 until one finds the fault, and that one without it."""
    fault = FAULTS[name]
    started = time.perf_counter()
    for seed in range(limit):
        failure = fault.run(seed).failure
        if failure is not None:
            seconds = time.perf_counter() - started
            without = fault.run_without(seed).failure
            if without is not None:
                print(f"{name}: also without the fault: {without}", file=sys.stderr, flush=True)
            return {
                "seed": seed,
                "seeds": seed + 1,
                "violated": failure.violated,
                "text": failure.text.partition("\n")[0],
                "seconds": round(seconds, 1),
            }
    return None


def main() -> int:
    """Returns 1 if a fault is not found."""
    parser = argparse.ArgumentParser(description="Searches faults that are brought back.")
    parser.add_argument("names", nargs="*", help="all by default")
    parser.add_argument("--limit", type=int, default=LIMIT)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    options = parser.parse_args()
    missing = 0
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as executor:
        futures = {executor.submit(search, name, options.limit): name for name in options.names or FAULTS}
        for future in as_completed(futures):
            name, result = futures[future], future.result()
            print(name, result, flush=True)
            known = json.loads(FOUND.read_text()) if FOUND.exists() else {}
            if result is None:
                missing += 1
                known.pop(name, None)
            else:
                known[name] = result
            ordered = {name: known[name] for name in FAULTS if name in known}
            FOUND.write_text(json.dumps(ordered, indent=1) + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
