"""A simulated network of peers. Mirrors raft-rs `harness/src/network.rs`."""

import random
from collections.abc import Iterable, Sequence

from rraft import (
    NO_LIMIT,
    Config,
    ConfState,
    LoggerRef,
    MemStorage,
    MemStorageRef,
    Message,
    MessageRef,
    MessageType,
    Raft,
    RaftError,
    RaftPanicError,
    StorageRef,
)

from .interface import Interface
from .storage import NewStorage, initialize


class Network:
    """A cluster of peers with ids from 1, and rules for losing messages between them.

    A `None` among `peers` becomes a new raft, configured by `config` with all peers as voters.
    """

    def __init__(
        self,
        peers: Sequence[Interface | None],
        logger: LoggerRef,
        *,
        config: Config | None = None,
        new_storage: NewStorage = MemStorage,
    ) -> None:
        self.peers: dict[int, Interface] = {}
        self.storage: dict[int, MemStorageRef | StorageRef] = {}
        self._drop_rates: dict[tuple[int, int], float] = {}
        self._ignored: set[MessageType] = set()

        base_config = self.default_config() if config is None else config
        ids = range(1, len(peers) + 1)
        for peer_id, given in zip(ids, peers, strict=True):
            if given is None:
                storage = new_storage()
                initialize(storage, ConfState(voters=list(ids)))
                peer_config = base_config.clone()
                peer_config.id = peer_id
                peer = Interface(Raft(peer_config, storage, logger))
            else:
                peer = given
            if not peer.is_silent:
                if peer.raft.id != peer_id:
                    raise ValueError(f"peer {peer.raft.id} in peers has a wrong position")
                self.storage[peer_id] = peer.raft.store()
            self.peers[peer_id] = peer

    @staticmethod
    def default_config() -> Config:
        """The configuration of the peers that a network creates itself."""
        return Config(election_tick=10, heartbeat_tick=1, max_size_per_msg=NO_LIMIT, max_inflight_msgs=256)

    def ignore(self, msg_type: MessageType) -> None:
        """Loses all messages of a type."""
        self._ignored.add(msg_type)

    def drop(self, from_: int, to: int, rate: float) -> None:
        """Loses messages in one direction at `rate`, from 0.0 for none to 1.0 for all."""
        self._drop_rates[from_, to] = rate

    def cut(self, one: int, other: int) -> None:
        """Loses all messages between two peers."""
        self.drop(one, other, 1.0)
        self.drop(other, one, 1.0)

    def isolate(self, peer_id: int) -> None:
        """Loses all messages from and to one peer."""
        for other in self.peers:
            if other != peer_id:
                self.cut(peer_id, other)

    def recover(self) -> None:
        """Removes all rules of `drop`, `cut`, `isolate` and `ignore`."""
        self._drop_rates.clear()
        self._ignored.clear()

    def filter(self, messages: Iterable[Message]) -> list[Message]:
        """The messages that are not lost."""
        return [message for message in messages if self._passes(message)]

    def _passes(self, message: MessageRef) -> bool:
        if message.msg_type in self._ignored:
            return False
        if message.msg_type == MessageType.MsgHup:
            raise AssertionError("MsgHup is never sent over the network")
        return random.random() >= self._drop_rates.get((message.from_, message.to), 0.0)

    def read_messages(self) -> list[Message]:
        """Takes the messages of all peers, unfiltered."""
        return [message for peer in self.peers.values() for message in peer.read_messages()]

    def send(self, messages: Iterable[Message]) -> None:
        """Delivers `messages`, unfiltered, then the filtered responses until there are none."""
        pending = list(messages)
        while pending:
            answers: list[Message] = []
            for message in pending:
                peer = self.peers[message.to]
                self._step_ignoring_errors(peer, message)
                # Unstable entries must be persisted before the messages are sent.
                peer.persist()
                answers += self.filter(peer.read_messages())
            pending = answers

    @staticmethod
    def _step_ignoring_errors(peer: Interface, message: MessageRef) -> None:
        try:
            peer.step(message)
        except RaftPanicError:
            raise
        except RaftError:
            # A peer may reject a message, such as a proposal without a leader.
            pass

    def filter_and_send(self, messages: Iterable[Message]) -> None:
        """Calls `send` with the messages that `filter` leaves."""
        self.send(self.filter(messages))

    def dispatch(self, messages: Iterable[Message]) -> None:
        """Delivers `messages`, filtered. Leaves the responses with the peers, and propagates errors."""
        for message in self.filter(messages):
            self.peers[message.to].step(message)
