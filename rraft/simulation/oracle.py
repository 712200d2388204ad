"""What must be true at each step of a run, whatever the faults."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from rraft import EntryType, GetEntriesContext, WalStorage
from rraft.cluster.core.commands import Batch, decode_batch
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.outcomes import Result
from rraft.cluster.core.sessions import Session
from rraft.cluster.core.state import RuntimeState
from rraft.simulation.description import Description
from rraft.simulation.history import ClientOperation
from rraft.simulation.observed_machine import Effect, ObservedMachine
from rraft.simulation.replay import POSITIONS, Replay
from rraft.simulation.values import encode_sorted

CONTEXT = GetEntriesContext.empty(can_async=False)

_RUNTIME = "the members, the sessions or the time of the group"

SAMPLE = 16
"""Whole states are compared at indices that are multiples of it."""


@dataclass
class View:
    """What the oracle has seen of a host."""

    first: int = 1
    """The index of the first entry in `log`."""
    log: list[tuple[int, int]] = field(default_factory=list)
    """The term and the checksum of each entry."""
    committed: int = 0
    durable_commit: int = 0
    """The commit index when the log was written last, which that has made durable."""
    applied: int = 0
    hard_state: tuple[int, int] = (0, 0)
    """The term and the vote."""
    seen: tuple[int, ...] = ()
    """What an observation depends on, when the last one was made."""

    @property
    def last(self) -> int:
        """The index of the last entry."""
        return self.first + len(self.log) - 1


def _without_order(session: Session) -> Session:
    """A session whose results are replaced by what does not depend on the order of a set in them."""
    results: dict[int, Result] = {
        number: f"{len(result)} {sum(result)}".encode() if isinstance(result, bytes) else result
        for number, result in session.results.items()
    }
    return msgspec.structs.replace(session, results=results)


class Oracle:
    """Compares all hosts with each other, and with what they have said before."""

    def __init__(self, violate: Callable[[str, str], None], description: Description) -> None:
        """`violate` is called with the name of a property and with what was found."""
        self._violate = violate
        self._description = description
        self.leaders: dict[int, int] = {}
        """The leaders by their terms."""
        self.committed: dict[int, tuple[int, int]] = {}
        """The term and the checksum of each entry that was committed."""
        self.highest: int = 0
        """The highest committed index."""
        self.floor: int = 0
        """The latest place in the log of what was answered: see `Replay`."""
        self.states: int = 0
        """How often whole states were compared."""
        self.operations: list[ClientOperation] = []
        self._views: dict[int, View] = {}
        self._entries: dict[tuple[int, int], tuple[int, int]] = {}
        self._contents: dict[tuple[int, int], Batch] = {}
        self._effects: dict[int, list[Effect]] = {}
        self._replay: Replay = Replay(violate)
        self._rejected: list[ClientOperation] = []
        self._is_incomplete = False
        self._unseen: list[ClientOperation] = []
        self._digests: dict[int, tuple[int, dict[str, int]]] = {}
        """A host and the checksums of its state, by the applied index."""

    # Hosts.

    def started(self, host: int, group: GroupCore, *, within_write: bool) -> None:
        """A host has opened its log. `within_write` says whether a write may have been interrupted before."""
        view, storage = self._views.get(host), group.storage
        if view is not None:
            self._check_durable(host, view, storage, within_write)
        view = self._views[host] = View()
        view.first = storage.first_index()
        view.committed = view.applied = group.state.applied
        self._read_log(host, view, storage)

    def restored(self, host: int, index: int) -> None:
        """A host has replaced its state by a snapshot."""
        self._views[host].applied = index

    def observe(self, host: int, group: GroupCore, machine: ObservedMachine) -> None:
        """A host has finished a round: its log is durable, and what is applied is answered."""
        view, storage = self._views[host], group.storage
        hard_state, last = storage.hard_state(), storage.last_index()
        term, commit = hard_state.term, hard_state.commit
        seen = (term, hard_state.vote, commit, last, storage.term(last), group.state.applied, group.is_leader)
        if seen == view.seen:
            return
        self._read_log(host, view, storage)
        if term != view.hard_state[0]:
            if term < view.hard_state[0]:
                self._violate("durable votes", f"host {host} went back from term {view.hard_state[0]} to {term}")
            view.hard_state = term, hard_state.vote
        elif not view.hard_state[1]:
            view.hard_state = term, hard_state.vote
        if commit > view.committed:
            self._commit(host, view, commit)
        if group.is_leader and group.active and group.term not in self.leaders:
            self._elected(host, group.term, view)
        elif group.is_leader and group.active and self.leaders[group.term] != host:
            text = f"hosts {self.leaders[group.term]} and {host} lead in term {group.term}"
            self._violate("one leader in a term", text)
        if group.state.applied != view.applied:
            self._compare_effects(host, view, group, machine)
        view.seen = seen if group.state.applied == view.applied else ()

    # The log.

    def _read_log(self, host: int, view: View, storage: WalStorage) -> None:
        last, log = storage.last_index(), view.log
        if log and last == view.first + len(log) - 1 and storage.term(last) == log[-1][0]:
            return
        first = storage.first_index()
        if first > view.last + 1 or first > view.committed + 1:  # a snapshot has replaced the log, or its beginning
            view.first, view.log = first, log[max(0, first - view.first) :]
            log = view.log
        keep = min(last, view.last)
        while keep >= max(first, view.first) and storage.term(keep) != log[keep - view.first][0]:
            keep -= 1
        if keep < view.committed and keep < view.last:
            self._violate("committed entries stay", f"host {host} cuts its log at {keep}, below {view.committed}")
        del log[max(0, keep - view.first + 1) :]
        if keep >= last:
            return
        view.durable_commit = view.committed
        before = log[-1][0] if log else 0
        for entry in storage.entries(max(keep + 1, first), last + 1, CONTEXT):
            index, term, data = entry.index, entry.term, entry.data
            checksum = zlib.crc32(data)
            log.append((term, checksum))
            known = self._entries.setdefault((index, term), (checksum, before))
            if known[0] != checksum or (before and known[1] and known[1] != before):
                text = f"host {host} has another entry {index} of term {term}, or another one before it"
                self._violate("log matching", text)
            if data and (index, term) not in self._contents and entry.entry_type == EntryType.EntryNormal:
                self._contents[index, term] = decode_batch(data)
            before = term

    def _commit(self, host: int, view: View, commit: int) -> None:
        committed = self.committed
        start = max(view.committed + 1, view.first)
        for index in range(start, min(commit, view.last) + 1):
            entry = view.log[index - view.first]
            known = committed.get(index)
            if known is None:
                committed[index] = entry
                self.highest = max(self.highest, index)
            elif known != entry:
                text = f"host {host} commits entry {index} of term {entry[0]}, another one than that of term {known[0]}"
                self._violate("committed entries stay", text)
        view.committed = max(view.committed, commit)

    def _elected(self, host: int, term: int, view: View) -> None:
        self.leaders[term] = host
        for index in range(view.first, self.highest + 1):
            known = self.committed.get(index)
            if known is None or known[0] >= term:
                continue
            if index > view.last or view.log[index - view.first] != known:
                text = f"host {host} leads in term {term}, without the committed entry {index} of term {known[0]}"
                self._violate("leader completeness", text)

    def _check_durable(self, host: int, view: View, storage: WalStorage, within_write: bool) -> None:
        hard_state = storage.hard_state()
        term, vote = view.hard_state
        if hard_state.term < term or (hard_state.term == term and vote not in (0, hard_state.vote)):
            text = f"host {host} had vote {vote} in term {term}, and has {hard_state.vote} in {hard_state.term}"
            self._violate("durable votes", text)
        if hard_state.commit < view.durable_commit:
            text = f"host {host} had the commit index {view.durable_commit}, and has {hard_state.commit}"
            self._violate("durable commit index", text)
        first, last = storage.first_index(), storage.last_index()
        for index in range(max(view.first, first), view.last + 1):
            found = storage.term(index) if index <= last else 0
            if found == view.log[index - view.first][0]:
                continue
            if within_write and index > view.committed and found > 0:
                return  # the write that was interrupted has replaced the entries from here on
            self._violate("durable log", f"host {host} has lost its entry {index}, or has another one")
            return

    # The state.

    def _compare_effects(self, host: int, view: View, group: GroupCore, machine: ObservedMachine) -> None:
        applied = group.state.applied
        if not group.applier.is_readable:
            return
        effects, machine.effects = machine.effects, {}
        for index in range(view.applied + 1, applied + 1):
            found = effects.get(index, [])
            known = self._effects.get(index)
            if known is None:
                self._effects[index] = found
                self._replay.apply(index, self._contents.get((index, self.committed[index][0])), found)
            elif known != found:
                self._compare(host, index, known, found)
        view.applied = applied
        if applied % SAMPLE == 0:
            self.compare_state(host, group, machine)

    def _compare(self, host: int, index: int, known: list[Effect], found: list[Effect]) -> None:
        text, equal = f"host {host} applies entry {index} with another result", self._description.equal
        if [payload for payload, _ in known] != [payload for payload, _ in found]:
            self._violate("equal states", f"{text}: other commands of it are applied")
        for (payload, result), (_, other) in zip(found, known, strict=False):
            if not equal(payload, result, other):
                results = [self._description.result(payload, value) for value in (result, other)]
                call = self._description.call(payload)
                self._violate("equal states", f"{text}: {call} -> {results[0]}, and {results[1]} on another host")

    def compare_state(self, host: int, group: GroupCore, machine: ObservedMachine) -> None:
        """Compares the whole state of a host with those of the others at the same index."""
        state = group.state
        if not group.applier.is_readable or group.stopped is not None:
            return
        self.states += 1
        sessions = {number: _without_order(session) for number, session in state.sessions.sessions.items()}
        runtime = RuntimeState(state.time, sessions, state.members)
        try:
            digests = machine.digests()
        except TypeError as error:
            self._violate("hosts do not fail", f"host {host} cannot make a snapshot: {error}")
            return
        digests[_RUNTIME] = zlib.crc32(encode_sorted(runtime))
        other, known = self._digests.setdefault(state.applied, (host, digests))
        if known != digests:
            part = next(part for part in [*digests, *known] if digests.get(part) != known.get(part))
            detail = part if part == _RUNTIME else f"on host {host}, {machine.describe(part)}"
            self._violate("equal states", f"hosts {other} and {host} differ at index {state.applied}: {detail}")

    # Clients.

    def invoked(self, operation: ClientOperation) -> None:
        """A client calls a command or query."""
        self.operations.append(operation)

    def missed(self) -> None:
        """A host has finished a round after its log has failed: what it has applied and answered is only seen later."""
        self._is_incomplete = True

    def failed(self, operation: ClientOperation) -> None:
        """It has raised an exception."""
        if operation.is_command and not operation.is_unknown and operation.number:
            self._rejected.append(operation)

    def returned(self, operation: ClientOperation) -> None:
        """It has returned."""
        result = operation.result
        assert result is not None
        if operation.is_command:
            found = self._replay.executed.get((operation.session, operation.number))
            if found is None and self._is_incomplete:
                self._unseen.append(operation)
                return
            if found is None:
                self._violate("acknowledged commands are applied", f"no host has applied {self._name(operation)}")
                return
            place, effect = found
            if effect[0] != operation.payload or not self._description.equal(effect[0], effect[1], result):
                values = [self._description.result(effect[0], value) for value in (result, effect[1])]
                text = f"{self._name(operation)} has returned {values[0]}, and {values[1]} when it was applied"
                self._violate("acknowledged commands are applied", text)
        else:
            place = operation.applied * POSITIONS + POSITIONS - 1
        if place < operation.floor:
            text = f"{self._name(operation)} does not see what was answered before"
            text = f"{text}: its place is {place / POSITIONS:.6f}"
            self._violate("linearizable", f"{text}, that of an earlier answer {operation.floor / POSITIONS:.6f}")
        self.floor = max(self.floor, place)

    def finish(self) -> None:
        """The run is over: all hosts have applied what any one had applied."""
        self._is_incomplete = False
        for operation in self._unseen:
            self.returned(operation)
        for operation in self._rejected:
            if (operation.session, operation.number) in self._replay.executed:
                self._violate("rejected commands are not applied", f"{self._name(operation)} was applied")

    def _name(self, operation: ClientOperation) -> str:
        call = self._description.call(operation.payload)
        kind = "command" if operation.is_command else "query"
        return f"{kind} {operation.number} of client {operation.client} at {operation.invoked:.3f}: {call}"
