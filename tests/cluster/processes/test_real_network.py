"""Clusters of hosts in network namespaces: lost packets, pulled cables, full disks, and chaos of all of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from .chaos import MEMBERS, Chaos
from .cluster import running, until_async
from .load import Load, load
from .namespaces import RealCluster, in_namespaces
from .program import Lists
from .test_chaos import ROUNDS, SECONDS, SEED
from .test_processes import BUSY_MACHINE, ELECTION_TIMEOUT, another_leads, check_end, has_applied, progress

SETTINGS: dict[str, Any] = {
    "group": {"snapshot_log_size": 20_000, "kept_log_size": 2_000},
    "host": {"segment_size": 64 * 1024},
}


@asynccontextmanager
async def cluster(folder: Path, seed: int = 1) -> AsyncIterator[tuple[RealCluster, Load]]:
    """A cluster under load."""
    async with running(RealCluster(folder, **SETTINGS), MEMBERS) as hosts, load(hosts, seed=seed) as work:
        yield hosts, work


@pytest.mark.parametrize("probability", [0.05, 0.2])
@in_namespaces
async def test_packets_are_lost(probability: float, tmp_path: Path) -> None:
    async with cluster(tmp_path) as (hosts, work):
        await progress(work)
        await hosts.network.lose(probability)
        await progress(work, 200)
        await hosts.network.heal()
        assert await progress(work) < 10 * ELECTION_TIMEOUT + BUSY_MACHINE
        await check_end(hosts, work)


@in_namespaces
async def test_packets_of_the_leader_are_dropped(tmp_path: Path) -> None:
    """No reset tells anybody. When packets arrive again, the links do not wait for TCP, whose pauses have doubled."""
    async with cluster(tmp_path) as (hosts, work):
        leader = await hosts.leader()
        await progress(work)
        await hosts.network.isolate(leader, hosts.hosts)
        await another_leads(hosts, leader)
        await asyncio.sleep(8.0)
        applied = (await hosts.status(await other_leader(hosts, leader)))["applied"]
        await hosts.network.heal()
        await asyncio.wait_for(
            until_async(lambda: has_applied(hosts, leader, applied), "the old leader catches up"),
            2.0 + 1.5 * ELECTION_TIMEOUT + BUSY_MACHINE,
        )
        await check_end(hosts, work)


async def other_leader(hosts: RealCluster, old: int) -> int:
    """The leader that the other hosts know."""
    status = await hosts.status(next(host for host in hosts.hosts if host != old))
    leader: int = status["leader"]
    return leader


@in_namespaces
async def test_a_leader_that_receives_nothing_is_replaced(tmp_path: Path) -> None:
    """Its heartbeats may still arrive: it must step down by itself."""
    async with cluster(tmp_path) as (hosts, work):
        leader = await hosts.leader()
        for other in hosts.hosts:
            if other != leader:
                await hosts.network.drop(other, leader)
        await another_leads(hosts, leader)
        async with hosts.client(*(host for host in hosts.hosts if host != leader)) as client:
            assert await client.group(Lists).append("of others", "x") == 1
        await hosts.network.heal()
        await check_end(hosts, work)


@in_namespaces
async def test_a_machine_vanishes_and_comes_back(tmp_path: Path) -> None:
    """Its old connections have no end: nobody has told the others."""
    async with cluster(tmp_path) as (hosts, work):
        leader = await hosts.leader()
        hosts.network.plug(leader, into=False)
        hosts.kill(leader)
        assert await progress(work) < 10 * ELECTION_TIMEOUT + BUSY_MACHINE
        applied = (await hosts.status(await hosts.leader()))["applied"]
        hosts.network.plug(leader, into=True)
        hosts.restart(leader)
        await until_async(lambda: has_applied(hosts, leader, applied), "the host catches up")
        await check_end(hosts, work)


@in_namespaces
async def test_a_host_with_a_full_disk_stops(tmp_path: Path) -> None:
    """It has acknowledged nothing that it could not write. With room on its disk, it catches up."""
    async with cluster(tmp_path) as (hosts, work):
        leader = await hosts.leader()
        hosts.fill(leader)
        await hosts.exit_of(leader)
        assert "stopped: FailedError" in hosts.output(leader)
        assert "No space left on device" in hosts.output(leader)
        await progress(work)
        applied = (await hosts.status(await hosts.leader()))["applied"]
        hosts.clean(leader)
        hosts.restart(leader)
        await until_async(lambda: has_applied(hosts, leader, applied), "the host catches up")
        await check_end(hosts, work)


@in_namespaces
async def test_a_snapshot_arrives_over_a_network_that_loses_packets(tmp_path: Path) -> None:
    settings = {"machine": "file", "group": {"snapshot_log_size": 1000, "kept_log_size": 1}}
    async with running(RealCluster(tmp_path, **settings), 1) as hosts, hosts.client(1) as client:
        await client.command(1, b"8")  # mebibytes
        for _ in range(50):
            await client.command(1, b"0")
        await hosts.network.lose(0.05)
        await hosts.join(2)

        async def has_restored() -> bool:  # the log has the snapshot before the state machine
            return "state replaced by the leader's snapshot" in hosts.output(2)

        await until_async(lambda: hosts.has_voters(1, [1, 2]), "host 2 is a voter")
        await until_async(has_restored, "host 2 has restored the snapshot")
        assert (await client.query(1, b"")).split()[0] == b"%d" % (8 * 2**20)


class RealChaos(Chaos):
    """Chaos with faults that need a network and disks of its own."""

    kinds = (*Chaos.kinds, "loss", "loss of one", "slow", "vanish", "full disk")
    _hosts: RealCluster

    async def make(self, kind: str, host: int) -> None:
        hosts, network = self._hosts, self._hosts.network
        match kind:
            case "loss" | "loss of one":
                await network.lose(self._random.choice([0.02, 0.1, 0.3]), *([host] if kind == "loss of one" else []))
                await self._some_time()
                await network.heal()
            case "slow":
                await network.slow_down(host)
                await self._some_time()
                await network.heal()
            case "vanish":
                network.plug(host, into=False)
                hosts.kill(host)
                await self._some_time()
                network.plug(host, into=True)
                hosts.restart(host)
            case "full disk":
                hosts.fill(host)
                await self._some_time()
                hosts.clean(host)
                if host in hosts.hosts:
                    hosts.kill(host)  # it may not have noticed yet
                hosts.restart(host)
            case _:
                await super().make(kind, host)


@pytest.mark.timeout(SECONDS + 280)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
@in_namespaces
async def test_chaos(seed: int, tmp_path: Path) -> None:
    async with cluster(tmp_path, seed) as (hosts, work):
        chaos = RealChaos(hosts, work, seed)
        end = asyncio.get_running_loop().time() + SECONDS
        while asyncio.get_running_loop().time() < end:
            await chaos.fault()
        await hosts.leader()
        await check_end(hosts, work)
