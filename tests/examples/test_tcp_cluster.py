"""`example/tcp_cluster`: the demonstration, the requests, the state machine and the members."""

import asyncio
import importlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from example.tcp_cluster.transport import Envelope
from rraft import Entry, EntryType, LogLostError, Message, MessageType, SnapshotStatus
from tests.harness.program import EXAMPLE, LIMIT, environment, example_folder


def test_story(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, str(EXAMPLE / "tcp_cluster" / "main.py")],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = program.communicate(timeout=LIMIT)
    finally:
        if program.poll() is None:  # if it did not exit by itself, its servers are still running
            os.killpg(program.pid, signal.SIGKILL)
            program.communicate()

    assert errors == ""
    assert program.returncode == 0, output
    lines = output.splitlines()
    checked = [line.removeprefix("  checked: ") for line in lines if line.startswith("  checked: ")]
    assert [line for line in checked if line != "there is a leader"] == [
        "each server returns the value that was written last",
        "each increment was applied exactly once",
        "it has caught up",
        "the log is compacted",
        "the learner has caught up",
        "it received a snapshot",
        "it has no vote",
        "all servers have the voters [1, 2, 3, 4]",
        "no server returned a stale value",
        "writes and reads continue",
        "all four servers have the same map",
    ]
    assert lines[-1] == "all checks passed"


# Requests and the state machine.


@pytest.fixture
def request_module() -> Iterator[ModuleType]:
    with example_folder("tcp_cluster"):
        yield importlib.import_module("request")


@pytest.fixture
def state_machine(tmp_path: Path) -> Iterator[Any]:
    connection = sqlite3.connect(tmp_path / "database", isolation_level=None)
    with example_folder("tcp_cluster"):
        yield importlib.import_module("state_machine").StateMachine(connection)
    connection.close()


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("put", ("key", "välue")), ("add", ("key", "-3")), ("get", ("",)), ("add_voter", ("4", "host:1")), ("status", ())],
)
def test_request(operation: str, arguments: tuple[str, ...], request_module: ModuleType) -> None:
    request = request_module.Request("client", 7, operation, arguments)

    assert request_module.Request.decode(request.encode()) == request


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "^invalid request: JSONDecodeError"),
        (b"\xff", "^invalid request: UnicodeDecodeError"),
        (b"{}", r"not enough values to unpack \(expected at least 3"),
        (b"17", "cannot unpack non-iterable int object"),
        (b'["client", 1, "put"]', r"^invalid arguments: put with \[\]$"),
        (b'["client", 1, "put", "key", 1]', r"^invalid arguments: put with \['key', 1\]$"),
        (b'["client", 1, "put", "key", "\\ud800"]', "^invalid request: UnicodeEncodeError"),
        (b'["client", 1, "add", "key", "one"]', "invalid literal for int"),
        (b'["client", 1, "add_voter", "0", "host:1"]', "expected a server id, got 0"),
        (b'["client", 1, "add_voter", "4", "host"]', "expected HOST:PORT, got host"),
        (b'["client", 1, "add_voter", "4", "host:65536"]', "expected HOST:PORT, got host:65536"),
        (b'["client", 1, "no such operation"]', "no such operation"),
        (b'["client", 1, ["put"], "key", "value"]', "^invalid request: TypeError"),
        (b'["client", 0, "status"]', "client 'client', number 0$"),
        (b'["client", 9223372036854775808, "status"]', "client 'client', number 9223372036854775808$"),
        (b'["client", 1.5, "status"]', r"client 'client', number 1\.5$"),
        (b'[null, 1, "status"]', "client None, number 1$"),
        (b'["client", 1, "get", "' + 2**16 * b"x" + b'"]', "expected at most 65536 bytes, got 65560"),
    ],
    ids=range(18),
)
def test_invalid_request_is_rejected(data: bytes, reason: str, request_module: ModuleType) -> None:
    with pytest.raises(request_module.RequestInvalidError, match=reason):
        request_module.Request.decode(data)


