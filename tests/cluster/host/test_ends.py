"""When a host has nothing to do any more: `serve` raises why. Until then, it ticks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import FailedError, GroupStopped, NeedsUpgradeError, RemovedError
from tests.harness.local_hosts import Jobs, eventually, local_cluster, run


def test_host_is_removed_from_a_group_that_had_stopped(tmp_path: Path) -> None:
    """Its node takes part until then, so the host goes on."""

    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")
            old = jobs[2].group
            serving = asyncio.ensure_future(cluster.hosts[3].serve())
            events = old.events()
            old.core.stop(NeedsUpgradeError("there is no command new"))

            await jobs[0].group.remove(3)

            with pytest.raises(RemovedError, match="this host was removed from group 1"):
                await serving
            stops = (event.reason async for event in events if isinstance(event, GroupStopped))
            assert [type(await anext(stops)) for _ in range(2)] == [NeedsUpgradeError, RemovedError]
            assert "RemovedError" in str(old.status().stopped)

    run(test())


def test_log_fails_on_a_host_without_groups(tmp_path: Path) -> None:
    """No group reports it."""

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            [host] = cluster.hosts.values()
            serving = asyncio.ensure_future(host.serve())
            await asyncio.sleep(0)
            assert host._running is not None

            host._running.core.fail(OSError("the disk is bad"))

            with pytest.raises(FailedError, match="the log of host 1 has failed: the disk is bad"):
                await serving

    run(test())


def test_host_ticks_after_a_tick_that_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop reports the exception."""

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            [host] = cluster.hosts.values()
            assert host._running is not None
            reported: list[dict[str, Any]] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

            def fail(*_: float) -> None:
                raise ZeroDivisionError("a bug")

            with monkeypatch.context() as patch:
                patch.setattr(host._running.core, "tick", fail)
                await eventually(lambda: len(reported) >= 2)

            assert {repr(context["exception"]) for context in reported} == {"ZeroDivisionError('a bug')"}
            assert await (await host.start(Jobs())).enqueue("first") == 1  # it is elected, which takes ticks

    run(test())
