"""`example/durable_node` survives being killed, on a `Wal` and on SQLite."""

import importlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from example.durable_node.sqlite_storage import SqliteStorage
from rraft import GetEntriesContext, Storage, Wal, WalStorage
from tests.harness.program import EXAMPLE, LIMIT, environment, example_folder

PROGRAM = EXAMPLE / "durable_node" / "main.py"

NODES = {"DurableNode": [], "SqliteNode": ["--sqlite"]}
"""The options of the program, by the class of its node."""

FIRST_INDEX = {"DurableNode": 1, "SqliteNode": 2}
"""The index of the first entry: the log in the database begins after a snapshot."""

each_node = pytest.mark.parametrize("node", NODES)


@pytest.fixture
def example() -> Iterator[None]:
    """Makes the modules of the example importable."""
    with example_folder("durable_node"):
        yield


def start(node: str, directory: Path) -> Any:
    """A node of this class."""
    module = importlib.import_module("node" if node == "DurableNode" else "sqlite_node")
    return getattr(module, node)(directory)


def check_storage(node: str, directory: Path) -> int:
    """Asserts the invariants of a storage, which hold whenever the process is killed. Returns its first index."""
    if node == "DurableNode":
        wal_storage = Wal.read(directory).storage(1)
        reader = wal_storage.read_snapshot()
        assert_consistent(wal_storage, wal_storage, reader.snapshot.metadata.index if reader else 0)
        return wal_storage.first_index()
    storage = SqliteStorage(directory / "node.sqlite3")
    snapshot_index = storage.snapshot_metadata().index
    assert_consistent(storage, Storage(storage), snapshot_index)
    assert snapshot_index <= storage.applied() <= storage.hard_state().commit
    first_index = storage.first_index()
    storage.close()
    return first_index


def assert_consistent(
    storage: SqliteStorage | WalStorage, seen_by_raft: Storage | WalStorage, snapshot_index: int
) -> None:
    first, last = storage.first_index(), storage.last_index()
    entries = seen_by_raft.entries(first, last + 1, GetEntriesContext.empty(False))
    hard_state = storage.hard_state()
    assert [entry.index for entry in entries] == list(range(first, last + 1))
    terms = [storage.term(index) for index in range(first - 1, last + 1)]
    assert terms == sorted(terms)
    assert [entry.term for entry in entries] == terms[1:]
    assert terms[-1] <= hard_state.term
    assert first - 1 <= snapshot_index <= hard_state.commit <= last


