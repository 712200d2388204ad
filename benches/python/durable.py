"""Groups of one member each, in one process, whose logs are durable. Every member applies what it is given."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from application import Application
from batching import Member
from network import Network
from options import Figures, Options
from rraft import Config, ConfState, EntryRef, Wal, run_many
from sqlite_node import SqliteNode
from storages import new_mem_storage


class SqliteMember(SqliteNode):  # type: ignore[misc] # mypy skips the module
    """The node of the example, with another state machine."""

    def __init__(self, directory: Path, compact_every: int) -> None:
        self.application = Application(self, compact_every)
        super().__init__(directory)

    def process(self, proposals: Sequence[bytes]) -> None:
        for data in proposals:
            self.raw_node.propose(b"", data)
        self._process_ready()

    def compact(self, compact_index: int) -> None:
        self.storage.create_snapshot(b"")  # it has to represent the discarded entries
        self.storage.compact(compact_index)

    def _apply(self, entries: Sequence[EntryRef]) -> None:
        if entries:
            applied = [data for entry in entries if (data := entry.data)]  # a new leader appends an empty entry
            self.storage.set_applied(entries[-1].index)
            self.application.count(len(applied), sum(map(len, applied)), entries[-1].index)


def propose(options: Options) -> Figures:
    """Proposals in rounds: in each, `batch` of them for each of `groups` groups."""
    with TemporaryDirectory(dir=options.directory) as directory, Wal(Path(directory, "wal")) as wal:
        members: Sequence[Member | SqliteMember]
        if options.storage == "SQLite":
            paths = [Path(directory, str(group)) for group in range(options.groups)]
            members = [SqliteMember(path, options.compact_every) for path in paths]
            process = partial(process_each, members)
        else:
            members = loops = [new_member(group, options, wal) for group in range(options.groups)]
            for loop in loops:
                loop.campaign()
            process = partial(process_each, loops) if options.groups == 1 else partial(process_all, loops)

        rounds = options.operations // (options.groups * options.batch)
        proposals = [b"x" * options.payload] * options.batch
        before, cpu, time = wal.stats(), process_time(), perf_counter()
        for _ in range(rounds):
            process(proposals)
        cpu_seconds, seconds, after = process_time() - cpu, perf_counter() - time, wal.stats()

        applied = [member.application.applied for member in members]
        if any(count != rounds * options.batch for count in applied):
            raise AssertionError(f"applied: {applied}")
    rotations = after.rotations - before.rotations
    return {
        "cpu_seconds": cpu_seconds,
        "seconds": seconds,
        "fsyncs": (after.fsyncs - before.fsyncs) / rounds,
        "write_calls": (after.writes - before.writes - rotations) / rounds,
        "bytes_written": (after.written_bytes - before.written_bytes) / (options.operations * options.payload),
        "checks": {"applied": sum(applied)},
    }


def new_member(group: int, options: Options, wal: Wal) -> Member:
    """A member that `ReadyLoop` drives."""
    storage = wal.storage(group, ConfState(voters=[1])) if options.storage == "Wal" else new_mem_storage([1])
    return Member(Config(id=1), storage, Network({1: []}, encodes=False), options.compact_every)


def process_each(members: Sequence[Member | SqliteMember], proposals: Sequence[bytes]) -> None:
    """Processes the members one after another."""
    for member in members:
        member.process(proposals)


def process_all(members: Sequence[Member], proposals: Sequence[bytes]) -> None:
    """Processes the members with one call, and one fsync."""
    results = run_many([(member.loop, None, proposals) for member in members])
    for member, result in zip(members, results, strict=True):
        if isinstance(result, Exception):
            raise result
        member.run = lambda *_, batch=result: batch  # it has run already
        member.process()
