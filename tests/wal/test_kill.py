"""A process that writes to a log is killed, again and again: what it has reported as durable is there."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rraft import Wal
from tests.harness.processes import PRELUDE
from tests.harness.program import environment
from tests.harness.wal import names

KILLS = 10
MOST_LINES = 50
SEGMENT_SIZE = 4096

State = dict[str, Any]
"""The content of each group, as JSON."""

CONTENT = """
def content(wal, group):
    storage = wal.storage(group)
    first, last = storage.first_index(), storage.last_index()
    entries = storage.entries(first, last + 1, GetEntriesContext.empty(False))
    state, reader = storage.initial_state(), storage.read_snapshot()
    return [
        [first, last, storage.term(first - 1)],
        [[entry.index, entry.term, entry.data.decode()] for entry in entries],
        [state.hard_state.encode().hex(), state.conf_state.encode().hex()],
        reader and [reader.snapshot.encode().hex(), b"".join(reader).decode()],
    ]
"""

# Announces what each round will make durable, and reports when it is.
LOAD = (
    PRELUDE
    + CONTENT
    + """
import json, random, sys
rng = random.Random(int(sys.argv[2]))

def append(storage):
    first = rng.randint(max(storage.first_index(), storage.last_index() - 2), storage.last_index() + 1)
    term = storage.term(storage.last_index()) + rng.randint(0, 1)
    size = rng.choice([0, 10, 300])
    entries = [Entry(index=first + n, term=term, data=b"%d" % rng.getrandbits(30) + b"x" * size) for n in range(3)]
    storage.append(entries)

def vote(storage):
    storage.set_hardstate(HardState(term=rng.randint(1, 99), vote=rng.randint(0, 3), commit=storage.last_index()))

def create_snapshot(storage):
    data = (b"%d" % number + b"y" * rng.choice([0, 9000]) for number in range(rng.randint(0, 20)))
    snapshot = storage.read_snapshot()
    least = max(storage.first_index() - 1, snapshot.snapshot.metadata.index if snapshot else 0)
    if 0 < least < storage.last_index(): storage.create_snapshot(rng.randint(least, storage.last_index()), data)
    elif least < storage.last_index(): storage.create_snapshot(storage.last_index(), data)

def compact(storage):
    storage.compact(rng.randint(storage.first_index(), storage.last_index() + 1))

def restore(storage):
    metadata = SnapshotMetadata(conf_state=ConfState([1, 2, rng.randint(3, 9)]))
    metadata.index, metadata.term = storage.last_index() + rng.randint(1, 5), storage.term(storage.last_index()) + 1
    storage.apply_snapshot(Snapshot(metadata=metadata), b"z" * rng.randint(0, 100_000))

WORK = [append] * 20 + [vote] * 5 + [create_snapshot, compact, compact, restore]
wal = Wal(sys.argv[1], segment_size=int(sys.argv[3]))
while True:
    changed = {rng.randint(1, 50) for _ in range(rng.choice([1, 5, 20]))}
    for group in changed:
        for _ in range(rng.randint(1, 3)): rng.choice(WORK)(wal.storage(group, ConfState([1, 2, 3])))
    if rng.random() < 0.1:
        removed = rng.randint(1, 50)
        wal.remove(removed)
        changed.add(removed)
    existing = set(wal.groups())
    print(json.dumps({group: content(wal, group) if group in existing else None for group in changed}), flush=True)
    wal.sync()
    print("durable", flush=True)
    if rng.random() < 0.1: wal.mark()
"""
)


@pytest.fixture
def kills(fuzz_factor: int) -> int:
    """The number of processes that are killed: 200 with `--fuzz`."""
    return KILLS if fuzz_factor == 1 else 20 * KILLS


def killed_after(count: int, delay: float, arguments: list[str]) -> list[str]:
    """Starts the load, and kills it a while after so many lines. Returns the complete lines that it has written."""
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, *arguments], env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(count)]
        time.sleep(delay)
        process.kill()
        lines += process.stdout
    assert process.returncode == -signal.SIGKILL
    return [line for line in lines if line.endswith("\n")]


def with_changes(state: State, line: str) -> State:
    """The state after a round."""
    after = {**state, **json.loads(line)}
    return {group: content for group, content in after.items() if content is not None}


def read(directory: Path) -> State:
    """The state that the next process finds."""
    scope: dict[str, Any] = {}
    exec("from rraft import *" + CONTENT, scope)
    with Wal(directory, segment_size=SEGMENT_SIZE) as wal:
        state = {str(group): scope["content"](wal, group) for group in wal.groups()}
        snapshots = sum(content[3] is not None for content in state.values())
        assert len(names(directory, "*.snap*")) <= snapshots
        assert wal.stats().segments == len(names(directory, "*.seg"))
    return json.loads(json.dumps(state))  # type: ignore[no-any-return]


def test_killed_process_loses_nothing_that_was_durable(tmp_path: Path, kills: int) -> None:
    directory, rng = tmp_path / "wal", random.Random(kills)
    state: State = {}
    interrupted = rotations = 0

    for number in range(kills):
        count, delay = rng.randint(1, MOST_LINES), rng.choice([0, rng.random() / 1000])
        announced = None
        for line in killed_after(count, delay, [str(directory), str(number), str(SEGMENT_SIZE)]):
            if line == "durable\n":
                assert announced is not None
                state, announced = announced, None
            else:
                announced = with_changes(state, line)
        # Of what was announced, and not reported, all is there, or nothing.
        possible = [state] if announced is None else [state, announced]
        interrupted += announced is not None
        found = read(directory)
        assert found in possible
        state = found
        rotations = max(rotations, int(names(directory, "*.seg")[-1].removesuffix(".seg")))

    assert rotations > kills
    assert interrupted > 0 or kills == KILLS  # on a disk, much of the time is spent in fsyncs
