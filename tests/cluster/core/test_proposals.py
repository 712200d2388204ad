"""Commands on the way to the log: limits, retries, and what is sent again."""

import pytest

from rraft.cluster.core.commands import COMMAND_OVERHEAD, Command, decode_batch
from rraft.cluster.core.frames import Forward
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.core.proposals import Proposals
from rraft.cluster.core.sessions import Waiting
from rraft.cluster.errors import BusyError, HostClosedError, InvalidCommandError
from rraft.cluster.options import GroupOptions

LIMITS = (1000, 10, 1000)


def command(number: int, payload: bytes = b"x") -> Command:
    return 7, number, 1, payload


class Submitter:
    """Proposals, and the outcomes of what was submitted."""

    def __init__(self, **options: int) -> None:
        self.waiting: Waiting = {}
        self.proposals = Proposals(GroupOptions(**options), self.waiting)  # type: ignore[arg-type]
        self.outcomes: dict[int, list[Outcome]] = {}

    def submit(self, number: int, payload: bytes = b"x") -> None:
        self.proposals.submit(command(number, payload), self.outcomes.setdefault(number, []).append)

    def entries(self) -> list[list[int]]:
        """The numbers of the commands in the entries that are proposed now."""
        data, content = self.proposals.take_entries(5, LIMITS)
        batches = [decode_batch(entry) for entry in data]
        assert [(batch.opens, batch.commands) for batch in batches] == content
        return [[number for _, number, _, _ in batch.commands] for batch in batches]


def test_queue_becomes_one_entry() -> None:
    one = Submitter()
    for number in (1, 2, 3):
        one.submit(number)

    assert one.entries() == [[1, 2, 3]]
    assert one.proposals.queue == []
    assert one.proposals.outstanding == 3


def test_long_queue_becomes_entries_of_about_the_maximum_size() -> None:
    one = Submitter(max_entry=1000)
    for number in range(10):
        one.submit(number, bytes(400 - COMMAND_OVERHEAD))

    assert one.entries() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]


def test_limit_of_what_is_in_flight() -> None:
    one = Submitter(max_in_flight=1000)
    one.submit(1, bytes(500 - COMMAND_OVERHEAD))
    one.submit(2, bytes(500 - COMMAND_OVERHEAD))

    with pytest.raises(BusyError, match="1000 bytes of commands are in flight, the limit is 1000"):
        one.submit(3, b"")
    one.proposals.resolved(500)
    one.submit(3, b"")

    assert one.proposals.in_flight == 500 + COMMAND_OVERHEAD


def test_limit_of_a_command() -> None:
    one = Submitter(max_command=100)
    one.submit(1, bytes(100))

    with pytest.raises(InvalidCommandError, match="expected a command of at most 100 bytes, got 101"):
        one.submit(2, bytes(101))
    assert one.proposals.in_flight == 100 + COMMAND_OVERHEAD


def test_command_that_never_fits_is_not_busy() -> None:
    one = Submitter(max_in_flight=1000)
    one.submit(1, bytes(1000 - COMMAND_OVERHEAD))

    with pytest.raises(InvalidCommandError, match="expected a command of at most 872 bytes, got 873"):
        one.submit(2, bytes(1000 - COMMAND_OVERHEAD + 1))
    with pytest.raises(BusyError, match="1000 bytes of commands are in flight, the limit is 1000"):
        one.submit(3, bytes(1000 - COMMAND_OVERHEAD))


def test_retry_of_an_outstanding_command_is_not_queued_twice() -> None:
    one = Submitter()
    one.submit(1)
    one.submit(1)

    assert one.entries() == [[1]]
    done, _ = one.waiting.pop((7, 1))
    done(b"result")
    assert one.outcomes[1] == [b"result", b"result"]


def test_rejected_proposals_keep_their_order() -> None:
    one = Submitter()
    one.submit(1)
    [(opens, commands)] = one.proposals.take_entries(5, LIMITS)[1]
    one.submit(2)

    one.proposals.put_back(opens, commands)

    assert one.entries() == [[1, 2]]


def test_new_leader_gets_everything_that_waits() -> None:
    one = Submitter()
    for number in (1, 2):
        one.submit(number)
    one.proposals.open(b"nonce", lambda _: None)
    one.entries()
    one.submit(3)
    assert one.proposals.accept(Forward([command(9)]))

    one.proposals.send_again()
    [forward] = one.proposals.take_forward()

    assert [number for _, number, _, _ in forward.commands] == [1, 2, 3]  # others send theirs again themselves
    assert (forward.opens, forward.retry) == ([b"nonce"], True)
    one.submit(4)
    [forward] = one.proposals.take_forward()
    assert forward == Forward([command(4)])


def test_repeated_send_has_a_limit() -> None:
    one = Submitter()
    for number in range(10):
        one.submit(number, bytes(1000))
    one.entries()

    one.proposals.send_again(limit=3000)

    assert one.entries() == [[0, 1, 2]]


def test_forwarded_commands_are_accepted_up_to_a_limit() -> None:
    one = Submitter(max_in_flight=1000)

    assert one.proposals.accept(Forward([command(1, bytes(1000 - COMMAND_OVERHEAD))]))
    assert not one.proposals.accept(Forward([command(2, b"")]))
    assert one.entries() == [[1]]
    assert one.proposals.accept(Forward([command(2, b"")]))
    assert one.proposals.outstanding == 0  # they wait on another host


def test_stuck_is_what_is_still_the_first_at_the_next_look() -> None:
    one = Submitter()
    assert not one.proposals.is_stuck()
    one.submit(1)
    one.submit(2)

    assert [one.proposals.is_stuck(), one.proposals.is_stuck()] == [False, True]
    del one.waiting[7, 1]
    assert [one.proposals.is_stuck(), one.proposals.is_stuck()] == [False, True]


def test_new_session_is_stuck_although_commands_are_applied() -> None:
    """It was lost on the way to the leader, and commands of other sessions were not."""
    one = Submitter()
    one.proposals.open(b"nonce", lambda _: None)

    stuck = []
    for number in range(3):
        one.submit(number)
        stuck.append(one.proposals.is_stuck())
        del one.waiting[7, number]

    assert stuck == [False, True, True]


def test_failure_is_the_outcome_of_all() -> None:
    one = Submitter()
    opened: list[Outcome] = []
    one.submit(1)
    one.proposals.open(b"nonce", opened.append)
    error = HostClosedError("closed")

    one.proposals.fail(error)

    assert (one.outcomes[1], opened) == ([error], [error])
    assert (one.proposals.outstanding, one.proposals.in_flight, one.proposals.queue) == (0, 0, [])


def test_opened_sessions() -> None:
    one = Submitter()
    opened: list[Outcome] = []
    one.proposals.open(b"a", opened.append)
    one.proposals.open(b"a", opened.append)

    one.proposals.opened({b"a": 2**40, b"of another host": 3})

    assert opened == [(2**40).to_bytes(8, "little")] * 2
