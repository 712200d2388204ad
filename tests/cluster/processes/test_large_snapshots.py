"""A state that is much larger than what hosts may have in memory: 1 GiB with `RRAFT_LARGE_SNAPSHOT` set."""

import os
import re
from pathlib import Path

import pytest

from tests.cluster.transport.support import on_loop

from .cluster import Cluster, cluster, until_async

MEBIBYTES = 1024 if os.environ.get("RRAFT_LARGE_SNAPSHOT") else 192
MEMORY = 200 * 2**20 if MEBIBYTES == 1024 else 120 * 2**20
"""What a host may take above what it has at its start, in bytes."""


def peak(process: int) -> int:
    """The highest memory that a process has had, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def grow(hosts: Cluster) -> None:
    """Makes the state large, then enough small entries for a snapshot."""
    async with hosts.client() as client:
        for _ in range(MEBIBYTES // 32):
            await client.command(1, b"32")
        for _ in range(50):
            await client.command(1, b"0")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
@pytest.mark.parametrize("breaks", [[], [2**20, 10 * 2**20, 20 * 2**20]], ids=["whole", "resumed"])
@on_loop
async def test_a_large_snapshot(breaks: list[int], tmp_path: Path) -> None:
    """Where the connection breaks, the next one goes on."""
    settings = {"machine": "file", "group": {"snapshot_log_size": 1000, "kept_log_size": 1}}
    async with cluster(tmp_path, 1, **settings) as hosts:
        before = peak(hosts.process(1))
        await grow(hosts)
        hosts.network.breaks = breaks.copy()
        await hosts.join(2)
        await until_async(lambda: hosts.has_voters(1, [1, 2]), "host 2 is a voter")
        interruptions = [int(byte) for byte in re.findall(r"interrupted at byte (\d+)", hosts.output(1))]
        assert len(interruptions) == len(breaks)
        assert interruptions == sorted(interruptions)
        assert not interruptions or interruptions[-1] > 10 * 2**20
        for host in (1, 2):
            assert peak(hosts.process(host)) - before < MEMORY
        async with hosts.client(1) as one, hosts.client(2) as two:
            state = await one.query(1, b"")
            assert state == await two.query(1, b"")
            assert int(state.split()[0]) == MEBIBYTES * 2**20
