"""Any bytes on the port, at any stage: the connection ends or waits, and the host goes on."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Dialler, Kind

from .support import FAST, RawClient, Recorder, Sink, on_loop, transport, until

hello = frame(Dialler(Kind.CLIENT, "kv", 0, 0, None).hello)
valid = st.sampled_from([hello, frame(), frame(b"request!"), frame(bytes(9)), b"\xff\xff\xff\xff", b"\0\0\0\1"])
hostile = st.lists(st.binary(max_size=100) | valid | st.binary(max_size=100).map(frame), max_size=8)


async def check(stage: Kind | None, pieces: list[bytes]) -> None:
    receiver = Recorder(answer=bytes.upper, new_sink=lambda _host, _header: Sink())
    async with transport(1, receiver, FAST) as one:
        if stage is None:
            attacker = await RawClient.connect(one.address)
        else:
            attacker = await RawClient.welcome(one.address, stage, 0 if stage == Kind.CLIENT else 2)
        for piece in pieces:
            attacker.write(piece)
            await asyncio.sleep(0)
        await attacker.close()
        other = await RawClient.welcome(one.address)
        other.request(1, b"a")
        assert await other.read_response() == (1, b"A")
        await other.close()
        await until(lambda: all(sink.finished + sink.aborted == 1 for sink in receiver.sinks))


@given(st.sampled_from([None, *Kind]), hostile)
def test_any_bytes_leave_the_host_running(stage: Kind | None, pieces: list[bytes]) -> None:
    on_loop(check)(stage, pieces)
