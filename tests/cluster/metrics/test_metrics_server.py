"""The server of metrics: it is there while the block lasts, or leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from rraft.cluster import Host
from rraft.cluster.metrics import MetricsServer
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
