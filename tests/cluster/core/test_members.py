"""Membership: hosts that are added, promoted, removed and replaced; addresses; ids that are used once."""

from functools import partial
from pathlib import Path

import pytest

from rraft.cluster.core.events import MembersChanged
from rraft.cluster.core.outcomes import Outcome
from rraft.cluster.errors import FailedError, MembershipError, RemovedError, StartError
from rraft.cluster.options import GroupOptions
from rraft.cluster.requests import Change, ChangeKind
from tests.harness.virtual_hosts import VirtualCluster, VirtualHost, stopped

ADD, LEARNER, PROMOTE, REMOVE, ADDRESS, JOIN = (
    ChangeKind.ADD,
    ChangeKind.ADD_LEARNER,
    ChangeKind.PROMOTE,
    ChangeKind.REMOVE,
    ChangeKind.SET_ADDRESS,
    ChangeKind.JOIN,
)


def request(host: VirtualHost, *changes: Change, transfer_to: int | None = None) -> list[Exception | None]:
    """Requests changes. The outcome is appended to the result."""
    done: list[Exception | None] = []
    host.group().change(changes, done.append, transfer_to)
    return done


def change(cluster: VirtualCluster, host: VirtualHost, *changes: Change) -> None:
    """Makes changes, and waits until the host has applied them."""
    done = request(host, *changes)
    cluster.run_until(lambda: done)
    assert done == [None]


def voters(host: VirtualHost) -> list[int]:
    return sorted(host.group().state.members.voters)


def follower(cluster: VirtualCluster) -> VirtualHost:
    leader = cluster.elect()
    return next(host for host in cluster.running if host is not leader)


@pytest.mark.parametrize("requester", ["leader", "follower"])
def test_added_host_becomes_a_voter(cluster: VirtualCluster, requester: str) -> None:
    for number in range(10):
        cluster.execute(cluster.hosts[1], b"%d" % number)
    host = cluster.elect() if requester == "leader" else follower(cluster)
    new = cluster.add_host(4)

    change(cluster, host, Change(ADD, 4, new.address))
    cluster.run(1)

    assert [voters(host) for host in cluster.hosts.values()] == [[1, 2, 3, 4]] * 4
    assert new.words() == [b"%d" % n for n in range(10)]
    assert cluster.execute(new, b"last") == b"11"
    assert cluster.query(new) == b"0 1 2 3 4 5 6 7 8 9 last"


def test_host_is_a_learner_until_it_has_caught_up(cluster: VirtualCluster) -> None:
    """One that never answers is not promoted, and does not delay the group."""
    leader = cluster.elect()

    done = request(leader, Change(ADD, 4, "host-4:1"))
    cluster.run(20)

    assert done == []
    members = leader.group().state.members
    assert (sorted(members.voters), members.learners, members.promote) == ([1, 2, 3], {4}, {4})
    assert cluster.execute(leader, b"word") == b"1"
    new = cluster.add_host(4)
    cluster.run_until(lambda: done)
    assert voters(leader) == [1, 2, 3, 4]
    assert new.words() == [b"word"]


