"""Fixtures shared by the tests."""

import pytest

import rraft.rraft
from rraft import Logger, MemStorage, default_logger
from tests.harness import AnyStorage, ListStorage, NewStorage

# The tests of fail points are for a build that has them: `make test` makes one, and runs them with it.
collect_ignore = [] if hasattr(rraft.rraft, "_failpoints") else ["test_failpoints.py"]


@pytest.fixture(params=[pytest.param(MemStorage, id="mem"), pytest.param(ListStorage, id="python")])
def new_storage(request: pytest.FixtureRequest) -> NewStorage:
    """Makes an empty storage; the test runs once over raft-rs's own and once over one in Python."""
    factory: NewStorage = request.param
    return factory


@pytest.fixture
def storage(new_storage: NewStorage) -> AnyStorage:
    """An empty storage."""
    return new_storage()


@pytest.fixture
def logger() -> Logger:
    return default_logger()
