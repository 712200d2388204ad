"""The Ready loop of `docs/ready_loop.py`, without reads, soft state and configuration changes, which no workload has.

It skips empty lists, to save calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from application import Application
from network import Network
from rraft import Config, Entry, Logger, Message, RawNode
from storages import Storage


class Member:
    """A node with its storage and its application."""

    def __init__(self, config: Config, storage: Storage, network: Network[Any], compact_every: int) -> None:
        self._node = RawNode(config, storage, Logger.discard())
        self._log = storage.wl()
        self._network = network
        self.inbox = network.inboxes[config.id]
        self.application = Application(self._log, compact_every)

    def campaign(self) -> None:
        self._node.campaign()
        self.process()

    def process(self, proposals: Sequence[bytes] | None = None) -> None:
        node = self._node
        for data in proposals or ():
            node.propose(b"", data)
        if self.inbox:
            self._receive()
        while node.has_ready():
            self._process_ready()

    def _receive(self) -> None:
        step = self._node.step
        if self._network.encodes:
            decode = Message.decode
            for data in self.inbox:
                step(decode(data))
        else:
            for message in self.inbox:
                step(message)
        self.inbox.clear()

    def _process_ready(self) -> None:
        node = self._node
        log = self._log
        ready = node.ready()
        if messages := ready.take_messages():
            self._send(messages)

        if snapshot := ready.snapshot():
            log.apply_snapshot(snapshot)
        if entries := ready.take_entries():
            log.append(entries)
        if hard_state := ready.hs():
            log.set_hardstate(hard_state)
        if messages := ready.take_persisted_messages():
            self._send(messages)
        if committed := ready.take_committed_entries():
            self._apply(committed)

        light_ready = node.advance(ready)
        if (commit := light_ready.commit_index()) is not None:
            log.hard_state().commit = commit
        if messages := light_ready.take_messages():
            self._send(messages)
        if committed := light_ready.take_committed_entries():
            self._apply(committed)
        node.advance_apply()

    def _send(self, messages: list[Message]) -> None:
        inboxes = self._network.inboxes
        if self._network.encodes:
            for message in messages:
                inboxes[message.to].append(message.encode())
        else:
            for message in messages:
                inboxes[message.to].append(message)

    def _apply(self, entries: list[Entry]) -> None:
        applied = applied_bytes = 0
        for entry in entries:
            if data := entry.data:  # a new leader appends an empty entry
                applied += 1
                applied_bytes += len(data)
        self.application.count(applied, applied_bytes, entries[-1].index)


def tick(groups: Sequence[RawNode], rounds: int) -> int:
    ready = 0
    for _ in range(rounds):
        for group in groups:
            group.tick()
            if group.has_ready():
                ready += 1
    return ready
