"""Hosts over localhost in one process: commands, queries, restarts, and failures."""

import asyncio
from pathlib import Path

import pytest

from rraft.cluster import (
    BusyError,
    Client,
    ClusterError,
    CommandError,
    Consistency,
    Event,
    EventStream,
    FailedError,
    GroupOptions,
    GroupStopped,
    Host,
    HostClosedError,
    InvalidCommandError,
    LeaderChanged,
    NotReadyError,
)
from rraft.cluster.calls import encode_value
from tests.harness.local_hosts import OPTIONS, Jobs, Words, local_cluster, run


def test_commands_and_queries_on_each_host(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]

            for number, one in enumerate(jobs, 1):
                assert await one.enqueue(f"job {number}") == number
                assert await one.length() == number

            for one in jobs:
                assert await one.payloads() == ["job 1", "job 2", "job 3"]
                assert await one.payloads.local() == ["job 1", "job 2", "job 3"]

    run(test())


def test_concurrent_commands_share_entries(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")

            numbers = await asyncio.gather(*(one.enqueue("job") for one in jobs for _ in range(200)))

            assert sorted(numbers) == list(range(2, 602))
            assert jobs[0].group.status().applied < 100
            assert await jobs[1].length() == 601

    run(test())


def test_exception_of_a_command(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())

            with pytest.raises(CommandError, match="KeyError: 7") as raised:
                await jobs.finish(7)

            assert (raised.value.kind, raised.value.text) == ("KeyError", "7")
            number = await jobs.enqueue("job")
            assert await jobs.finish(number) == "job"

    run(test())


def test_wrong_arguments_are_rejected_before_they_are_proposed(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("job")
            before = jobs.group.status().last_index

            with pytest.raises(InvalidCommandError, match="enqueue: the argument payload: Expected `str`, got `int`"):
                await jobs.enqueue(1)  # type: ignore[arg-type]
            with pytest.raises(InvalidCommandError, match="enqueue: missing a required argument: 'payload'"):
                await jobs.enqueue()  # type: ignore[call-arg]
            with pytest.raises(InvalidCommandError, match="Jobs has no command 'other'"):
                await jobs.group.execute(encode_value(["other", []]))
            with pytest.raises(InvalidCommandError, match="expected the name and the arguments"):
                await jobs.group.execute(b"text")

            assert jobs.group.status().last_index == before
            assert await jobs.enqueue(payload="by keyword") == 2

    run(test())


def test_state_survives_a_restart_of_all_hosts(tmp_path: Path) -> None:
    async def first() -> dict[int, str]:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            for number in range(50):
                await jobs[number % 3].enqueue(f"{number}")
            return cluster.members

    async def second(members: dict[int, str]) -> None:
        hosts = [Host(tmp_path / f"{number}", listen=members[number], options=OPTIONS) for number in members]
        for host in hosts:
            await host.open()
        jobs = [await host.start(Jobs()) for host in hosts]
        assert [host.id for host in hosts] == [1, 2, 3]
        assert await jobs[1].length() == 50
        assert await jobs[2].enqueue("last") == 51
        for host in hosts:
            await host.close()

    run(second(run(first())))


def test_group_of_another_state_machine(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = await cluster.hosts[1].start(Jobs(), group=2)
            groups = [await host.start_group(Words(), group=5) for host in cluster.hosts.values()]
            for number in (2, 3):
                await cluster.hosts[number].start(Jobs(), group=2)

            assert await groups[0].execute(b"one") == b"1"
            assert await groups[1].execute(b"two") == b"2"
            assert await groups[2].query(b"") == b"one two"
            with pytest.raises(CommandError, match="ValueError: no word"):
                await groups[2].execute(b"")
            assert await jobs.enqueue("job") == 1
            assert sorted(cluster.hosts[1].status()["groups"]) == ["2", "5"]

    run(test())


def test_clients_of_all_hosts(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            for host in cluster.hosts.values():
                await host.start_group(Words())
            for address in cluster.members.values():
                async with Client([address], cluster="rraft") as client:
                    await client.command(1, address.encode())
                    assert (await client.query(1, b"")).endswith(address.encode())
                    assert (await client.status(1))["voters"] == [1, 2, 3]
                    with pytest.raises(CommandError, match="ValueError: no word"):
                        await client.command(1, b"")
            async with Client(list(cluster.members.values()), cluster="rraft") as client:
                results = await asyncio.gather(*(client.command(1, b"word") for _ in range(500)))
                assert sorted(map(int, results)) == list(range(4, 504))
                words = await client.query(1, b"", consistency=Consistency.LOCAL)
                assert set(words.split()) <= {b"word", *(address.encode() for address in cluster.members.values())}

    run(test())


def test_busy(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            group = await cluster.hosts[1].start_group(Words(), options=GroupOptions(max_in_flight=10_000))
            await group.execute(b"word")

            futures = [group.submit(bytes(2_000)) for _ in range(4)]
            with pytest.raises(BusyError, match="bytes of commands are in flight, the limit is 10000"):
                group.submit(bytes(2_000))

            assert [await future for future in futures] == [b"2", b"3", b"4", b"5"]
            assert await group.execute(bytes(2_000)) == b"6"

    run(test())


def test_cancelled_command_is_applied_or_not_and_the_next_ones_are(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")

            task = asyncio.ensure_future(jobs[0].enqueue("cancelled"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

            assert await jobs[0].enqueue("last") in (2, 3)

    run(test())


def test_leader_hands_over_before_it_is_closed(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            groups = {number: await host.start_group(Words()) for number, host in cluster.hosts.items()}
            await groups[1].execute(b"word")
            leader = cluster.leader()
            assert leader is not None
            others = [group for number, group in groups.items() if number != leader.id]

            await asyncio.gather(leader.close(), leader.close())
            await leader.close()

            assert [group.status().role for group in others].count("leader") == 1

    run(test())


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 10, 30])
def test_cancelled_close_releases_the_directory(tmp_path: Path, turns: int) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await cluster.hosts[1].start(Jobs())
            closing = asyncio.ensure_future(cluster.hosts[1].close())
            for _ in range(turns):
                await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait((closing,))

            await cluster.hosts[1].close()

            again = await cluster.open(1)
            assert await (await again.start(Jobs())).enqueue("job") == 1

    run(test())


def test_close_fails_what_waits(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=3) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())  # alone, it has no quorum
            task = asyncio.ensure_future(jobs.enqueue("job"))
            reading = asyncio.ensure_future(jobs.length())
            await asyncio.sleep(0.1)

            await cluster.hosts[1].close()

            with pytest.raises(HostClosedError, match="the host is closed"):
                await task
            with pytest.raises(HostClosedError, match="the host is closed"):
                await reading
            with pytest.raises(HostClosedError, match="the host is not open"):
                await cluster.hosts[1].start(Jobs(), group=2)

    run(test())


def test_calls_after_close(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())
            await jobs.enqueue("job")
            group = jobs.group
            await cluster.hosts[1].close()

            for call in (
                jobs.enqueue("late"),
                jobs.length(),
                group.query(b""),
                group.add(2, "127.0.0.1:1"),
                group.transfer_leadership(),
            ):
                with pytest.raises(HostClosedError, match="the host is closed"):
                    await asyncio.wait_for(call, 5)
            assert group.status().stopped == "HostClosedError: the host is closed"

    run(test())


def test_methods_before_the_start(tmp_path: Path) -> None:
    async def test() -> None:
        with pytest.raises(NotReadyError, match=r"Jobs is not started: use Host\.start"):
            await Jobs().enqueue("job")
        with pytest.raises(HostClosedError, match="the host is not open"):
            await Host(tmp_path, listen="127.0.0.1:0", bootstrap={1: "127.0.0.1:0"}).start(Jobs())

    run(test())


def test_events_and_status(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            group = await cluster.hosts[1].start_group(Words())
            events = group.events()
            assert group.status().leader == 0
            for number in (2, 3):
                await cluster.hosts[number].start_group(Words())
            await group.execute(b"first")

            async for event in events:  # also what was before the iteration
                if isinstance(event, LeaderChanged) and event.leader:
                    break

            await group.execute(b"word")
            status = group.status()
            assert (status.host, status.group, status.voters, status.learners) == (1, 1, (1, 2, 3), ())
            assert status.addresses == cluster.members
            assert status.role in ("leader", "follower")
            assert 1 <= status.applied <= status.committed <= status.last_index
            assert (status.stopped, status.in_flight, status.sessions) == (None, 0, 1)
            await events.aclose()
            assert [event async for event in events] == []

    run(test())


def test_events_end_when_they_are_closed_or_the_host_is(tmp_path: Path) -> None:
    """A task that iterates over them ends, too."""

    async def rest(events: EventStream) -> list[Event]:
        return [event async for event in events]

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            group = await cluster.hosts[1].start_group(Words())
            await group.execute(b"word")
            streams = [group.events() for _ in range(2)]
            first, second, also_second = (asyncio.ensure_future(rest(stream)) for stream in (*streams, streams[1]))
            await asyncio.sleep(0)

            await streams[0].aclose()
            assert await first == []
            await cluster.hosts[1].close()
            await asyncio.gather(second, also_second)

            [stopped] = await rest(group.events())
            assert isinstance(stopped, GroupStopped)

    run(test())


def test_group_of_a_host_that_failed(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            group = await host.start_group(Words())
            await group.execute(b"word")
            serving = asyncio.ensure_future(host.serve())
            group.core.host.wal.close()  # as after an error of the disk, each write raises from now on

            with pytest.raises(FailedError, match="the log of the host has failed"):
                await group.execute(b"lost")
            with pytest.raises(FailedError, match="the log of host 1 has failed"):
                await serving
            async with Client([cluster.members[1]], cluster="rraft") as client:
                with pytest.raises(ClusterError, match=r"\w"):
                    await client.command(1, b"word", timeout=1.0)
            assert "the log is closed" in str(host.status()["failure"])

    run(test())
