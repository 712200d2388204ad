"""The Ready loop that `ReadyLoop` runs."""

from __future__ import annotations

from collections.abc import Sequence

from network import Network
from rraft import Config, Logger, MemStorage, Message, RawNode, ReadyLoop, tick_many
from storages import Storage


class Member:
    """A node with its storage and its application."""

    def __init__(self, config: Config, storage: Storage, network: Network, compact_every: int) -> None:
        if not isinstance(storage, MemStorage):
            raise TypeError("ReadyLoop drives nodes over a MemStorage")
        loop = ReadyLoop(RawNode(config, storage, Logger.discard()))
        self.campaign = loop.node.campaign
        self._run = loop.run
        self._proposals: list[bytes] = []
        self._log = storage.wl()
        self._network = network
        self._inbox = network.inboxes[config.id]
        self._compact_every = compact_every
        self._compacted_at = 0
        self.applied = 0
        self.applied_bytes = 0

    def propose(self, payload: bytes, count: int) -> None:
        self._proposals = [payload] * count

    def process(self) -> bool:
        inbox = self._inbox
        if self._proposals:
            batch = self._run(inbox, self._proposals)
            self._proposals = []
        else:
            batch = self._run(inbox)
        inbox.clear()
        if batch is None:
            return False
        network = self._network
        outbox: dict[int, list[bytes]] | list[Message]
        if network.encodes:
            outbox = batch.take_encoded_messages()
            for to, letters in outbox.items():
                network.sent += len(letters)
                network.inboxes[to] += letters
        else:
            outbox = batch.take_messages()
            network.sent += len(outbox)
            for message in outbox:
                network.inboxes[message.to].append(message)
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
