"""The commands that talk to a running cluster."""

import asyncio
import io
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import Client, RequestTimeoutError, TransportOptions
from rraft.cluster.command_line.main import main
from tests.harness.local_hosts import Jobs, LocalCluster, eventually, free_ports, local_cluster, run
from tests.harness.program import ROOT, environment

from .shell import Ended, rraft_beside


class Deployment:
    """A cluster with one group of `Jobs` on each host, and its command line."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.cluster = cluster
        self.jobs: dict[int, Jobs] = {}

    async def start(self, number: int, **arguments: Any) -> None:
        """Starts a host and its group."""
        if arguments:
            await self.cluster.open(number, **arguments)
        self.jobs[number] = await self.cluster.hosts[number].start(Jobs())

    async def rraft(self, command: str, *arguments: str) -> Ended:
        """Runs a command, which knows the address of host 1."""
        return await rraft_beside(command, *arguments, "--connect", self.cluster.members[1])

    def voters(self, number: int = 1) -> tuple[int, ...]:
        """The voters as a host knows them."""
        return self.jobs[number].group.status().voters

    @property
    def leader(self) -> int:
        """The id of the leader, as host 1 knows it."""
        return self.jobs[1].group.status().leader


@asynccontextmanager
async def deployment(directory: Path, hosts: int = 3) -> AsyncIterator[Deployment]:
    async with local_cluster(directory, hosts) as cluster:
        made = Deployment(cluster)
        for number in cluster.members:
            await made.start(number)
        await made.jobs[1].enqueue("first")
        await eventually(lambda: all(jobs.number for jobs in made.jobs.values()))
        yield made


async def learner(made: Deployment, number: int) -> str:
    """Starts a host that is not a member yet. Returns its address."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    await made.start(number, listen=address, join=[made.cluster.members[1]])
    return address


