"""Frames between hosts: order, loss that is reported, addresses that change, limits."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Acceptor, Kind
from rraft.cluster.transport.identity import Identity
from rraft.cluster.transport.streams import FrameStream
from rraft.cluster.transport.tcp import TcpTransport

from .support import FAST, Recorder, client, on_loop, transport, until

LONG = 1000.0
"""Seconds that no test takes."""


@on_loop
async def test_frames_arrive_in_order_in_both_directions() -> None:
    receivers = {1: Recorder(), 2: Recorder()}
    async with transport(1, receivers[1]) as one, transport(2, receivers[2]) as two:
        one.set_address(2, two.address)
        two.set_address(1, one.address)
        await until(lambda: one.is_connected(2) and two.is_connected(1))
        for number in range(1000):
            assert one.send(2, [b"%d" % number, b"x" * number])
            assert two.send(1, [b"y", b"%d" % number])
        await until(lambda: len(receivers[2].frames) == 1000 and len(receivers[1].frames) == 1000)
        assert receivers[2].frames == [(1, b"%d" % number + b"x" * number) for number in range(1000)]
        assert receivers[1].frames == [(2, b"y%d" % number) for number in range(1000)]
        assert receivers[1].links == [(2, True)]
        assert receivers[2].links == [(1, True)]


@on_loop
async def test_a_frame_without_a_link_is_lost() -> None:
    receiver = Recorder()
    async with transport(1, receiver) as one:
        assert not one.send(2, [b"no address"])
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            one.set_address(2, f"127.0.0.1:{unused.getsockname()[1]}")
            assert not one.send(2, [b"no connection"])
            assert not one.is_connected(2)
    assert receiver.links == []


@on_loop
async def test_a_link_survives_any_error(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    dial, failures = Identity.dial, iter(range(3))

    async def fail(self: Identity, kind: Kind, host: int, address: str) -> FrameStream:
        if next(failures, None) is not None:
            raise KeyError("id")
        return await dial(self, kind, host, address)

    monkeypatch.setattr(Identity, "dial", fail)
    async with transport(1, Recorder()) as one, transport(2, Recorder()) as two:
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
    assert caplog.text.count("not connected: KeyError: 'id'") == 1


@on_loop
async def test_a_host_that_starts_later_is_connected_soon() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
    receiver = Recorder()
    async with transport(1, receiver) as one:
        one.set_address(2, address)
        for _ in range(3):
            async with transport(2, Recorder(), address=address):
                started = time.monotonic()
                await until(lambda: one.is_connected(2))
                assert time.monotonic() - started < 10 * FAST.max_backoff
            await until(lambda: not one.is_connected(2))
    assert receiver.links == [(2, True), (2, False)] * 3


@on_loop
async def test_a_host_that_connects_is_connected_to_at_once() -> None:
    """The pause between two attempts ends when the other host shows that it is up."""
    patient = replace(FAST, min_backoff=0.01, max_backoff=LONG)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
    async with transport(1, Recorder(), patient) as one:
        one.set_address(2, address)
        backoff = one._links[2]._backoff
        backoff._next = LONG / 2
        await until(lambda: backoff._next == LONG)  # a pause of minutes has begun
        async with transport(2, Recorder(), address=address) as two:
            two.set_address(1, one.address)
            await until(lambda: one.is_connected(2))


@on_loop
async def test_more_than_the_limit_in_flight_is_rejected_and_what_was_accepted_arrives() -> None:
    receiver = Recorder()
    options = replace(FAST, max_in_flight=1_000_000)
    async with transport(1, Recorder(), options) as one, transport(2, receiver) as two:
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
        accepted = [one.send(2, [bytes(100_000)]) for _ in range(20)]
        assert accepted == [True] * accepted.count(True) + [False] * accepted.count(False)
        assert accepted.count(True) == 9  # with the heartbeat, ten are more than the limit
        await until(lambda: one.send(2, [b"again"]))
        await until(lambda: len(receiver.frames) == 10)


@on_loop
async def test_a_frame_above_the_limit_is_rejected_and_the_link_stays(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Recorder()
    async with transport(1, Recorder(), replace(FAST, max_peer_frame=1000)) as one, transport(2, receiver) as two:
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
        assert not one.send(2, [bytes(501), bytes(500)])
        assert one.send(2, [bytes(500), bytes(500)])
        await until(lambda: receiver.frames)
    assert receiver.frames == [(1, bytes(1000))]
    assert "expected a frame of at most 1000 bytes, got 1001" in caplog.text


@on_loop
async def test_a_link_that_carries_megabytes_for_long_is_not_taken_for_dead() -> None:
    """Acknowledgements come back while heartbeats wait behind the data."""
    receiver = Recorder()
    options = replace(FAST, heartbeat_interval=0.02, heartbeat_timeout=0.2)
    async with transport(1, Recorder(), options) as one, transport(2, receiver, options) as two:
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
        body, sent, end = bytes(1_000_000), 0, time.monotonic() + 1.0
        while time.monotonic() < end:
            sent += one.send(2, [body])
            await asyncio.sleep(0)
        await until(lambda: len(receiver.frames) == sent)
    assert sent > 20


@on_loop
async def test_a_change_of_address_moves_the_link_and_delivers_what_was_accepted() -> None:
    old, new, own = Recorder(), Recorder(), Recorder()
    async with transport(1, own) as one, transport(2, old) as before, transport(2, new) as after:
        one.set_address(2, before.address)
        await until(lambda: one.is_connected(2))
        assert all(one.send(2, [b"%d" % number, bytes(100_000)]) for number in range(50))
        one.set_address(2, after.address)
        assert not one.is_connected(2)
        assert not one.send(2, [b"between"])
        await until(lambda: one.is_connected(2))
        assert one.send(2, [b"new"])
        await until(lambda: new.frames and len(old.frames) == 50)
        assert own.links == [(2, True), (2, False), (2, True)]
        one.set_address(2, after.address)  # no change
        assert one.is_connected(2)
    assert new.frames == [(1, b"new")]
    assert [body for _, body in old.frames] == [b"%d" % number + bytes(100_000) for number in range(50)]


@on_loop
async def test_a_forgotten_host_has_no_link() -> None:
    own = Recorder()
    async with transport(1, own) as one, transport(2, Recorder()) as two:
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
        one.set_address(2, None)
        assert not one.is_connected(2)
        assert not one.send(2, [b"forgotten"])
        await until(lambda: own.links == [(2, True), (2, False)])
        one.set_address(2, None)


@on_loop
async def test_a_silent_host_loses_its_link(caplog: pytest.LogCaptureFixture) -> None:
    """Its system accepts connections and bytes, but the program does nothing with them."""
    own = Recorder()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, own))

        async def answer_the_hello_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(4)
            writer.write(frame(Acceptor("kv", 2).welcome()))
            stack.callback(writer.close)

        server = await asyncio.start_server(answer_the_hello_only, "127.0.0.1", 0)
        stack.callback(server.close)
        one.set_address(2, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await until(lambda: own.links[:2] == [(2, True), (2, False)])
    assert "no acknowledgement for 0.5 s" in caplog.text


@on_loop
async def test_a_second_connection_of_a_host_replaces_the_first() -> None:
    receiver = Recorder()
    async with AsyncExitStack() as stack:
        two = await stack.enter_async_context(transport(2, receiver))
        first = await stack.enter_async_context(client(two.address, Kind.PEER, 1))
        second = await stack.enter_async_context(client(two.address, Kind.PEER, 1))
        assert await first.is_closed()
        second.write(frame(b"new"))
        await until(lambda: receiver.frames)
    assert receiver.frames == [(1, b"new")]


@pytest.mark.parametrize(
    ("cluster", "host", "address", "reason"),
    [
        ("", 1, "127.0.0.1:0", "cluster: expected a name of 1 to 255 bytes"),
        ("x" * 256, 1, "127.0.0.1:0", "cluster: expected a name of 1 to 255 bytes"),
        ("kv", 0, "127.0.0.1:0", "host: expected an id of at least 1, got 0"),
        ("kv", 1, "127.0.0.1", "address: expected HOST:PORT"),
    ],
)
def test_an_invalid_identity_is_rejected(cluster: str, host: int, address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TcpTransport(cluster, host, address)


@on_loop
async def test_an_invalid_peer_is_rejected() -> None:
    async with transport(1, Recorder()) as one:
        with pytest.raises(ValueError, match="address: expected HOST:PORT, got 'nowhere'"):
            one.set_address(2, "nowhere")
        with pytest.raises(ValueError, match="expected another host, got this host, 1"):
            one.set_address(1, "127.0.0.1:7001")


@on_loop
async def test_an_address_in_use_is_reported() -> None:
    async with transport(1, Recorder()) as one:
        with pytest.raises(OSError, match="in use"):
            await TcpTransport("kv", 2, one.address).start(Recorder())


@on_loop
async def test_a_closed_transport_calls_nobody_and_sends_nothing() -> None:
    own, other = Recorder(), Recorder()
    async with transport(1, own) as one, transport(2, other) as two:
        one.set_address(2, two.address)
        two.set_address(1, one.address)
        await until(lambda: one.is_connected(2) and two.is_connected(1))
        await one.close()
        assert not one.is_connected(2)
        assert not one.send(2, [b"closed"])
        await until(lambda: not two.is_connected(1))
        assert own.links == [(2, True)]
        assert other.links == [(1, True), (1, False)]


@on_loop
async def test_closing_goes_on_after_it_was_cancelled() -> None:
    one = TcpTransport("kv", 1, "127.0.0.1:0", FAST)
    await one.start(Recorder())
    host, _, port = one.address.rpartition(":")
    closing = asyncio.ensure_future(one.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait((closing,))
    assert closing.cancelled()

    await one.close()

    with pytest.raises(ConnectionRefusedError, match="Connect call failed"):
        await asyncio.open_connection(host, int(port))
