"""Starts that are rejected: what the directory, the arguments and the address must be."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rraft import WalCorruptedError
from rraft.cluster import (
    Change,
    ChangeKind,
    Client,
    ClientOptions,
    GroupOptions,
    Host,
    MembershipError,
    NoGroupError,
    RequestTimeoutError,
    StartError,
    TransportOptions,
)
from rraft.cluster.core.membership import check
from tests.harness.local_hosts import OPTIONS, Jobs, Words, free_ports, local_cluster, run


async def rejected(path: Path, **arguments: object) -> str:
    host = Host(path, **{"listen": "127.0.0.1:0", "options": OPTIONS, **arguments})  # type: ignore[arg-type]
    with pytest.raises(StartError, match=r"\w") as raised:
        await host.open()
    return str(raised.value)


def test_new_directory_needs_to_be_told_what_it_is(tmp_path: Path) -> None:
    async def test() -> None:
        message = await rejected(tmp_path / "new", id=1)
        assert "a founding member needs bootstrap=, a later one needs join=" in message
        assert not (tmp_path / "new").exists()
        message = await rejected(tmp_path / "new", bootstrap={1: "127.0.0.1:1"})
        assert "the id of the host is not known" in message
        message = await rejected(tmp_path / "new", listen="localhost:7001", bootstrap={1: "127.0.0.1:7001"})
        assert "The address is 'localhost:7001', bootstrap={1: '127.0.0.1:7001'}" in message
        message = await rejected(tmp_path / "new", id=3, bootstrap={1: "127.0.0.1:1"})
        assert "host 3 is not in bootstrap=" in message
        message = await rejected(tmp_path / "new", join=["127.0.0.1:1"])
        assert "the id of the host is not known" in message

    run(test())


WRONG_ARGUMENTS = {
    "no member to join": ({"join": []}, "join: expected the address of at least one member, got none"),
    "join": ({"join": ["127.0.0.1:1", "nowhere"]}, r"join\[1\]: address: expected HOST:PORT, got 'nowhere'"),
    "no founders": ({"bootstrap": {}}, "bootstrap: expected at least one founding member, got none"),
    "bootstrap": ({"bootstrap": {1: "a:b"}}, r"bootstrap\[1\]: address: expected HOST:PORT, got 'a:b'"),
    "id": ({"bootstrap": {0: "a:1"}}, "bootstrap: expected an id of at least 1 and below 2[*][*]63, got 0"),
    "listen": ({"listen": "7001"}, "listen: address: expected HOST:PORT, got '7001'"),
    "address": ({"address": "a"}, "address: address: expected HOST:PORT, got 'a'"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_ARGUMENTS.values(), ids=WRONG_ARGUMENTS)
def test_wrong_arguments_are_rejected_at_once(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(StartError, match=message):
        Host(tmp_path / "1", **{"id": 1, "listen": "127.0.0.1:0", **arguments})
    assert not (tmp_path / "1").exists()


def test_wrong_settings_of_the_client_are_rejected_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret: expected at least 16 bytes, got 5"):
        Host(tmp_path / "1", id=1, listen="127.0.0.1:0", join=["a:1"], client=ClientOptions(secret=b"short"))


def test_directory_of_another_host_or_cluster(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=2) as cluster:
            await cluster.hosts[2].close()
            message = await rejected(tmp_path / "2", id=1, bootstrap=cluster.members)
            assert "host" in message
            assert "2" in message
            assert "cluster" in await rejected(tmp_path / "2", id=2, cluster="other")
            assert "locked by another process" in await rejected(tmp_path / "1", id=1)

    run(test())


def test_damaged_directory(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            group = await cluster.hosts[1].start_group(Words())
            await group.execute(b"word" * 100)
            await cluster.hosts[1].close()
            [segment] = (tmp_path / "1").glob("*.seg")
            data = bytearray(segment.read_bytes())
            data[200] ^= 1
            segment.write_bytes(data)

            with pytest.raises(WalCorruptedError, match="offset"):
                await Host(tmp_path / "1", listen="127.0.0.1:0").open()

    run(test())


def test_address_in_use(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            with pytest.raises(OSError, match="in use"):
                await Host(tmp_path / "2", id=2, listen=cluster.members[1], join=[cluster.members[1]]).open()
            # The directory is free again.
            [port] = free_ports(1)
            host = Host(tmp_path / "2", listen=f"127.0.0.1:{port}", join=[cluster.members[1]], options=OPTIONS)
            await host.open()
            assert host.id == 2
            await host.close()

    run(test())


def test_group_is_started_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await cluster.hosts[1].start(Jobs())
            with pytest.raises(StartError, match="group 1 is started already"):
                await cluster.hosts[1].start(Jobs())
            with pytest.raises(StartError, match="group: expected an id of at least 1"):
                await cluster.hosts[1].start(Jobs(), group=0)

    run(test())


def test_concurrent_starts_of_a_group_or_of_an_object(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host, jobs, words = cluster.hosts[1], Jobs(), Words()

            results = await asyncio.gather(
                host.start(jobs, 1),
                host.start(jobs, 2),
                host.start(Jobs(), 1),
                host.start_group(words, 3),
                host.start_group(words, 4),
                return_exceptions=True,
            )

            assert [str(result) for result in results if isinstance(result, StartError)] == [
                "this Jobs was started before: expected an object for each start",
                "group 1 is started already",
                "this state machine is started already: expected an object for each group",
            ]
            assert sorted(host.groups) == [1, 3]
            assert await jobs.enqueue("first") == 1

    run(test())


def test_object_whose_start_failed_can_be_started(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = Jobs()
            with pytest.raises(StartError, match="group: expected an id of at least 1"):
                await cluster.hosts[1].start(jobs, group=0)

            assert await cluster.hosts[1].start(jobs) is jobs

    run(test())


def test_object_belongs_to_one_group(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs, words = await cluster.hosts[1].start(Jobs()), Words()
            await cluster.hosts[1].start_group(words, 2)
            with pytest.raises(StartError, match="this Jobs was started before: expected an object for each start"):
                await cluster.hosts[1].start(jobs, group=3)
            with pytest.raises(StartError, match="this state machine is started already"):
                await cluster.hosts[1].start_group(words, 3)
            assert sorted(cluster.hosts[1].groups) == [1, 2]

    run(test())


@pytest.mark.parametrize("options", [{"max_command": 40 * 2**20}, {"max_entry": 8 * 2**20}], ids=str)
def test_options_that_do_not_fit_together(tmp_path: Path, options: dict[str, int]) -> None:
    async def test() -> None:
        large = TransportOptions(max_peer_frame=64 * 2**20)
        async with local_cluster(tmp_path, hosts=1) as cluster:
            with pytest.raises(StartError, match=r"expected max_command, .* to be at most max_peer_frame"):
                await cluster.hosts[1].start(Jobs(), options=GroupOptions(**options))  # type: ignore[arg-type]
            await cluster.hosts[1].close()
            again = await cluster.open(1, transport=large)
            jobs = await again.start(Jobs(), options=GroupOptions(**options))  # type: ignore[arg-type]
            assert await jobs.enqueue("job") == 1

    run(test())


def test_ids_of_hosts_that_are_none(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster, Client([cluster.members[1]], "rraft") as client:
            group = (await cluster.hosts[1].start(Jobs())).group
            for number in (0, -1, 2**63, 2**70):
                with pytest.raises(MembershipError, match="expected the id of a host, at least 1 and below"):
                    await group.add(number, "127.0.0.1:1")
                with pytest.raises(MembershipError, match="expected the id of a host, at least 1 and below"):
                    await client.remove(1, number)
            for number in (-1, 2**70):
                with pytest.raises(MembershipError, match="expected the id of a host, or 0 for any"):
                    await group.transfer_leadership(number)
                with pytest.raises(MembershipError, match="expected the id of a host, or 0 for any"):
                    await client.transfer_leadership(1, number)

    run(test())


@pytest.mark.parametrize("address", ["10.0.0.4", "a:99999", " ", "\ud800:1", "x" * 300 + ":1", "a:0", ""], ids=ascii)
def test_addresses_of_hosts_that_are_none(tmp_path: Path, address: str) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster, Client([cluster.members[1]], "rraft") as client:
            group = (await cluster.hosts[1].start(Jobs())).group
            changes = [group.add(4, address), group.add(4, address, voter=False), group.set_address(1, address)]
            changes += [client.add(1, 4, address), client.set_address(1, 1, address)]
            for change in changes:
                with pytest.raises(MembershipError, match=r"host [14]: (address: )?expected "):
                    await change
            with pytest.raises(MembershipError, match=r"host [14]: (address: )?expected "):
                check([Change(ChangeKind.ADD, 4, address)], group.core.state.members)
            assert group.status().addresses == cluster.members

    run(test())


def test_client_sets_an_address(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster, Client([cluster.members[1]], "rraft") as client:
            group = (await cluster.hosts[1].start(Jobs())).group
            await group.add(4, "127.0.0.1:1", voter=False)

            with pytest.raises(MembershipError, match=r"host 4 is a member already, at 127.0.0.1:1: set_address"):
                await client.add(1, 4, "127.0.0.1:2")
            await client.set_address(1, 4, "127.0.0.1:2")

            assert group.status().addresses[4] == "127.0.0.1:2"

    run(test())


def test_address_that_nobody_can_connect_to(tmp_path: Path) -> None:
    async def test() -> None:
        message = await rejected(tmp_path / "1", id=1, listen="0.0.0.0:0", join=["127.0.0.1:1"])
        assert "is no address to connect to: pass address=" in message
        [port] = free_ports(1)
        async with Host(tmp_path / "2", id=2, listen="0.0.0.0:0", bootstrap={2: f"127.0.0.1:{port}"}) as host:
            assert host.address == f"127.0.0.1:{port}"
        async with Host(tmp_path / "3", id=3, listen="0.0.0.0:0", address="example:1", join=["127.0.0.1:1"]) as host:
            assert host.address == "example:1"

    run(test())


def test_client_waits_for_the_start_of_a_group(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster, Client([cluster.members[1]], "rraft") as client:
            early = asyncio.ensure_future(client.group(Jobs).enqueue("before the group is started"))
            with pytest.raises(RequestTimeoutError, match="host 1 has not started group 1 yet"):
                await client.query(1, b"", timeout=0.2)

            await cluster.hosts[1].start(Jobs())

            assert await early == 1
            with pytest.raises(NoGroupError, match="no host has this group"):
                await client.query(2, b"")

    run(test())


def test_client_waits_for_a_group_that_the_log_has(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            await cluster.hosts[1].start(Jobs(), group=1)
            await cluster.hosts[1].start(Jobs(), group=2)
            await cluster.hosts[1].close()
            host = await cluster.open(1)
            await host.start(Jobs(), group=1)
            async with Client([cluster.members[1]], "rraft") as client:
                early = asyncio.ensure_future(client.group(Jobs, 2).length())
                with pytest.raises(RequestTimeoutError, match="host 1 has not started group 2 yet"):
                    await client.query(2, b"", timeout=0.2)
                await host.start(Jobs(), group=2)
                assert await early == 0

    run(test())