def test_status_is_a_table_of_all_hosts(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            ended = await made.rraft("status")

            assert (ended.code, ended.error) == (0, "")
            assert re.match(rf"cluster rraft, group 1: leader {made.leader}, term \d+, voters 1 2 3\n", ended.output)
            assert [line.split()[:3] for line in ended.lines[2:]] == [
                [str(host), address, "leader" if host == made.leader else "follower"]
                for host, address in made.cluster.members.items()
            ]
            assert all(line.endswith("  ok") for line in ended.lines[2:])

    run(test())


def test_status_of_a_member_that_is_away(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            await made.cluster.hosts[3].close()
            await eventually(lambda: made.leader in (1, 2))

            ended = await made.rraft("status")
            as_json = json.loads((await made.rraft("status", "--json")).output)

            assert ended.code == 1
            assert re.search(r"3  127.0.0.1:\d+ +\? .*no answer$", ended.lines[-1])
            assert as_json["healthy"] is False
            assert list(as_json["unreachable"]) == [made.cluster.members[3]]
            assert sorted(as_json["hosts"]) == ["1", "2"]

    run(test())


def test_status_does_not_miss_a_host_that_was_removed(tmp_path: Path) -> None:
    """The list of addresses of an operator, or of a script, may still have it."""

    async def test() -> None:
        async with deployment(tmp_path) as made:
            address = made.cluster.members[3]
            assert (await made.rraft("remove", "3")).code == 0
            await made.cluster.hosts[3].close()

            ended = await rraft_beside("status", "--connect", f"{made.cluster.members[1]},{address}")

            assert ended.code == 0
            assert re.search(f"^{address}, of no member: .*", ended.output, re.MULTILINE)

    run(test())


def test_status_as_json_is_what_the_hosts_report(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            report = json.loads((await made.rraft("status", "--json")).output)

            assert (report["cluster"], report["healthy"], report["unreachable"]) == ("rraft", True, {})
            for number, host in made.cluster.hosts.items():
                assert report["hosts"][str(number)].keys() == host.status().keys()
                group = report["hosts"][str(number)]["groups"]["1"]
                assert group == {**host.status()["groups"]["1"], **{key: group[key] for key in group if "_per_" in key}}

    run(test())


def test_watch_shows_recent_events(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            ended = await made.rraft("watch", "--interval", "0.01", "--count", "2")

            assert ended.code == 0
            assert ended.output.count("cluster rraft, group 1") == 2
            assert re.search(r"\d\d:\d\d:\d\d  host \d, group 1: host \d leads in term \d+\n", ended.output)

    run(test())


def test_add_makes_a_voter(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            address = await learner(made, 4)

            ended = await made.rraft("add", "4", address)

            assert (ended.code, ended.output) == (0, "host 4 is a voter of group 1\n")
            assert made.voters() == (1, 2, 3, 4)

    run(test())


def test_learner_is_added_and_promoted(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path, hosts=1) as made:
            [port] = free_ports(1)
            added = await made.rraft("add", "2", f"127.0.0.1:{port}", "--learner")
            learners = made.jobs[1].group.status().learners
            await made.start(2, listen=f"127.0.0.1:{port}", join=[made.cluster.members[1]])

            promoted = await made.rraft("promote", "2")

            assert (added.code, added.output, learners) == (0, "host 2 is a learner of group 1\n", (2,))
            assert (promoted.code, promoted.output) == (0, "host 2 is a voter of group 1\n")
            assert made.voters() == (1, 2)

    run(test())


def test_remove_of_the_leader_hands_over(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            leader = made.leader

            ended = await rraft_beside("remove", str(leader), "--connect", ",".join(made.cluster.members.values()))

            other = next(number for number in made.jobs if number != leader)
            assert (ended.code, ended.output) == (0, f"host {leader} is no longer a member of group 1\n")
            await eventually(lambda: leader not in made.voters(other))

    run(test())


def test_replace_a_dead_host(tmp_path: Path) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            await made.cluster.hosts[3].close()
            address = await learner(made, 4)

            ended = await made.rraft("replace", "3", "4", address)

            assert (ended.code, ended.output) == (0, "host 4 has replaced host 3 in group 1\n")
            assert made.voters() == (1, 2, 4)

    run(test())


@pytest.mark.parametrize("is_named", [True, False], ids=["to a host", "to any"])
def test_transfer(tmp_path: Path, is_named: bool) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            leader = made.leader
            to = leader % 3 + 1

            ended = await made.rraft("transfer", *([str(to)] if is_named else []))

            assert ended.code == 0
            assert re.fullmatch(rf"host {to if is_named else '[123]'} leads group 1\n", ended.output)
            await eventually(lambda: made.leader not in (0, leader))

    run(test())


@pytest.mark.parametrize(("arguments", "hosts"), [((), [1, 2, 3]), (("--host", "2"), [2])], ids=["all", "one"])
def test_snapshot(tmp_path: Path, arguments: tuple[str, ...], hosts: list[int]) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            ended = await made.rraft("snapshot", *arguments)

            assert (ended.code, ended.error) == (0, "")
            assert [int(line.split()[1].rstrip(":")) for line in ended.lines] == hosts
            for host in hosts:
                events = made.cluster.hosts[host].status()["events"]
                assert [event["kind"] for event in events].count("snapshot_made") == 1

    run(test())


def test_snapshot_that_some_hosts_have_made_is_no_request_without_an_answer(tmp_path: Path) -> None:
    """The exit code for that means that nothing was done."""

    async def test() -> None:
        async with deployment(tmp_path) as made:
            await made.cluster.hosts[1].close()
            await eventually(lambda: made.jobs[2].group.status().leader in (2, 3))

            ended = await rraft_beside("snapshot", "--connect", made.cluster.members[2])

            assert (ended.code, ended.error) == (1, "rraft: host 1: no answer\n")
            assert [line.split()[1] for line in ended.lines] == ["2:", "3:"]

    run(test())


def test_transfer_is_done_though_the_new_leader_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_status(_client: Client, _group: int) -> None:
        raise RequestTimeoutError("not answered")

    async def test() -> None:
        async with deployment(tmp_path) as made:
            leader = made.leader
            monkeypatch.setattr(Client, "status", no_status)

            ended = await made.rraft("transfer")

            assert (ended.code, ended.output, ended.error) == (0, "group 1 elects a leader\n", "")
            await eventually(lambda: made.leader not in (0, leader))

    run(test())


INTERRUPTIBLE = """
import signal, sys
from rraft.cluster.command_line.main import main

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""
"""The command line, also when SIGINT is ignored here, as by processes in the background."""


def test_interrupted_change_may_be_made(tmp_path: Path) -> None:
    """As by Ctrl-C, while the host that is added does not come."""

    async def test() -> None:
        async with deployment(tmp_path, hosts=1) as made:
            arguments = ("add", "4", "127.0.0.1:1", "--connect", made.cluster.members[1])
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", INTERRUPTIBLE, *arguments, cwd=ROOT, env=environment(), stderr=PIPE
            )
            await eventually(lambda: 4 in made.jobs[1].group.status().learners)

            process.send_signal(signal.SIGINT)
            _, error = await process.communicate()

            expected = b"rraft: interrupted: the outcome is unknown, see status\n"
            assert (process.returncode, error) == (4, expected)

    run(test())


WITHOUT_OUTPUT: dict[str, tuple[tuple[str, ...], int]] = {
    "add": (("add", "4", "127.0.0.1:1", "--learner"), 4),
    "remove": (("remove", "3"), 4),
    "snapshot": (("snapshot",), 4),
    "status": (("status",), 1),
    "watch": (("watch", "--count", "1"), 1),
}
"""A change may have been made, whatever becomes of the output."""


async def rraft_into(output: int, *arguments: str) -> tuple[int | None, bytes]:
    """Runs a command as a process that writes to a file. Returns its exit code, and what it writes to stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rraft.cluster", *arguments, cwd=ROOT, env=environment(), stdout=output, stderr=PIPE
    )
    os.close(output)
    _, error = await process.communicate()
    return process.returncode, error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("arguments", "code"), WITHOUT_OUTPUT.values(), ids=WITHOUT_OUTPUT)
def test_output_to_a_full_disk(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    async def test() -> None:
        async with deployment(tmp_path) as made:
            full = os.open("/dev/full", os.O_WRONLY)

            ended = await rraft_into(full, *arguments, "--connect", made.cluster.members[1])

            unknown = b": the outcome is unknown, see status" if code == 4 else b""
            expected = b"rraft: the output cannot be written: [Errno 28] No space left on device" + unknown
            assert ended == (code, expected + b"\n")

    run(test())


@pytest.mark.skipif(sys.platform == "win32", reason="needs EPIPE for a closed pipe")
@pytest.mark.parametrize(("arguments", "code"), WITHOUT_OUTPUT.values(), ids=WITHOUT_OUTPUT)
def test_output_to_a_closed_pipe(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    """What is read in part, as by `head`, ends without a word."""

    async def test() -> None:
        async with deployment(tmp_path) as made:
            reader, writer = os.pipe()
            os.close(reader)

            ended = await rraft_into(writer, *arguments, "--connect", made.cluster.members[1])

            expected = (
                b"rraft: the output cannot be written: [Errno 32] Broken pipe: the outcome is unknown, see status\n"
            )
            assert ended == (code, expected if code == 4 else b"")

    run(test())


REJECTED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no member to remove": (("remove", "9"), 1, "host 9 is not a member"),
    "no member to promote": (("promote", "9"), 1, "host 9 is not a member"),
    "no voter to transfer to": (("transfer", "9"), 1, "host 9 is not a voter"),
    "no member to replace": (("replace", "9", "4", "127.0.0.1:1"), 1, "host 9 is not a member"),
    "other address": (("add", "2", "127.0.0.1:1"), 1, "host 2 is a member already"),
    "voter as a learner": (("add", "1", "", "--learner"), 1, "host 1 is a voter: it cannot be added as a learner"),
    "last voter": (("remove", "1"), 1, "the last voter cannot be removed"),
    "no such host for a snapshot": (("snapshot", "--host", "9"), 1, "host 9 is no member of group 1"),
    "no such group": (("remove", "2", "--group", "7"), 3, "no host has this group"),
    "no such group for a snapshot": (("snapshot", "--group", "7"), 3, "no host has group 7"),
    "other cluster": (("status", "--cluster", "other"), 3, "cluster"),
    "host that does not come": (("add", "4", "127.0.0.1:1", "--timeout", "0.5"), 4, "the outcome is unknown"),
}


@pytest.mark.parametrize(("arguments", "code", "expected"), REJECTED.values(), ids=REJECTED)
def test_what_the_cluster_rejects(tmp_path: Path, arguments: tuple[str, ...], code: int, expected: str) -> None:
    async def test() -> None:
        async with deployment(tmp_path, hosts=1) as made:
            if expected.startswith("host 2 is a member"):
                await made.rraft("add", "2", "127.0.0.1:2", "--learner")

            own = made.cluster.members[1]

            ended = await made.rraft(*(argument or own for argument in arguments))

            assert (ended.code, ended.output) == (code, "")
            assert expected in ended.error
            assert re.fullmatch(r"rraft: .*\n", ended.error)

    run(test())


def test_secret(tmp_path: Path) -> None:
    async def test() -> None:
        secret = tmp_path / "secret"
        secret.write_text("a secret of at least 16 bytes\n")
        wrong = tmp_path / "wrong"
        wrong.write_text("another secret of 16 bytes\n")
        async with local_cluster(tmp_path / "hosts", hosts=0) as cluster:
            cluster.members = {1: f"127.0.0.1:{free_ports(1)[0]}"}
            await cluster.open(1, transport=TransportOptions(secret=b"a secret of at least 16 bytes"))
            made = Deployment(cluster)
            await made.start(1)
            await made.jobs[1].enqueue("first")

            assert (await made.rraft("status", "--secret-file", str(secret))).code == 0
            for options in ([], ["--secret-file", str(wrong)]):
                assert (await made.rraft("status", *options)).code == 3
            assert cluster.hosts[1].status()["warnings"] == {"rejected_connection": 1}

    run(test())


def test_name_that_the_terminal_cannot_show(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=0) as cluster:
            address = f"127.0.0.1:{free_ports(1)[0]}"
            host = await cluster.open(1, listen=address, bootstrap={1: address}, cluster="b\u00fcro")
            await (await host.start(Jobs())).enqueue("first")
            output = io.BytesIO()
            terminal = io.TextIOWrapper(output, "ascii", write_through=True)

            with redirect_stdout(terminal):
                code = await asyncio.to_thread(main, ["status", "--cluster", "b\u00fcro", "--connect", address])

            assert output.getvalue().startswith(b"cluster b\\xfcro, group 1: leader 1")
            assert code == 0

    run(test())
