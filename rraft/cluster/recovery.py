"""`recover`: makes a survivor the only member of a group that has permanently lost its quorum. Offline."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path

from rraft import (
    ConfState,
    ConfStateRef,
    Entry,
    EntryType,
    GetEntriesContext,
    HardState,
    SnapshotReader,
    Wal,
    WalStorage,
)
from rraft.cluster.core.chunks import join_chunks, split_chunks
from rraft.cluster.core.members import Members
from rraft.cluster.core.state import decode_runtime, encode_runtime
from rraft.cluster.errors import StartError


@dataclass(frozen=True)
class Recovery:
    """What `recover` has done, and what may be lost."""

    group: int
    host: int
    removed: tuple[int, ...]
    """The former members. Their directories must never be used again."""
    committed: int
    """The last entry that this host knew to be committed."""
    last_index: int
    """The last entry of its log. Those after `committed` are committed now: commands that nobody has acknowledged take
    effect. Entries after this one that the former members have acknowledged are lost."""

    def __str__(self) -> str:
        uncommitted = ""
        if self.last_index > self.committed:
            entries = f"{self.committed + 1} to {self.last_index}"
            uncommitted = f"Entries {entries} were not known to be committed, and take effect. "
        return (
            f"group {self.group}: host {self.host} is the only member. Its log ends at entry {self.last_index}: "
            f"what the hosts {list(self.removed)} have acknowledged after that is lost. {uncommitted}"
            "Destroy the directories of these hosts, and add new ones with new ids"
        )


@dataclass(frozen=True)
class Survivor:
    """What the directory of a host has of a group."""

    path: Path
    group: int
    host: int
    voters: frozenset[int]
    """As far as this host knows, as all that follows."""
    voters_outgoing: frozenset[int]
    """The voters of the configuration that is being left, while a joint one is in effect."""
    others: frozenset[int]
    """The other members."""
    committed: int
    last_term: int
    last_index: int

    @property
    def length(self) -> tuple[int, int]:
        """What Raft compares in elections: of two logs, the one with the greater length has all that is committed."""
        return self.last_term, self.last_index

    @property
    def majorities(self) -> tuple[frozenset[int], ...]:
        """The sets of voters that decide, each by a majority of its own: two in a joint configuration."""
        return (self.voters, self.voters_outgoing) if self.voters_outgoing else (self.voters,)

    @property
    def is_only_voter(self) -> bool:
        """Whether the group needs no other host, as after a recovery."""
        return all(voters == {self.host} for voters in self.majorities)

    def has_quorum(self, alive: Collection[int]) -> bool:
        """Whether these hosts can elect a leader."""
        return all(2 * len(voters.intersection(alive)) > len(voters) for voters in self.majorities)


@dataclass(frozen=True)
class GroupPlan:
    """How a group is recovered."""

    group: int
    survivors: tuple[Survivor, ...]
    chosen: Survivor
    """The one with the longest log."""
    removed: tuple[int, ...]
    """The members that are removed, with the survivors that were not chosen."""


@dataclass(frozen=True)
class Plan:
    """What a recovery would do."""

    groups: tuple[GroupPlan, ...]
    skipped: tuple[Survivor, ...] = ()
    """The only voters of the other groups, which need no recovery: an earlier one may have been interrupted."""


def plan_recovery(paths: Sequence[str | PathLike[str]], members: Sequence[int], group: int | None = None) -> Plan:
    """Chooses for each group, or for one, the survivor with the longest log. Changes nothing.

    `paths` are the directories of the survivors, `members` their ids: all other members are lost. The other survivors
    cannot stay members: their logs and snapshots may differ from the chosen one where nothing was committed. They are
    added again with new ids and empty directories. Groups whose chosen survivor is the only voter already are skipped,
    so that a recovery of several groups can be repeated after it was interrupted.

    Raises `StartError` when the ids are not those of the directories, when the survivors are a quorum, which needs no
    recovery, or when groups have their longest logs on different hosts; what `recover` raises.
    """
    found: dict[int, list[Survivor]] = {}
    hosts: dict[int, Path] = {}
    for path in map(Path, paths):
        wal = _read(path)
        host = _host_of(wal, path)
        if host in hosts:
            raise StartError(f"{hosts[host]} and {path} are both of host {host}")
        hosts[host] = path
        numbers = [known for known in wal.groups() if known] if group is None else [group]
        for number in numbers:
            found.setdefault(number, []).append(_inspect(wal, path, number, host))
    if set(hosts) != set(members):
        raise StartError(f"expected the directories of the hosts {sorted(set(members))}, got those of {sorted(hosts)}")
    if not found:
        raise StartError("the directories have no group")
    chosen = {number: _choose(found[number]) for number in sorted(found)}
    plans = tuple(_plan(found[number], one) for number, one in chosen.items() if not one.is_only_voter)
    longest = {one.host for one in chosen.values()}
    if len(longest) > 1:
        raise StartError(f"the longest logs of the groups are on the hosts {sorted(longest)}: recover each by itself")
    return Plan(plans, tuple(one for one in chosen.values() if one.is_only_voter))


def _choose(survivors: list[Survivor]) -> Survivor:
    """The one with the longest log."""
    return max(survivors, key=lambda survivor: (survivor.length, -survivor.host))


def _plan(survivors: list[Survivor], chosen: Survivor) -> GroupPlan:
    alive = {survivor.host for survivor in survivors}
    if chosen.has_quorum(alive):
        quorum = sorted(alive & (chosen.voters | chosen.voters_outgoing))
        voters = " and of ".join(str(sorted(voters)) for voters in chosen.majorities)
        raise StartError(
            f"group {chosen.group}: the hosts {quorum} are a quorum of the voters {voters}: "
            "start them, and remove the others while they run"
        )
    removed = {host for survivor in survivors for host in {survivor.host, *survivor.others}} - {chosen.host}
    return GroupPlan(chosen.group, tuple(survivors), chosen, tuple(sorted(removed)))


def _read(path: Path) -> Wal:
    _check_directory(path)
    return Wal.read(path)


def _check_directory(path: Path) -> None:
    if not (path / "CURRENT").exists():
        raise StartError(f"{path} is not the directory of a host")


def _host_of(wal: Wal, path: Path) -> int:
    if wal.host is None:
        raise StartError(f"{path} belongs to no host")
    return wal.host


def _open_group(wal: Wal, group: int) -> tuple[WalStorage, SnapshotReader]:
    if group not in wal.groups() or group < 1:
        raise StartError(f"the directory has no group {group}, but {[known for known in wal.groups() if known]}")
    storage = wal.storage(group)
    reader = storage.read_snapshot()
    if reader is None:
        raise StartError(f"group {group} has no state on this host: it had not joined")
    return storage, reader


def _inspect(wal: Wal, path: Path, group: int, host: int) -> Survivor:
    storage, reader = _open_group(wal, group)
    known = decode_runtime(next(split_chunks(reader))).members
    now = storage.initial_state().conf_state
    last = storage.last_index()
    return Survivor(
        path=path,
        group=group,
        host=host,
        voters=frozenset(now.voters),
        voters_outgoing=frozenset(now.voters_outgoing),
        others=frozenset(_others(known, now, host)),
        committed=storage.hard_state().commit,
        last_term=storage.term(last),
        last_index=last,
    )


def _others(members: Members, now: ConfStateRef, host: int) -> set[int]:
    """The other members by the snapshot and by the configuration."""
    others = {*members.addresses, *members.voters, *members.learners, *now.voters, *now.learners}
    return (others | {*now.voters_outgoing, *now.learners_next}) - {host}


def recover(path: str | PathLike[str], group: int = 1, *, removed: Collection[int] = ()) -> Recovery:
    """Makes the host of the directory `path` the only member of `group`, when its quorum is permanently lost.

    Call it on the survivor whose log is the longest, while no host of the group runs. **Acknowledged commands may be
    lost**, and if a former member comes back, there are two groups with different histories: destroy their directories.
    Start the host as before, then add others. `removed` are ids of members that the directory does not know.

    Raises `StartError` when the directory has no such group, or no host id; `WalLockedError` while a process uses it;
    `WalCorruptedError` when it is damaged.
    """
    _check_directory(Path(path))
    with Wal(path) as wal:
        host = _host_of(wal, Path(path))
        storage, reader = _open_group(wal, group)
        return _rewrite(storage, reader, host, {*removed} - {host})


def _rewrite(storage: WalStorage, reader: SnapshotReader, host: int, more: set[int]) -> Recovery:
    committed, last = storage.hard_state().commit, storage.last_index()
    index = reader.snapshot.metadata.index
    chunks = split_chunks(reader)
    runtime = decode_runtime(next(chunks))
    members = runtime.members
    now = storage.initial_state().conf_state
    others = _others(members, now, host) | more
    members.removed |= others
    members.addresses = {number: address for number, address in members.addresses.items() if number == host}
    members.incarnations = {number: known for number, known in members.incarnations.items() if number == host}
    members.promote = set()
    only = ConfState(voters=[host])
    members.set_configuration(only)

    # The entries after the snapshot are kept, except changes of the former members, which would come back with them.
    term = storage.hard_state().term + 1  # in this one, the host may have voted, and others may have led
    first = max(storage.first_index(), index + 1)
    entries = storage.entries(first, last + 1, GetEntriesContext.empty(False)) if first <= last else []
    replaced = [
        entry if entry.entry_type == EntryType.EntryNormal else Entry(index=entry.index, term=entry.term)
        for entry in entries
    ]
    storage.create_snapshot(index, join_chunks(chain((encode_runtime(runtime),), chunks)), only)
    if replaced:
        storage.append(replaced)
    storage.set_conf_state(only)
    storage.set_hardstate(HardState(term=term, vote=0, commit=last))
    storage.sync()
    return Recovery(storage.group, host, tuple(sorted(others)), committed, last)
