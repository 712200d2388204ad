"""Metrics: their values, their names, and that the page and the dashboard have all of them."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from rraft.cluster import Host
from rraft.cluster.metrics import HostCollector, collector, dashboard
from rraft.cluster.metrics.families import WARNINGS
from tests.harness.local_hosts import Jobs, eventually, local_cluster, run
from tests.harness.program import LIMIT, ROOT, environment

PAGE = (ROOT / "docs" / "pages" / "metrics.md").read_text(encoding="utf-8")
TABLES, _, ALERTS = PAGE.partition("## What to alert on")

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(host: Host) -> str:
    """What Prometheus gets."""
    registry = CollectorRegistry()
    registry.register(HostCollector(host))
    return generate_latest(registry).decode()


def samples(text: str) -> Samples:
    """The values of a scrape, by names and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key != "cluster"}
            found[sample.name, tuple(sorted(labels.items()))] = sample.value
    return found


def described() -> dict[str, str]:
    """The names and types of all metrics, as Prometheus shows them."""
    families = HostCollector(Host("unused", listen="127.0.0.1:1")).describe()
    return {family.name + ("_total" if family.type == "counter" else ""): family.type for family in families}


def names_in(text: str) -> set[str]:
    """The metrics that a text names, without what Prometheus appends to those of histograms."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\brraft_[a-z_]+\b", text)}


def expressions(panels: Iterable[dict[str, object]]) -> str:
    return json.dumps([panel.get("targets", []) for panel in panels])


def test_values_of_a_running_cluster(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            for number in range(20):
                await jobs[0].enqueue(f"{number}")
            await jobs[0].length()
            leader = cluster.leader()
            assert leader is not None
            await eventually(lambda: leader.groups[1].core.observation.followers)
            await eventually(lambda: all(host.groups[1].core.state.commands == 20 for host in cluster.hosts.values()))

            # In a thread, as `start_http_server` does.
            texts = {host.id: await asyncio.to_thread(scrape, host) for host in cluster.hosts.values()}

            for number, text in texts.items():
                found = samples(text)
                host, group = (("host", f"{number}"),), (("group", "1"), ("host", f"{number}"))
                assert found["rraft_commands_total", group] == 20
                assert found["rraft_queries_total", group] == (1 if number == 1 else 0)
                assert found["rraft_group_leader_id", group] == leader.id
                assert found["rraft_group_is_leader", group] == (number == leader.id)
                assert found["rraft_group_voters", group] == 3
                assert found["rraft_group_stopped", group] == found["rraft_host_failed", host] == 0
                assert found["rraft_log_size_bytes", host] > 0
                peers = {dict(labels)["peer"] for name, labels in found if name == "rraft_peer_connected"}
                assert peers == {"1", "2", "3"} - {f"{number}"}
                followers = {dict(labels)["follower"] for name, labels in found if name == "rraft_follower_lag_entries"}
                assert followers == (peers if number == leader.id else set())

    run(test())


@pytest.mark.parametrize("name", ["rraft_round_duration_seconds", "rraft_fsync_duration_seconds"])
def test_buckets_of_a_histogram_are_cumulative(tmp_path: Path, name: str) -> None:
    async def test() -> Samples:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("job")
            return samples(scrape(cluster.hosts[1]))

    found = run(test())

    buckets = {float(dict(labels)["le"]): value for (key, labels), value in found.items() if key == f"{name}_bucket"}
    counts = [buckets[bound] for bound in sorted(buckets)]
    assert counts == sorted(counts)
    assert counts[-1] == buckets[float("inf")] == found[f"{name}_count", (("host", "1"),)] > 0
    assert found[f"{name}_sum", (("host", "1"),)] > 0


def test_warnings_are_counted_from_zero(tmp_path: Path) -> None:
    async def test() -> Samples:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            cluster.hosts[1].running.core.watch.warn("slow_disk", "the disk is slow")
            return samples(scrape(cluster.hosts[1]))

    found = run(test())

    counts = {dict(labels)["kind"]: value for (name, labels), value in found.items() if name == "rraft_warnings_total"}
    assert counts == dict.fromkeys(WARNINGS, 0) | {"slow_disk": 1}


def test_host_that_is_not_open_has_no_metrics(tmp_path: Path) -> None:
    async def test() -> Host:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            assert scrape(host)
        assert scrape(host) == ""
        return host

    assert scrape(Host("unused", listen="127.0.0.1:1")) == ""
    assert scrape(run(test())) == ""


def test_scrape_of_a_host_that_stands_still_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "TIMEOUT", 0.01)

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            scraping = asyncio.get_running_loop().run_in_executor(None, scrape, cluster.hosts[1])
            while not scraping.done():
                time.sleep(0.1)
                await asyncio.sleep(0)
            await scraping

    with pytest.raises(TimeoutError, match=r"the event loop of the host did not answer for 0.01 s"):
        run(test())


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, kind in described().items():
        assert re.fullmatch(r"rraft_[a-z]+(_[a-z]+)*", name)
        assert name.endswith("_total") == (kind == "counter")
        assert not re.search(r"_(ms|us|kb|mb|milliseconds|kilobytes)(_|$)", name)  # base units only


def test_page_has_all_metrics_and_their_types() -> None:
    assert dict(re.findall(r"^\| `(rraft_[a-z_]+)` \| ([a-z]+) \|", TABLES, re.MULTILINE)) == described()


def test_alerts_use_metrics_that_exist() -> None:
    used = names_in(ALERTS)

    assert len(used) > 8
    assert used <= set(described())


def test_dashboard_shows_all_metrics() -> None:
    content = json.loads(dashboard())

    assert names_in(expressions(content["panels"])) == set(described())
    positions = [tuple(panel["gridPos"][key] for key in "xywh") for panel in content["panels"]]
    assert all(x + width <= 24 for x, _, width, _ in positions)
    assert len({panel["id"] for panel in content["panels"]}) == len(set(positions)) == len(positions)


def test_command_prints_the_dashboard() -> None:
    command = [sys.executable, "-m", "rraft.cluster.metrics"]

    printed = subprocess.run(command, capture_output=True, timeout=LIMIT, env=environment(), check=True, text=True)

    assert printed.stdout == dashboard()
