"""When a host has nothing to do any more: `serve` raises why."""

import asyncio
from pathlib import Path

import pytest

from rraft.cluster import FailedError, GroupStopped, NeedsUpgradeError, RemovedError
from tests.harness.local_hosts import Jobs, local_cluster, run


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
