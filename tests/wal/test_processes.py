"""A log at the end of its process, in a child of fork, and with several threads."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rraft import ConfState, Wal, WalClosedError, WalStorage
from tests.harness.processes import assert_ends_well
from tests.harness.util import new_entry
from tests.harness.wal import content

OPEN = """
path = os.environ["WAL"]; folder = os.path.dirname(path)
wal = Wal(path)
storage = wal.storage(1, ConfState([1]))
def entry(size=100_000): return Entry(index=storage.last_index() + 1, term=1, data=bytes(size))
def durable():
    with Wal(path) as again: return again.storage(1).last_index()
"""

# --- The end of the interpreter

AT_WORK = {
    "sync": """
def work(): storage.append([entry()]); at_work.set(); wal.sync()
""",
    "sync of a storage": """
def work(): storage.append([entry()]); at_work.set(); storage.sync()
""",
    "close": """
def work(): storage.append([entry()]); at_work.set(); wal.close(); time.sleep(60)
""",
    "run": """
node = new_node(storage=storage); node.campaign(); loop = ReadyLoop(node); loop.run()
def work(): at_work.set(); loop.run(data=[b"x" * 100_000])
""",
    "run_many": """
storages = [wal.storage(group, ConfState([1])) for group in range(10, 20)]
loops = [ReadyLoop(new_node(storage=storage)) for storage in storages]
for loop in loops: loop.node.campaign()
run_many(loops)
def work(): at_work.set(); run_many([(loop, None, [b"x" * 10_000]) for loop in loops])
""",
    "run_many with a callback": """
node = new_node(storage=storage); node.campaign(); loop = ReadyLoop(node); loop.run()
def pause(): at_work.set(); time.sleep(0.001)
def work(): run_many([(loop, None, [b"x" * 10_000])], before_wait=pause)
""",
    "snapshot of an iterable": """
storage.append([entry()])
def chunks():
    at_work.set()
    for _ in range(20): time.sleep(0.0001); yield bytes(10_000)
def work(): storage.create_snapshot(1, chunks())
""",
    "snapshot that is read": """
storage.append([entry()]); storage.create_snapshot(1, bytes(1_000_000))
def work(): at_work.set(); assert sum(map(len, storage.read_snapshot(10_000))) == 1_000_000
""",
}


@pytest.mark.parametrize("work", AT_WORK.values(), ids=AT_WORK)
def test_end_while_a_daemon_thread_works(directory: Path, work: str) -> None:
    program = f"""{OPEN}
at_work = threading.Event()
{work}
def forever():
    while True: work()
threading.Thread(target=forever, daemon=True).start()
at_work.wait()
"""
    assert_ends_well(program, WAL=str(directory))


@pytest.mark.parametrize("name", ["sync", "sync of a storage", "run", "run_many", "snapshot of an iterable"])
def test_end_waits_for_a_thread(directory: Path, name: str) -> None:
    assert_ends_well(
        f"""{OPEN}
at_work = threading.Event()
{AT_WORK[name]}
def some():
    for _ in range(50): work()
    print("done", flush=True)
threading.Thread(target=some).start()
at_work.wait()
""",
        output="done\n",
        WAL=str(directory),
    )


@pytest.mark.parametrize(
    "end",
    [
        "del wal, storage",
        "del wal, storage, entry, durable; gc.collect()",
        "sys.exit()",
        "raise SystemExit",
        "cycle = [wal, storage]; cycle.append(cycle)",
    ],
)
def test_log_that_is_not_closed_is_written_at_the_end(directory: Path, end: str) -> None:
    """What was not synced is written when the last object is dropped, if that happens: it is not promised."""
    program = f"""{OPEN}
