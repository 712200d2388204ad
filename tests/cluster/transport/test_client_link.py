"""The link of a client: its connection to one of the hosts, and its end."""

import asyncio
import random

from rraft.cluster.transport.client_link import ClientLink
from rraft.cluster.transport.dial import dial
from rraft.cluster.transport.handshake import Kind
from rraft.cluster.transport.streams import FrameStream

from .support import CLUSTER, FAST, Recorder, on_loop, transport, until


@on_loop
async def test_a_close_that_is_cancelled_leaves_no_connection_open() -> None:
    """The link is moving to a host that does not answer."""
    receiver = Recorder()
    moving = asyncio.Event()

    async def dial_or_hang(address: str) -> FrameStream:
        if address == "silent:1":
            moving.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.05)
        stream, _ = await dial(
            address, kind=Kind.CLIENT, cluster=CLUSTER, host=0, to=0, options=FAST, secret=None, encryption=None
        )
        return stream

    async with transport(1, receiver) as one:
        link = ClientLink([one.address], dial_or_hang, FAST, 2**20, random.Random(0))
        protocol = await link.connected()
        link.prefer("silent:1")
        await moving.wait()
        closing = asyncio.ensure_future(link.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait((closing,))
        await until(protocol.lost.done)
        await link.close()
    assert closing.cancelled()
