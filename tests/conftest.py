"""Fixtures shared by the tests."""

import pytest

from rraft import Logger, MemStorage, default_logger
from tests.harness import AnyStorage, ListStorage, NewStorage


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
