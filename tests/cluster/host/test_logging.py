"""The log records of hosts: their loggers, levels and fields."""

import logging
from pathlib import Path

import pytest

from tests.harness.local_hosts import Jobs, eventually, local_cluster, run


def test_records_of_a_cluster_name_host_group_and_term(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rraft.cluster")

    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            await jobs[1].enqueue("first")
            await jobs[1].group.remove(jobs[1].group.status().leader % 3 + 1)

    run(test())

    records = [record for record in caplog.records if record.name.startswith("rraft.cluster")]
    assert all({"host", "group", "term"} <= vars(record).keys() for record in records)
    assert {record.name for record in records} >= {"rraft.cluster.running", "rraft.cluster.transport.links"}
    elections = [record for record in records if "leads in term" in record.getMessage()]
    assert {vars(record)["host"] for record in elections} == {1, 2, 3}
    assert all(vars(record)["term"] >= 2 and vars(record)["group"] == 1 for record in elections)
    members = [record for record in records if "voters" in record.getMessage()]
    assert {record.levelno for record in elections + members} == {logging.INFO}
    assert members


def test_commands_and_queries_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            await jobs[1].enqueue("first")
            await eventually(lambda: all(one.number for one in jobs.values()))
            caplog.set_level(logging.DEBUG, "rraft.cluster")
            caplog.clear()

            for number in range(30):
                await jobs[1 + number % 3].enqueue("more")
                await jobs[1 + number % 3].length()

            # There are warnings on a machine that is busy: that the event loop stood still, that the disk is slow.
            records = [record for record in caplog.records if record.levelno < logging.WARNING]
            assert [record for record in records if record.name.startswith("rraft.cluster")] == []

    run(test())
