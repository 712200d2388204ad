"""How the page of a host asks the other hosts."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import ClientOptions, Host, TlsOptions, TransportOptions
from rraft.cluster.web import monitor as monitor_module
from rraft.cluster.web.monitor import Monitor
from rraft.cluster.web.view import make_view
from tests.cluster.transport.certificates import Authority
from tests.cluster.transport.support import FAST
from tests.harness.local_hosts import OPTIONS, Jobs, eventually, local_cluster, run
from tests.harness.ports import free_port_range

SECRET = b"a secret of hosts and of nobody else"
CLIENT_SECRET = b"a secret of clients"


def without_security(_: Path, __: int) -> TransportOptions:
    return FAST


def with_a_secret(_: Path, __: int) -> TransportOptions:
    return replace(FAST, secret=SECRET)


def with_two_secrets(_: Path, __: int) -> TransportOptions:
    return replace(FAST, secret=SECRET, client_secret=CLIENT_SECRET)


@cache
def authority_of(folder: Path) -> Authority:
    return Authority(folder, "authority")


def with_tls(folder: Path, host: int) -> TransportOptions:
    authority = authority_of(folder)
    certificate = authority.sign(f"host-{host}.jobs")
    tls = TlsOptions(authority.server(certificate, ssl.CERT_REQUIRED), authority.client(certificate))
    return replace(FAST, tls=tls)


async def states_of_hosts(monitor: Monitor, wanted: str) -> None:
    """Looks at the page until the other hosts are in this state."""

    async def look() -> None:
        async for _ in monitor.watch():
            pass

    def hosts() -> list[Any]:
        return [one["state"] for one in monitor.state()["hosts"]]

    looking = asyncio.ensure_future(look())
    await eventually(lambda: hosts() == ["this", wanted, wanted])
    looking.cancel()


@pytest.mark.parametrize("options", [without_security, with_a_secret, with_two_secrets, with_tls])
def test_page_asks_with_what_the_host_has(tmp_path: Path, options: Any) -> None:
    async def test() -> None:
        port = free_port_range(3)
        members = {number: f"127.0.0.1:{port + number}" for number in (1, 2, 3)}
        async with AsyncExitStack() as stack:
            hosts = {
                number: Host(
                    tmp_path / f"{number}",
                    id=number,
                    cluster="jobs",
                    listen=address,
                    bootstrap=members,
                    options=OPTIONS,
                    transport=options(tmp_path, number),
                )
                for number, address in members.items()
            }
            for host in hosts.values():
                await stack.enter_async_context(host)
                await host.start(Jobs())
            monitor = Monitor(hosts[1], None, can_change=False)
            monitor.open()
            stack.push_async_callback(monitor.close)

            await states_of_hosts(monitor, "connected")

            applied = monitor.state()["groups"]["shown"][0]["members"]
            assert all(member["applied"] for member in applied)

    run(test())


def test_host_that_rejects_the_page_is_shown_without_its_report(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start(Jobs())
            monitor = Monitor(cluster.hosts[1], ClientOptions(secret=b"a secret of nobody"), can_change=False)
            monitor.open()

            await states_of_hosts(monitor, "silent")

            assert [host["log_bytes"] for host in monitor.state()["hosts"][1:]] == [None, None]
            await monitor.close()

    run(test())


def test_others_are_asked_only_while_somebody_looks(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start(Jobs())
            monitor = Monitor(cluster.hosts[1], None, can_change=False)
            monitor.open()
            await asyncio.sleep(1.2)
            assert monitor.state()["hosts"][1]["log_bytes"] is None

            await states_of_hosts(monitor, "connected")

            await monitor.close()

    run(test())


@pytest.mark.parametrize(("groups", "interval"), [(1, 1.0), (0, 5.0)], ids=["all groups", "more groups"])
def test_page_of_more_groups_than_it_shows_is_updated_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: int, interval: float
) -> None:
    monkeypatch.setattr(monitor_module, "MAX_GROUPS", groups)

    async def test() -> list[Any]:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await cluster.hosts[1].start(Jobs())
            await eventually(lambda: cluster.hosts[1].groups[1].core.is_leader)
            monitor = Monitor(cluster.hosts[1], None, can_change=False)
            monitor.open()
            async with aclosing(monitor.watch()) as stream:
                states = [json.loads(await anext(stream)) for _ in range(3)]
            await monitor.close()
            return states

    states = run(test())

    assert {state["interval"] for state in states} == {interval}
    # The second one may be sent between two steps, because of an event.
    assert interval - 1.5 < states[2]["now"] - states[1]["now"] < interval + 0.6


def short_report(report: Any) -> Any:
    return {"host": report["host"], "groups": {}}


def report_of_another_host(report: Any) -> Any:
    return {**report, "host": 9}


def report_with_other_groups(report: Any) -> Any:
    return {**report, "groups": {"1": {"group": 1}}}


def report_with_another_log(report: Any) -> Any:
    return {**report, "log": {"size": 1}}


@pytest.mark.parametrize(
    "change", [short_report, report_of_another_host, report_with_other_groups, report_with_another_log]
)
def test_report_of_another_version_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, change: Any
) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start(Jobs())
            for other in (2, 3):
                status = cluster.hosts[other].status
                monkeypatch.setattr(cluster.hosts[other], "status", lambda status=status: change(status()))
            monitor = Monitor(cluster.hosts[1], None, can_change=False)
            monitor.open()
            async with aclosing(monitor.watch()) as stream:
                for _ in range(4):
                    await anext(stream)

            await states_of_hosts(monitor, "silent")

            assert [host["log_bytes"] for host in monitor.state()["hosts"][1:]] == [None, None]
            await monitor.close()

    run(test())
    logged = [record.message for record in caplog.records if "without its report" in record.message]
    assert sorted(text[:6] for text in logged) == ["host 2", "host 3"]


def test_page_is_updated_again_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter(range(3))

    def fail(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise KeyError("applied")
        return make_view(*arguments)

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await cluster.hosts[1].start(Jobs())
            monitor = Monitor(cluster.hosts[1], None, can_change=False)
            monitor.open()
            async with aclosing(monitor.watch()) as stream:
                await anext(stream)
                monkeypatch.setattr(monitor_module, "make_view", fail)
                assert json.loads(await anext(stream))["host"]["id"] == 1
            await monitor.close()

    run(test())
    assert [record.message for record in caplog.records].count("the page is not updated: KeyError: 'applied'") == 1
