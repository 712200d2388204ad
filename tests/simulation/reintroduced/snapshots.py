"""Faults of snapshots, and of the log before them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rraft import SnapshotReader
from rraft.cluster.core import state as state_module
from rraft.cluster.core.chunks import split_chunks
from rraft.cluster.core.snapshots import MakeSnapshot, Reception
from rraft.cluster.core.state import ReplicatedState
from rraft.cluster.core.transfers import SnapshotTransfers
from rraft.simulation.run import GROUP_OPTIONS
from tests.simulation.reintroduced.fault import Fault, scenario

LAYER = "snapshots"

_OFTEN = replace(GROUP_OPTIONS, snapshot_log_size=4 * 1024, kept_log_size=512)
"""Many snapshots, and few entries before them: hosts that lag behind need one."""


def restores_over_newer_state(patch: pytest.MonkeyPatch) -> None:
    made = SnapshotTransfers._made

    def restore(self: SnapshotTransfers, job: MakeSnapshot, error: BaseException | None) -> None:
        made(self, job, error)
        state = self._group.state
        reader: SnapshotReader | None = self._group.storage.read_snapshot()
        if error is None and reader is not None and reader.snapshot.metadata.index == job.index < state.applied:
            applied, conf_state = state.applied, state.conf_state
            state.load(job.index, conf_state, split_chunks(reader))
            state.applied = applied

    patch.setattr(SnapshotTransfers, "_made", restore)


def index_is_ahead_of_state(patch: pytest.MonkeyPatch) -> None:
    run = MakeSnapshot.run

    def run_late(self: MakeSnapshot) -> None:
        self.index = self._state.applied  # type: ignore[attr-defined]
        run(self)

    init = MakeSnapshot.__init__

    def remember(self: MakeSnapshot, storage: Any, state: ReplicatedState, done: Any) -> None:
        init(self, storage, state, done)
        self._state = state  # type: ignore[attr-defined]

    patch.setattr(MakeSnapshot, "__init__", remember)
    patch.setattr(MakeSnapshot, "run", run_late)


def chunks_are_written_twice(patch: pytest.MonkeyPatch) -> None:
    write = Reception.write

    def write_again(self: Reception, chunk: bytes) -> None:
        write(self, chunk)
        if len(chunk) % 4 == 0:
            self.writer.write(chunk)

    patch.setattr(Reception, "write", write_again)


def compacts_beyond_snapshot(patch: pytest.MonkeyPatch) -> None:
    def compact(self: SnapshotTransfers, index: int) -> None:
        storage = self._group.storage
        if self._group.state.applied > storage.first_index():
            storage.compact(self._group.state.applied)

    patch.setattr(SnapshotTransfers, "_compact", compact)


def skips_first_entry_after_snapshot(patch: pytest.MonkeyPatch) -> None:
    load, apply = ReplicatedState.load, ReplicatedState.apply

    def load_and_skip(self: ReplicatedState, *arguments: Any) -> None:
        load(self, *arguments)
        self._skips = True  # type: ignore[attr-defined]

    def skip(self: ReplicatedState, index: int, data: bytes) -> None:
        skips, self._skips = getattr(self, "_skips", False), False  # type: ignore[attr-defined]
        if skips:
            self.applied = index
        else:
            apply(self, index, data)

    patch.setattr(ReplicatedState, "load", load_and_skip)
    patch.setattr(ReplicatedState, "apply", skip)


def snapshots_have_no_removed_ids(patch: pytest.MonkeyPatch) -> None:
    load = state_module.ReplicatedState.load

    def forget(self: ReplicatedState, *arguments: Any) -> None:
        load(self, *arguments)
        self.members.removed = set()

    patch.setattr(ReplicatedState, "load", forget)


FAULTS = [
    Fault(
        "snapshot-over-newer-state",
        LAYER,
        "A snapshot is restored over a state that is newer than it.",
        restores_over_newer_state,
        scenario(clients=4, snapshots=20.0),
    ),
    Fault(
        "index-ahead-of-state",
        LAYER,
        "A snapshot says that it has entries that were applied after its state was taken.",
        index_is_ahead_of_state,
        scenario(clients=4, snapshots=40.0),
    ),
    Fault(
        "chunks-twice",
        LAYER,
        "A chunk of a snapshot that arrives twice is written twice.",
        chunks_are_written_twice,
        scenario(group_options=_OFTEN),
    ),
    Fault(
        "compaction-beyond-snapshot",
        LAYER,
        "The log is compacted up to what is applied, instead of up to the snapshot.",
        compacts_beyond_snapshot,
        scenario(group_options=_OFTEN),
    ),
    Fault(
        "entry-after-snapshot-skipped",
        LAYER,
        "The first entry after a restored snapshot is taken for applied.",
        skips_first_entry_after_snapshot,
        scenario(),
    ),
    Fault(
        "snapshot-without-removed-ids",
        LAYER,
        "A snapshot leaves out which ids were used before.",
        snapshots_have_no_removed_ids,
        scenario(additions=12.0, removals=12.0, snapshots=20.0),
    ),
]
