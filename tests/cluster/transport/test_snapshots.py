"""Snapshots between hosts: flow control, resumption, and one report in each outcome."""

import asyncio
import socket
import tracemalloc
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Kind
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.snapshot_frames import checksum, encode_start
from rraft.cluster.transport.tcp import TcpTransport

from .proxy import Proxy, proxy
from .support import FAST, Recorder, Sink, Source, client, on_loop, transport, until

SMALL = replace(FAST, snapshot_chunk=10_000, snapshot_window=50_000, snapshot_timeout=1.0)


@dataclass
class Pair:
    """Two hosts, the first of which sends snapshots to the second through a proxy."""

    one: TcpTransport
    two: TcpTransport
    receiver: Recorder
    between: Proxy


async def pair(stack: AsyncExitStack, options: TransportOptions = SMALL, **sink: object) -> Pair:
    receiver = Recorder(new_sink=lambda _host, _header: Sink(**sink))  # type: ignore[arg-type]
    one = await stack.enter_async_context(transport(1, Recorder(), options))
    two = await stack.enter_async_context(transport(2, receiver, options))
    between = await stack.enter_async_context(proxy(two.address))
    one.set_address(2, between.address)
    return Pair(one, two, receiver, between)


async def send(one: TcpTransport, source: Source, host: int = 2, header: bytes = b"header") -> bool:
    """Sends a snapshot, and returns what is reported."""
    reports: list[bool] = []
    one.send_snapshot(host, header, source, reports.append)
    assert reports == []
    await until(lambda: reports)
    [report] = reports
    return report


@pytest.mark.parametrize("size", [0, 1, 9_999, 10_000, 123_457, 1_000_000])
@pytest.mark.parametrize("chunk", [3000, 100_000, 10**7])
@on_loop
async def test_a_snapshot_arrives(size: int, chunk: int) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        headers: list[tuple[int, bytes]] = []

        def new_sink(host: int, header: bytes) -> Sink:
            headers.append((host, header))
            return Sink()

        hosts.receiver.new_sink = new_sink
        source = Source(size, chunk)
        assert await send(hosts.one, source)
        [sink] = hosts.receiver.sinks
        assert sink.data == Source.bytes_at(0, size)
        assert (sink.finished, sink.aborted) == (1, 0)
        assert headers == [(1, b"header")]
        assert source.closed == len(source.opened) == (1 if size else 0)


@on_loop
async def test_a_broken_connection_is_resumed() -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        kept = bytearray()
        hosts.receiver.new_sink = lambda _host, _header: Sink(data=kept)
        hosts.between.break_after = 500_000
        source = Source(2_000_000)
        assert await send(hosts.one, source)
        assert kept == Source.bytes_at(0, 2_000_000)
        assert [(sink.finished, sink.aborted) for sink in hosts.receiver.sinks] == [(0, 1), (1, 0)]
        assert source.opened[0] == 0
        assert 400_000 < source.opened[1] < 600_000


@on_loop
async def test_a_receiver_that_has_kept_nothing_gets_all_again() -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        hosts.between.break_after = 500_000
        source = Source(1_000_000)
        assert await send(hosts.one, source)
        assert source.opened == [0, 0]
        assert hosts.receiver.sinks[-1].data == Source.bytes_at(0, 1_000_000)


@on_loop
async def test_a_sender_that_is_back_first_takes_the_place_of_its_old_connection() -> None:
    """The receiver has not noticed that the connection is broken: it aborts the sink before it asks for a new one."""
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        kept = bytearray()
        hosts.receiver.new_sink = lambda _host, _header: Sink(data=kept)
        first = await stack.enter_async_context(client(hosts.two.address, Kind.SNAPSHOT, 1))
        first.write(frame(encode_start(100_000, b"header")))
        part = Source.bytes_at(0, 10_000)
        first.write(frame(checksum(part), part))
        await until(lambda: len(kept) == 10_000)
        source = Source(100_000)
        assert await send(hosts.one, source)
        assert source.opened == [10_000]
        assert kept == Source.bytes_at(0, 100_000)
        assert [(sink.finished, sink.aborted) for sink in hosts.receiver.sinks] == [(0, 1), (1, 0)]


@on_loop
async def test_a_slow_receiver_bounds_what_is_in_memory() -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, replace(SMALL, snapshot_chunk=100_000, snapshot_window=500_000), delay=0.005)
        tracemalloc.start()
        assert await send(hosts.one, Source(20_000_000))
        [sink] = hosts.receiver.sinks
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(sink.data) == 20_000_000
        assert peak < 20_000_000 * 1.125 + 6_000_000  # the data of the sink, a `bytearray`, and what is on the way


# Failures.


@pytest.mark.parametrize(
    ("sink", "reason"),
    [
        ({"write_fails": True}, "the receiver says FAILED"),
        ({"finish_fails": True}, "the receiver says FAILED"),
        ({"data": bytearray(200_000)}, "the receiver has 200000 bytes of 100000"),
    ],
    ids=["write", "finish", "too much"],
)
@on_loop
async def test_a_receiver_that_fails(sink: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, **sink)
        assert not await send(hosts.one, Source(100_000))
        assert reason in caplog.text
        [written] = hosts.receiver.sinks
        await until(lambda: written.finished + written.aborted == 1)


