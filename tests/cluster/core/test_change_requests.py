"""Requests for membership changes, which are repeated until they are done: what changes meanwhile is not a mistake."""

import pytest

from rraft.cluster.core.frames import ChangeRejected, ChangeRequest, decode_change_request, encode
from rraft.cluster.errors import MembershipError
from rraft.cluster.requests import Change
from tests.harness.virtual_hosts import VirtualCluster

from .test_members import ADD, LEARNER, PROMOTE, REMOVE, change, follower, request, voters


@pytest.mark.parametrize("requester", ["leader", "follower"])
def test_added_host_may_call_itself_by_another_address(cluster: VirtualCluster, requester: str) -> None:
    """As `127.0.0.1:7004`, which was added as `localhost:7004`: it says so before it is a voter."""
    host = cluster.elect() if requester == "leader" else follower(cluster)
    new = cluster.add_host(4)
    new.alias = "alias-4:1"

    done = request(host, Change(ADD, 4, "alias-4:1"))
    cluster.run_until(lambda: done)
    cluster.run(1)

    assert done == [None]
    assert voters(host) == [1, 2, 3, 4]
    assert host.group().state.members.addresses[4] == new.address


def test_replacement_goes_on_if_the_new_host_calls_itself_by_another_address(cluster: VirtualCluster) -> None:
    host, new = cluster.elect(), cluster.add_host(4)
    new.alias = "alias-4:1"
    old = follower(cluster)
    old.crash()

    done = request(host, Change(ADD, 4, "alias-4:1"), Change(REMOVE, old.number))
    cluster.run_until(lambda: done)

    assert done == [None]
    assert 4 in voters(host)
    assert old.number not in voters(host)
    assert host.group().state.members.addresses[4] == new.address


def test_member_cannot_be_added_at_another_address_by_a_later_request(cluster: VirtualCluster) -> None:
    host, new = cluster.elect(), cluster.add_host(4)
    change(cluster, host, Change(LEARNER, 4, new.address))

    done = request(host, Change(ADD, 4, "elsewhere:1"))
    cluster.run_until(lambda: done)

    [error] = done
    assert isinstance(error, MembershipError)
    assert str(error) == "host 4 is a member already, at host-4:1: set_address changes that"
    assert voters(host) == [1, 2, 3]


def test_voter_is_not_added_as_a_learner(cluster: VirtualCluster) -> None:
    done = request(follower(cluster), Change(LEARNER, 2, "host-2:1"))
    cluster.run_until(lambda: done)

    [error] = done
    assert isinstance(error, MembershipError)
    assert str(error) == "host 2 is a voter: it cannot be added as a learner"


def test_host_that_becomes_a_voter_is_not_added_as_a_learner(cluster: VirtualCluster) -> None:
    host = cluster.elect()
    request(host, Change(ADD, 4, "host-4:1"))
    cluster.run_until(lambda: 4 in host.group().state.members)

    done = request(host, Change(LEARNER, 4, "host-4:1"))
    cluster.run_until(lambda: done)

    [error] = done
    assert isinstance(error, MembershipError)
    assert str(error) == "host 4 becomes a voter when it has caught up: it cannot be added as a learner"


def test_learner_may_be_promoted_before_the_request_to_add_it_is_done(cluster: VirtualCluster) -> None:
    """The host that added it, and is cut off meanwhile, sees it as a voter only."""
    requester, new = follower(cluster), cluster.add_host(4)
    other = next(host for host in cluster.running if host not in (requester, new) and not host.group().is_leader)
    done = request(requester, Change(LEARNER, 4, new.address))
    cluster.run_until(lambda: 4 in cluster.elect().group().state.members)
    cluster.isolate(requester.number)
    assert done == []
    change(cluster, other, Change(PROMOTE, 4))

    cluster.heal()
    cluster.run_until(lambda: done)

    assert done == [None]


def test_transfer_waits_for_a_voter_that_is_away(cluster: VirtualCluster) -> None:
    """Meanwhile, the leader goes on: its node drops commands while it hands over."""
    to = follower(cluster)
    leader = cluster.elect()
    to.crash()
    cluster.run(3)

    done = request(leader, transfer_to=to.number)
    begin = cluster.now
    for number in range(100):
        assert cluster.execute(leader, b"word") == b"%d" % (number + 1)
    assert (cluster.now - begin < 3, done) == (True, [])
    to.start()
    cluster.run_until(lambda: done)

    assert done == [None]
    assert cluster.elect() is to


def test_rejection_of_a_request_before_a_restart_does_not_concern_a_later_one(cluster: VirtualCluster) -> None:
    host = follower(cluster)
    request(host, Change(ADD, 4, "host-4:1"))
    [before] = host.group().requests.pending
    cluster.restart(host.number)
    done = request(host, Change(ADD, 5, "host-5:1"))

    host.group().requests.rejected(ChangeRejected(before, "too late"))

    assert done == []
    [now] = host.group().requests.pending
    assert before != now


def test_request_of_an_earlier_version_names_no_new_hosts() -> None:
    assert decode_change_request(encode((1, [], None))) == ChangeRequest(1)
