"""Faults of snapshots, and of the log before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rraft import SnapshotReader
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
    apply, dump = ReplicatedState.apply, ReplicatedState.dump

    def remember(self: ReplicatedState, index: int, data: bytes) -> None:
        self._before = list(dump(self))  # type: ignore[attr-defined]
        apply(self, index, data)

    def dump_before(self: ReplicatedState) -> Iterator[bytes]:
        before = getattr(self, "_before", None)
        return dump(self) if before is None else iter(before)

    patch.setattr(ReplicatedState, "apply", remember)
    patch.setattr(ReplicatedState, "dump", dump_before)


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
    load = ReplicatedState.load

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
        "A snapshot says that it has the last applied entry, and has the state before it.",
        index_is_ahead_of_state,
        scenario(),
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
