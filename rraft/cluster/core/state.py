"""The replicated state of a group: the state machine, with the sessions and the members beside it."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

import msgspec

from rraft import CodecError, ConfChange, ConfChangeV2, ConfState, EntryRef, EntryType
from rraft.cluster.core.commands import UnreadableEntryError, decode_batch
from rraft.cluster.core.members import MemberChange, Members, decode_change, founders_digest
from rraft.cluster.core.sessions import Session, SessionTable, Waiting
from rraft.cluster.errors import FailedError, NeedsUpgradeError
from rraft.cluster.state_machine import Context, StateMachine


class RuntimeState(msgspec.Struct):
    """What the runtime keeps beside the state machine: the first chunk of a snapshot."""

    time: int
    sessions: dict[int, Session]
    members: Members
    version: int = 1


encode_runtime: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
decode_runtime: Callable[[bytes], RuntimeState] = msgspec.msgpack.Decoder(RuntimeState).decode


class ReplicatedState:
    """Applies entries. Equal on all hosts at an equal index, whatever they were sent."""

    def __init__(self, group: int, machine: StateMachine) -> None:
        self.machine = machine
        self.applied: int = 0
        """The index of the last applied entry."""
        self.time: int = 0
        """The time of the log, in milliseconds since the epoch."""
        self.sessions: SessionTable = SessionTable()
        self.members: Members = Members()
        self.founders: int = 0
        """The digest of the founding members: see `founders_digest`."""
        self.conf_state: ConfState = ConfState()
        """Raft's configuration at `applied`."""
        self.waiting: Waiting = {}
        """The callers on this host that wait for the outcome of a command."""
        self.commands: int = 0
        """How many commands were applied since the start, with those whose result was known already."""
        self.resolved: int = 0
        """The size of the commands resolved since the host last looked, in bytes."""
        self.opened: dict[bytes, int] = {}
        """The sessions opened since the host last looked, by nonce."""
        self.removed: set[int] = set()
        """The members removed since the host last looked."""
        self._context = Context(group)

    def bootstrap(self, conf_state: ConfState, addresses: dict[int, str]) -> None:
        """Becomes the state that the founding members start from."""
        self.members.set_configuration(conf_state)
        self.members.addresses = dict(addresses)
        self.members.founders = sorted(addresses)
        self.founders = founders_digest(self.members.founders)
        self.conf_state = conf_state

    def apply(self, index: int, data: bytes) -> None:
        """Applies an entry.

        Raises `NeedsUpgradeError` when a newer version wrote it, `FailedError` when it is not the next one, and what
        is not an `Exception` of a command. Part of the entry may be applied then: nothing else may be.
        """
        self._expect_next(index)
        if data:
            try:
                batch = decode_batch(data)
            except UnreadableEntryError as error:
                raise NeedsUpgradeError(f"entry {index}: {error}") from error
            self.time = time = max(self.time, batch.time)
            context = self._context
            context.start_entry(index, time / 1000)
            sessions = self.sessions
            for position, nonce in enumerate(batch.opens):
                self.opened[nonce] = sessions.open(nonce, index, position, time)
            if batch.commands:
                self.commands += len(batch.commands)
                self.resolved += sessions.apply(batch.commands, time, self.machine.apply, context, self.waiting)
            for host, address in batch.addresses.items():
                self.members.set_address(host, address)
            for host, incarnation in batch.incarnations.items():
                self.members.set_incarnation(host, incarnation)
            sessions.expire(time, batch.limits)
        self.applied = index

    def apply_change(self, entry: EntryRef, conf_state: ConfState | None) -> None:
        """Applies a configuration change that Raft has applied, or has rejected if `conf_state` is `None`.

        Raises what `apply` raises.
        """
        self._expect_next(entry.index)
        if conf_state is not None:
            try:
                self.removed |= self.members.apply(conf_state, _content(entry))
            except msgspec.MsgspecError as error:
                raise NeedsUpgradeError(f"entry {entry.index}: {error}") from error
            self.conf_state = conf_state
        self.applied = entry.index

    def _expect_next(self, index: int) -> None:
        """A state that lacks an entry is another one than that of the other hosts."""
        if index != self.applied + 1:
            raise FailedError(f"expected the entry at {self.applied + 1} to be applied next, got the one at {index}")

    def dump(self) -> Iterator[bytes]:
        """The state as the chunks of a snapshot. Consumed in a worker thread, while the state changes."""
        head = encode_runtime(RuntimeState(self.time, dict(self.sessions.sessions), self.members))
        rest = iter(self.machine.snapshot())
        first = list(islice(rest, 1))  # a generator runs up to its first chunk now, and can copy what changes later
        return chain((head,), first, rest)

    def load(self, index: int, conf_state: ConfState, chunks: Iterator[bytes]) -> None:
        """Replaces the state by that of a snapshot at `index`.

        Raises `NeedsUpgradeError` when a newer version made the snapshot, and what the state machine raises.
        """
        try:
            runtime = decode_runtime(next(chunks))
        except (StopIteration, msgspec.MsgspecError) as error:
            raise NeedsUpgradeError(f"snapshot at {index}: {error}") from error
        self.machine.restore(chunks)
        self.time = runtime.time
        self.sessions = SessionTable(runtime.sessions)
        self.members = runtime.members
        self.members.set_configuration(conf_state)
        self.founders = founders_digest(self.members.founders)
        self.conf_state = conf_state
        self.applied = index


def _content(entry: EntryRef) -> MemberChange:
    """What the context of a configuration change says."""
    try:
        if entry.entry_type == EntryType.EntryConfChange:
            return decode_change(ConfChange.decode(entry.data).context)
        return decode_change(ConfChangeV2.decode(entry.data).context)
    except CodecError as error:  # Raft has applied it, so this doesn't happen
        raise NeedsUpgradeError(f"entry {entry.index}: {error}") from error
