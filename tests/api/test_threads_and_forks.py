"""Nodes and the interpreter: forks, threads, cancelled tasks, and the end of the process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rraft import Config, ConfState, InUseError, LoggerRef, MemStorage, RawNode, StateRole
from tests.harness import AnyStorage, ListStorage

LIVE_AT_THE_END = """
import atexit, logging, sys
from rraft import *
from tests.harness import ListStorage

class Storage(ListStorage):
    def last_index(self):
        return super().last_index()

logging.basicConfig(level=1, stream=sys.stdout)
nodes = []
for storage in (Storage(), MemStorage()):
    storage.initialize_with_conf_state(ConfState([1]))
    node = RawNode(Config(id=1), storage, Logger.from_logging(logging.getLogger("raft")))
    node.campaign()
    ready = node.ready()
    nodes += [node, node.raft.raft_log, ready, ready.entries(), node.status()]
    if isinstance(storage, Storage):
        storage.node = node
{}
"""


@pytest.mark.parametrize(
    "end",
    [
        "",
        "sys.exit(0)",
        "atexit.register(lambda: [node.tick() for node in nodes if isinstance(node, RawNode)])",
        "sys.modules['keeps the nodes for longer than the module'] = nodes",
        "class AtTheEnd:\n    def __del__(self): [node.tick() for node in nodes[:10:5]]\nnodes.append(AtTheEnd())",
    ],
    ids=["end of the program", "exit", "exit handler", "kept by sys.modules", "finalizer"],
)
def test_process_ends_with_live_nodes(end: str) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", LIVE_AT_THE_END.format(end)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert "became leader" in run.stdout


def test_forked_child_has_a_node_of_its_own(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)

    child = os.fork()
    if child == 0:
        node.campaign()
        os._exit(7 if node.raft.state == StateRole.Leader else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7
    assert node.raft.state == StateRole.Follower


class Slow(ListStorage):
    """A storage that lets other threads run in the midst of each call."""

    def last_index(self) -> int:
        time.sleep(0)
        return super().last_index()


@pytest.mark.parametrize("new_storage", [MemStorage, Slow])
def test_threads_on_one_node_get_their_turn_or_an_error(new_storage: type[AnyStorage], logger: LoggerRef) -> None:
    storage = new_storage()
    storage.initialize_with_conf_state(ConfState([1]))
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    proposed, refused = [], []

    def propose(thread: int) -> None:
        for number in range(200):
            data = b"%d %d" % (thread, number)
            try:
                node.propose(b"", data)
            except InUseError:
                refused.append(data)
            else:
                proposed.append(data)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(propose, range(4)))

    assert len(proposed) + len(refused) == 800
    in_the_log = [entry.data for entry in node.raft.raft_log.unstable_entries()][1:]
    assert sorted(in_the_log) == sorted(proposed)


def test_cancelled_task_leaves_its_node_whole(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)

    async def drive() -> None:
        while True:
            node.tick()
            await asyncio.sleep(0)

    async def cancel() -> None:
        task = asyncio.create_task(drive())
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())

    assert node.raft.state == StateRole.Leader
    node.propose(b"", b"data")
    assert [entry.data for entry in node.ready().entries()] == [b"", b"data"]