class Server:
    """`main.py` on a directory, in a separate process."""

    def __init__(self, node: str, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *NODES[node], str(directory)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def send(self, *commands: str) -> None:
        """Writes commands without waiting for the answers. They fit into the pipe."""
        self._input.write("".join(f"{command}\n" for command in commands))
        self._input.flush()

    def line(self) -> str:
        return self._output.readline().rstrip("\n")

    def kill(self) -> list[str]:
        """Kills the server. Returns the lines that were not read yet, without a truncated last one."""
        self._process.kill()
        if self._output.closed:
            return []
        output, errors = self._process.communicate()
        assert errors == ""
        return output.split("\n")[:-1]


def find_writes(server: Server, history: list[tuple[str, int]]) -> int:
    """The number of writes in `history` that a new server has. Its map must be the result of just these, in order."""
    server.send("dump")
    assert server.line().startswith("ready at index ")
    pairs = json.loads(server.line().removeprefix("map "))
    count = max(map(int, pairs.values()), default=0)
    assert pairs == {key: str(value) for key, value in history[:count]}
    return count


@each_node
def test_answers(node: str, tmp_path: Path) -> None:
    with Server(node, tmp_path) as server:
        server.send("put a 1", "get a", "get b", "put a 2", "dump", "put a", "")

        assert server.line() == f"ready at index {FIRST_INDEX[node]}"
        answers = [server.line() for _ in range(7)]
        usage = "error: put KEY VALUE, get KEY, or dump"
        assert answers == ["ok", "value 1", "none", "ok", 'map {"a": "2"}', usage, usage]


@pytest.mark.usefixtures("example")
def test_database_has_no_entry_applied_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = []
    first = start("SqliteNode", tmp_path)
    first.put("key", "value")
    first.close()
    key_values = importlib.import_module("key_values").KeyValues
    monkeypatch.setattr(key_values, "put", lambda _, key, value: applied.append((key, value)))

    second = start("SqliteNode", tmp_path)
    second.put("another key", "value")
    second.close()

    assert applied == [("another key", "value")]


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("writes", [0, 1, 98, 99, 100, 350], ids=str)
def test_map_is_restored_from_the_snapshot_and_the_log(
    writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    first = start("DurableNode", tmp_path)
    for number in range(writes):
        first.put(f"key-{number % 70}", f"\u00e9\n{number}")
    pairs, entries = first.pairs(), first.storage.last_index() - first.storage.first_index() + 1
    first.close()
    module = importlib.import_module("node")
    parse_command = module.parse_command

    def parse(data: bytes) -> object:
        parsed.append(data)
        return parse_command(data)

    monkeypatch.setattr(module, "parse_command", parse)

    second = start("DurableNode", tmp_path)

    assert second.pairs() == pairs
    assert second.applied == writes + 2  # and the two empty entries of the leader
    empty = int(writes < 99)
    assert len(parsed) == entries - empty == (writes if writes < 99 else (writes + 1) % 100)
    second.close()


@each_node
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("line", [b"put k \xff", b"put \xff v", b"get \xff", b"\xff", b"put k \xed\xa0\x80"], ids=repr)
def test_invalid_utf_8_line_is_rejected(line: bytes, locale: str, node: str, tmp_path: Path) -> None:
    def answers(*lines: bytes) -> list[str]:
        server = [sys.executable, str(PROGRAM), *NODES[node], str(tmp_path)]
        ended = subprocess.run(
            server,
            input=b"\n".join([*lines, b""]),
            env={**environment(), "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            capture_output=True,
            timeout=LIMIT,
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
        return ended.stdout.decode().splitlines()[1:]

    before = answers("put clé 1".encode(), line, b"put b 2")

    assert before == ["ok", "error: the command is not UTF-8", "ok"]
    value, pairs = answers("get clé".encode(), b"dump")
    assert value == "value 1"
    assert json.loads(pairs.removeprefix("map ")) == {"b": "2", "clé": "1"}


@pytest.mark.usefixtures("example")
@each_node
@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [("key", "\udcff", "is not UTF-8"), ("\ud800", "value", "is not UTF-8"), ("key", "x" * 2**16, "65536 are allowed")],
    ids=["value", "key", "length"],
)
def test_invalid_command_is_not_proposed(key: str, value: str, reason: str, node: str, tmp_path: Path) -> None:
    server = start(node, tmp_path)
    last_index = server.storage.last_index()

    with pytest.raises(ValueError, match=reason):
        server.put(key, value)

    assert server.storage.last_index() == last_index
    server.put("key", "value")
    assert server.get("key") == "value"
    server.close()


@pytest.mark.usefixtures("example")
@each_node
@pytest.mark.parametrize(
    "data",
    [b'["key", "\\udcff"]', b"\xff", b"no JSON", b'"key"', b'["key"]', b'["key", 1]', b"[" * 10**5, b"1" * 5000],
    ids=range(8),
)
def test_entry_with_an_invalid_command_is_skipped(
    data: bytes, node: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = start(node, tmp_path)
    first.raw_node.propose(b"", data)
    first.put("key", "value")
    first.close()
    skipped = "skipped an entry that is not a command\n"
    assert capsys.readouterr().err == skipped

    second = start(node, tmp_path)

    assert second.pairs() == {"key": "value"}
    assert capsys.readouterr().err == (skipped if node == "DurableNode" else "")
    second.close()


@each_node
def test_survives_kill(node: str, tmp_path: Path) -> None:
    """Acknowledged writes survive a kill, and so does a prefix of the pending ones. Runs fifty times."""
    rng = random.Random(2024)
    history: list[tuple[str, int]] = []  # the writes that were found, then those sent since; the n-th sets n
    acknowledged = 0
    lost = 0
    first_index = 0

    for _ in range(50):
        with Server(node, tmp_path) as server:
            if rng.random() < 0.1:
                time.sleep(rng.uniform(0, 0.1))
                continue  # killed while it starts

            found = find_writes(server, history)
            assert acknowledged <= found
            lost += len(history) - found
            del history[found:]

            history += [(f"key-{rng.randrange(20)}", found + n) for n in range(1, 101)]
            server.send(*(f"put {key} {value}" for key, value in history[found:]))
            answers = [server.line() for _ in range(rng.randint(0, 40))]
            time.sleep(rng.uniform(0, 0.002))
            answers += server.kill()
            assert set(answers) <= {"ok"}
            acknowledged = found + len(answers)

        first_index = check_storage(node, tmp_path)

    with Server(node, tmp_path) as server:
        assert acknowledged <= find_writes(server, history)
    assert acknowledged > 300
    assert lost > 300
    assert first_index > 300