def test_retried_request_is_applied_once(state_machine: Any, request_module: ModuleType) -> None:
    first, second = (request_module.Request("client", number, "add", ("sum", "5")) for number in (1, 2))
    other = request_module.Request("other client", 1, "add", ("sum", "5"))

    answers = [state_machine.apply(request) for request in (first, first, second, second, other)]

    assert [int(answer["value"]) for answer in answers] == [5, 5, 10, 10, 15]
    state_machine.apply(first)  # late: its client already has the answer
    assert state_machine.key_values.get("sum") == "15"


def test_adding_to_a_non_number_fails(state_machine: Any, request_module: ModuleType) -> None:
    state_machine.apply(request_module.Request("client", 1, "put", ("word", "word")))

    answer = state_machine.apply(request_module.Request("client", 2, "add", ("word", "5")))

    assert answer == {"error": "the value of word is not a number"}
    assert state_machine.key_values.get("word") == "word"


def test_snapshot_contains_the_complete_state(state_machine: Any, request_module: ModuleType) -> None:
    addition = request_module.Request("client", 1, "add", ("sum", "5"))
    state_machine.apply(addition)
    state_machine.set_addresses({1: "host:1", 2: "host:2"})
    snapshot = state_machine.dump()
    state_machine.apply(request_module.Request("client", 2, "put", ("later", "")))
    state_machine.set_addresses({3: "host:3"})

    state_machine.load(snapshot)

    assert state_machine.key_values.pairs() == {"sum": "5"}
    assert state_machine.addresses() == {1: "host:1", 2: "host:2"}
    state_machine.apply(addition)
    assert state_machine.key_values.pairs() == {"sum": "5"}
    assert state_machine.dump() == snapshot


# A member that receives messages from the others.


async def in_time(condition: Callable[[], object]) -> None:
    """Waits for `condition`."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def make_member(directory: Path) -> Any:
    """Creates server 1 of three, inside `example_folder`."""
    module: Any = importlib.import_module("member")
    module.TICK = 3600.0  # without a clock, no election timeout elapses
    module.ANSWER_LIMIT = LIMIT
    return module.Member(1, directory, {1: "host:1", 2: "host:2", 3: "host:3"}, join=False)


def append(index: int, commit: int) -> Message:
    """The `MsgAppend` of server 2, the leader of term 2, to server 1, after the entry of the bootstrap."""
    return Message(
        msg_type=MessageType.MsgAppend,
        from_=2,
        to=1,
        term=2,
        log_term=1 if index == 2 else 2,
        index=index - 1,
        entries=[Entry(index=index, term=2)],
        commit=commit,
    )


async def end(work: "asyncio.Task[None]") -> None:
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


@pytest.mark.parametrize(
    ("message", "promise"),
    [
        pytest.param(append(index=2, commit=1), MessageType.MsgAppendResponse, id="append"),
        pytest.param(
            Message(msg_type=MessageType.MsgRequestVote, from_=2, to=1, term=2, log_term=1, index=1),
            MessageType.MsgRequestVoteResponse,
            id="vote",
        ),
    ],
)
def test_promises_are_persisted_before_they_are_sent(
    message: Message, promise: MessageType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Message] = []

    async def run() -> None:
        member = make_member(tmp_path)
        storage = member.storage

        def send(_: object, envelope: Envelope) -> None:
            assert not storage.connection.in_transaction
            sent.append(Message.decode(envelope.message))
            if message.entries:
                assert storage.last_index() == sent[-1].index == 2
            else:
                assert storage.hard_state().vote == 2

        monkeypatch.setattr(importlib.import_module("transport").Transport, "send", send)
        member.step(message)
        work = asyncio.create_task(member.run())
        await in_time(lambda: sent or work.done())
        await end(work)

    with example_folder("tcp_cluster"):
        asyncio.run(run())
    assert sent[0].msg_type == promise
    assert not sent[0].reject


@pytest.mark.parametrize(
    "entry",
    [
        Entry(data=b"no request"),
        Entry(data=b"[" * 10**5),
        Entry(data=b'["client", 1, "put", "key", "\\ud800"]'),
        Entry(data=b'["client", 1, "no such operation"]'),
        Entry(entry_type=EntryType.EntryConfChangeV2),
        Entry(entry_type=EntryType.EntryConfChangeV2, context=b"no request"),
    ],
    ids=range(6),
)
def test_entry_with_an_invalid_request_is_skipped(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        monkeypatch.setattr(importlib.import_module("transport").Transport, "send", lambda *_: None)
        member = make_member(tmp_path)
        work = asyncio.create_task(member.run())
        message = append(index=2, commit=3)
        entry.index, entry.term = 2, 2
        put = importlib.import_module("request").Request("client", 1, "put", ("key", "value"))
        message.entries = [entry, Entry(index=3, term=2, data=put.encode())]

        member.step(message)

        await in_time(lambda: member.storage.applied() == 3 or work.done())
        assert not work.done()
        assert member.state_machine.key_values.pairs() == {"key": "value"}
        await end(work)

    with example_folder("tcp_cluster"):
        asyncio.run(run())


def test_forwarded_proposal_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may contain a request that was never validated. Clients propose to the leader directly."""

    async def run() -> None:
        monkeypatch.setattr(importlib.import_module("transport").Transport, "send", lambda *_: None)
        member = make_member(tmp_path)
        member.raw_node.raft.become_candidate()
        member.raw_node.raft.become_leader()
        last_index = member.raw_node.raft.raft_log.last_index()

        member.step(Message(msg_type=MessageType.MsgPropose, from_=2, to=1, entries=[Entry(data=b"no request")]))

        assert member.raw_node.raft.raft_log.last_index() == last_index
        member.storage.close()

    with example_folder("tcp_cluster"):
        asyncio.run(run())