def test_new_leader_promotes_the_learner_of_the_one_before(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    request(leader, Change(ADD, 4, "host-4:1"))
    cluster.run_until(lambda: all(4 in host.group().state.members for host in cluster.running))
    leader.crash()
    new = cluster.add_host(4)

    cluster.run_until(lambda: new.group().state.applied and 4 in new.group().state.members.voters)

    assert cluster.elect() is not leader


def test_learner_stays_one_until_it_is_promoted(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    new = cluster.add_host(4)

    change(cluster, leader, Change(LEARNER, 4, new.address))
    cluster.run(5)
    assert (voters(leader), new.group().role) == ([1, 2, 3], "learner")
    change(cluster, leader, Change(PROMOTE, 4))
    cluster.run(1)

    assert (voters(leader), new.group().role) == ([1, 2, 3, 4], "follower")


@pytest.mark.parametrize("requester", ["leader", "follower"])
def test_host_that_joins_stays_the_learner_that_it_is(cluster: VirtualCluster, requester: str) -> None:
    """It asks until it has a state, also hosts that do not know yet that it was added."""
    leader = cluster.elect()
    host = leader if requester == "leader" else follower(cluster)
    new = cluster.add_host(4)

    adding = request(leader, Change(LEARNER, 4, new.address))
    joining = request(host, Change(JOIN, 4, new.address))
    cluster.run(5)

    assert (adding, joining) == ([None], [None])
    assert (voters(leader), new.group().role) == ([1, 2, 3], "learner")
    change(cluster, leader, Change(ADD, 4, new.address))
    assert voters(leader) == [1, 2, 3, 4]


def test_host_that_joins_becomes_a_voter(cluster: VirtualCluster) -> None:
    new = cluster.add_host(4)

    change(cluster, follower(cluster), Change(JOIN, 4, new.address))
    cluster.run(2)

    assert (voters(new), new.group().role) == ([1, 2, 3, 4], "follower")


@pytest.mark.parametrize("victim", ["leader", "follower"])
def test_removed_host_is_told_and_stops(cluster: VirtualCluster, victim: str) -> None:
    """A leader hands over first, so that the group always has one."""
    removed = cluster.elect() if victim == "leader" else follower(cluster)
    others = [host for host in cluster.running if host is not removed]

    change(cluster, others[0], Change(REMOVE, removed.number))
    cluster.run_until(lambda: stopped(removed))
    cluster.run(1)

    assert isinstance(removed.group().stopped, RemovedError)
    assert not removed.group().active
    assert [voters(host) for host in others] == [[host.number for host in others]] * 2
    [outcome] = cluster.submit(removed, b"word")
    assert isinstance(outcome, RemovedError)
    assert cluster.execute(others[1], b"word") == b"1"


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_removal_that_the_removed_host_requests(cluster: VirtualCluster, role: str) -> None:
    """It is done when the host has applied it, though the group has stopped there after that."""
    host = cluster.elect() if role == "leader" else follower(cluster)

    done = request(host, Change(REMOVE, host.number))
    cluster.run_until(lambda: stopped(host))

    assert isinstance(host.group().stopped, RemovedError)
    assert done == [None]


def test_replacement_is_not_done_because_the_old_host_was_removed_by_itself(cluster: VirtualCluster) -> None:
    """The new host may never become a voter: the old one cannot say what becomes of its request."""
    old = follower(cluster)
    other = next(host for host in cluster.running if host is not old and not host.group().is_leader)

    replacement = request(old, Change(ADD, 4, "host-4:1"), Change(REMOVE, old.number))
    cluster.run_until(lambda: 4 in other.group().state.members)
    removal = request(other, Change(REMOVE, old.number))
    cluster.run_until(lambda: removal and stopped(old))

    [error] = replacement
    assert isinstance(error, RemovedError)
    assert 4 in other.group().state.members.learners


def test_replacement_is_done_if_the_old_host_that_requests_it_is_told_of_its_removal(cluster: VirtualCluster) -> None:
    """It has seen the new voter, and another host says the rest before it reads that in the log."""
    old = follower(cluster)
    new = cluster.add_host(4)

    done = request(old, Change(ADD, 4, new.address), Change(REMOVE, old.number))
    cluster.run_until(lambda: 4 in old.group().state.members.voters)
    old.group().leave(RemovedError("told by another host"))

    assert done == [None]


def test_hosts_that_have_both_moved_find_each_other(cluster: VirtualCluster) -> None:
    """Each was down while the other one told where it is: they read it in the log."""
    leader = cluster.elect()
    one, other = [host for host in cluster.running if host is not leader]
    other.crash()
    one.address = "elsewhere-1:1"
    cluster.restart(one.number)
    cluster.run_until(lambda: leader.group().state.members.addresses[one.number] == one.address)
    other.address = "elsewhere-2:1"
    cluster.restart(other.number)

    cluster.run_until(lambda: one.links.get(other.number) and other.links.get(one.number))

    assert leader.group().state.members.addresses[other.number] == other.address


def test_leader_is_told_where_a_member_is_that_reaches_only_another_one(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    moved = follower(cluster)
    moved.crash()
    cluster.block(moved.number, leader.number)
    moved.address = "elsewhere:1"

    moved.start()

    cluster.run_until(lambda: leader.group().state.members.addresses[moved.number] == moved.address)
    assert leader.group().is_leader


def test_learner_that_is_away_is_told_of_its_removal_when_it_comes_back(cluster: VirtualCluster) -> None:
    """It campaigns never, so that it would send nothing that the others could answer."""
    leader = cluster.elect()
    removed = cluster.add_host(4)
    change(cluster, leader, Change(LEARNER, 4, removed.address))
    cluster.run_until(lambda: removed.group().state.applied)
    removed.crash()
    change(cluster, leader, Change(REMOVE, 4))

    removed.start(join=True)
    cluster.run_until(lambda: stopped(removed))

    assert isinstance(removed.group().stopped, RemovedError)


def test_host_without_a_leader_says_again_who_it_is(cluster: VirtualCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others may have forgotten it, and cannot answer before they know where it is."""
    host = follower(cluster)
    others = sorted(other.number for other in cluster.running if other is not host)
    assert host.core is not None
    told: list[int] = []
    monkeypatch.setattr(host.core.peers, "say_hello", told.append)

    host.core.peers.repeat()
    host.group().leader = 0
    host.core.peers.repeat()

    assert told == others


def test_host_that_is_away_is_told_of_its_removal_when_it_comes_back(cluster: VirtualCluster) -> None:
    removed = follower(cluster)
    removed.crash()
    leader = cluster.elect()
    change(cluster, leader, Change(REMOVE, removed.number))
    term = leader.group().term

    removed.start()
    cluster.run_until(lambda: stopped(removed))

    assert isinstance(removed.group().stopped, RemovedError)
    assert leader.group().term == term  # it did not disturb the others


def test_ids_are_used_once(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    removed = follower(cluster)
    change(cluster, leader, Change(REMOVE, removed.number))

    for host in (leader, next(host for host in cluster.running if host not in (leader, removed))):
        done = request(host, Change(ADD, removed.number, "host-9:1"))
        cluster.run_until(lambda done=done: done)  # type: ignore[misc]
        [error] = done
        assert isinstance(error, MembershipError)
        assert f"host {removed.number} was removed: its id cannot be used again" in str(error)


REJECTED = {
    "member at another address": ([Change(ADD, 2, "elsewhere:1")], "host 2 is a member already, at host-2:1"),
    "no address": ([Change(ADD, 4)], "host 4: expected its address"),
    "no member is promoted": ([Change(PROMOTE, 4)], "host 4 is not a member"),
    "no member is removed": ([Change(REMOVE, 4)], "host 4 is not a member"),
    "no member moves": ([Change(ADDRESS, 4, "a:1")], "host 4 is not a member"),
    "twice": ([Change(REMOVE, 2), Change(REMOVE, 2)], "expected changes of different hosts"),
    "all voters": ([Change(REMOVE, number) for number in (1, 2, 3)], "the last voter cannot be removed"),
    "id": ([Change(ADD, 0, "a:1")], "expected the id of a host"),
}


@pytest.mark.parametrize(("changes", "reason"), REJECTED.values(), ids=REJECTED)
@pytest.mark.parametrize("requester", ["leader", "follower"])
def test_impossible_changes_are_rejected(
    cluster: VirtualCluster, requester: str, changes: list[Change], reason: str
) -> None:
    done = request(cluster.elect() if requester == "leader" else follower(cluster), *changes)
    cluster.run_until(lambda: done)

    [error] = done
    assert isinstance(error, MembershipError)
    assert reason in str(error)
    assert [voters(host) for host in cluster.hosts.values()] == [[1, 2, 3]] * 3


@pytest.mark.parametrize("kind", [ADD, PROMOTE], ids=["a new host", "a learner"])
def test_all_voters_cannot_be_replaced_together(cluster: VirtualCluster, kind: ChangeKind) -> None:
    """Their leader could hand over to nobody: the new host is not a voter before the change."""
    leader = cluster.elect()
    new = cluster.add_host(4)
    if kind == PROMOTE:
        change(cluster, leader, Change(LEARNER, 4, new.address))
    address = new.address if kind == ADD else ""

    done = request(leader, Change(kind, 4, address), *(Change(REMOVE, number) for number in (1, 2, 3)))
    cluster.run_until(lambda: done)

    [error] = done
    assert isinstance(error, MembershipError)
    assert str(error) == "the last voter cannot be removed: make another host a voter before, in another change"
    assert voters(leader) == [1, 2, 3]


def outstanding(host: VirtualHost) -> int:
    return len(host.group().requests.pending)


@pytest.mark.parametrize("requester", ["leader", "follower"])
def test_request_that_nobody_waits_for_any_more_is_dropped(cluster: VirtualCluster, requester: str) -> None:
    """As of a client whose connection has ended: it would be sent again for ever."""
    host = cluster.elect() if requester == "leader" else follower(cluster)
    done: list[Exception | None] = []
    connected = [True]

    host.group().change([Change(ADD, 4, "host-4:1")], done.append, wanted=lambda: connected[0])
    cluster.run(3)
    assert outstanding(host) == 1
    connected[0] = False
    cluster.run(1)

    assert (outstanding(host), done) == (0, [])


def test_request_that_repeats_an_outstanding_one_waits_for_it(cluster: VirtualCluster) -> None:
    host = follower(cluster)
    done: list[list[Exception | None]] = [[], [], []]
    change = [Change(ADD, 4, "host-4:1")]

    first, second, third = (partial(list[Exception | None].append, one) for one in done)
    host.group().change(change, first)
    give_up = host.group().change(change, second)
    for _ in range(5):
        host.group().change(change, third)
    assert outstanding(host) == 1
    give_up()
    cluster.run(1)
    cluster.add_host(4)
    cluster.run_until(lambda: outstanding(host) == 0)

    assert done == [[None], [], [None]]


def test_request_that_all_have_given_up_is_dropped(cluster: VirtualCluster) -> None:
    host = follower(cluster)
    change = [Change(ADD, 4, "host-4:1")]
    give_ups = [host.group().change(change, lambda _: None) for _ in range(2)]

    counts = []
    for give_up in [*give_ups, *give_ups]:
        give_up()
        counts.append(outstanding(host))

    assert counts == [1, 0, 0, 0]


def test_no_change_is_rejected(cluster: VirtualCluster) -> None:
    with pytest.raises(MembershipError, match="expected at least one change, got none"):
        request(cluster.elect())


def test_several_changes_take_effect_together(cluster: VirtualCluster) -> None:
    """A dead host is replaced by a learner that has caught up, in one step."""
    dead = follower(cluster)
    new = cluster.add_host(4)
    leader = cluster.elect()
    change(cluster, leader, Change(LEARNER, 4, new.address))
    cluster.run(1)
    dead.crash()

    change(cluster, leader, Change(PROMOTE, 4), Change(REMOVE, dead.number))
    cluster.run(2)

    expected = sorted({1, 2, 3, 4} - {dead.number})
    assert [voters(host) for host in cluster.running] == [expected] * 3
    assert not any(host.group().state.conf_state.voters_outgoing for host in cluster.running)
    assert cluster.execute(new, b"word") == b"1"


def configurations(host: VirtualHost) -> list[tuple[list[int], list[int]]]:
    """The voters and the learners after each change that the host has applied."""
    events = [event for event in host.events if isinstance(event, MembersChanged)]
    return [(sorted(event.voters), sorted(event.learners)) for event in events]


@pytest.mark.parametrize("victim", ["leader", "follower"])
def test_host_is_replaced_once_the_new_one_has_caught_up(cluster: VirtualCluster, victim: str) -> None:
    """Until then, the old one stays a voter. A new one that never comes replaces nobody."""
    old = cluster.elect() if victim == "leader" else follower(cluster)
    requester = next(host for host in cluster.running if host is not old)
    cluster.execute(requester, b"first")

    done = request(requester, Change(ADD, 4, "host-4:1"), Change(REMOVE, old.number))
    cluster.run(20)
    assert done == []
    assert (voters(requester), requester.group().state.members.learners) == ([1, 2, 3], {4})
    assert cluster.execute(old, b"second") == b"2"

    new = cluster.add_host(4)
    cluster.run_until(lambda: done)
    cluster.run(2)
    left = sorted({1, 2, 3, 4} - {old.number})
    assert done == [None]
    assert configurations(requester) == [([1, 2, 3], [4]), ([1, 2, 3, 4], []), (left, [])]
    assert new.words() == [b"first", b"second"]
    assert isinstance(old.group().stopped, RemovedError)


def test_several_hosts_are_added_together(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    for number in (4, 5):
        cluster.add_host(number)

    changes = [Change(ADD, 4, "host-4:1"), Change(LEARNER, 6, "host-6:1"), Change(ADD, 5, "host-5:1")]
    change(cluster, leader, *changes)
    cluster.run(2)

    assert configurations(leader)[0] == ([1, 2, 3], [4, 5])
    assert configurations(leader)[-1] == ([1, 2, 3, 4, 5], [6])
    assert [1, 2, 3, 4] not in [voters for voters, _ in configurations(leader)]


def test_transfer_of_leadership(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    to = follower(cluster)

    done = request(to, transfer_to=to.number)
    cluster.run_until(lambda: done)
    assert done == [None]
    assert cluster.elect() is to
    done = request(leader, transfer_to=0)
    cluster.run_until(lambda: done)
    assert cluster.elect() is not to

    done = request(leader, transfer_to=9)
    cluster.run_until(lambda: done)
    assert str(done[0]) == "host 9 is not a voter"


def test_host_with_a_new_address_is_found_again(cluster: VirtualCluster) -> None:
    moved = follower(cluster)
    moved.crash()
    moved.address = "moved:1"
    moved.start()

    cluster.run_until(
        lambda: all(host.group().state.members.addresses[moved.number] == "moved:1" for host in cluster.running)
    )
    assert cluster.execute(moved, b"word") == b"1"
    cluster.run(1)
    assert [host.words() for host in cluster.running] == [[b"word"]] * 3


def test_address_of_an_absent_member_can_be_changed(cluster: VirtualCluster) -> None:
    absent = follower(cluster)
    absent.crash()

    change(cluster, cluster.elect(), Change(ADDRESS, absent.number, "elsewhere:1"))
    cluster.run(1)

    assert all(host.group().state.members.addresses[absent.number] == "elsewhere:1" for host in cluster.running)


def test_members_changed_is_observed(cluster: VirtualCluster) -> None:
    host = follower(cluster)
    new = cluster.add_host(4)
    change(cluster, host, Change(ADD, 4, new.address))
    cluster.run(1)

    events = [event for event in host.events if isinstance(event, MembersChanged)]
    assert [(set(event.voters), set(event.learners)) for event in events] == [({1, 2, 3}, {4}), ({1, 2, 3, 4}, set())]


def test_member_that_lost_its_directory_says_so_and_does_not_serve(cluster: VirtualCluster) -> None:
    """With `bootstrap` on an empty directory, it would vote as a founding member that has promised nothing."""
    cluster.execute(cluster.hosts[1], b"word")
    cluster.run(2)
    lost = follower(cluster)
    lost.crash()
    lost.directory = cluster.directory / "empty"

    lost.start(bootstrap=cluster.founders)
    cluster.run_until(lambda: stopped(lost))

    assert isinstance(lost.group().stopped, FailedError)
    assert "this host has lost what it acknowledged" in str(lost.group().stopped)
    assert "Remove the host from the group, and add one with a new id" in str(lost.group().stopped)
    [outcome] = cluster.submit(lost, b"more")
    assert isinstance(outcome, FailedError)
    assert lost.words() == []
    assert cluster.execute(cluster.elect(), b"more") == b"2"


def test_lost_directory_elects_nobody(cluster: VirtualCluster) -> None:
    """Of three, one is away and one lost its log: the third alone, with the acknowledged command, may not lead."""
    cluster.execute(cluster.hosts[1], b"word")
    cluster.run(2)
    away = follower(cluster)
    leader = cluster.elect()
    lost = next(host for host in cluster.running if host not in (leader, away))
    away.crash()
    lost.crash()
    lost.directory = cluster.directory / "empty"
    lost.start(bootstrap=cluster.founders)

    outcomes: list[Outcome] = cluster.submit(leader, b"more")
    cluster.run(10)

    assert outcomes == []
    assert cluster.leader() is None
    away.start()
    cluster.run_until(lambda: outcomes)
    assert outcomes == [b"2"]


def test_founding_member_may_start_late(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)
    late = cluster.hosts[3]
    late.crash()
    late.directory = tmp_path / "late"
    leader = cluster.elect()
    cluster.execute(leader, b"word")
    cluster.run(2)

    late.start(bootstrap=cluster.founders)
    cluster.run_until(lambda: late.words() == [b"word"])

    assert late.group().stopped is None


def test_group_of_an_unknown_directory_needs_to_be_told_what_it_is(cluster: VirtualCluster) -> None:
    host = cluster.hosts[1]
    host.crash()
    host.directory = cluster.directory / "empty"

    with pytest.raises(StartError, match="there is no group 1 in the directory"):
        host.start()


def test_host_that_is_no_founder_cannot_bootstrap(cluster: VirtualCluster) -> None:
    new = cluster.add_host(4, join=False)

    with pytest.raises(StartError, match="host 4 is not in bootstrap="):
        new.start(bootstrap=cluster.founders)


def test_hosts_are_replaced_one_by_one_under_load(tmp_path: Path) -> None:
    """All founders leave: what is left has everything."""
    cluster = VirtualCluster(tmp_path, group_options=GroupOptions(snapshot_log_size=5_000, kept_log_size=1_000))
    leader = cluster.elect()
    outcomes: list[list[Outcome]] = []
    for number in (4, 5, 6):
        new = cluster.add_host(number)
        leader = cluster.elect()
        outcomes += [cluster.submit(leader, b"%d-%d" % (number, n) + bytes(100)) for n in range(50)]
        change(cluster, leader, Change(ADD, number, new.address))
        change(cluster, new, Change(REMOVE, number - 3))
        cluster.run_until(lambda number=number: stopped(cluster.hosts[number - 3]))  # type: ignore[misc]
        cluster.hosts.pop(number - 3).crash()
    cluster.run_until(lambda: all(outcomes))
    cluster.run(1)

    assert cluster.execute(cluster.hosts[6], b"last") == b"151"
    assert voters(cluster.hosts[4]) == [4, 5, 6]
    assert sorted(int(outcome) for [outcome] in outcomes if isinstance(outcome, bytes)) == list(range(1, 151))


def replicated(host: VirtualHost) -> object:
    """What all hosts have alike beside the state machine."""
    state = host.group().state
    members = state.members
    return (
        (members.addresses, members.removed, members.promote, members.incarnations, members.voters, members.learners),
        (sorted(state.conf_state.voters), sorted(state.conf_state.voters_outgoing), sorted(state.conf_state.learners)),
        {number: session.results for number, session in state.sessions.sessions.items()},
        (state.time, state.applied),
    )


@pytest.mark.parametrize("snapshot", [False, True], ids=["log", "snapshot"])
@pytest.mark.parametrize("moment", ["between", "after"])
def test_membership_is_the_same_after_a_restart(cluster: VirtualCluster, moment: str, snapshot: bool) -> None:
    """Entries are applied again from the last snapshot on, to the configuration at that time."""
    for number in (4, 5):
        cluster.add_host(number)
    leader = cluster.elect()
    change(cluster, leader, Change(LEARNER, 4, "host-4:1"), Change(LEARNER, 5, "host-5:1"))
    cluster.run(1)
    if snapshot:
        for host in cluster.running:
            host.group().transfers.make()
    request(leader, Change(PROMOTE, 4), Change(PROMOTE, 5), Change(REMOVE, follower(cluster).number))
    cluster.run_until(lambda: leader.group().state.conf_state.voters_outgoing)  # a joint configuration
    if moment == "after":
        cluster.run(2)
    running = [host.number for host in cluster.running if host.group().active]
    for number in running:
        cluster.hosts[number].crash()
    for number in running:
        cluster.hosts[number].start()

    leader = cluster.elect()
    cluster.execute(leader, b"last")
    cluster.run(3)

    states = [replicated(cluster.hosts[number]) for number in running if cluster.hosts[number].group().active]
    assert states == [states[0]] * len(states)
    assert len(voters(leader)) == 4
    assert leader.words() == [b"last"]


@pytest.mark.parametrize("joint", [False, True])
def test_restart_applies_changes_to_the_configuration_of_the_snapshot(cluster: VirtualCluster, joint: bool) -> None:
    """Without the others, the host has what it had: each change is applied as it was the first time."""
    host = cluster.elect()
    changes = [Change(LEARNER, 4, "host-4:1"), *([Change(LEARNER, 5, "host-5:1")] if joint else [])]
    request(host, *changes)
    cluster.run_until(lambda: 4 in host.group().state.members)
    before = replicated(host)
    assert bool(host.group().state.conf_state.auto_leave) is joint
    for other in cluster.running:
        other.crash()

    host.start()
    cluster.run(0.1)

    assert replicated(host) == before
