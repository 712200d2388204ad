"""Nodes and the interpreter: forks, threads, cancelled tasks, and shutdown."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from rraft import Config, ConfState, InUseError, LoggerRef, MemStorage, RawNode, StateRole
from tests.harness import AnyStorage, ListStorage
from tests.harness.program import LIMIT

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


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # threads of pytest-xdist
def test_forked_child_has_its_own_node(logger: LoggerRef) -> None:
    node = RawNode(Config(id=1), MemStorage.new_with_conf_state(ConfState([1])), logger)

    child = os.fork()
    if child == 0:
        node.campaign()
        os._exit(7 if node.raft.state == StateRole.Leader else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 7
    assert node.raft.state == StateRole.Follower


def test_threads_that_try_again_lose_no_proposal(storage: AnyStorage, logger: LoggerRef) -> None:
    storage.initialize_with_conf_state(ConfState([1]))
    node = RawNode(Config(id=1), storage, logger)
    node.campaign()
    together = Barrier(4)

    def propose(thread: int) -> None:
        together.wait(LIMIT)
        for number in range(200):
            while not try_to_propose(b"%d %d" % (thread, number)):
                pass

    def try_to_propose(data: bytes) -> bool:
        try:
            node.propose(b"", data)
        except InUseError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(propose, range(4)))

    in_the_log = [entry.data for entry in node.raft.raft_log.unstable_entries()][1:]
    assert sorted(in_the_log) == sorted(b"%d %d" % (thread, number) for thread in range(4) for number in range(200))


class Pausing(ListStorage):
    """A storage whose next `last_index`, once armed, blocks until the test releases it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_armed = False
        self.is_called, self.may_return = Event(), Event()

    def last_index(self) -> int:
        if self.is_armed:
            self.is_armed = False
            self.is_called.set()
            assert self.may_return.wait(LIMIT)
        return super().last_index()


@pytest.mark.parametrize(
    "call",
    [RawNode.tick, lambda node: node.propose(b"", b"data"), RawNode.has_ready, lambda node: node.raft.term],
    ids=["tick", "propose", "has_ready", "term"],
)
def test_thread_that_calls_a_node_during_a_call_gets_an_error(
    call: Callable[[RawNode], object], logger: LoggerRef
) -> None:
    storage = Pausing()
    storage.initialize_with_conf_state(ConfState([1]))
    node = RawNode(Config(id=1), storage, logger)
    storage.is_armed = True

    with ThreadPoolExecutor(1) as threads:
        campaign = threads.submit(node.campaign)
        try:
            assert storage.is_called.wait(LIMIT)
            with pytest.raises(InUseError, match="or by two threads at once"):
                call(node)
        finally:
            storage.may_return.set()
        campaign.result(LIMIT)

    assert node.raft.state == StateRole.Leader
    assert [entry.data for entry in node.raft.raft_log.unstable_entries()] == [b""]
    call(node)


def test_cancelled_task_leaves_its_node_intact(logger: LoggerRef) -> None:
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
