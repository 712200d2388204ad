"""One node in the main thread, its client in another: a callback reports the result of each proposal."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from rraft import ProposalDroppedError
from single_node import TICK, SingleNode


@dataclass(frozen=True)
class Proposal:
    """A proposal of the client.

    The node's thread calls `callback` with the index of `data` once it is applied, or with `None` if it was dropped.
    """

    data: bytes
    callback: Callable[[int | None], None]


Mailbox = queue.Queue[Proposal | None]
"""`None` stops the node."""


def run_node(mailbox: Mailbox) -> None:
    """Waits for a proposal or the next tick, whichever comes first, until it is stopped."""
    node = SingleNode()
    next_tick = time.monotonic() + TICK
    while True:
        with suppress(queue.Empty):
            proposal = mailbox.get(timeout=max(0, next_tick - time.monotonic()))
            if proposal is None:
                return
            try:
                node.propose(proposal.data, proposal.callback)
            except ProposalDroppedError:
                proposal.callback(None)
        if time.monotonic() >= next_tick:
            node.tick()
            next_tick = time.monotonic() + TICK
        node.process_ready()


def propose(mailbox: Mailbox, data: bytes) -> int:
    """Returns the index of `data` once it is applied. Retries while there is no leader."""
    answers: queue.Queue[int | None] = queue.Queue()
    while True:
        mailbox.put(Proposal(data, answers.put))
        index = answers.get()
        if index is not None:
            return index
        print("client: proposal dropped, retrying")
        time.sleep(5 * TICK)


def run_client(mailbox: Mailbox) -> None:
    for text in ("one", "two", "three"):
        print(f"client: propose {text!r}")
        index = propose(mailbox, text.encode())
        print(f"client: {text!r} is applied, at index {index}")
    mailbox.put(None)


def main() -> None:
    mailbox: Mailbox = queue.Queue()
    client = threading.Thread(target=run_client, args=(mailbox,), daemon=True)
    client.start()
    run_node(mailbox)
    client.join()
    print("all proposals are applied")


if __name__ == "__main__":
    main()
