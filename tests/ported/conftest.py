"""The storages over which raft-rs's tests run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from rraft import MemStorage, Wal
from tests.harness import AnyStorage, ListStorage, NewStorage
from tests.harness.wal import directory_in_memory

# Why tests do not run over a `WalStorage`.
FETCHES = "the entries of a log are in memory: none are fetched later"
NOT_OVER_A_LOG = {
    "test_election_with_priority_log": "it appends two entries with the same index, which a log rejects",
    "test_raw_node_async_entries_with_leader_change": FETCHES,
    "test_raw_node_with_async_entries": FETCHES,
    "test_raw_node_with_async_entries_on_follower": FETCHES,
    "test_raw_node_with_async_entries_to_removed_node": FETCHES,
    "test_request_snapshot_unavailable": "a log has no `trigger_snap_unavailable`",
    "test_storage_create_snapshot": "a log returns the snapshot that the application has made",
    "test_storage_create_snapshot_unavailable": "a log returns the snapshot that the application has made",
    "test_storage_term_out_of_range": "a log keeps the term of the entry before the first one",
    "test_storage_error_equal": "the messages of a log name the group, and nothing makes its reads fail",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Removes the tests that do not run over a log."""
    items[:] = [item for item in items if not (is_over_a_log(item) and item.name.split("[")[0] in NOT_OVER_A_LOG)]


def is_over_a_log(item: pytest.Item) -> bool:
    """Whether a test has the parameter `wal` of the fixture below."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("new_storage") == "wal"


IN_MEMORY: dict[str, NewStorage] = {"mem": MemStorage, "python": ListStorage}


@pytest.fixture(params=[*IN_MEMORY, "wal"])
def new_storage(request: pytest.FixtureRequest) -> Iterator[NewStorage]:
    """Creates an empty storage. The test runs with raft-rs's `MemStorage`, with a storage written in Python, and with
    groups of a `Wal`.
    """
    if request.param in IN_MEMORY:
        yield IN_MEMORY[request.param]
        return
    with directory_in_memory() as directory, Wal(directory / "wal") as wal:
        groups = iter(range(1, 2**64))
        # It has the writes of a `MemStorage`, though not those that are only for tests.
        yield lambda: cast("AnyStorage", wal.storage(next(groups), inline_snapshots=True))
