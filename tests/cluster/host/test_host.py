"""Hosts over localhost in one process."""

from pathlib import Path

from tests.harness.local_hosts import Jobs, local_cluster, run


def test_commands_and_queries_on_each_host(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]

            for number, one in enumerate(jobs, 1):
                assert await one.enqueue(f"job {number}") == number
                assert await one.length() == number

            for one in jobs:
                assert await one.payloads() == ["job 1", "job 2", "job 3"]

    run(test())
