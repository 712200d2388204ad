"""The Ready loop that `ReadyLoop` runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from application import Application
from network import Network
from rraft import Config, Logger, MemStorage, RawNode, ReadyLoop, tick_many
from storages import Storage


class Member:
    """A node, its storage, and its application."""

    def __init__(self, config: Config, storage: Storage, network: Network[Any], compact_every: int) -> None:
        if not isinstance(storage, MemStorage):
            raise TypeError("ReadyLoop drives nodes over a MemStorage")
        self._loop = ReadyLoop(RawNode(config, storage, Logger.discard()))
        self._run = self._loop.run
        self._network = network
        self.inbox = network.inboxes[config.id]
        self.application = Application(storage.wl(), compact_every)

    def campaign(self) -> None:
        self._loop.node.campaign()
        self.process()

    def process(self, proposals: Sequence[bytes] = ()) -> None:
        batch = self._run(self.inbox, proposals)
        self.inbox.clear()
        if batch is None:
            return
        network = self._network
        if network.encodes:
            batch.take_encoded_messages(network.inboxes)
        else:
            batch.take_messages_by_receiver(network.inboxes)
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
