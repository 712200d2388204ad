"""`example/tcp_cluster/transport.py`: frames, and connections that are reopened when they break."""

import asyncio

import pytest

from example.tcp_cluster import transport
from example.tcp_cluster.transport import MEMBER_HELLO, Envelope, FrameError, Transport, pack_frame, read_frame
from tests.harness.program import LIMIT


def read_frames(data: bytes) -> list[bytes]:
    """The frames in `data`, followed by the end of the connection."""

    async def read() -> list[bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        frames = []
        while (frame := await read_frame(reader)) is not None:
            frames.append(frame)
        return frames

    return asyncio.run(read())


@pytest.mark.parametrize(
    "frames", [[], [b""], [b"a"], [b"one", b"", b"x" * 100_000]], ids=["none", "empty", "one", "three"]
)
def test_frames(frames: list[bytes]) -> None:
    assert read_frames(b"".join(pack_frame(frame) for frame in frames)) == frames


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(pack_frame(b"abc")[:2], "truncated", id="cut off in the length"),
        pytest.param(pack_frame(b"abc")[:4], "truncated", id="cut off after the length"),
        pytest.param(pack_frame(b"abc")[:6], "truncated", id="cut off in the body"),
        pytest.param(b"\xff\xff\xff\xff", "4294967295 bytes", id="too long"),
        pytest.param(b"GET / HTTP/1.1", "1195725856 bytes", id="something else"),
    ],
)
def test_malformed_frames_are_rejected(data: bytes, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        read_frames(data)


def test_oversized_frame_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_FRAME", 10)
    assert read_frames(pack_frame(b"x" * 10)) == [b"x" * 10]
    with pytest.raises(FrameError, match="11 bytes"):
        pack_frame(b"x" * 11)


class Receiver:
    """A server on one port that records the frames it receives."""

    def __init__(self) -> None:
        self.address = "127.0.0.1:0"
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        host, port = transport.parse_address(self.address) if self._writers else ("127.0.0.1", 0)
        self._server = await asyncio.start_server(self._receive, host, port)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        """Closes the server and its connections."""
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def next(self) -> bytes:
        return await asyncio.wait_for(self.frames.get(), LIMIT)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while (frame := await read_frame(reader)) is not None:
            self.frames.put_nowait(frame)


class Sender:
    """A transport that records its reports."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[tuple[Envelope, bool]] = asyncio.Queue()
        self.transport = Transport(lambda envelope, sent: self.reports.put_nowait((envelope, sent)))

    async def send(self, message: bytes, to: int = 2) -> bool:
        """Sends an envelope. Returns whether it was queued."""
        envelope = Envelope(to, message, False)
        self.transport.send(envelope)
        assert self.reports.empty()  # never from inside `send`
        reported, sent = await asyncio.wait_for(self.reports.get(), LIMIT)
        assert reported == envelope
        return sent

    async def send_until_sent(self, message: bytes) -> None:
        while not await self.send(message):
            await asyncio.sleep(0.01)


def test_transport_sends_in_order() -> None:
    async def run() -> None:
        receiver, sender = Receiver(), Sender()
        await receiver.start()
        sender.transport.set_addresses({2: receiver.address})

        assert [await sender.send(message) for message in (b"one", b"two", b"")] == [True] * 3

        assert [await receiver.next() for _ in range(4)] == [MEMBER_HELLO, b"one", b"two", b""]
        await sender.transport.close()
        await receiver.stop()

    asyncio.run(run())


def test_transport_reports_failed_deliveries() -> None:
    async def run() -> None:
        receiver, sender = Receiver(), Sender()
        await receiver.start()
        await receiver.stop()
        sender.transport.set_addresses({2: receiver.address, 3: "no host:1"})

        assert not await sender.send(b"nobody listens")
        assert not await sender.send(b"not tried again at once")
        assert not await sender.send(b"no such host", to=3)
        assert not await sender.send(b"no such server", to=4)
        await sender.transport.close()

    asyncio.run(run())


def test_transport_reconnects() -> None:
    async def run() -> None:
        receiver, sender = Receiver(), Sender()
        await receiver.start()
        sender.transport.set_addresses({2: receiver.address})
        assert await sender.send(b"before")
        assert [await receiver.next() for _ in range(2)] == [MEMBER_HELLO, b"before"]

        await receiver.stop()
        while await sender.send(b"meanwhile"):
            await asyncio.sleep(0.01)  # the end of the connection is noticed with a delay
        await receiver.start()
        await sender.send_until_sent(b"after")

        assert [await receiver.next() for _ in range(2)] == [MEMBER_HELLO, b"after"]
        await sender.transport.close()
        await receiver.stop()

    asyncio.run(run())


def test_transport_drops_messages_when_its_queue_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        receiver, sender = Receiver(), Sender()
        await receiver.start()
        sender.transport.set_addresses({2: receiver.address})
        envelopes = [Envelope(2, bytes([number]), False) for number in range(5)]

        for envelope in envelopes:
            sender.transport.send(envelope)

        reports = dict([await asyncio.wait_for(sender.reports.get(), LIMIT) for _ in envelopes])
        assert reports == dict(zip(envelopes, [True, True, True, False, False], strict=True))
        assert [await receiver.next() for _ in range(4)] == [MEMBER_HELLO, b"\0", b"\1", b"\2"]
        await sender.transport.close()
        await receiver.stop()

    monkeypatch.setattr(transport, "QUEUE_SIZE", 3)
    asyncio.run(run())
