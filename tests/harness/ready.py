"""The content of a `Ready` as a value, to compare in one assertion."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rraft import EntryRef, HardStateRef, ReadStateRef, ReadyRef, Snapshot, SnapshotRef, SoftStateRef


@dataclass(frozen=True)
class ReadyContent:
    """The content of a `Ready`, with messages by presence only. The default is an empty `Ready`."""

    ss: SoftStateRef | None = None
    hs: HardStateRef | None = None
    entries: Sequence[EntryRef] = field(default_factory=list)
    committed_entries: Sequence[EntryRef] = field(default_factory=list)
    read_states: Sequence[ReadStateRef] = field(default_factory=list)
    snapshot: SnapshotRef = field(default_factory=Snapshot)
    has_messages: bool = False
    has_persisted_messages: bool = False
    must_sync: bool = False

    @classmethod
    def of(cls, ready: ReadyRef) -> "ReadyContent":
        """The content of `ready`."""
        return cls(
            ss=ready.ss(),
            hs=ready.hs(),
            entries=ready.entries(),
            committed_entries=ready.committed_entries(),
            read_states=ready.read_states(),
            snapshot=ready.snapshot(),
            has_messages=bool(ready.messages()),
            has_persisted_messages=bool(ready.persisted_messages()),
            must_sync=ready.must_sync(),
        )
