"""A member that `ReadyLoop` drives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from application import Application
from network import Network
from rraft import Config, Logger, MemStorage, RawNode, ReadyBatch, ReadyLoop, WalStorage, tick_many
from storages import Storage


class Member:
    """A node, its storage, and its application."""

    def __init__(
        self, config: Config, storage: Storage | WalStorage, network: Network[Any], compact_every: int
    ) -> None:
        if not isinstance(storage, (MemStorage, WalStorage)):
            raise TypeError("ReadyLoop drives nodes over a MemStorage or a WalStorage")
        node = RawNode(config, storage, Logger.discard())
        self.loop = ReadyLoop(node, network.inboxes, encode=network.encodes)
        self.run: Callable[[Any, Sequence[bytes] | None], ReadyBatch | None] = self.loop.run
        self.inbox = network.inboxes[config.id]
        self.application = Application(storage.wl(), compact_every)

    def campaign(self) -> None:
        self.loop.node.campaign()
        self.process()

    def process(self, proposals: Sequence[bytes] | None = None) -> None:
        batch = self.run(self.inbox, proposals)
        self.inbox.clear()
        if batch and (entries := batch.take_committed_data()):
            applied = applied_bytes = 0
            for _, _, data in entries:
                if data:  # a new leader appends an empty entry
                    applied += 1
                    applied_bytes += len(data)
            self.application.count(applied, applied_bytes, entries[-1][0])


def tick(groups: Sequence[RawNode], rounds: int) -> int:
    ready = 0
    for _ in range(rounds):
        ready += len(tick_many(groups))
    return ready
