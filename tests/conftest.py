"""Fixtures shared by the tests, and the number of rounds of the randomized ones."""

import gc

import pytest
from hypothesis import HealthCheck, settings

import rraft.rraft
from rraft import Logger, MemStorage, default_logger
from tests.harness import AnyStorage, ListStorage, NewStorage

# The tests of fail points need a build with fail points: `make test` builds one, and runs them with it.
FAIL_POINTS = ["ported/test_failpoints.py", "simulation/reintroduced/test_fail_points.py"]

collect_ignore = [] if hasattr(rraft.rraft, "_failpoints") else FAIL_POINTS

# A stateful test takes about 40 steps per example, so 2,000 per round.
settings.register_profile(
    "test",
    max_examples=50,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
settings.register_profile("fuzz", settings.get_profile("test"), derandomize=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", action="store_true", help="run the randomized tests for a long time")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("fuzz" if config.getoption("--fuzz") else "test")


@pytest.fixture(scope="module", autouse=True)
def _few_objects_to_collect() -> None:
    """Hides pytest's thousands of items and reports from the garbage collector, which some tests run in each step."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """The number of rounds of a stateful test: many rounds of few examples are faster than one round of many."""
    return 500 if request.config.getoption("--fuzz") else 1


@pytest.fixture
def fuzz_factor(request: pytest.FixtureRequest) -> int:
    """The factor by which a fuzzer multiplies its number of inputs."""
    return 100 if request.config.getoption("--fuzz") else 1


@pytest.fixture(params=[pytest.param(MemStorage, id="mem"), pytest.param(ListStorage, id="python")])
def new_storage(request: pytest.FixtureRequest) -> NewStorage:
    """Creates an empty storage. The test runs with raft-rs's `MemStorage`, and with a storage written in Python."""
    factory: NewStorage = request.param
    return factory


@pytest.fixture
def storage(new_storage: NewStorage) -> AnyStorage:
    """An empty storage."""
    return new_storage()


@pytest.fixture
def logger() -> Logger:
    return default_logger()
