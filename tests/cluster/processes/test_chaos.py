"""Random faults under load: kills, restarts, partitions, processes that stand still, members that come and go.

`RRAFT_CHAOS_ROUNDS` rounds of `RRAFT_CHAOS_SECONDS` seconds, whose seeds begin at `RRAFT_CHAOS_SEED`: `make chaos`.
"""

import asyncio
import os
from pathlib import Path

import pytest

from tests.cluster.transport.support import on_loop

from .chaos import MEMBERS, Chaos
from .cluster import cluster
from .load import load

ROUNDS = int(os.environ.get("RRAFT_CHAOS_ROUNDS", "2"))
SECONDS = float(os.environ.get("RRAFT_CHAOS_SECONDS", "8"))
SEED = int(os.environ.get("RRAFT_CHAOS_SEED", "1"))


@pytest.mark.timeout(SECONDS + 280)
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
@on_loop
async def test_chaos(seed: int, tmp_path: Path) -> None:
    settings = {"group": {"snapshot_log_size": 20_000, "kept_log_size": 2_000}}
    async with cluster(tmp_path, MEMBERS, **settings) as hosts, load(hosts, seed=seed) as running:
        chaos = Chaos(hosts, running, seed)
        end = asyncio.get_running_loop().time() + SECONDS
        while asyncio.get_running_loop().time() < end:
            await chaos.fault()
        await hosts.leader()
        await running.stop()
        assert running.failures == []
        await running.check(hosts)
