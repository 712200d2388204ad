"""One node in a coroutine: its client awaits a future for each proposal."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from rraft import ProposalDroppedError
from single_node import TICK, SingleNode


@dataclass(frozen=True)
class Proposal:
    """A proposal of the client. `applied` becomes the index of `data`, or fails if the proposal was dropped."""

    data: bytes
    applied: asyncio.Future[int]


Mailbox = asyncio.Queue[Proposal | None]
"""`None` stops the node."""


async def run_node(mailbox: Mailbox) -> None:
    """Waits for a proposal or the next tick, whichever comes first, until it is stopped."""
    node = SingleNode()
    next_tick = time.monotonic() + TICK
    while True:
        with suppress(asyncio.TimeoutError):
            proposal = await asyncio.wait_for(mailbox.get(), next_tick - time.monotonic())
            if proposal is None:
                return
            try:
                node.propose(proposal.data, proposal.applied.set_result)
            except ProposalDroppedError as dropped:
                proposal.applied.set_exception(dropped)
        if time.monotonic() >= next_tick:
            node.tick()
            next_tick = time.monotonic() + TICK
        node.process_ready()


async def propose(mailbox: Mailbox, data: bytes) -> int:
    """Returns the index of `data` once it is applied. Retries while there is no leader."""
    while True:
        applied: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await mailbox.put(Proposal(data, applied))
        try:
            return await applied
        except ProposalDroppedError as dropped:
            print(f"client: {dropped}, retrying")
            await asyncio.sleep(5 * TICK)


async def main() -> None:
    mailbox: Mailbox = asyncio.Queue()
    node = asyncio.create_task(run_node(mailbox))
    for text in ("one", "two", "three"):
        print(f"client: propose {text!r}")
        index = await propose(mailbox, text.encode())
        print(f"client: {text!r} is applied, at index {index}")
    await mailbox.put(None)
    await node
    print("all proposals are applied")


if __name__ == "__main__":
    asyncio.run(main())
