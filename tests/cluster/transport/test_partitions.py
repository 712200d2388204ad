"""Networks that drop packets."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from .proxy import proxy
from .support import FAST, Recorder, on_loop, transport, until


@pytest.mark.parametrize("duration", [0.2, 1.0, 3.0], ids=str)
@on_loop
async def test_a_link_is_back_soon_after_packets_were_dropped(duration: float) -> None:
    """TCP alone would wait for as long again as the partition has lasted."""
    own, other = Recorder(), Recorder()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, own))
        two = await stack.enter_async_context(transport(2, other))
        between = await stack.enter_async_context(proxy(two.address))
        one.set_address(2, between.address)
        await until(lambda: one.is_connected(2))
        between.drop()
        if duration > 4 * FAST.heartbeat_timeout:
            await until(lambda: not one.is_connected(2))
        await asyncio.sleep(duration)
        between.heal()
        healed = time.monotonic()
        await until(lambda: one.send(2, [b"back"]) and other.frames)
        assert time.monotonic() - healed < 3.0


@on_loop
async def test_the_loss_of_accepted_frames_is_reported() -> None:
    own, other = Recorder(), Recorder()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, own))
        two = await stack.enter_async_context(transport(2, other))
        between = await stack.enter_async_context(proxy(two.address))
        one.set_address(2, between.address)
        await until(lambda: one.is_connected(2))
        between.drop()
        assert one.send(2, [b"lost"])
        await until(lambda: own.links == [(2, True), (2, False)])
        assert not one.send(2, [b"rejected"])


@on_loop
async def test_a_link_that_is_reset_is_made_again_at_once() -> None:
    own = Recorder()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, own))
        two = await stack.enter_async_context(transport(2, Recorder()))
        between = await stack.enter_async_context(proxy(two.address))
        one.set_address(2, between.address)
        await until(lambda: one.is_connected(2))
        for _ in range(3):
            between.reset()
            started = time.monotonic()
            await until(lambda: not one.is_connected(2))
            await until(lambda: one.is_connected(2))
            assert time.monotonic() - started < 1.0
        assert own.links == [(2, True)] + [(2, False), (2, True)] * 3