storage.append([entry()]); wal.sync(); storage.append([entry()])
{end}
"""
    assert_ends_well(program, WAL=str(directory))

    with Wal(directory) as wal:
        assert wal.storage(1).last_index() in (1, 2)
        assert wal.torn is None


# --- Threads


def test_close_while_threads_wait(tmp_path: Path) -> None:
    """A thread whose writes were submitted before the close finds them durable; a later write is rejected."""
    wal = Wal(tmp_path / "wal")
    storages = [wal.storage(group, ConfState([1])) for group in range(4)]
    durable = [0] * 4
    closed: set[int] = set()
    start = threading.Barrier(5)

    def work(number: int, storage: WalStorage) -> None:
        start.wait()
        try:
            for index in range(1, 100_000):
                storage.append([new_entry(1, index, b"x" * 1000)])
                storage.sync()
                durable[number] = index
        except WalClosedError:
            closed.add(number)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(storages)]
    for thread in threads:
        thread.start()
    start.wait()
    while min(durable) < 5:
        pass
    wal.close()
    for thread in threads:
        thread.join()

    assert closed == {0, 1, 2, 3}
    with Wal(tmp_path / "wal") as again:
        for number, count in enumerate(durable):
            assert count <= again.storage(number).last_index() <= count + 1
            assert again.storage(number).last_index() == storages[number].last_index()


def test_threads_share_fsyncs(tmp_path: Path) -> None:
    threads, rounds = 8, 40
    start = threading.Barrier(threads)
    with Wal(tmp_path / "wal") as wal:
        storages = [wal.storage(group, ConfState([1])) for group in range(threads)]
        wal.sync()
        before = wal.stats()

        def work(storage: WalStorage) -> None:
            for index in range(1, rounds + 1):
                start.wait()
                storage.append([new_entry(1, index, b"x" * 10_000)])
                storage.sync()

        running = [threading.Thread(target=work, args=(storage,)) for storage in storages]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

        after = wal.stats()
        assert [storage.last_index() for storage in storages] == [rounds] * threads
        assert rounds <= after.fsyncs - before.fsyncs < rounds * threads
        before_close = [content(storage) for storage in storages[:1]]
    with Wal(tmp_path / "wal") as again:
        assert [content(again.storage(0))] == before_close


def test_threads_write_and_read_one_group(tmp_path: Path) -> None:
    reads = [0] * 3
    stop = threading.Event()
    with Wal(tmp_path / "wal", segment_size=4096) as wal:
        storage = wal.storage(1, ConfState([1]))

        def read(number: int) -> None:
            while not stop.is_set():
                assert storage.first_index() <= storage.last_index() + 1
                assert wal.groups() == [1]
                reader = storage.read_snapshot(1000)
                if reader is not None:
                    assert set(b"".join(reader)) <= {reader.snapshot.metadata.index % 256}
                reads[number] += 1
            reads[number] = -1  # it has not failed

        threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for index in range(1, 300):
            storage.append([new_entry(1, index, b"x" * 100)])
            storage.create_snapshot(index, bytes([index % 256]) * 5000)
            storage.compact(index)
            storage.sync()
        stop.set()
        for thread in threads:
            thread.join()

    assert reads == [-1] * 3


# --- Forks

FORK = f"""{OPEN}
import signal
def fork(work):
    child = os.fork()
    if child: return child
    signal.alarm(60)
    try: work(); gc.collect()
    except BaseException as error: os.write(2, repr(error).encode()); os._exit(1)
    os._exit(0)
def wait(*children): assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
storage.append([entry()]); storage.create_snapshot(1, b"data"); wal.sync()
"""


def test_writes_of_a_forked_child_are_rejected(directory: Path) -> None:
    assert_ends_well(
        f"""{FORK}
node = new_node(storage=storage); node.campaign(); loop = ReadyLoop(node); loop.run()
writer = storage.snapshot_writer(); writer.write(b"half")
def use():
    for call in (
        lambda: storage.append([entry()]), lambda: storage.set_hardstate(HardState(term=9)), lambda: storage.compact(1),
        lambda: setattr(storage.hard_state(), "commit", 1), lambda: storage.commit_to(1),
        lambda: storage.create_snapshot(1, b"child"), lambda: storage.create_snapshot(1),
        lambda: storage.apply_snapshot(Snapshot(metadata=SnapshotMetadata(index=9, term=9)), b"child"),
        lambda: storage.stage_snapshot(Snapshot(), b"child"), lambda: storage.snapshot_writer(),
        lambda: writer.write(b"child"), lambda: storage.create_snapshot(1, writer),
        lambda: storage.read_snapshot(), lambda: wal.storage(2, ConfState([1])), lambda: wal.remove(1), wal.sync,
        storage.sync, wal.mark, wal.close, lambda: loop.run(data=[b"child"]),
    ):
        try: call()
        except (WalFailedError, ValueError) as error:
            assert "this process is a fork" in str(error) or "has been used" in str(error), error
        else: raise AssertionError(call.__code__.co_firstlineno)
    assert (storage.last_index(), wal.groups()) == (2, [1])
