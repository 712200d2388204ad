"""The Ready loop that `ReadyLoop` runs."""

from __future__ import annotations

from collections.abc import Sequence

from network import Network
from rraft import Config, Logger, MemStorage, RawNode, ReadyLoop, tick_many
from storages import Storage


class Member:
    """A node with its storage and its application."""

    def __init__(self, config: Config, storage: Storage, network: Network, compact_every: int) -> None:
        if not isinstance(storage, MemStorage):
            raise TypeError("ReadyLoop drives nodes over a MemStorage")
        loop = ReadyLoop(RawNode(config, storage, Logger.discard()))
        self.campaign = loop.node.campaign
        self._propose_many = loop.propose_many
        self._step_many = loop.step_many
        self._run = loop.run
        self._log = storage.wl()
        self._network = network
        self._inbox = network.inboxes[config.id]
        self._compact_every = compact_every
        self._compacted_at = 0
        self.applied = 0
        self.applied_bytes = 0

    def propose(self, payload: bytes, count: int) -> None:
        if refused := self._propose_many([payload] * count):
            raise refused[0][1]

    def process(self) -> bool:
        if inbox := self._inbox:
            if refused := self._step_many(inbox):
                raise refused[0][1]
            inbox.clear()
        batch = self._run()
        if batch is None:
            return False
        network = self._network
        outbox = batch.take_encoded_messages() if network.encodes else batch.take_messages_by_receiver()
        for to, letters in outbox.items():
            network.sent += len(letters)
            network.inboxes[to] += letters
        if entries := batch.take_committed_data():
            self._apply(entries)
        return bool(outbox)  # nothing is left to do here until there is an answer

    def _apply(self, entries: list[tuple[int, int, bytes]]) -> None:
        applied = applied_bytes = 0
        for _, _, data in entries:
            if data:  # a leader begins its term with an empty entry
                applied += 1
                applied_bytes += len(data)
        self.applied += applied
        self.applied_bytes += applied_bytes
        index = entries[-1][0]
        if index >= self._compacted_at + self._compact_every:
            self._log.compact(index - self._compact_every // 16)
            self._compacted_at = index


def tick(groups: Sequence[RawNode], rounds: int) -> int:
    ready = 0
    for _ in range(rounds):
        ready += len(tick_many(groups))
    return ready
