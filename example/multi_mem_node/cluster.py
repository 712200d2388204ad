"""The nodes of a cluster, the network between them, and their client."""

import asyncio
import itertools
from collections.abc import Callable
from types import TracebackType

from node import Node, NodeStoppedError, NodeStorage, Request, Tick
from rraft import ConfChange, ConfState, ProposalDroppedError, Snapshot, SnapshotMetadata

TICK = 0.02
"""Seconds between ticks. With `election_tick=10`, an election starts after 0.2 to 0.4 seconds without a leader."""

RESPONSE_TIMEOUT = 0.5
"""Seconds after which the client retries."""


def bootstrap(node: Node) -> None:
    """Makes a node the only member of a cluster that others can join.

    All members must start from the same state. This one starts from a snapshot at index 1. No entry has that index, so
    the leader sends a snapshot, which has this state, to a node with an empty log.
    """
    metadata = SnapshotMetadata(index=1, term=1, conf_state=ConfState(voters=[node.id]))
    node.storage.wl().apply_snapshot(Snapshot(metadata=metadata))
    node.key_values.applied = metadata.index


class Cluster:
    """Nodes 1 to `size`, all in one event loop; node 1 is the only member at first. `async with` starts them."""

    def __init__(self, size: int, new_storage: Callable[[], NodeStorage]) -> None:
        self.nodes = {node_id: Node(node_id, new_storage(), self._deliver) for node_id in range(1, size + 1)}
        bootstrap(self.nodes[1])
        self.retries = 0
        self._running: dict[int, asyncio.Task[None]] = {}
        self._request_ids = itertools.count(1)

    async def __aenter__(self) -> "Cluster":
        self._clock = asyncio.create_task(self._tick())
        for node_id in self.nodes:
            self.start(node_id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._clock.cancel()
        for node_id in list(self._running):
            await self.stop(node_id)

    def start(self, node_id: int) -> None:
        """Starts a node, and connects it to the network."""
        self._running[node_id] = asyncio.create_task(self.nodes[node_id].run())

    async def stop(self, node_id: int) -> None:
        """Stops a node between two events. Its disk stays."""
        task = self._running.pop(node_id)
        task.cancel()
        await asyncio.wait([task])
        self.nodes[node_id].stop()

    async def leader(self) -> Node:
        """Waits for a leader, and returns it."""
        while True:
            for node_id in self._running:
                if self.nodes[node_id].is_leader():
                    return self.nodes[node_id]
            await self.pause()

    async def submit(self, command: bytes | ConfChange) -> None:
        """Proposes `command` to the leader until it is applied.

        A leader may drop a proposal, stop, or step down, and the next leader may overwrite the entry. After a timeout,
        the command may still be applied later, once for each time that it was proposed.
        """
        request = Request(next(self._request_ids).to_bytes(8, "big"), command)
        while True:
            leader = await self.leader()
            try:
                return await asyncio.wait_for(leader.submit(request), RESPONSE_TIMEOUT)
            except (ProposalDroppedError, NodeStoppedError, asyncio.TimeoutError):
                self.retries += 1
                await self.pause()

    async def pause(self) -> None:
        """Waits for a tick. Raises the exception of a node that has failed."""
        await asyncio.sleep(TICK)
        for task in self._running.values():
            if task.done():
                task.result()

    def _deliver(self, to: int, message: bytes) -> bool:
        if to not in self._running:
            return False
        self.nodes[to].events.put_nowait(message)
        return True

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            for node_id in self._running:
                self.nodes[node_id].events.put_nowait(Tick())
