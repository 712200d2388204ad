"""`recover`: makes a survivor the only member of a group that has lost its quorum for ever. Offline."""

from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path

from rraft import ConfState, Entry, EntryType, GetEntriesContext, HardState, SnapshotReader, Wal, WalStorage
from rraft.cluster.core.chunks import join_chunks, split_chunks
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
        return (
            f"group {self.group}: host {self.host} is the only member. Its log ends at entry {self.last_index}: "
            f"what the hosts {list(self.removed)} have acknowledged after that is lost. "
            f"Entries {self.committed + 1} to {self.last_index} were not known to be committed, and take effect. "
            "Destroy the directories of these hosts, and add new ones with new ids"
        )


def recover(path: str | PathLike[str], group: int = 1) -> Recovery:
    """Makes the host of the directory `path` the only member of `group`, when its quorum is lost for ever.

    Call it on the survivor whose log is the longest, while no host of the group runs. **Acknowledged commands may be
    lost**, and if a former member comes back, there are two groups with different histories: destroy their directories.
    Start the host as before, then add others.

    Raises `StartError` when the directory has no such group, or no host id; `WalLockedError` while a process uses it;
    `WalCorruptedError` when it is damaged.
    """
    if not (Path(path) / "CURRENT").exists():
        raise StartError(f"{path} is not the directory of a host")
    with Wal(path) as wal:
        host = wal.host
        if host is None or group not in wal.groups() or group < 1:
            raise StartError(f"the directory has no group {group}, but {[known for known in wal.groups() if known]}")
        storage = wal.storage(group)
        reader = storage.read_snapshot()
        if reader is None:
            raise StartError(f"group {group} has no state on this host: it had not joined")
        return _rewrite(storage, reader, host)


def _rewrite(storage: WalStorage, reader: SnapshotReader, host: int) -> Recovery:
    committed, last = storage.hard_state().commit, storage.last_index()
    index = reader.snapshot.metadata.index
    chunks = split_chunks(reader)
    runtime = decode_runtime(next(chunks))
    members = runtime.members
    now = storage.initial_state().conf_state
    others = {*members.addresses, *members.voters, *members.learners, *now.voters, *now.learners} - {host}
    others |= {*now.voters_outgoing, *now.learners_next} - {host}
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
