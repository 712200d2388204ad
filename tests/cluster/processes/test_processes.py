"""Clusters of processes: SIGKILL, partitions, membership, hostile bytes."""

import asyncio
import os
import struct
import time
from pathlib import Path

import pytest

from rraft.cluster import MembershipError
from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Dialler, Kind
from tests.cluster.transport.support import RawClient, on_loop

from .cluster import Cluster, cluster, until, until_async
from .load import Load, load
from .program import Lists

ELECTION_TIMEOUT = 1.0
"""Seconds: the longest one of the hosts' default options."""


async def progress(running: Load, count: int = 50) -> float:
    """Waits for some more acknowledged appends. Returns the seconds until the first one."""
    started = time.monotonic()
    before = running.acknowledged
    await until(lambda: running.acknowledged > before, "an append is acknowledged")
    first = time.monotonic() - started
    await until(lambda: running.acknowledged > before + count, "appends are acknowledged")
    return first


@on_loop
async def test_each_host_is_killed_in_turn(tmp_path: Path) -> None:
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        for host in (1, 2, 3, await hosts.leader(), await hosts.leader()):
            await progress(running)
            hosts.kill(host)
            await progress(running)
            hosts.restart(host)
            await hosts.leader()
        await check_end(hosts, running)


async def check_end(hosts: Cluster, running: Load) -> None:
    """No request has failed, and the histories are linearizable."""
    await progress(running, 10)
    await running.stop()
    assert running.failures == []
    await running.check(hosts)


@on_loop
async def test_nothing_acknowledged_is_lost_when_all_are_killed_at_once(tmp_path: Path) -> None:
    async with cluster(tmp_path) as hosts:
        for seed in range(2):
            async with load(hosts, seed=seed) as running:
                await progress(running, 200)
                for host in hosts.hosts:
                    hosts.kill(host)
            for host in (1, 2, 3):
                hosts.restart(host)
            await hosts.leader()
            for history in running.histories.values():
                assert history.acknowledged
            await check_beginnings(hosts, running)


async def check_beginnings(hosts: Cluster, running: Load) -> None:
    for key, history in running.histories.items():
        final = await hosts.read(key)
        for text, length in history.acknowledged.items():
            assert final[length - 1] == text
        assert len(set(final)) == len(final)


@on_loop
async def test_a_leader_that_is_cut_off_is_replaced_and_comes_back(tmp_path: Path) -> None:
    """Packets are dropped: nothing tells the hosts. Clients reach all hosts all the time."""
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        for _ in range(2):
            leader = await hosts.leader()
            await progress(running)
            await hosts.network.isolate(leader, hosts.hosts)
            await another_leads(hosts, leader)
            await hosts.network.heal()
            assert await progress(running) < 10 * ELECTION_TIMEOUT
            await hosts.leader()
        await check_end(hosts, running)


async def another_leads(hosts: Cluster, leader: int) -> None:
    """Waits until the other hosts have a leader."""

    async def another() -> bool:
        statuses = [await hosts.status(host) for host in hosts.hosts if host != leader]
        return all(status.get("leader") not in (leader, 0, None) for status in statuses)

    await until_async(another, "the others have a leader")


@on_loop
async def test_links_are_back_soon_after_a_long_partition(tmp_path: Path) -> None:
    """All hosts are cut off from each other for longer than a few retransmissions of TCP take."""
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        await progress(running)
        for host in hosts.hosts:
            await hosts.network.isolate(host, hosts.hosts)
        await asyncio.sleep(8.0)
        await hosts.network.heal()
        assert await progress(running) < 2.0 + 1.5 * ELECTION_TIMEOUT + BUSY_MACHINE
        await check_end(hosts, running)


BUSY_MACHINE = 8.0
"""Seconds that a machine with other work may take longer."""


@on_loop
async def test_a_leader_is_replaced_soon(tmp_path: Path) -> None:
    """The time without an acknowledged write: at most an election timeout and a half, on a machine that is idle."""
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        waits = []
        for _ in range(3):
            leader = await hosts.leader()
            await progress(running)
            hosts.kill(leader)
            waits.append(await progress(running))
            hosts.restart(leader)
        assert sorted(waits)[1] < 1.5 * ELECTION_TIMEOUT + BUSY_MACHINE
        await check_end(hosts, running)


