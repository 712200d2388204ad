"""The procedures of the page "Operate a cluster"."""

import errno
import shutil
import ssl
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rraft import SimulatedDisk, Wal, WalFailedError
from rraft.cluster import (
    Change,
    ChangeKind,
    Client,
    ClientOptions,
    FailedError,
    Host,
    StoppedError,
    TlsOptions,
    command,
    recover,
)
from rraft.cluster.environment import Environment
from tests.cluster.transport.certificates import Authority, Certificate
from tests.cluster.transport.support import FAST
from tests.harness.local_hosts import OPTIONS, Jobs, eventually, free_ports, local_cluster, run


class NewJobs(Jobs):
    """The next version of the program: a command has another argument, and there is another command."""

    @command
    def enqueue(self, payload: str, copies: int = 1) -> int:
        """Adds a job, and returns its number."""
        for _ in range(copies):
            self.number += 1
            self.jobs[self.number] = payload
        return self.number

    @command
    def enqueue_all(self, payloads: list[str]) -> int:
        """Adds several jobs."""
        for payload in payloads:
            self.number += 1
            self.jobs[self.number] = payload
        return self.number


def has_applied(jobs: Jobs, index: int) -> bool:
    return jobs.group.status().applied >= index


def test_rolling_upgrade(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            for number in (1, 2, 3):
                await cluster.hosts[number].close()
                other = jobs[number % 3 + 1]
                written = await other.enqueue("meanwhile")
                host = await cluster.open(number)
                jobs[number] = await host.start(NewJobs())
                committed = other.group.status().committed
                await eventually(partial(has_applied, jobs[number], committed))
                assert await jobs[number].length.local() >= written
                # It can be used as before, on each host, while others have the earlier version.
                assert await jobs[number].enqueue("from the new version") == written + 1
            assert all(host.group.status().stopped is None for host in jobs.values())
            upgraded = jobs[1]
            assert isinstance(upgraded, NewJobs)
            assert await upgraded.enqueue("twice", copies=2) == 8
            assert await upgraded.enqueue_all(["a", "b"]) == 10

    run(test())


def test_backup_and_restore(tmp_path: Path) -> None:
    async def test() -> None:
        backup = tmp_path / "backup"
        async with local_cluster(tmp_path / "cluster") as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            for number in range(5):
                await jobs[1].enqueue(f"{number}")
            await eventually(lambda: len(jobs[3].jobs) == 5)
            await cluster.hosts[3].close()
            shutil.copytree(tmp_path / "cluster" / "3", backup)
            await (await cluster.open(3)).start(Jobs())
            await jobs[1].enqueue("after the backup")

        recovery = recover(backup)

        assert recovery.removed == (1, 2)
        [port, other] = free_ports(2)
        async with Host(backup, listen=f"127.0.0.1:{port}", options=OPTIONS) as host:
            restored = await host.start(Jobs())
            assert await restored.payloads() == ["0", "1", "2", "3", "4"]
            join = [f"127.0.0.1:{port}"]
            async with Host(tmp_path / "4", listen=f"127.0.0.1:{other}", id=4, join=join, options=OPTIONS) as joining:
                late = await joining.start(Jobs())
                assert await late.length() == 5
                await eventually(lambda: restored.group.status().voters == (3, 4))

    run(test())


def test_replace_a_host(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            await jobs[2].enqueue("job")
            await cluster.hosts[1].close()
            shutil.rmtree(tmp_path / "1")

            new = await cluster.open(4, join=list(cluster.members.values()))
            late = await new.start(Jobs())
            async with Client([cluster.members[2], cluster.members[3]], "rraft") as client:
                changes = [Change(ChangeKind.ADD, 4, new.address), Change(ChangeKind.REMOVE, 1)]
                await client.change_members(1, changes)

            assert await late.payloads() == ["job"]
            await eventually(lambda: late.group.status().voters == (2, 3, 4))
            returning = await (await cluster.open(1, join=[cluster.members[2]])).start(Jobs())
            # Either the answer to its request says so, or a member that it has connected to.
            with pytest.raises(StoppedError, match=r"(host 1|this host) was removed"):
                await returning.length()

    run(test())


def test_lost_quorum(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            for number in range(5):
                await jobs[1].enqueue(f"{number}")
            await eventually(lambda: len(jobs[2].jobs) == 5)
            members = cluster.members
        for lost in (1, 3):
            shutil.rmtree(tmp_path / f"{lost}")

        recovery = recover(tmp_path / "2")

        assert recovery.removed == (1, 3)
        assert "what the hosts [1, 3] have acknowledged after that is lost" in str(recovery)
        async with Host(tmp_path / "2", listen=members[2], bootstrap=members, options=OPTIONS) as host:
            survivor = await host.start(Jobs())
            assert await survivor.length() == 5
            async with AsyncExitStack() as stack:
                for number, port in zip((4, 5), free_ports(2), strict=True):
                    new = Host(
                        tmp_path / f"{number}",
                        listen=f"127.0.0.1:{port}",
                        id=number,
                        join=[members[2]],
                        options=OPTIONS,
                    )
                    await stack.enter_async_context(new)
                    await new.start(Jobs())
                await eventually(lambda: survivor.group.status().voters == (2, 4, 5))
                assert await survivor.enqueue("together again") == 6

    run(test())


class OnSimulatedDisk(Environment):
    """The log of a host is on a disk that fails when a test says so."""

    def __init__(self, disk: SimulatedDisk) -> None:
        self._disk = disk

    def has_log(self, path: Path) -> bool:
        return Wal.exists(str(path), disk=self._disk)

    def open_log(self, path: Path, cluster: str, host: int | None, segment_size: int) -> Wal:
        return Wal(str(path), cluster=cluster, host=host, segment_size=segment_size, disk=self._disk)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        disk = SimulatedDisk(seed=1)
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await cluster.hosts[number].start(Jobs()) for number in (1, 2)}
            await cluster.hosts[3].close()
            shutil.rmtree(tmp_path / "3")
            monkeypatch.setattr(Host, "_environment", OnSimulatedDisk(disk))
            arguments: dict[str, Any] = {"listen": cluster.members[3], "bootstrap": cluster.members, "options": OPTIONS}

            host = Host(tmp_path / "3", **arguments)

            async def fill() -> None:
                async with host:
                    filled = await host.start(Jobs())
                    await jobs[1].enqueue("before")
                    await eventually(lambda: len(filled.jobs) == 1)
                    disk.fail(errno.ENOSPC, "write")
                    await jobs[1].enqueue("while the disk is full")
                    await host.serve()

            with pytest.raises(FailedError, match=r"the log of host 3 has failed: .*No space left on device"):
                await fill()
            with pytest.raises(WalFailedError, match="No space left on device"):
                await host.close()
            assert await jobs[2].length() == 2

            async with Host(tmp_path / "3", **arguments) as host:
                again = await host.start(Jobs())
                assert await again.length() == 2

    run(test())


def test_host_moves_to_another_address(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            await jobs[1].enqueue("job")
            await cluster.hosts[2].close()

            [port] = free_ports(1)
            moved = await (await cluster.open(2, listen=f"127.0.0.1:{port}")).start(Jobs())

            assert await moved.length() == 1
            await eventually(lambda: jobs[1].group.status().addresses[2] == f"127.0.0.1:{port}")
            await cluster.hosts[3].close()
            assert await jobs[1].enqueue("by 1 and 2") == 2

    run(test())


def contexts(authority: Authority, certificate: Certificate) -> TlsOptions:
    return TlsOptions(authority.server(certificate, ssl.CERT_OPTIONAL), authority.client(certificate))


def test_certificates_are_renewed_without_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        (tmp_path / "old").mkdir()
        (tmp_path / "new").mkdir()
        old, new = Authority(tmp_path / "old", "authority"), Authority(tmp_path / "new", "authority")
        members = {number: f"localhost:{port}" for number, port in enumerate(free_ports(3), 1)}
        tls: dict[int, TlsOptions] = {}
        async with AsyncExitStack() as stack:
            jobs = {}
            for number, address in members.items():
                tls[number] = contexts(old, old.sign(f"host-{number}.rraft", "localhost"))
                transport = replace(FAST, tls=tls[number])
                host = Host(tmp_path / f"{number}", listen=address, bootstrap=members, transport=transport)
                await stack.enter_async_context(host)
                jobs[number] = await host.start(Jobs())
            await jobs[1].enqueue("with the old certificates")

            for options in tls.values():  # the authorities first, so that old and new certificates are accepted
                for context in (options.server, options.client):
                    context.load_verify_locations(new.file)
            for number, options in tls.items():
                for context in (options.server, options.client):
                    new.sign(f"host-{number}.rraft", "localhost").load_into(context)

            trusting_new = ClientOptions(tls=new.client())
            async with Client(list(members.values()), "rraft", trusting_new) as client:
                assert await client.group(Jobs).enqueue("with the new ones") == 2
            await jobs[1].group.remove(1)
            new_only = replace(FAST, tls=contexts(new, new.sign("host-4.rraft", "localhost")))
            [port] = free_ports(1)
            host = Host(
                tmp_path / "4",
                listen=f"localhost:{port}",
                id=4,
                join=[members[2], members[3]],
                transport=new_only,
                client=trusting_new,
            )
            await stack.enter_async_context(host)
            joined = await host.start(Jobs())
            assert await joined.payloads() == ["with the old certificates", "with the new ones"]

    run(test())
