"""The network of simulations: messages between hosts, and streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rraft.cluster.transport import SnapshotSink
from rraft.simulation.event_loop import SimulatedLoop
from rraft.simulation.network import MAX_DELAY, MIN_DELAY, SILENCE, Network
from rraft.simulation.process import Process
from rraft.simulation.streams import connect
from rraft.simulation.transport import SimulatedTransport


class Received:
    """The receiver of a transport."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self.frames: list[tuple[float, int, bytes]] = []
        self.links: list[tuple[float, int, bool]] = []

    def received(self, host: int, body: bytes) -> None:
        self.frames.append((self._loop.now, host, body))

    def link_changed(self, host: int, connected: bool) -> None:
        self.links.append((self._loop.now, host, connected))

    def requested(self, connection: object, request: int, body: bytes) -> None:
        raise AssertionError("there are no clients")

    def receive_snapshot(self, host: int, header: bytes) -> SnapshotSink | None:
        return None

    def connection_rejected(self, reason: str) -> None:
        raise AssertionError(reason)

    def accepts(self, host: int) -> bool:
        return True


class Pair:
    """Two hosts."""

    def __init__(self, seed: str = "test") -> None:
        self.loop = SimulatedLoop(seed)
        self.network = Network(self.loop, seed)
        self.processes: dict[int, Process] = {}
        self.transports: dict[int, SimulatedTransport] = {}
        self.received: dict[int, Received] = {}
        for number in (1, 2):
            self.start(number)
        self.run(1.0)

    def start(self, number: int, start: int = 1) -> None:
        """Starts a host."""
        process = self.processes[number] = self.loop.new_process(str(number), start)
        transport = self.transports[number] = SimulatedTransport(
            self.network, process, "test", number, f"host-{number}:1", None, process.random
        )
        received = self.received[number] = Received(self.loop)

        async def begin() -> None:
            await transport.start(received)
            transport.set_address(3 - number, f"host-{3 - number}:1")

        self.loop.spawn(process, begin())

    def kill(self, number: int) -> None:
        """Ends the process of a host."""
        self.processes[number].kill()
        self.network.ended(str(number))

    def run(self, seconds: float) -> None:
        """Lets time pass."""
        self.loop.run_until_complete(self.loop.spawn(self.loop.main, asyncio.sleep(seconds)))

    def send(self, count: int, pause: float = 0.0) -> list[bytes]:
        """Sends frames from host 1 to host 2, and returns their bodies."""
        bodies = [b"%d" % number for number in range(count)]
        for position, body in enumerate(bodies):
            at = self.loop.now + position * pause
            self.loop.at(self.processes[1], at, self.transports[1].send, 2, [body])
        return bodies

    @property
    def arrived(self) -> list[bytes]:
        """What host 2 has received."""
        return [body for _, _, body in self.received[2].frames]


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.loop.close()


def test_hosts_connect_to_each_other(pair: Pair) -> None:
    assert [(host, up) for _, host, up in pair.received[1].links] == [(2, True)]
    assert pair.transports[1].is_connected(2)


def test_frames_arrive_in_order_after_a_delay(pair: Pair) -> None:
    sent, start = pair.send(200, 0.001), pair.loop.now

    pair.run(1.0)

    assert pair.arrived == sent
    delays = [time - start - 0.001 * position for position, (time, _, _) in enumerate(pair.received[2].frames)]
    assert min(delays) >= MIN_DELAY * 0.999
    assert max(delays) <= MIN_DELAY + MAX_DELAY
    assert len(set(delays)) > 100


FAULTS: dict[str, tuple[str, Callable[[list[bytes], list[bytes]], bool]]] = {
    "loss": ("loss", lambda sent, arrived: 300 < len(arrived) < 700 and len(set(arrived)) == len(arrived)),
    "duplication": ("duplication", lambda sent, arrived: set(sent) == set(arrived) and 1300 < len(arrived) < 1700),
    "reordering": ("reordering", lambda sent, arrived: sent != arrived and sorted(sent) == sorted(arrived)),
    "slow path": ("delay", lambda sent, arrived: sent == arrived),
}


@pytest.mark.parametrize(("attribute", "expected"), FAULTS.values(), ids=FAULTS)
def test_faults_of_a_path(pair: Pair, attribute: str, expected: Callable[[list[bytes], list[bytes]], bool]) -> None:
    setattr(pair.network.path("1", "2"), attribute, 0.5)
    sent, start = pair.send(1000, 0.001), pair.loop.now

    pair.run(5.0)

    assert expected(sent, pair.arrived)
    if attribute == "delay":
        assert pair.received[2].frames[0][0] - start < pair.received[2].frames[-1][0] - start - 0.9


def test_what_is_sent_on_a_cut_path_is_lost(pair: Pair) -> None:
    lost: list[tuple[str, str, int]] = []
    pair.network.on_lost = lambda source, target, size: lost.append((source, target, size))
    pair.network.cut("1", "2")
    pair.send(3)

    pair.run(0.5)
    pair.network.heal("1", "2")
    pair.run(0.5)

    assert pair.arrived == []
    assert lost == [("1", "2", 1)] * 3


def test_one_way_cut_lets_the_other_way_through(pair: Pair) -> None:
    pair.network.cut("2", "1")
    sent = pair.send(3)

    pair.run(0.5)

    assert pair.arrived == sent


