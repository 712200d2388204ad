"""Hosts that join, are added, and are removed, over localhost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rraft.cluster import Client, ClusterError, FailedError, GroupOptions, GroupStopped, Host, RemovedError
from tests.harness.local_hosts import OPTIONS, Jobs, Words, eventually, free_ports, local_cluster, run
from tests.harness.program import LIMIT


def test_host_joins_and_is_removed(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            for number in range(100):
                await jobs[0].enqueue(f"{number}")

            new = await cluster.open(4, join=list(cluster.members.values()))
            late = await new.start(Jobs())
            await eventually(lambda: 4 in jobs[0].group.status().voters)
            assert await late.length() == 100
            assert await late.enqueue("last") == 101

            serving = asyncio.ensure_future(cluster.hosts[1].serve())
            await late.group.remove(1)
            with pytest.raises(RemovedError, match="this host was removed from group 1"):
                await serving
            with pytest.raises(RemovedError, match="this host was removed from group 1"):
                await cluster.hosts[1].serve()
            async for event in jobs[0].group.events():
                assert isinstance(event, GroupStopped)
                assert isinstance(event.reason, RemovedError)
                break
            assert "RemovedError" in str(jobs[0].group.status().stopped)
            assert await jobs[1].enqueue("after") == 102
            await eventually(lambda: jobs[1].group.status().voters == (2, 3, 4))

    run(test())


def test_added_host_that_starts_later(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("first")
            [port] = free_ports(1)
            adding = asyncio.ensure_future(jobs.group.add(2, f"127.0.0.1:{port}"))
            await eventually(lambda: jobs.group.status().learners == (2,))

            new = await cluster.open(2, listen=f"127.0.0.1:{port}", join=[cluster.members[1]])
            late = await new.start(Jobs())
            await adding

            assert await late.length() == 1
            await jobs.group.transfer_leadership(2)
            await eventually(lambda: late.group.status().role == "leader")

    run(test())


def test_learner_that_joins_stays_one(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("first")
            [port] = free_ports(1)
            await jobs.group.add(2, f"127.0.0.1:{port}", voter=False)

            new = await cluster.open(2, listen=f"127.0.0.1:{port}", join=[cluster.members[1]])
            late = await new.start(Jobs())

            assert await late.length() == 1
            assert await late.enqueue("second") == 2
            await eventually(lambda: late.group.status().role == "learner")
            assert jobs.group.status().voters == (1,)

    run(test())


def test_change_is_given_up_with_the_connection_of_the_client(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("first")
            async with Client([cluster.members[1]], cluster="rraft") as client:
                adding = asyncio.ensure_future(client.add(1, 2, "127.0.0.1:1"))  # nobody is there
                await eventually(lambda: jobs.group.status().learners == (2,))
                assert jobs.group.core.requests
            with pytest.raises(ClusterError, match=r"\w"):
                await adding

            await eventually(lambda: not jobs.group.core.requests.pending)

    run(test())


def test_repeated_join_is_one_request(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=2) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())  # without a leader, the request stays outstanding
            async with Client([cluster.members[1]], cluster="rraft") as client:
                for _ in range(3):
                    assert await client.join(1, 3, "127.0.0.1:1") == cluster.members

                [request] = jobs.group.core.requests.pending.values()
                assert len(request.waiters) == 1
            await eventually(lambda: not jobs.group.core.requests.pending)

    run(test())


def test_snapshot_is_sent_to_a_host_that_joins(tmp_path: Path) -> None:
    async def test() -> None:
        options = GroupOptions(snapshot_log_size=100_000, kept_log_size=10_000)
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start_group(Words(), options=options)
            group = cluster.hosts[1].groups[1]
            await asyncio.gather(*(group.execute(b"%06d" % number + bytes(2_000)) for number in range(2_000)))
            await eventually(lambda: group.status().first_index > 2)

            new = await cluster.open(4, join=[cluster.members[2]])
            late = await new.start_group(Words(), options=options)
            await eventually(lambda: 4 in group.status().voters)

            assert len(await late.query(b"")) == 2_000 * 2_007 - 1
            assert late.status().first_index > 2

    run(test())


def test_removed_host_cannot_join_again(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")
            await jobs[0].group.remove(3)
            await cluster.hosts[3].close()

            again = await cluster.open(3, join=[cluster.members[1]], listen=cluster.members[3])
            late = await again.start(Jobs())
            await eventually(lambda: late.group.status().stopped)
            new = Host(tmp_path / "new", id=3, listen="127.0.0.1:0", join=[cluster.members[1]], options=OPTIONS)
            async with new:
                other = await new.start(Jobs())
                await eventually(lambda: other.group.status().stopped)
                assert "cannot be used again" in str(other.group.status().stopped)

    run(test())


def test_host_that_has_left_one_group_serves_those_that_it_starts_after_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            first = [await host.start(Jobs(), 1) for host in cluster.hosts.values()]
            second = [await host.start(Jobs(), 2) for host in cluster.hosts.values()]
            await second[0].enqueue("second")
            await cluster.hosts[3].close()
            await first[0].group.remove(3)

            again = await cluster.open(3)
            left = await again.start(Jobs(), 1)
            await eventually(lambda: left.group.status().stopped)
            jobs = await again.start(Jobs(), 2)
            serving = asyncio.ensure_future(again.serve())

            assert await jobs.enqueue("third") == 2
            assert not serving.done()
            await second[0].group.remove(3)
            with pytest.raises(RemovedError, match="this host was removed from group 2"):
                await serving

    run(test())


@asynccontextmanager
async def left_while_starting(
    directory: Path, machine: Jobs, removed: threading.Event
) -> AsyncIterator[tuple[asyncio.Future[Jobs], asyncio.Future[None]]]:
    """A host that learns that it was removed from group 1 while it starts group 2, and waits in `serve`."""
    async with local_cluster(directory) as cluster:
        for host in cluster.hosts.values():
            await asyncio.gather(host.start(Jobs(), 1), host.start(Jobs(), 2))
        await cluster.hosts[3].close()
        await cluster.hosts[1].groups[1].remove(3)

        again = await cluster.open(3)
        starting = asyncio.ensure_future(again.start(machine, 2))
        left = await again.start(Jobs(), 1)
        serving = asyncio.ensure_future(again.serve())
        await eventually(lambda: left.group.status().stopped)
        removed.set()
        yield starting, serving


def test_host_that_leaves_a_group_while_it_starts_another_goes_on(tmp_path: Path) -> None:
    class Slow(Jobs):
        def restore(self, chunks: Iterator[bytes]) -> None:
            assert removed.wait(LIMIT)
            super().restore(chunks)

    removed = threading.Event()

    async def test() -> None:
        async with left_while_starting(tmp_path, Slow(), removed) as (starting, serving):
            assert await (await starting).length() == 0
            assert not serving.done()

    run(test())


def test_host_ends_when_it_has_left_a_group_and_another_does_not_start(tmp_path: Path) -> None:
    class Broken(Jobs):
        def restore(self, _: Iterator[bytes]) -> None:
            assert removed.wait(LIMIT)
            raise OSError("no state")

    removed = threading.Event()

    async def test() -> None:
        async with left_while_starting(tmp_path, Broken(), removed) as (starting, serving):
            with pytest.raises(OSError, match="no state"):
                await starting
            with pytest.raises(RemovedError, match="this host was removed from group 1"):
                await serving

    run(test())


def test_host_whose_disk_fails_between_rounds_ends(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            await (await host.start(Jobs())).enqueue("first")
            serving = asyncio.ensure_future(host.serve())

            host.running.core.fail(OSError("no disk"))

            with pytest.raises(FailedError, match="the log of host 1 has failed: no disk"):
                await serving

    run(test())


def test_host_of_another_cluster_cannot_join(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await (await cluster.hosts[1].start(Jobs())).enqueue("first")

            stranger = await cluster.open(4, join=[cluster.members[1]], cluster="other")
            jobs = await stranger.start(Jobs())

            with pytest.raises(FailedError, match=r"host 4 cannot join group 1: .*it belongs to another cluster"):
                await jobs.enqueue("job")

    run(test())


@pytest.mark.parametrize("has_connected", [False, True])
def test_host_that_joins_may_move_before_it_has_a_state(tmp_path: Path, has_connected: bool) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")
            old, new = (f"127.0.0.1:{port}" for port in free_ports(2))
            adding = asyncio.ensure_future(jobs[0].group.add(4, old))
            await eventually(lambda: jobs[0].group.status().learners == (4,))
            if has_connected:
                late = Host(tmp_path / "4", id=4, listen=old, join=[cluster.members[1]], options=OPTIONS)
                async with late:
                    for host in cluster.hosts.values():
                        late.running.core.peers.learn_address(host.id, host.address)
                    incarnations = jobs[0].group.core.state.members.incarnations
                    await eventually(lambda: 4 in incarnations)

            moved = await cluster.open(4, listen=new, join=[cluster.members[1]])
            late_jobs = await moved.start(Jobs())

            assert await late_jobs.length() == 1
            await eventually(lambda: 4 in jobs[0].group.status().voters)
            assert jobs[0].group.status().addresses[4] == new
            adding.cancel()

    run(test())
