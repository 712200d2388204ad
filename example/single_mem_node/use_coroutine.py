"""One node in a coroutine: its client awaits a future for each proposal."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from rraft import ProposalDroppedError
from single_node import TICK, SingleNode


@dataclass(frozen=True)
class Proposal:
    """What the client sends: `applied` becomes the index at which `data` was applied, or fails if it was dropped."""

    data: bytes
    applied: asyncio.Future[int]


Mailbox = asyncio.Queue[Proposal | None]
"""`None` ends the node."""


async def run_node(mailbox: Mailbox) -> None:
    """Waits for a proposal or for the next tick, whichever comes first, until told to end."""
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
    """The index at which `data` was applied; asks again while the node has no leader to take it."""
    while True:
        applied: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await mailbox.put(Proposal(data, applied))
        try:
            return await applied
        except ProposalDroppedError as dropped:
            print(f"client: {dropped}, trying again")
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
