"""`python -m rraft.wal`: what it says about a log, and its exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rraft import ConfChange, ConfState, Entry, EntryType, HardState, Wal
from rraft.wal import describe, main

SEGMENT = "00000000000000000001.seg"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    with Wal(tmp_path, host=1, cluster="orders") as wal:
        storage = wal.storage(1, ConfState([1, 2]))
        storage.append([Entry(index=index, term=1, data=b"%d" % index) for index in range(1, 4)])
        storage.append([Entry(index=4, term=1, entry_type=EntryType.EntryConfChange, data=ConfChange().encode())])
        storage.set_hardstate(HardState(term=1, vote=1, commit=3))
        storage.create_snapshot(2, b"state")
        storage.compact(3)
        wal.storage(5, ConfState([1]))
    return tmp_path


INTACT = """\
host 1, cluster orders
1 segments, {size} bytes, {live} bytes of entries
group 1: entries 3 to 4, HardState {{ term: 1, vote: 1, commit: 3 }}, ConfState {{ voters: [1, 2], learners: [], \
voters_outgoing: [], learners_next: [], auto_leave: false }}
  snapshot at index 2, term 1: 5 bytes
{entries}group 5: no entries after 0, HardState {{ term: 0, vote: 0, commit: 0 }}, ConfState {{ voters: [1], \
learners: [], voters_outgoing: [], learners_next: [], auto_leave: false }}
{end}"""
ENTRIES = """\
  3 term 1: 1 bytes b'3'
  4 term 1 EntryConfChange: 0 bytes b''
"""


@pytest.mark.parametrize(("command", "entries", "end"), [("check", "", "intact\n"), ("dump", ENTRIES, "")])
def test_intact_log(directory: Path, capsys: pytest.CaptureFixture[str], command: str, entries: str, end: str) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    stats = Wal.read(directory).stats()

    assert main([command, str(directory)]) == 0

    expected = INTACT.format(size=stats.disk_bytes, live=stats.live_bytes, entries=entries, end=end)
    assert capsys.readouterr() == (expected, "")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_one_group(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(directory), "--group", "5"]) == 0

    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()[2:]] == ["group 5", "intact"]


def flip_a_bit(directory: Path) -> None:
    content = bytearray((directory / SEGMENT).read_bytes())
    content[200] ^= 4
    (directory / SEGMENT).write_bytes(content)


def zero_the_snapshot(directory: Path) -> None:
    [snapshot] = directory.glob("*.snap")
    snapshot.write_bytes(bytes(snapshot.stat().st_size))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip_a_bit, "{directory}/" + SEGMENT + ": offset 128: the checksum of a frame is wrong"),
        (lambda directory: (directory / SEGMENT).unlink(), "{directory}/" + SEGMENT + ": offset 0: "),
        (lambda directory: (directory / "CURRENT").write_bytes(b""), "{directory}/CURRENT: offset 0: "),
        (zero_the_snapshot, "{directory}/00000000000000000001.snap: offset 0: "),
    ],
    ids=["flipped bit", "lost segment", "empty CURRENT", "zeroed snapshot"],
)
def test_damaged_log(
    directory: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object], message: str
) -> None:
    damage(directory)

    assert main(["check", str(directory)]) == 1

    assert capsys.readouterr().err.startswith("damaged: " + message.format(directory=directory))


def test_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2

    assert capsys.readouterr() == ("", f"can't be read: {tmp_path}: there is no log\n")


def test_log_in_use_is_read(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Wal(directory) as wal:
        wal.storage(9, ConfState([1]))
        wal.sync()

        assert main(["check", str(directory), "--group", "9"]) == 0

    assert "group 9: no entries after 0" in capsys.readouterr().out


def test_snapshot_that_is_replaced_meanwhile(directory: Path) -> None:
    with Wal(directory) as wal:
        lines = describe(str(directory))
        group = next(line for line in lines if line.startswith("group 1"))
        wal.storage(1).create_snapshot(4, b"newer state")
        wal.sync()

        snapshot = next(lines)

    assert group.startswith("group 1: entries 3 to 4")
    assert snapshot == "  snapshot at index 4, term 1: 11 bytes"


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("-1", "expected a number from 0 to 2**64 - 1, got -1"),
        (str(2**64), "expected a number from 0 to 2**64 - 1, got 18446744073709551616"),
        ("one", "expected a number from 0 to 2**64 - 1, got one"),
    ],
)
def test_wrong_group(directory: Path, capsys: pytest.CaptureFixture[str], group: str, message: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["check", str(directory), f"--group={group}"])

    assert message in capsys.readouterr().err


def test_output_that_nobody_reads(tmp_path: Path) -> None:
    with Wal(tmp_path) as wal:
        wal.storage(1).append([Entry(index=index, term=1, data=bytes(50)) for index in range(1, 5_001)])
    command = [sys.executable, "-m", "rraft.wal", "dump", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dump:
        assert dump.stdout is not None
        assert dump.stderr is not None
        first = dump.stdout.readline()
        dump.stdout.close()
        error = dump.stderr.read()

    assert (dump.returncode, first, error) == (141, "host None, cluster None\n", "")