@on_loop
async def test_a_receiver_that_does_not_want_the_snapshot(caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        hosts.receiver.new_sink = lambda _host, _header: None
        source = Source(100_000)
        assert not await send(hosts.one, source)
        assert "the receiver says REJECTED" in caplog.text
        assert source.opened == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source(100_000, chunk=10_000, fails_after=50_000), "OSError: [Errno 5] Input/output error"),
        (Source(100_000, chunk=10_000, fails_after=0), "OSError: [Errno 5] Input/output error"),
    ],
    ids=["later", "first"],
)
@on_loop
async def test_a_source_that_fails(source: Source, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        assert not await send(hosts.one, source)
        assert reason in caplog.text
        assert source.closed == len(source.opened) == 1
        [sink] = hosts.receiver.sinks
        await until(lambda: sink.aborted == 1)


@pytest.mark.parametrize("real", [50_000, 150_000], ids=["shorter", "longer"])
@on_loop
async def test_a_source_of_another_size_than_it_says(real: int) -> None:
    class Wrong(Source):
        def open(self, offset: int):  # type: ignore[no-untyped-def]
            return Source(real, chunk=70_000).open(offset)

    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        assert not await send(hosts.one, Wrong(100_000))
        [sink] = hosts.receiver.sinks
        await until(lambda: sink.aborted == 1)


@on_loop
async def test_wrong_peers(caplog: pytest.LogCaptureFixture) -> None:
    """No address; another host at the address; a host of another cluster; one that does not accept this host."""
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        other = await stack.enter_async_context(transport(4, Recorder(), cluster="other"))
        strict = await stack.enter_async_context(transport(5, Recorder(rejected={1})))
        assert not await send(hosts.one, Source(10), host=9)
        hosts.one.set_address(3, hosts.two.address)
        hosts.one.set_address(4, other.address)
        hosts.one.set_address(5, strict.address)
        for host in (3, 4, 5):
            assert not await send(hosts.one, Source(10), host=host)
        for reason in ("has no address", "it is another host", "belongs to another cluster", "does not accept"):
            assert reason in caplog.text


@on_loop
async def test_a_header_above_the_limit_is_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, replace(SMALL, max_snapshot_header=100))
        assert await send(hosts.one, Source(10), header=bytes(100))
        assert not await send(hosts.one, Source(10), header=bytes(101))
        assert "expected a header of at most 100 bytes, got 101" in caplog.text


@pytest.mark.parametrize("fault", ["down", "dropped"])
@on_loop
async def test_a_snapshot_without_progress_fails_in_time(fault: str) -> None:
    options = replace(SMALL, handshake_timeout=0.3, snapshot_timeout=0.6)
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, options)
        if fault == "dropped":
            hosts.between.drop()
            assert not await send(hosts.one, Source(100_000))
        else:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                hosts.one.set_address(2, f"127.0.0.1:{unused.getsockname()[1]}")
                assert not await send(hosts.one, Source(100_000))
        assert hosts.receiver.sinks == []


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda hosts: hosts.one.close(), id="sender closes"),
        pytest.param(lambda hosts: forget(hosts), id="host forgotten"),
        pytest.param(lambda hosts: hosts.two.close(), id="receiver closes"),
    ],
)
@on_loop
async def test_a_snapshot_that_is_interrupted_for_good_is_reported_once(end: Callable[[Pair], object]) -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, delay=0.01)
        reports: list[bool] = []
        source = Source(10_000_000)
        hosts.one.send_snapshot(2, b"header", source, reports.append)
        await until(lambda: hosts.receiver.sinks and hosts.receiver.sinks[0].data)
        await end(hosts)  # type: ignore[misc]
        await until(lambda: reports)
        await until(lambda: hosts.receiver.sinks[0].aborted == 1)
        await until(lambda: source.closed == len(source.opened))
        await hosts.one.close()
        assert reports == [False]


async def forget(hosts: Pair) -> None:
    hosts.one.set_address(2, None)


@on_loop
async def test_a_closed_transport_reports_at_once() -> None:
    async with transport(1, Recorder()) as one:
        await one.close()
        assert not await send(one, Source(10))


@on_loop
async def test_more_snapshots_than_may_be_received_wait() -> None:
    options = replace(SMALL, max_sent_snapshots=6, max_received_snapshots=2)
    async with AsyncExitStack() as stack:
        hosts = await pair(stack, options, delay=0.001)
        results = await asyncio.gather(
            *(send(hosts.one, Source(200_000), header=b"%d" % number) for number in range(6))
        )
        assert results == [True] * 6
        assert len(hosts.receiver.sinks) == 6


@on_loop
async def test_damage_is_noticed() -> None:
    async with AsyncExitStack() as stack:
        hosts = await pair(stack)
        hostile = await stack.enter_async_context(client(hosts.two.address, Kind.SNAPSHOT, 1))
        hostile.write(frame(encode_start(1000, b"header")))
        hostile.write(frame(checksum(b"sent"), b"Sent"))
        assert await hostile.is_closed()
        [sink] = hosts.receiver.sinks
        assert (bytes(sink.data), sink.aborted, sink.finished) == (b"", 1, 0)
