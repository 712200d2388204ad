"""The page over HTTP: its files, its states, and who may change what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from rraft.cluster import Event, EventStream, Host, HostClosedError, SnapshotMade, StartError
from rraft.cluster.web import WebPage, app, connections
from tests.harness.local_hosts import Jobs, LocalCluster, eventually, free_ports, local_cluster, run

TOKEN = "sixteen characters"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}
AUTHORIZATION = f"Authorization: Bearer {TOKEN}\r\n".encode()


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def request(
    page: WebPage, path: str, body: object = None, headers: Mapping[str, str] = RIGHT, method: str | None = None
) -> Answer:
    """Sends a request, a POST if it has a body, and reads the response."""
    name, _, port = page.address.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method or ('GET' if body is None else 'POST')} {path} HTTP/1.1", "Host: host", "Connection: close"]
    lines += [f"Content-Length: {len(content)}", *(f"{key}: {value}" for key, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + content)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    text = (await reader.read()).decode()
    writer.close()
    return Answer(int(head[0].split()[1]), fields, text)


@asynccontextmanager
async def page_of_a_cluster(
    folder: Path, token: str | None = TOKEN, hosts: int = 3
) -> AsyncIterator[tuple[WebPage, LocalCluster]]:
    """The page of host 1, in a cluster that has a leader."""
    async with local_cluster(folder, hosts) as cluster:
        jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
        await jobs[0].enqueue("job")
        async with WebPage(cluster.hosts[1], listen="127.0.0.1:0", token=token) as page:
            yield page, cluster


async def states(page: WebPage) -> AsyncGenerator[Any, None]:
    """The stream of states."""
    name, _, port = page.address.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(b"GET /events HTTP/1.1\r\nHost: host\r\n\r\n")
    try:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/page.js", "text/javascript; charset=utf-8"),
        ("/static/page.css", "text/css; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
        ("/status", "application/json"),
    ],
)
def test_files(tmp_path: Path, path: str, content_type: str) -> None:
    async def test() -> Answer:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await request(page, path, headers={})

    answer = run(test())

    assert (answer.status, answer.headers["content-type"]) == (200, content_type)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_files_refer_to_nothing_outside() -> None:
    for path in sorted(app.FILES.iterdir()):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text.replace("// ", ""), path
        assert "@import" not in text, path


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/other", "/groups/1/x/y"])
def test_other_paths_do_not_exist(tmp_path: Path, path: str) -> None:
    async def test() -> Answer:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await request(page, path)

    assert run(test()).status == 404


def test_stream_has_a_state_a_second_and_one_for_each_event(tmp_path: Path) -> None:
    async def test() -> None:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, cluster):
            seen = []
            async with aclosing(states(page)) as stream:
                async for state in stream:
                    seen.append(state)
                    if len(seen) == 2:
                        cluster.hosts[1].running.event(SnapshotMade(1, 7, 100))
                    if len(seen) == 3:
                        break

            assert [state["host"]["id"] for state in seen] == [1, 1, 1]
            assert seen[2]["events"][-1]["kind"] == "snapshot_made"
            assert seen[2]["now"] - seen[1]["now"] < 0.9
            assert len(seen[2]["plots"]["commands"]) >= 1
            await eventually(lambda: page.monitor.viewers == 0)

    run(test())


def test_streams_end_when_the_page_or_the_host_is_closed(tmp_path: Path) -> None:
    async def read(page: WebPage) -> int:
        return len([state async for state in states(page)])

    async def test() -> None:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, cluster):
            reading = asyncio.ensure_future(read(page))
            await asyncio.sleep(0.2)
            await page.close()
            assert await reading >= 1

            second = WebPage(cluster.hosts[1], listen="127.0.0.1:0")
            async with second:
                reading = asyncio.ensure_future(read(second))
                await asyncio.sleep(0.2)
                await cluster.hosts[1].close()
                assert await reading >= 1
                answer = await request(second, "/status")
                assert (answer.status, answer.json) == (503, {"error": "the host is not open"})

    run(test())


@pytest.mark.parametrize("action", ["transfer", "snapshot", "add", "remove"])
@pytest.mark.parametrize(
    ("token", "headers", "status", "reason"),
    [
        (None, RIGHT, 403, "the page was started without a token: nothing can be changed"),
        (TOKEN, {}, 401, "the token is wrong"),
        (TOKEN, {"Authorization": "Bearer " + TOKEN[:-1]}, 401, "the token is wrong"),
        (TOKEN, {"Authorization": "Basic " + TOKEN}, 401, "the token is wrong"),
        (TOKEN, {"Authorization": "Bearer \xe9"}, 401, "the token is wrong"),
        (TOKEN, {"Cookie": "token=" + TOKEN}, 401, "the token is wrong"),
    ],
    ids=["no token", "none given", "another", "another scheme", "not ASCII", "in a cookie"],
)
def test_changes_need_the_token(
    tmp_path: Path, token: str | None, headers: dict[str, str], status: int, reason: str, action: str
) -> None:
    async def test() -> tuple[Answer, int]:
        async with page_of_a_cluster(tmp_path, token, hosts=1) as (page, cluster):
            before = cluster.hosts[1].groups[1].status().last_index
            answer = await request(page, f"/groups/1/{action}", {"host": 2, "address": "127.0.0.1:1"}, headers)
            return answer, cluster.hosts[1].groups[1].status().last_index - before

    answer, entries = run(test())

    assert (answer.status, answer.json["error"], entries) == (status, reason, 0)


def test_changes_are_not_made_by_get(tmp_path: Path) -> None:
    async def test() -> Answer:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await request(page, "/groups/1/snapshot", method="GET")

    assert run(test()).status == 405


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("2/snapshot", {}, 404, "host 1 has no group 2"),
        ("1/destroy", {}, 404, "unknown action 'destroy'"),
        ("1/transfer", b"{", 400, "expected JSON"),
        ("1/transfer", b"[" * 4000, 400, "expected JSON"),
        ("1/transfer", [2], 400, "expected an object"),
        ("1/transfer", {}, 400, "host: expected an id of at least 1 and below 2**63"),
        ("1/transfer", {"host": "2"}, 400, "host: expected an id of at least 1 and below 2**63"),
        ("1/transfer", {"host": True}, 400, "host: expected an id of at least 1 and below 2**63"),
        ("1/transfer", {"host": 2**63}, 400, "host: expected an id of at least 1 and below 2**63"),
        ("1/transfer", {"host": 9}, 409, "host 9"),
        ("1/add", {"host": 4, "address": "nowhere"}, 400, "address: "),
        ("1/remove", {"host": 9}, 409, "host 9"),
        ("1/snapshot", b" " * 5000, 413, "expected at most 4096 bytes"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:40],
)
def test_wrong_requests_are_rejected(tmp_path: Path, path: str, body: object, status: int, reason: str) -> None:
    async def test() -> Answer:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await request(page, f"/groups/{path}", body)

    answer = run(test())

    assert answer.status == status
    assert reason in answer.json["error"]


async def first_snapshot(events: EventStream) -> Event | None:
    """The first event about a snapshot that this host makes."""
    async for event in events:
        if isinstance(event, SnapshotMade):
            return event
    return None


def test_changes(tmp_path: Path) -> None:
    async def test() -> None:
        async with page_of_a_cluster(tmp_path) as (page, cluster):
            group = cluster.hosts[1].groups[1]

            for host in (2, 3, 1):
                answer = await request(page, "/groups/1/transfer", {"host": host})
                assert (answer.status, group.status().leader) == (200, host)

            events = group.events()
            assert (await request(page, "/groups/1/snapshot", {})).status == 200
            assert isinstance(await first_snapshot(events), SnapshotMade)

            assert (await request(page, "/groups/1/remove", {"host": 3})).status == 200
            assert group.status().voters == (1, 2)

            joining = await cluster.open(4, join=[cluster.members[1]])
            await joining.start(Jobs())
            assert (await request(page, "/groups/1/add", {"host": 4, "address": joining.address})).status == 200
            assert group.status().voters == (1, 2, 4)

    run(test())


def test_change_that_takes_long_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "CHANGE_TIMEOUT", 0.1)

    async def test() -> None:
        async with page_of_a_cluster(tmp_path) as (page, cluster):
            address = f"127.0.0.1:{free_ports(1)[0]}"
            answer = await request(page, "/groups/1/add", {"host": 4, "address": address})
            assert (answer.status, answer.json) == (202, {"pending": True})

            added = await cluster.open(4, listen=address, join=[cluster.members[1]])
            await added.start(Jobs())
            await eventually(lambda: cluster.hosts[1].groups[1].status().voters == (1, 2, 3, 4))

    run(test())


def test_page_inside_another_application(tmp_path: Path) -> None:
    async def test() -> list[int]:
        async with (
            page_of_a_cluster(tmp_path, hosts=1) as (_, cluster),
            WebPage(cluster.hosts[1], listen=None) as page,
        ):
            with pytest.raises(StartError, match="the page is not served"):
                _ = page.address
            outer = Starlette(routes=[Mount("/cluster", page.app)])
            return [await status_of(outer, path) for path in ("/cluster/", "/cluster/static/page.js", "/status")]

    assert run(test()) == [200, 200, 404]


async def status_of(application: Starlette, path: str) -> int:
    """The status of a GET request to an ASGI application."""
    found: list[int] = []
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the client stays, and sends nothing
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    await application(scope, receive, send)
    return found[0]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"listen": "8080"}, "8080"),
        ({"token": "short"}, "token: expected at least 16 printable ASCII characters, got 5"),
        ({"token": "a" * 15 + "é"}, "token: expected at least 16 printable ASCII characters, got 16"),
        ({"token": "a" * 16 + "\n"}, "token: expected at least 16 printable ASCII characters, got 17"),
    ],
    ids=["address", "short", "not ASCII", "not printable"],
)
def test_invalid_arguments(arguments: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        WebPage(Host("unused", listen="127.0.0.1:1"), **arguments)  # type: ignore[arg-type]


def test_page_needs_an_open_host_and_a_free_address(tmp_path: Path) -> None:
    async def test() -> None:
        with pytest.raises(HostClosedError, match="the host is not open"):
            await WebPage(Host("unused", listen="127.0.0.1:1"), listen="127.0.0.1:0").open()
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, cluster):
            with pytest.raises(StartError, match="a page is opened once"):
                await page.open()
            with pytest.raises(OSError, match=r"(?i)address"):
                await WebPage(cluster.hosts[1], listen=page.address).open()

    run(test())


async def answer_to(page: WebPage, sent: bytes) -> bytes:
    """What comes back on a connection until the page closes it."""
    name, _, port = page.address.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(sent)
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: ", b""),
        (b"POST /groups/1/snapshot HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n" + AUTHORIZATION + b"\r\n{", b""),
        (b"GET /static/icon.svg HTTP/1.1\r\nHost: x\r\n\r\nGET /", b"HTTP/1.1 200"),
    ],
    ids=["nothing", "a header", "a body", "a second request"],
)
def test_connection_without_a_request_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes, received: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_TIMEOUT", 0.2)

    async def test() -> bytes:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await answer_to(page, sent)

    answer = run(test())

    assert answer[:12] == received


def test_stream_lasts_longer_than_a_request_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_TIMEOUT", 0.2)

    async def test() -> None:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _), aclosing(states(page)) as stream:
            for _ in range(3):  # one a second
                assert (await anext(stream))["host"]["id"] == 1

    run(test())


def test_connections_above_the_limit_are_closed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)

    async def test() -> None:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _), aclosing(states(page)) as stream:
            await anext(stream)
            assert await answer_to(page, b"") == b""
            assert (await anext(stream))["host"]["id"] == 1

    run(test())


def test_connections_leave_the_last_file_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "is_reserved", lambda _: True)

    async def test() -> bytes:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            return await answer_to(page, b"")

    assert run(test()) == b""


@pytest.mark.parametrize("turns", range(3))
def test_cancelled_close_goes_on(tmp_path: Path, turns: int) -> None:
    async def test() -> None:
        async with page_of_a_cluster(tmp_path, hosts=1) as (page, _):
            name, _, port = page.address.rpartition(":")
            closing = asyncio.ensure_future(page.close())
            for _ in range(turns):
                await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait((closing,))
            assert closing.cancelled()

            await page.close()

            assert [task for task in asyncio.all_tasks() if "Monitor" in str(task)] == []
            with pytest.raises(OSError, match="Connect call failed"):
                await asyncio.open_connection(name, int(port))

    run(test())
