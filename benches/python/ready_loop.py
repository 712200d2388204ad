"""The Ready loop that `ReadyLoop` runs."""

from __future__ import annotations

from collections.abc import Sequence

from application import Application
from network import Network
from rraft import Config, Logger, MemStorage, Messages, RawNode, ReadyBatch, ReadyLoop, tick_many
from storages import Storage


class Member:
    """A node, its storage, and its application."""

    def __init__(
        self, config: Config, storage: Storage, network: Network[Messages | bytes], compact_every: int
    ) -> None:
        if not isinstance(storage, MemStorage):
            raise TypeError("ReadyLoop drives nodes over a MemStorage")
        self._loop = ReadyLoop(RawNode(config, storage, Logger.discard()))
        self._run = self._loop.run
        self._network = network
        self.inbox = network.inboxes[config.id]
        self.application = Application(storage.wl(), compact_every)

    def campaign(self) -> None:
        self._loop.node.campaign()
        self._handle(self._run())

    def propose(self, payload: bytes, count: int) -> None:
        self._handle(self._run((), [payload] * count))

    def receive(self) -> None:
        inbox = self.inbox
        batch = self._run(inbox)
        inbox.clear()
        self._handle(batch)

    def _handle(self, batch: ReadyBatch | None) -> None:
        if batch is None:
            return
        network = self._network
        inboxes = network.inboxes
        if network.encodes:
            for to, letters in batch.take_encoded_messages().items():
                network.sent += len(letters)
                inboxes[to] += letters
        else:
            for to, messages in batch.take_messages_by_receiver().items():
                network.sent += len(messages)
                inboxes[to].append(messages)
        if entries := batch.take_committed_data():
            applied = applied_bytes = 0
            for _, _, data in entries:
                if data:  # a leader begins its term with an empty entry
                    applied += 1
                    applied_bytes += len(data)
            self.application.count(applied, applied_bytes, entries[-1][0])


def tick(groups: Sequence[RawNode], rounds: int) -> int:
    ready = 0
    for _ in range(rounds):
        ready += len(tick_many(groups))
    return ready
