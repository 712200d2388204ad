"""`verify` and `recover`: the directories of hosts that do not run."""

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest

from rraft.cluster import FailedError, Host, StartError
from rraft.cluster.command_line import main, output
from rraft.cluster.recovery import plan_recovery, recover
from tests.harness.local_hosts import OPTIONS, Jobs, eventually, local_cluster, run

from .shell import Ended, rraft, rraft_beside


def all_have(jobs: list[Jobs], count: int) -> bool:
    """Whether so many jobs were enqueued on all hosts."""
    return all(len(one.jobs) == count for one in jobs)


def groups_of(directory: Path, groups: int) -> None:
    """Makes a cluster of three hosts, whose directories are left with a job in each group on all of them."""

    async def make() -> None:
        async with local_cluster(directory, 3) as cluster:
            for group in range(1, groups + 1):
                jobs = [await host.start(Jobs(), group) for host in cluster.hosts.values()]
                await jobs[0].enqueue("first")
                await eventually(partial(all_have, jobs, 1))

    run(make())


def words_of(directory: Path, number: int, words: list[str]) -> None:
    """Makes a cluster of `number` hosts, whose directories are left with these jobs on all of them."""

    async def make() -> None:
        async with local_cluster(directory, number) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            for word in words:
                await jobs[0].enqueue(word)
            await eventually(lambda: all(len(one.jobs) == len(words) for one in jobs))

    run(make())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    words_of(tmp_path, 3, ["first", "second"])
    return tmp_path


def test_verify_reads_the_log_and_the_snapshots(directory: Path) -> None:
    ended = rraft("verify", str(directory / "1"))

    assert (ended.code, ended.error) == (0, "")
    assert ended.lines[0] == "host 1, cluster rraft"
    assert re.search(r"group 1: snapshot with \d+ bytes of state and 0 sessions, voters \[1, 2, 3\]", ended.output)
    assert ended.lines[-1] == "intact"


