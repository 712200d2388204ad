"""Connections of clients: requests, responses, and what one client can do to others."""

import asyncio
import logging
import os
import struct
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace

import pytest

from rraft.cluster.transport.clients import ClientConnection, ClientConnections
from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Kind
from rraft.cluster.transport.reports import Reports

from .support import FAST, RawClient, Recorder, client, on_loop, raw, transport, until


@on_loop
async def test_requests_are_answered_in_any_order() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one, client(one.address) as connected:
        for number in range(100):
            connected.request(number, b"question %d" % number)
        await until(lambda: len(receiver.requests) == 100)
        assert [body for _, _, body in receiver.requests] == [b"question %d" % number for number in range(100)]
        for connection, number, body in reversed(receiver.requests):
            connection.respond(number, body.upper())
        answers = [await connected.read_response() for _ in range(100)]
    assert answers == [(number, b"QUESTION %d" % number) for number in reversed(range(100))]


@on_loop
async def test_the_responses_of_one_turn_are_one_write() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one, client(one.address) as connected:
        for number in range(50):
            connected.request(number, b"")
        await until(lambda: len(receiver.requests) == 50)
        for connection, number, _ in receiver.requests:
            connection.respond(number, b"x" * 100)
        data = await connected.reader.read(2**20)
        assert len(data) == 50 * (4 + 8 + 100)


@on_loop
async def test_a_second_response_is_dropped() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one, client(one.address) as connected:
        connected.request(7, b"")
        await until(lambda: receiver.requests)
        [(connection, number, _)] = receiver.requests
        connection.respond(number, b"first")
        connection.respond(number, b"second")
        connection.respond(8, b"to a request that was not sent")
        connected.request(9, b"")
        await until(lambda: len(receiver.requests) == 2)
        connection.respond(9, b"third")
        assert await connected.read_response() == (7, b"first")
        assert await connected.read_response() == (9, b"third")


@on_loop
async def test_responses_to_a_connection_that_has_ended_are_dropped() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one:
        async with client(one.address) as connected:
            connected.request(1, b"")
            await until(lambda: receiver.requests)
        [(connection, number, _)] = receiver.requests
        await until(lambda: connection.closed)
        connection.respond(number, b"too late")


@on_loop
async def test_heartbeats_are_answered_between_requests() -> None:
    async with transport(1, Recorder(answer=bytes.upper)) as one, client(one.address) as connected:
        connected.write(frame())
        assert await connected.read_frame() == b""
        connected.request(1, b"a")
        connected.write(frame())
        assert await connected.read_response() == (1, b"A")
        assert await connected.read_frame() == b""


@on_loop
async def test_what_was_answered_is_sent_before_the_end() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one, client(one.address) as connected:
        connected.request(1, b"")
        await until(lambda: receiver.requests)
        receiver.requests[0][0].respond(1, bytes(1_000_000))
        closing = asyncio.ensure_future(one.close())
        assert await connected.read_response() == (1, bytes(1_000_000))
        assert await connected.is_closed()
        await closing


# Bounds.


@pytest.mark.parametrize(
    ("options", "size", "count"),
    [
        (replace(FAST, max_requests=10), 100, 10),
        (replace(FAST, max_request_bytes=10_000), 1000, 10),
        (replace(FAST, max_request_bytes=10_000), 100_000, 1),
    ],
    ids=["number", "bytes", "one large"],
)
@on_loop
async def test_unanswered_requests_are_bounded(options: object, size: int, count: int) -> None:
    receiver = Recorder()
    async with transport(1, receiver, options) as one, client(one.address) as connected:  # type: ignore[arg-type]
        for number in range(3 * count):
            connected.request(number, bytes(size))
        await until(lambda: len(receiver.requests) == count)
        for number in range(3 * count):
            await asyncio.sleep(0.001)
            assert len(receiver.requests) <= number + count
            await until(lambda number=number: len(receiver.requests) > number)  # type: ignore[misc]
            receiver.requests[number][0].respond(number, b"done")
        assert [number for _, number, _ in receiver.requests] == list(range(3 * count))
        answers = [await connected.read_response() for _ in range(3 * count)]
    assert answers == [(number, b"done") for number in range(3 * count)]


@on_loop
async def test_a_client_with_many_requests_leaves_turns_to_others() -> None:
    """The greedy one has sent thousands of requests before the modest one sends its first."""
    receiver = Recorder(answer=bytes.upper)
    async with transport(1, receiver) as one, client(one.address) as greedy, client(one.address) as modest:
        greedy.write(b"".join(frame(struct.pack("<Q", number), b"greedy") for number in range(20_000)))
        await until(lambda: receiver.requests)
        modest.request(1, b"modest")
        assert await modest.read_response() == (1, b"MODEST")
        bodies = [body for _, _, body in receiver.requests]
        assert bodies.index(b"modest") < 15_000
        for number in range(20_000):
            assert await greedy.read_response() == (number, b"GREEDY")


@on_loop
async def test_a_client_that_does_not_read_is_not_read_from() -> None:
    """It is closed after some time, or when too much waits for it."""
    receiver = Recorder(answer=lambda _: bytes(10_000))
    options = replace(FAST, unread_timeout=0.3)
    async with transport(1, receiver, options) as one, client(one.address) as connected:
        for number in range(100_000):
            connected.request(number, b"")
        await until(lambda: receiver.requests and receiver.requests[0][0].closed)
        assert len(receiver.requests) < 10_000


class SlowlyRead(asyncio.Transport):
    """A transport whose other side has read something each time that somebody asks."""

    def __init__(self) -> None:
        super().__init__()
        self.unread = 1_000_000
        self.step = 1
        self.asked = 0

    def get_write_buffer_size(self) -> int:
        self.asked += 1
        self.unread -= self.step
        return self.unread

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def abort(self) -> None: ...


