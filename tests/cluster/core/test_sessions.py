"""The session table: each command is executed once, whatever arrives."""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rraft.cluster.core.commands import COMMAND_OVERHEAD, Limits
from rraft.cluster.core.outcomes import MAX_RESULT, Outcome
from rraft.cluster.core.sessions import EXPIRED, OVERHEAD, RELEASED, Session, SessionTable
from rraft.cluster.state_machine import Context

NO_LIMITS: Limits = (10**12, 10**6, 10**9)

CONTEXT = Context(1)


def refuse(*_: object) -> bytes:
    raise ValueError("no")


class Machine:
    """Appends each command, and returns how many there were."""

    def __init__(self) -> None:
        self.executed: list[bytes] = []

    def execute(self, payload: bytes, _: Context) -> bytes:
        self.executed.append(payload)
        return b"%d" % len(self.executed)


def outcome_of(
    table: SessionTable,
    execute: Callable[[bytes, Context], bytes],
    session: int,
    number: int,
    floor: int,
    payload: bytes = b"x",
) -> Outcome:
    outcomes: list[Outcome] = []
    command = session, number, floor, payload
    size = table.apply([command], 0, execute, CONTEXT, {(session, number): (outcomes.append, command)})
    assert size == len(payload) + COMMAND_OVERHEAD
    [outcome] = outcomes
    return outcome


def test_retry_has_the_result_of_the_first_execution() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)

    first = outcome_of(table, machine.execute, session, 1, 1)
    other = outcome_of(table, machine.execute, session, 2, 1)
    again = outcome_of(table, machine.execute, session, 1, 1)

    assert (first, other, again) == (b"1", b"2", b"1")
    assert len(machine.executed) == 2


WRONG_RESULTS = {
    "text": ("text", ("TypeError", "expected a result of bytes, got str")),
    "none": (None, ("TypeError", "expected a result of bytes, got NoneType")),
    "long": (bytes(MAX_RESULT + 1), ("ValueError", "expected a result of at most 33554432 bytes, got 33554433")),
}


@pytest.mark.parametrize(("result", "expected"), WRONG_RESULTS.values(), ids=WRONG_RESULTS)
def test_result_that_no_client_can_get_is_an_error_of_the_command(result: Any, expected: tuple[str, str]) -> None:
    """The group continues, and keeps no result that would let all sessions expire."""
    table = SessionTable()
    session = table.open(b"nonce", 5, 0, 0)

    outcome = outcome_of(table, lambda *_: result, session, 1, 1)

    assert outcome == expected
    assert outcome_of(table, lambda *_: b"next", session, 2, 1) == b"next"


def test_outcome_of_what_was_executed() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    for number in (1, 2, 3):
        outcome_of(table, machine.execute, session, number, max(1, number - 1))

    outcomes = [table.outcome((session, number, 1, b"x")) for number in (1, 2, 3, 4)]

    assert outcomes == [RELEASED, b"2", b"3", None]
    assert table.outcome((session + 1, 1, 1, b"x")) is None


def test_retry_in_the_same_entry() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)

    table.apply([(session, 1, 1, b"x"), (session, 1, 1, b"x")], 0, machine.execute, CONTEXT, {})

    assert machine.executed == [b"x"]


def test_commands_may_arrive_in_any_order() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)

    outcomes = [outcome_of(table, machine.execute, session, number, 1) for number in (3, 1, 2, 3, 2, 1)]

    assert outcomes == [b"1", b"2", b"3", b"1", b"3", b"2"]


def test_results_below_the_floor_are_dropped_and_never_executed_again() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    for number in range(1, 6):
        outcome_of(table, machine.execute, session, number, 1)

    outcome_of(table, machine.execute, session, 6, 5)

    assert sorted(table.sessions[session].results) == [5, 6]
    assert outcome_of(table, machine.execute, session, 4, 1) is RELEASED
    assert outcome_of(table, machine.execute, session, 5, 1) == b"5"
    assert len(machine.executed) == 6


@pytest.mark.parametrize("floor", [4, 10, 2**62])
def test_size_is_that_of_the_kept_results(floor: int) -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    for number in range(1, 4):
        outcome_of(table, machine.execute, session, number, 1)
    assert table.size == 3 * (1 + OVERHEAD)

    outcome_of(table, machine.execute, session, floor, floor)

    assert (table.size, table.sessions[session].size) == (1 + OVERHEAD, 1 + OVERHEAD)


def test_size_of_an_exception_is_that_of_its_class_and_text() -> None:
    table = SessionTable()
    session = table.open(b"nonce", 5, 0, 0)

    outcome_of(table, refuse, session, 1, 1)
    assert table.size == len("ValueError") + len("no") + OVERHEAD
    outcome_of(table, Machine().execute, session, 2, 2)

    assert table.size == 1 + OVERHEAD


def test_unknown_session_is_expired() -> None:
    machine = Machine()

    assert outcome_of(SessionTable(), machine.execute, 77, 1, 1) is EXPIRED
    assert machine.executed == []


def test_ids_are_unique_by_index_and_position() -> None:
    table = SessionTable()

    numbers = {table.open(b"%d.%d" % pair, *pair, 0) for pair in [(1, 0), (1, 1), (2, 0), (2**20, 0), (2**20, 1)]}

    assert len(numbers) == 5


