"""The server of metrics: it is there while the block lasts, or leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from rraft.cluster import Host
from rraft.cluster.metrics import MetricsServer, bounded_server
from tests.harness.local_hosts import run


def server(registry: CollectorRegistry, host: Host | None = None, listen: str = "127.0.0.1:0") -> MetricsServer:
    """A server of the metrics of a host, which need not be open."""
    return MetricsServer(host or Host("unused", listen="127.0.0.1:1"), listen=listen, registry=registry)


def get(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        text: str = response.read().decode()
        return text


def test_metrics_are_served_within_the_block(tmp_path: Path) -> None:
    async def main() -> None:
        async with Host(tmp_path, listen="127.0.0.1:0", id=1, bootstrap={1: "127.0.0.1:1"}) as host:
            async with server(CollectorRegistry(), host) as metrics:
                url = f"http://{metrics.address}/metrics"
                assert "\nrraft_" in await asyncio.to_thread(get, url)
            with pytest.raises(OSError, match="refused"):
                await asyncio.to_thread(get, url)

    run(main())


def test_registry_takes_one_host() -> None:
    registry = CollectorRegistry()

    async def main() -> None:
        async with server(registry) as first:
            second = server(registry)
            with pytest.raises(ValueError, match="Duplicated timeseries"):
                async with second:
                    pass
            assert second.address == "127.0.0.1:0"
            assert first.address != "127.0.0.1:0"

    run(main())


def test_port_in_use_leaves_the_registry_as_it_was() -> None:
    registry = CollectorRegistry()

    async def main(port: int) -> None:
        with pytest.raises(OSError, match="in use"):
            async with server(registry, listen=f"127.0.0.1:{port}"):
                pass
        async with server(registry):
            pass

    with socket.create_server(("127.0.0.1", 0)) as busy:
        run(main(busy.getsockname()[1]))


def connect(metrics: MetricsServer) -> socket.socket:
    name, _, port = metrics.address.rpartition(":")
    return socket.create_connection((name, int(port)))


async def is_closed(connection: socket.socket) -> bool:
    """Waits until the server has closed the connection, without a response."""
    try:
        return await asyncio.to_thread(connection.recv, 1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: "], ids=["nothing", "a word", "a line"])
def test_connection_without_a_request_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_server, "TIMEOUT", 0.1)

    async def main() -> None:
        async with server(CollectorRegistry()) as metrics:
            with connect(metrics) as stranger:
                stranger.sendall(sent)
                assert await is_closed(stranger)

    run(main())


def test_connections_above_the_limit_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_server, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(bounded_server, "TIMEOUT", 1000.0)

    async def main() -> None:
        async with server(CollectorRegistry()) as metrics:
            with connect(metrics) as first, connect(metrics), connect(metrics) as third:
                assert await is_closed(third)
                first.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert await asyncio.to_thread(first.recv, 4) == b"HTTP"

    run(main())


def test_connections_leave_the_last_file_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_server, "is_reserved", lambda _: True)

    async def main() -> None:
        async with server(CollectorRegistry()) as metrics:
            with connect(metrics) as stranger:
                assert await is_closed(stranger)

    run(main())


def test_connections_end_with_the_server() -> None:
    async def main() -> None:
        async with server(CollectorRegistry()) as metrics:
            stranger = connect(metrics)
        with stranger:
            assert await is_closed(stranger)

    run(main())


def test_cancelled_end_closes_the_port() -> None:
    async def main() -> None:
        metrics = server(CollectorRegistry())
        await metrics.__aenter__()
        url = f"http://{metrics.address}/metrics"
        ending = asyncio.ensure_future(metrics.__aexit__(None, None, None))
        await asyncio.sleep(0)
        ending.cancel()

        await asyncio.wait((ending,))

        assert ending.cancelled()
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(get, url)

    run(main())