@pytest.mark.parametrize("suffix", ["seg", "snap"])
def test_verify_finds_damage(directory: Path, suffix: str) -> None:
    files = [path for path in (directory / "1").rglob("*") if path.is_file() and suffix in path.name]
    path = max(files, key=lambda path: path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[-len(content) // 2] ^= 0x40
    path.write_bytes(content)

    ended = rraft("verify", str(directory / "1"))

    assert ended.code == 1
    assert re.fullmatch(r"rraft: damaged: .*\n", ended.error)


def test_recover_says_first_what_may_be_lost(directory: Path) -> None:
    before = {path: path.read_bytes() for path in sorted((directory / "1").rglob("*")) if path.is_file()}

    ended = rraft("recover", str(directory / "1"), "--members", "1")

    assert (ended.code, ended.error) == (1, "rraft: nothing was changed: repeat the command with --yes\n")
    assert re.search(r"host 1 becomes the only member, at entry \d+\n", ended.output)
    assert "removed permanently: hosts 2, 3\n" in ended.output
    assert re.search(r"lost: what these have acknowledged after entry \d+\n", ended.output)
    assert {path: path.read_bytes() for path in sorted((directory / "1").rglob("*")) if path.is_file()} == before


def test_recover_brings_a_cluster_with_two_lost_disks_back(directory: Path) -> None:
    recovered = rraft("recover", str(directory / "3"), "--members", "3", "--yes")

    assert (recovered.code, recovered.error) == (0, "")
    assert re.search(
        r"group 1: host 3 is the only member. Its log ends at entry \d+: what the hosts \[1, 2\]", recovered.output
    )
    assert recovered.lines[-2:] == [
        "next: start host 3 as before",
        "next: start hosts with new ids and empty directories with --join, which makes them members",
    ]

    async def grow() -> tuple[list[str], Ended]:
        async with (
            Host(directory / "3", listen="127.0.0.1:0", options=OPTIONS) as survivor,
        ):
            jobs = await survivor.start(Jobs())
            await jobs.enqueue("third")
            async with (
                Host(directory / "4", id=4, listen="127.0.0.1:0", join=[survivor.address], options=OPTIONS) as fourth,
                Host(directory / "5", id=5, listen="127.0.0.1:0", join=[survivor.address], options=OPTIONS) as fifth,
            ):
                new = [await fourth.start(Jobs()), await fifth.start(Jobs())]
                await eventually(lambda: jobs.group.status().voters == (3, 4, 5))
                await eventually(lambda: all(len(one.jobs) == 3 for one in new))
                ended = await rraft_beside("status", "--connect", survivor.address)
                return await new[0].payloads(), ended

    payloads, ended = run(grow())
    assert payloads == ["first", "second", "third"]
    assert ended.code == 0


def test_recover_chooses_the_survivor_with_the_longest_log(tmp_path: Path) -> None:
    async def make() -> None:
        async with local_cluster(tmp_path, 5) as cluster:
            jobs = {number: await host.start(Jobs()) for number, host in cluster.hosts.items()}
            await jobs[1].enqueue("first")
            await eventually(lambda: all(one.jobs for one in jobs.values()))
            await cluster.hosts[1].close()
            await jobs[2].enqueue("second")
            await eventually(lambda: all(len(jobs[number].jobs) == 2 for number in (2, 3, 4, 5)))

    run(make())
    paths = [str(tmp_path / number) for number in "12"]

    ended = rraft("recover", *paths, "--members", "1,2", "--yes")

    assert ended.code == 0
    assert "host 2 becomes the only member" in ended.output
    assert "removed permanently: hosts 1, 3, 4, 5\n" in ended.output
    assert "next: delete the directories of hosts 1\n" in ended.output

    async def survivor() -> list[str]:
        async with Host(tmp_path / "2", listen="127.0.0.1:0", options=OPTIONS) as host:
            return await (await host.start(Jobs())).payloads()

    assert run(survivor()) == ["first", "second"]


def test_recover_that_was_interrupted_is_repeated(tmp_path: Path) -> None:
    groups_of(tmp_path, 2)
    recover(tmp_path / "1", 1)

    ended = rraft("recover", str(tmp_path / "1"), "--members", "1", "--yes")

    assert (ended.code, ended.error) == (0, "")
    assert ended.lines[:2] == ["group 1: skipped: host 1 is the only voter already", "group 2:"]
    assert "group 2: host 1 is the only member" in ended.output
    assert "group 1: host 1 is the only member" not in ended.output

    async def both() -> list[int]:
        async with Host(tmp_path / "1", listen="127.0.0.1:0", options=OPTIONS) as host:
            return [await (await host.start(Jobs(), group)).length() for group in (1, 2)]

    assert run(both()) == [1, 1]


@pytest.mark.parametrize("options", [(), ("--yes",)], ids=["plan", "yes"])
def test_recover_with_nothing_left_to_do(directory: Path, options: tuple[str, ...]) -> None:
    recover(directory / "1")
    before = {path: path.read_bytes() for path in sorted((directory / "1").rglob("*")) if path.is_file()}

    ended = rraft("recover", str(directory / "1"), "--members", "1", *options)

    assert (ended.code, ended.error) == (0, "")
    assert ended.lines == ["group 1: skipped: host 1 is the only voter already", "nothing is left to do"]
    assert {path: path.read_bytes() for path in sorted((directory / "1").rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()], ids=["output", "Ctrl-C"])
def test_recover_that_ends_early_may_have_recovered_some_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    groups_of(tmp_path, 2)

    def interrupted(text: str, **_: object) -> None:
        if "is the only member" in text:
            raise error

    monkeypatch.setattr(output, "print", interrupted, raising=False)
    monkeypatch.setattr(output, "_discard_output", lambda: None)
    complaints: list[str] = []
    monkeypatch.setattr(main, "complain", complaints.append)

    ended = rraft("recover", str(tmp_path / "1"), "--members", "1", "--yes")

    assert ended.code == 4
    assert complaints[0].endswith(": the outcome is unknown, repeat the command")
    assert [group.group for group in plan_recovery([tmp_path / "1"], [1]).groups] == [2]


REJECTED: dict[str, tuple[str, str, str]] = {
    "quorum is not lost": ("12", "1,2", r"group 1: the hosts \[1, 2\] are a quorum of the voters \[1, 2, 3\]: start"),
    "directory of a lost host": ("12", "1", r"expected the directories of the hosts \[1\], got those of \[1, 2\]"),
    "survivor without directory": ("1", "1,2", r"expected the directories of the hosts \[1, 2\], got those of \[1\]"),
    "directory of another host": ("1", "2", r"expected the directories of the hosts \[2\], got those of \[1\]"),
    "the same directory twice": ("11", "1", r"are both of host 1"),
}


@pytest.mark.parametrize(("hosts", "members", "expected"), REJECTED.values(), ids=REJECTED)
def test_recover_rejects(directory: Path, hosts: str, members: str, expected: str) -> None:
    ended = rraft("recover", *(str(directory / host) for host in hosts), "--members", members, "--yes")

    assert (ended.code, ended.output) == (1, "")
    assert re.search(expected, ended.error)
    assert ended.error.count("\n") == 1


def test_recover_of_a_group_that_is_not_there(directory: Path) -> None:
    ended = rraft("recover", str(directory / "1"), "--members", "1", "--group", "2", "--yes")

    assert ended.code == 1
    assert "the directory has no group 2, but [1]" in ended.error


def test_recover_rejects_a_host_that_runs(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, 3) as cluster:
            jobs = [await host.start(Jobs()) for host in cluster.hosts.values()]
            await jobs[0].enqueue("first")

            ended = await asyncio.to_thread(rraft, "recover", str(tmp_path / "1"), "--members", "1", "--yes")

            assert ended.code == 1
            assert "locked" in ended.error

    run(test())


def test_groups_with_their_longest_logs_on_different_hosts(tmp_path: Path) -> None:
    async def make() -> None:
        async with local_cluster(tmp_path, 5) as cluster:
            for group in (1, 2):
                jobs = [await host.start(Jobs(), group) for host in cluster.hosts.values()]
                await jobs[0].enqueue("first")
                await eventually(partial(all_have, jobs, 1))
                jobs[2 - group].group.core.leave(FailedError("away"))
                await jobs[group - 1].enqueue("second")

    run(make())

    with pytest.raises(StartError, match=r"the longest logs of the groups are on the hosts \[1, 2\]: recover each"):
        plan_recovery([tmp_path / "1", tmp_path / "2"], [1, 2])
    plan = plan_recovery([tmp_path / "1", tmp_path / "2"], [1, 2], 2)
    assert [(group.group, group.chosen.host) for group in plan.groups] == [(2, 2)]
