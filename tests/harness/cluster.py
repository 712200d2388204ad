"""A cluster of `RawNode`s in one process. Messages are encoded, and nodes can be restarted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rraft import Config, ConfState, Logger, LoggerRef, MemStorage, Message, RawNode, ReadyLoop, StateRole


class Member:
    """A node, its storage, and the work that it has left to the application."""

    def __init__(self, config: Config, storage: MemStorage, logger: LoggerRef) -> None:
        self.storage = storage
        self.node = RawNode(config, storage, logger)
        self.reads: list[tuple[bytes, int]] = []

    def work(self) -> list[Message]:
        """Handles the `Ready`s. Returns the messages to send."""
        messages: list[Message] = []
        while self.node.has_ready():
            ready = self.node.ready()
            messages += ready.take_messages()
            if snapshot := ready.snapshot():
                self.storage.wl().apply_snapshot(snapshot)
            self.storage.wl().append(ready.entries())
            if hard_state := ready.hs():
                self.storage.wl().set_hardstate(hard_state)
            messages += ready.take_persisted_messages()
            self.reads += [(state.request_ctx, state.index) for state in ready.take_read_states()]
            light_ready = self.node.advance(ready)
            if (commit := light_ready.commit_index()) is not None:
                self.storage.wl().mut_hard_state().commit = commit
            messages += light_ready.take_messages()
            self.node.advance_apply()
        return messages


class LoopedMember(Member):
    """The same, driven by a `ReadyLoop`."""

    def work(self) -> list[Message]:
        messages: list[Message] = []
        while batch := ReadyLoop(self.node).run():
            messages += batch.take_messages()
            self.reads += [(state.request_ctx, state.index) for state in batch.take_read_states()]
        return messages


class Cluster:
    """Members by their ids. `settle` delivers the messages."""

    def __init__(
        self,
        ids: Sequence[int] = (1, 2, 3),
        *,
        member: type[Member] = Member,
        log: LoggerRef | None = None,
        **options: object,
    ) -> None:
        self._member, self._options, self._log = member, options, log or Logger.discard()
        self.ids = ids
        self.members: dict[int, Member] = {}
        for node_id in ids:
            self.start(node_id, MemStorage.new_with_conf_state(ConfState(ids)))

    def start(self, node_id: int, storage: MemStorage) -> None:
        """Creates a node from its storage."""
        config = Config(id=node_id, **self._options)  # type: ignore[arg-type]
        self.members[node_id] = self._member(config, storage, self._log)

    def restart(self, node_id: int) -> None:
        """Creates a node again from its storage."""
        self.start(node_id, self.members[node_id].storage)

    def __getitem__(self, node_id: int) -> RawNode:
        return self.members[node_id].node

    def settle(self, deliver: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """Runs all members and delivers their messages until none are left. Returns those that were not delivered."""
        undelivered: list[Message] = []
        while messages := [message for member in self.members.values() for message in member.work()]:
            for message in messages:
                if deliver(message):
                    self[message.to].step(Message.decode(message.encode()))
                else:
                    undelivered.append(message)
        return undelivered

    def elect(self, node_id: int) -> RawNode:
        """Makes a node the leader."""
        self[node_id].campaign()
        self.settle()
        assert self[node_id].raft.state == StateRole.Leader
        return self[node_id]

    def leader(self, ticks: int, deliver: Callable[[Message], bool] = lambda _: True) -> int:
        """Ticks all nodes, up to this many times, until one leads. Returns its id, or 0."""
        for _ in range(ticks):
            for member in self.members.values():
                member.node.tick()
            self.settle(deliver)
            for node_id, member in self.members.items():
                followers = [other.node.raft.leader_id == node_id for other in self.members.values()]
                if member.node.raft.state == StateRole.Leader and all(followers):
                    return node_id
        return 0