@pytest.mark.parametrize("direction", [("1", "2"), ("2", "1")])
def test_cut_ends_links_after_a_while_and_they_come_back(pair: Pair, direction: tuple[str, str]) -> None:
    start = pair.loop.now
    pair.network.cut(*direction)

    pair.run(2 * SILENCE)
    for number in (1, 2):
        assert [(host, up) for _, host, up in pair.received[number].links[1:]] == [(3 - number, False)]
        assert pair.received[number].links[1][0] == start + SILENCE
    pair.network.heal(*direction)
    pair.run(2.0)

    assert all(pair.transports[number].is_connected(3 - number) for number in (1, 2))


def test_end_of_a_process_is_noticed_at_once(pair: Pair) -> None:
    start = pair.loop.now
    pair.kill(2)

    pair.run(0.5)
    assert [(host, up) for _, host, up in pair.received[1].links[1:]] == [(2, False)]
    assert pair.received[1].links[1][0] - start < 0.01
    pair.start(2, 2)
    pair.run(2.0)

    assert pair.transports[1].is_connected(2)


def test_frames_to_a_killed_process_do_not_reach_the_next_one(pair: Pair) -> None:
    pair.send(1)
    pair.run(0.0)
    pair.kill(2)
    pair.start(2, 2)

    pair.run(2.0)

    assert pair.arrived == []


def test_reset_ends_a_link_and_it_comes_back(pair: Pair) -> None:
    pair.network.reset("1", "2")
    pair.run(2.0)
    assert [(host, up) for _, host, up in pair.received[1].links] == [(2, True), (2, False), (2, True)]


class Lines(asyncio.Protocol):
    """What arrives on a stream."""

    def __init__(self) -> None:
        self.data = b""
        self.ended: list[type[BaseException] | None] = []

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.append(None if error is None else type(error))


class Connected:
    """A stream from a client to host 2."""

    def __init__(self, pair: Pair) -> None:
        self.near, self.far = Lines(), Lines()
        self.client = pair.loop.new_process("client")
        transport: Any = pair.transports[2]

        def accepted(hello: tuple[str, int], stream: Any) -> None:
            stream.attach(self.far)
            self.server = stream

        transport.accepted = accepted
        pair.loop.spawn(self.client, connect(pair.network, "client", "host-2:1", self.near, ("CLIENT", 0), 1.0))
        pair.run(0.1)
        self.stream = self.server.peer


@pytest.fixture
def connected(pair: Pair) -> Connected:
    return Connected(pair)


def test_stream_keeps_the_order_whatever_the_path(pair: Pair, connected: Connected) -> None:
    path = pair.network.path("client", "2")
    path.loss = path.reordering = path.duplication = path.delay = 0.5
    for number in range(100):
        connected.stream.write(b"%d " % number)

    pair.run(5.0)

    assert connected.far.data == b"".join(b"%d " % number for number in range(100))


def test_stream_sends_again_what_a_cut_has_held(pair: Pair, connected: Connected) -> None:
    pair.network.cut("client", "2")
    connected.stream.write(b"late")
    pair.run(1.0)
    assert connected.far.data == b""
    pair.network.heal("client", "2")

    pair.run(0.1)

    assert connected.far.data == b"late"


def test_end_of_a_stream_follows_its_data(pair: Pair, connected: Connected) -> None:
    connected.stream.write(b"last words")
    connected.stream.close()
    pair.run(0.1)
    assert connected.far.data == b"last words"
    assert connected.far.ended == [None]
    assert connected.near.ended == [None]


def test_reset_ends_both_sides_of_a_stream(pair: Pair, connected: Connected) -> None:
    pair.network.reset("2", "client")
    pair.run(0.1)
    assert connected.near.ended == connected.far.ended == [ConnectionResetError]


def test_end_of_a_process_resets_its_streams(pair: Pair, connected: Connected) -> None:
    pair.kill(2)
    pair.run(0.1)
    assert connected.near.ended == [ConnectionResetError]
    assert connected.far.ended == []


def test_stream_that_is_not_read_waits(pair: Pair, connected: Connected) -> None:
    connected.server.pause_reading()
    connected.stream.write(b"word")
    pair.run(0.1)
    assert connected.far.data == b""
    pair.loop.at(pair.processes[2], pair.loop.now, connected.server.resume_reading)

    pair.run(0.1)

    assert connected.far.data == b"word"


UNREACHABLE: dict[str, tuple[Callable[[Pair], object], type[Exception]]] = {
    "dead": (lambda pair: pair.kill(2), ConnectionRefusedError),
    "cut": (lambda pair: pair.network.cut("2", "client"), TimeoutError),
    "paused": (lambda pair: pair.loop.pause(pair.processes[2]), TimeoutError),
}


@pytest.mark.parametrize(("make", "error"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_connection_that_cannot_be_made(pair: Pair, make: Callable[[Pair], object], error: type[Exception]) -> None:
    make(pair)
    client = pair.loop.new_process("client")
    with pytest.raises(error, match=r"nobody listens at host-2:1|no connection within 1\.0 s"):
        pair.loop.run_until_complete(
            pair.loop.spawn(client, connect(pair.network, "client", "host-2:1", Lines(), ("CLIENT", 0), 1.0))
        )