@on_loop
async def test_a_host_that_stands_still_is_left_behind_and_catches_up(tmp_path: Path) -> None:
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        leader = await hosts.leader()
        hosts.pause(leader)
        await progress(running, 200)
        hosts.go_on(leader)
        await progress(running)
        await check_end(hosts, running)
        applied = (await hosts.status(await hosts.leader()))["applied"]
        await until_async(lambda: has_applied(hosts, leader, applied), "the host catches up")


async def has_applied(hosts: Cluster, host: int, index: int) -> bool:
    return bool((await hosts.status(host)).get("applied", 0) >= index)


@on_loop
async def test_add_and_remove_under_load(tmp_path: Path) -> None:
    async with cluster(tmp_path, group={"snapshot_log_size": 20_000, "kept_log_size": 1000}) as hosts:
        async with load(hosts) as running, hosts.client(1, 2, 3) as client:
            await progress(running, 300)  # more than the log keeps: the new host needs a snapshot
            await hosts.join(4)
            await client.add(1, 4, hosts.address(4))
            await until_async(lambda: hosts.has_voters(1, [1, 2, 3, 4]), "host 1 sees the new voter")
            await progress(running)
            leader = await hosts.leader()
            await client.remove(1, leader)
            assert await hosts.exit_of(leader) == 0
            assert "stopped: RemovedError" in hosts.output(leader)
            await progress(running)
            left = [host for host in (1, 2, 3, 4) if host != leader]
            await until_async(lambda: hosts.has_voters(4, left), "host 4 sees the removal")
            with pytest.raises(MembershipError, match=rf"host {leader}\b"):
                await client.add(1, leader, hosts.address(leader))
        await running.check(hosts)


@on_loop
async def test_a_dead_host_is_replaced(tmp_path: Path) -> None:
    async with cluster(tmp_path) as hosts:
        async with load(hosts) as running, hosts.client(1, 2) as client:
            await progress(running)
            hosts.kill(3)
            await client.remove(1, 3)
            await hosts.join(4)
            await client.add(1, 4, hosts.address(4))
            await until_async(lambda: hosts.has_voters(2, [1, 2, 4]), "host 4 is a voter")
            await progress(running)
            hosts.kill(1)  # two of three remain only with the new one
            await progress(running)
        await running.check(hosts)


# Hostile bytes.


def resident(process: int) -> int:
    """The memory of a process, in bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@on_loop
async def test_hostile_bytes_on_the_ports(tmp_path: Path) -> None:
    """Random bytes, halves of handshakes, announced lengths, requests of no form: the cluster goes on."""
    async with cluster(tmp_path) as hosts, load(hosts) as running:
        await progress(running)
        memory = {host: resident(hosts.process(host)) for host in hosts.hosts}
        hello = frame(Dialler(Kind.CLIENT, "rraft", 0, 0, None).hello)
        for host in hosts.hosts:
            address = hosts.listens(host)
            hostile = [await RawClient.connect(address) for _ in range(60)]
            for number, connection in enumerate(hostile):
                connection.write(
                    [
                        struct.pack("<I", 16 * 2**20) + bytes(1000),
                        hello[:10],
                        os.urandom(200),
                        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                    ][number % 4]
                )
            known = [await RawClient.welcome(address, cluster="rraft") for _ in range(20)]
            for connection in known:
                connection.write(struct.pack("<I", 8 * 2**20) + bytes(100))
            speaking = await RawClient.welcome(address, cluster="rraft")
            for operation in range(256):
                speaking.request(operation, bytes((operation,)) + os.urandom(40))
            for _ in range(256):
                await speaking.read_response()
            for connection in (*hostile, *known, speaking):
                await connection.close()
        await progress(running)
        for host in hosts.hosts:
            assert resident(hosts.process(host)) - memory[host] < 30 * 2**20
        await check_end(hosts, running)


@on_loop
async def test_hosts_and_clients_with_a_secret(tmp_path: Path) -> None:
    async with cluster(tmp_path, secret="a secret of hosts and clients") as hosts:
        async with hosts.client() as client:
            assert await client.group(Lists).append("a", "x") == 1
        hosts.kill(await hosts.leader())
        async with hosts.client() as client:
            assert await client.group(Lists).append("a", "y") == 2
