"""The Ready loop that `ReadyLoop` runs."""

from __future__ import annotations

from collections.abc import Sequence

from application import Application
from network import Network
from rraft import Config, Logger, MemStorage, Message, RawNode, ReadyLoop, tick_many
from storages import Storage


class Member:
    """A node, its storage, and its application."""

    def __init__(self, config: Config, storage: Storage, network: Network, compact_every: int) -> None:
        if not isinstance(storage, MemStorage):
            raise TypeError("ReadyLoop drives nodes over a MemStorage")
        loop = ReadyLoop(RawNode(config, storage, Logger.discard()))
        self.campaign = loop.node.campaign
        self._run = loop.run
        self._proposals: list[bytes] = []
        self._network = network
        self._inbox = network.inboxes[config.id]
        self.application = Application(storage.wl(), compact_every)

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
            applied = applied_bytes = 0
            for _, _, data in entries:
                if data:  # a leader begins its term with an empty entry
                    applied += 1
                    applied_bytes += len(data)
            self.application.count(applied, applied_bytes, entries[-1][0])
        return bool(outbox)  # nothing is left to do here until there is an answer


def tick(groups: Sequence[RawNode], rounds: int) -> int:
    ready = 0
    for _ in range(rounds):
        ready += len(tick_many(groups))
    return ready
