"""What a host counts and remembers of its own work."""

from pathlib import Path

import pytest

from rraft.cluster.core.observation import BOUNDS, MAX_EVENTS, Durations, Observation, Rate
from tests.harness.virtual_hosts import VirtualCluster


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (BOUNDS[0], 0), (BOUNDS[0] * 1.01, 1), (0.3, BOUNDS.index(0.5)), (BOUNDS[-1] + 1, len(BOUNDS))],
)
def test_durations_are_counted_in_buckets(seconds: float, bucket: int) -> None:
    durations = Durations()

    durations.add(seconds)

    assert (durations.count, durations.sum) == (1, seconds)
    assert [position for position, count in enumerate(durations.counts) if count] == [bucket]


def test_recent_durations_are_those_of_the_last_second_with_any() -> None:
    durations = Durations()
    durations.add(9.0)
    durations.sample()
    for seconds in (1.0, 3.0):
        durations.add(seconds)
    durations.sample()
    durations.sample()

    assert (durations.recent_mean, durations.recent_max) == (2.0, 3.0)


def test_rate_is_that_since_the_sample_before() -> None:
    rate = Rate()
    rate.sample(10, float("inf"))

    rate.sample(40, 2.0)

    assert rate.per_second == 15.0


def test_recent_events_are_bounded_and_numbered() -> None:
    observation = Observation()
    for time in range(MAX_EVENTS + 5):
        observation.record(time, "leader_changed", 1, 2, "")

    assert len(observation.records) == MAX_EVENTS
    assert [observation.records[0].number, observation.records[-1].number] == [6, MAX_EVENTS + 5]


def test_commands_are_counted_on_all_hosts_and_queries_where_they_are_answered(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    for number in range(20):
        cluster.execute(leader, b"%d" % number)
    cluster.query(leader)
    cluster.run(1)

    groups = {number: host.group() for number, host in cluster.hosts.items()}
    assert {group.state.commands for group in groups.values()} == {20}
    assert {number: group.applier.queries for number, group in groups.items()} == {
        number: int(number == leader.number) for number in groups
    }


def test_leader_sees_how_far_its_followers_are(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    others = sorted({1, 2, 3} - {leader.number})
    away = cluster.hosts[others[0]]
    cluster.isolate(away.number)
    for number in range(30):
        cluster.execute(leader, b"%d" % number)
    cluster.run(2)

    followers = leader.group().observation.followers
    last = leader.group().storage.last_index()
    assert sorted(followers) == others
    assert (followers[others[1]].matched, followers[others[1]].lag, followers[others[1]].state) == (
        last,
        0,
        "replicate",
    )
    assert followers[away.number].lag >= 30
    assert followers[away.number].matched == last - followers[away.number].lag
    assert [host.group().observation.followers for host in cluster.hosts.values() if host is not leader] == [{}, {}]

    cluster.heal()
    cluster.run(5)
    leader = cluster.elect()
    assert {follower.lag for follower in leader.group().observation.followers.values()} == {0}


def test_follower_of_a_quiet_group_is_not_looked_at_again(cluster: VirtualCluster) -> None:
    leader = cluster.elect()
    cluster.execute(leader, b"word")
    cluster.run_until(lambda: leader.group().quiet.on)
    cluster.run(3)
    before = leader.group().observation.followers

    cluster.run(3)

    assert leader.group().observation.followers is before
    assert {follower.lag for follower in before.values()} == {0}


def test_a_leader_that_steps_down_has_no_followers(tmp_path: Path) -> None:
    cluster = VirtualCluster(tmp_path)
    leader = cluster.elect()
    cluster.run(2)
    cluster.isolate(leader.number)

    cluster.run(5)

    assert not leader.group().is_leader
    assert leader.group().observation.followers == {}