before = {{name: open(os.path.join(path, name), "rb").read() for name in os.listdir(path)}}
wait(*[fork(use) for _ in range(3)])
assert {{name: open(os.path.join(path, name), "rb").read() for name in os.listdir(path)}} == before
writer.write(b" and half")
storage.create_snapshot(2, writer)
assert b"".join(storage.read_snapshot()) == b"half and half"
assert loop.run(data=[b"parent"]).take_committed_data()[-1][2] == b"parent"
wal.close()
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
def test_child_that_ends_leaves_the_files_alone(directory: Path, end: str) -> None:
    assert_ends_well(
        f"""{FORK}
writer = storage.snapshot_writer(); writer.write(b"half")
storage.stage_snapshot(Snapshot(metadata=SnapshotMetadata(index=9, term=9)), b"staged")
before = sorted(os.listdir(path))
child = os.fork()
if child == 0:
    del writer, storage, wal; gc.collect()
    {end}
wait(child)
assert sorted(os.listdir(path)) == before
storage.create_snapshot(1, writer)
storage.append([entry()])
wal.close()
with Wal(path) as again: assert (again.storage(1).last_index(), again.storage(1).read_snapshot().length) == (2, 4)
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


def test_child_that_reads_a_snapshot_leaves_its_parent_the_rest(directory: Path) -> None:
    assert_ends_well(
        f"""{FORK}
data = bytes(range(256)) * 4_096
storage.create_snapshot(1, data)
reader = storage.read_snapshot(chunk_size=300_000)
first = next(reader)
def read(): assert first + b"".join(reader) == data
wait(*[fork(read) for _ in range(2)])
read()
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


def test_log_is_opened_again_while_a_child_lives(directory: Path) -> None:
    assert_ends_well(
        f"""{FORK}
end, start = os.pipe()
def live(): os.close(start); os.read(end, 1)
child = fork(live)
wal.close()
with Wal(path) as again:
    assert again.storage(1).last_index() == 1
    try: Wal(path)
    except WalLockedError: pass
    else: raise AssertionError("opened twice")
    dropping = fork(lambda: globals().__delitem__("again"))  # does not unlock it
    wait(dropping)
    try: Wal(path)
    except WalLockedError: pass
    else: raise AssertionError("opened twice")
os.close(start)
wait(child)
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


def test_log_is_opened_again_while_a_child_of_a_killed_process_lives(directory: Path) -> None:
    assert_ends_well(
        f"""{FORK}
wal.close()
end, start = os.pipe()
ready, is_ready = os.pipe()
def child(wal):
    os.close(start)
    assert wal.groups() == [1]
    os.write(is_ready, b"1")
    os.read(end, 1)
def killed():
    wal = Wal(path)
    fork(lambda: child(wal))
    os.read(ready, 1)
    os.kill(os.getpid(), signal.SIGKILL)
assert os.WTERMSIG(os.waitpid(fork(killed), 0)[1]) == signal.SIGKILL
with Wal(path) as again: assert again.storage(1).last_index() == 1
os.close(start)
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
def test_other_hooks_of_a_fork_may_use_the_log(directory: Path, hook: str) -> None:
    """They run while the hooks of this library are at work, if they were registered before it was imported."""
    assert_ends_well(
        f"""import os
def use():
    if "wal" in globals() and os.getpid() == parent: wal.sync()
    elif "loop" in globals(): loop.run(data=[b"child"])
parent = os.getpid()
os.register_at_fork({hook}=use)
{FORK}
loop = ReadyLoop(new_node()); loop.node.campaign(); loop.run(data=[b"data"])
wait(fork(lambda: None))
storage.append([entry()])
wal.sync()
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


def test_fork_while_threads_sync(directory: Path) -> None:
    """The child can read, and open another log; the parent goes on."""
    assert_ends_well(
        f"""{FORK}
at_work, stop = threading.Event(), threading.Event()
def syncs():
    while not stop.is_set(): storage.append([entry(1000)]); at_work.set(); wal.sync(); storage.create_snapshot(1, b"x")
thread = threading.Thread(target=syncs); thread.start(); at_work.wait()
def use():
    assert storage.last_index() >= 1 and wal.groups() == [1] and wal.stats().groups == 1
    try: wal.sync()
    except WalFailedError: pass
    with Wal(os.path.join(folder, str(os.getpid()))) as own:
        own.storage(1, ConfState([1])).append([Entry(index=1, term=1)]); own.sync()
children = []
for _ in range(20): time.sleep(0.003); children.append(fork(use))
wait(*children)
stop.set(); thread.join()
last = storage.last_index()
wal.close()
assert durable() == last
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )


def test_pool_of_processes_that_open_logs(directory: Path) -> None:
    assert_ends_well(
        f"""{FORK}
import multiprocessing
def work(number):
    signal.alarm(60)
    with Wal(os.path.join(folder, str(number))) as own:
        own.storage(number, ConfState([1])).append([Entry(index=1, term=1)]); own.sync()
        return own.groups()
with multiprocessing.get_context("fork").Pool(3) as pool:
    assert pool.map(work, range(9)) == [[number] for number in range(9)]
wal.sync()
print("done")
""",
        output="done\n",
        WAL=str(directory),
    )