@on_loop
async def test_a_client_that_reads_slowly_is_not_closed_before_it_stops() -> None:
    shared = ClientConnections(Recorder(), replace(FAST, unread_timeout=0.01), Reports(logging.getLogger()))
    connection, slow = ClientConnection(shared), SlowlyRead()
    connection.connection_made(slow)
    connection.pause_writing()

    await until(lambda: slow.asked > 10)

    assert not connection.closed
    slow.step = 0
    await until(lambda: connection.closed)


@on_loop
async def test_a_client_that_leaves_too_much_unread_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Recorder()
    options = replace(FAST, max_unread_responses=1_000_000)
    async with transport(1, receiver, options) as one, client(one.address) as connected:
        for number in range(100):
            connected.request(number, b"")
        await until(lambda: len(receiver.requests) == 100)
        for connection, number, _ in receiver.requests[:-1]:
            connection.respond(number, bytes(1_000_000))
        await asyncio.sleep(0)
        connection, number, _ = receiver.requests[-1]
        assert not connection.closed
        connection.respond(number, b"")
        await until(lambda: connection.closed)
    assert "does not read its responses" in caplog.text


@on_loop
async def test_requests_that_arrive_in_part_are_bounded_in_all() -> None:
    """The connection that holds the most is closed, so that small ones go on."""
    options = replace(FAST, max_client_frame=2**20, max_incomplete_requests=3 * 2**20)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, Recorder(answer=bytes.upper), options))
        small = await stack.enter_async_context(client(one.address))
        small.write(frame(struct.pack("<Q", 5), b"small")[:-1])
        hostile = [await stack.enter_async_context(client(one.address)) for _ in range(8)]
        for connection in hostile:
            connection.write(struct.pack("<I", 2**20) + bytes(2**20 - 1))
        ended = [asyncio.ensure_future(connection.is_closed()) for connection in hostile]
        await until(lambda: sum(task.done() for task in ended) >= 5)
        small.write(b"l")
        assert await small.read_response() == (5, b"SMALL")
        for task in ended:
            task.cancel()


@on_loop
async def test_frames_of_hosts_that_arrive_in_part_are_bounded_in_all(caplog: pytest.LogCaptureFixture) -> None:
    options = replace(FAST, max_peer_frame=2**20, max_incomplete_frames=3 * 2**20)
    receiver = Recorder()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, receiver, options))
        hostile = [await stack.enter_async_context(client(one.address, Kind.PEER, host)) for host in range(2, 10)]
        for connection in hostile:
            connection.write(struct.pack("<I", 2**20) + bytes(2**20 - 1))
        ended = [asyncio.ensure_future(connection.is_closed()) for connection in hostile]
        await until(lambda: sum(task.done() for task in ended) >= 5)
        small = await stack.enter_async_context(client(one.address, Kind.PEER, 10))
        small.write(frame(b"small"))
        await until(lambda: receiver.frames == [(10, b"small")])
        for task in ended:
            task.cancel()
    assert "bytes of frames have arrived in part: the largest is dropped" in caplog.text


@contextmanager
def resident_memory(limit: int) -> Iterator[None]:
    """Fails if the memory of this process has grown by more than `limit` bytes."""

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = resident()
    yield
    assert resident() - before < limit


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@on_loop
async def test_sixty_connections_that_announce_16_mib_cost_nothing() -> None:
    """As their first frame, and as a request."""
    async with AsyncExitStack() as stack:
        options = replace(FAST, max_client_frame=16 * 2**20, max_unauthenticated=100, handshake_timeout=1000.0)
        one = await stack.enter_async_context(transport(1, Recorder(answer=bytes.upper), options))
        strangers = [await stack.enter_async_context(raw(one.address)) for _ in range(60)]
        known = [await stack.enter_async_context(client(one.address)) for _ in range(60)]
        with resident_memory(10 * 2**20):
            for connection in (*strangers, *known):
                connection.write(struct.pack("<I", 16 * 2**20) + b"x" * 1000)
            for stranger in strangers:
                assert await stranger.is_closed()  # more than a hello can have
            async with client(one.address) as another:
                another.request(1, b"a")
                assert await another.read_response() == (1, b"A")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (struct.pack("<I", 2**31), "expected a frame of at most 9437184 bytes, got one of 2147483648"),
        (frame(b"short"), "expected a request, got 5 bytes"),
        (frame(bytes(8)) * 2, "there is an unanswered request 0 already"),
    ],
    ids=["length", "short", "number"],
)
@on_loop
async def test_a_client_that_breaks_the_protocol_is_closed_and_others_go_on(
    data: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Recorder(answer=lambda body: body.upper() or None)
    async with transport(1, receiver) as one, client(one.address) as hostile, client(one.address) as other:
        hostile.write(data)
        assert await hostile.is_closed()
        other.request(1, b"a")
        assert await other.read_response() == (1, b"A")
    assert reason in caplog.text


@on_loop
async def test_the_log_of_hostile_connections_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    async with transport(1, Recorder()) as one:
        for _ in range(100):
            async with raw(one.address) as hostile:
                hostile.write(b"GET / HTTP/1.1\r\n\r\n")
                assert await hostile.is_closed()
    assert 1 <= len(caplog.records) < 50
    assert "expected a frame of at most 1024 bytes, got one of 542393671" in caplog.text


@on_loop
async def test_many_clients_at_once() -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, Recorder(answer=bytes.upper)))
        connected = await asyncio.gather(*(RawClient.welcome(one.address) for _ in range(200)))
        for connection in connected:
            stack.push_async_callback(connection.close)
            connection.request(1, b"a")
        assert await asyncio.gather(*(connection.read_response() for connection in connected)) == [(1, b"A")] * 200