def test_read_waits_until_its_index_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        sent: list[Message] = []
        transport_class = importlib.import_module("transport").Transport
        monkeypatch.setattr(transport_class, "send", lambda _, envelope: sent.append(Message.decode(envelope.message)))
        member = make_member(tmp_path)
        work = asyncio.create_task(member.run())
        member.step(append(index=2, commit=2))
        await in_time(lambda: member.storage.applied() == 2)

        request = importlib.import_module("request").Request("client", 1, "get", ("key",))
        read = asyncio.create_task(member.answer(request))
        await in_time(lambda: sent and sent[-1].msg_type == MessageType.MsgReadIndex)
        context = sent[-1].entries
        sent.clear()
        member.step(
            Message(msg_type=MessageType.MsgReadIndexResp, from_=2, to=1, term=2, index=3, entries=list(context))
        )
        member.step(append(index=2, commit=2))
        await in_time(lambda: sent)  # the read state has been processed
        assert not read.done()

        member.step(append(index=3, commit=3))

        assert await read == {"value": None}
        assert member.storage.applied() == 3
        await end(work)

    with example_folder("tcp_cluster"):
        asyncio.run(run())


def test_member_with_a_lost_log_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its storage no longer has entries that it has acknowledged: the leader's heartbeat proves it."""

    async def run() -> None:
        monkeypatch.setattr(importlib.import_module("transport").Transport, "send", lambda *_: None)
        member = make_member(tmp_path)
        member.step(Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=2, commit=7))
        member.step(Message(msg_type=MessageType.MsgHeartbeat, from_=2, to=1, term=2, commit=7))
        await asyncio.wait_for(member.run(), LIMIT)

    with example_folder("tcp_cluster"), pytest.raises(LogLostError, match="Was the log corrupted, truncated, or lost"):
        asyncio.run(run())


@pytest.mark.parametrize("is_snapshot", [False, True], ids=["message", "snapshot"])
@pytest.mark.parametrize("sent", [False, True], ids=["not sent", "sent"])
def test_delivery_reports(is_snapshot: bool, sent: bool, tmp_path: Path) -> None:
    reports: list[tuple[object, ...]] = []

    async def run() -> None:
        member = make_member(tmp_path)
        member.raw_node = SimpleNamespace(
            report_snapshot=lambda *report: reports.append(report),
            report_unreachable=lambda *report: reports.append(report),
        )
        member._report(Envelope(2, b"", is_snapshot), sent)
        member.storage.close()

    with example_folder("tcp_cluster"):
        asyncio.run(run())
    status = [(2, SnapshotStatus.Finish if sent else SnapshotStatus.Failure)] if is_snapshot else []
    assert reports == status + ([] if sent else [(2,)])
