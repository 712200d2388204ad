"""Pauses between attempts, timeouts, and log records in bounded number."""

import asyncio
import logging
import random
from dataclasses import replace

import pytest

from rraft.cluster.transport.backoff import Backoff
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.reports import Reports
from rraft.cluster.transport.timeouts import timeout

from .support import on_loop

OPTIONS = replace(TransportOptions(), min_backoff=0.1, max_backoff=1.0)


def test_pauses_double_up_to_the_maximum_with_jitter() -> None:
    backoff = Backoff(OPTIONS, random.Random(1))
    for limit in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0):
        assert limit / 2 <= backoff.pause() <= limit
    backoff.reset()
    assert backoff.pause() <= 0.1


def test_the_same_source_gives_the_same_pauses() -> None:
    one, two, other = (Backoff(OPTIONS, random.Random(seed)) for seed in (1, 1, 2))
    pauses = [one.pause() for _ in range(5)]
    assert pauses == [two.pause() for _ in range(5)]
    assert pauses != [other.pause() for _ in range(5)]


@on_loop
async def test_a_timeout_ends_what_takes_too_long_and_nothing_else() -> None:
    async with timeout(1000.0):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError, match=r"^$"):
        async with timeout(0.01):
            await asyncio.sleep(1000.0)
    await asyncio.sleep(0.02)


@on_loop
async def test_a_cancellation_within_a_timeout_is_not_swallowed() -> None:
    """Even when what is waited for is done at the same time."""

    async def wait(future: "asyncio.Future[None]") -> None:
        async with timeout(1000.0):
            await future
        await asyncio.sleep(1000.0)

    future = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(wait(future))
    await asyncio.sleep(0)
    future.set_result(None)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


@on_loop
async def test_reports_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    reports = Reports(logging.getLogger("test"))
    for number in range(1000):
        reports.warn(f"report {number}")
    assert [record.message for record in caplog.records] == [f"report {number}" for number in range(5)]