def test_session_of_another_log_at_the_same_position_has_another_id() -> None:
    """As after a recovery that has lost entries: a client knows the id of a session that was opened in one of these."""
    assert SessionTable().open(b"one", 9, 0, 0) != SessionTable().open(b"two", 9, 0, 0)


def test_same_nonce_is_the_same_session() -> None:
    table = SessionTable()

    assert table.open(b"nonce", 5, 0, 0) == table.open(b"nonce", 9, 3, 0)
    assert len(table) == 1


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        (NO_LIMITS, [1, 2, 3]),
        ((100, 10**6, 10**9), [1, 2, 3]),
        ((99, 10**6, 10**9), [1, 3]),
        ((10**12, 2, 10**9), [1, 3]),
        ((10**12, 0, 10**9), []),
        ((10**12, 10**6, 2 * OVERHEAD + 3), [1]),
    ],
    ids=str,
)
def test_expiry_removes_the_sessions_that_were_idle_the_longest(limits: Limits, left: list[int]) -> None:
    table, machine = SessionTable(), Machine()
    opened = {number: table.open(b"%d" % number, number, 0, 0) for number in (1, 2, 3)}
    for number, time in ((2, 100), (3, 150), (1, 200)):
        table.apply([(opened[number], 1, 1, b""), (opened[number], 2, 1, b"")], time, machine.execute, CONTEXT, {})

    removed = table.expire(200, limits)

    assert sorted(table.sessions) == [opened[number] for number in left]
    assert removed == 3 - len(left)
    assert table.size == sum(session.size for session in table.sessions.values())


def test_command_of_an_expired_session_is_not_executed() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    outcome_of(table, machine.execute, session, 1, 1)
    table.expire(10, (5, 10, 10**9))

    assert outcome_of(table, machine.execute, session, 1, 1) is EXPIRED
    assert outcome_of(table, machine.execute, session, 2, 1) is EXPIRED
    assert len(machine.executed) == 1
    assert table.open(b"nonce", 6, 0, 0) != session


def test_what_execute_raises_is_raised_after_the_commands_before() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)

    def execute(payload: bytes, context: Context) -> bytes:
        if payload == b"bad":
            raise MemoryError("full")
        return machine.execute(payload, context)

    commands = [(session, number, 1, payload) for number, payload in enumerate((b"a", b"bad", b"c"), 1)]
    with pytest.raises(MemoryError, match="full"):
        table.apply(commands, 0, execute, CONTEXT, {})

    assert machine.executed == [b"a"]


def test_table_is_restored_from_its_sessions() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    outcome_of(table, machine.execute, session, 1, 1)
    assert outcome_of(table, refuse, session, 2, 1) == ("ValueError", "no")

    encoded = msgspec.msgpack.encode(table.sessions)
    restored = SessionTable(msgspec.msgpack.decode(encoded, type=dict[int, Session]))

    assert outcome_of(restored, machine.execute, session, 1, 1) == b"1"
    assert outcome_of(restored, machine.execute, session, 2, 1) == ("ValueError", "no")
    assert restored.size == table.size
    assert restored.open(b"nonce", 9, 0, 0) == session


@pytest.mark.parametrize("seed", range(20))
def test_random_retries_are_executed_once_and_alike(seed: int) -> None:
    """Commands of three sessions, duplicated and reordered, with the floors that their sessions had."""
    source = random.Random(seed)
    tables = [(SessionTable(), Machine()) for _ in range(2)]
    sessions = [[table.open(b"%d" % number, number, 0, 0) for number in range(3)] for table, _ in tables]
    assert sessions[0] == sessions[1]
    sent: list[tuple[int, int, int, bytes]] = []
    for _ in range(300):
        session = source.choice(sessions[0])
        number = 1 + sum(command[0] == session for command in sent)
        sent.append((session, number, max(0, number - source.randrange(8)), b"%d.%d" % (session, number)))
    arrived = sorted(sent * 2, key=lambda command: command[1] + source.randrange(8))

    for table, machine in tables:
        position = 0
        while position < len(arrived):
            end = position + source.randrange(1, 20)
            table.apply(arrived[position:end], position, machine.execute, CONTEXT, {})
            position = end

    executed = tables[0][1].executed
    assert executed == tables[1][1].executed
    assert len(set(executed)) == len(executed)
    assert [sorted(session.results.items()) for session in tables[0][0].sessions.values()] != [[], [], []]
    assert {number: session.results for number, session in tables[0][0].sessions.items()} == {
        number: session.results for number, session in tables[1][0].sessions.items()
    }


def test_unapplied_commands() -> None:
    table, machine = SessionTable(), Machine()
    session = table.open(b"nonce", 5, 0, 0)
    for number in (1, 2, 4):
        outcome_of(table, machine.execute, session, number, 1)
    outcome_of(table, machine.execute, session, 5, 2)

    commands = [(session, number, 1, b"x") for number in range(1, 7)] + [(99, 1, 1, b"x")]

    assert [command[:2] for command in table.unapplied(commands)] == [(session, 3), (session, 6), (99, 1)]
