"""`example/durable_node` survives being killed."""

import importlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from example.durable_node.sqlite_storage import SqliteStorage
from rraft import GetEntriesContext, Storage
from tests.harness.program import EXAMPLE, LIMIT, environment, example_folder

PROGRAM = EXAMPLE / "durable_node" / "main.py"


def assert_consistent(storage: SqliteStorage) -> None:
    """Asserts the invariants of the database, which hold whenever the process is killed."""
    first, last, applied = storage.first_index(), storage.last_index(), storage.applied()
    entries = Storage(storage).entries(first, last + 1, GetEntriesContext.empty(False))
    metadata, hard_state = storage.snapshot_metadata(), storage.hard_state()
    assert [entry.index for entry in entries] == list(range(first, last + 1))
    terms = [storage.term(index) for index in range(first - 1, last + 1)]
    assert terms == sorted(terms)
    assert [entry.term for entry in entries] == terms[1:]
    assert terms[-1] <= hard_state.term
    assert first - 1 <= metadata.index <= applied <= hard_state.commit <= last


class Server:
    """`main.py` on a directory, in a separate process."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(directory)],
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


def test_answers(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.send("put a 1", "get a", "get b", "put a 2", "dump", "put a", "")

        assert server.line() == "ready at index 2"
        answers = [server.line() for _ in range(7)]
        usage = "error: put KEY VALUE, get KEY, or dump"
        assert answers == ["ok", "value 1", "none", "ok", 'map {"a": "2"}', usage, usage]


def test_no_entry_is_applied_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = []
    with example_folder("durable_node"):
        node = importlib.import_module("node")
        first = node.DurableNode(tmp_path)
        first.put("key", "value")
        first.storage.close()
        monkeypatch.setattr(node.KeyValues, "put", lambda _, key, value: applied.append((key, value)))

        second = node.DurableNode(tmp_path)
        second.put("another key", "value")
        second.storage.close()

    assert applied == [("another key", "value")]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("line", [b"put k \xff", b"put \xff v", b"get \xff", b"\xff", b"put k \xed\xa0\x80"], ids=repr)
def test_invalid_utf_8_line_is_rejected(line: bytes, locale: str, tmp_path: Path) -> None:
    def answers(*lines: bytes) -> list[str]:
        server = [sys.executable, str(PROGRAM), str(tmp_path)]
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
    assert answers("get clé".encode(), b"dump") == ["value 1", 'map {"b": "2", "cl\\u00e9": "1"}']


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [("key", "\udcff", "is not UTF-8"), ("\ud800", "value", "is not UTF-8"), ("key", "x" * 2**16, "65536 are allowed")],
    ids=["value", "key", "length"],
)
def test_invalid_command_is_not_proposed(key: str, value: str, reason: str, tmp_path: Path) -> None:
    with example_folder("durable_node"):
        node = importlib.import_module("node").DurableNode(tmp_path)
        last_index = node.storage.last_index()

        with pytest.raises(ValueError, match=reason):
            node.put(key, value)

        assert node.storage.last_index() == last_index
        node.put("key", "value")
        assert node.get("key") == "value"
        node.storage.close()


@pytest.mark.parametrize(
    "data",
    [b'["key", "\\udcff"]', b"\xff", b"no JSON", b'"key"', b'["key"]', b'["key", 1]', b"[" * 10**5, b"1" * 5000],
    ids=range(8),
)
def test_entry_with_an_invalid_command_is_skipped(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with example_folder("durable_node"):
        module = importlib.import_module("node")
        first = module.DurableNode(tmp_path)
        first.raw_node.propose(b"", data)
        first.put("key", "value")
        first.storage.close()

        second = module.DurableNode(tmp_path)

        assert second.key_values.pairs() == {"key": "value"}
        assert capsys.readouterr().err == "skipped an entry that is not a command\n"
        second.storage.close()


def test_survives_kill(tmp_path: Path) -> None:
    """Acknowledged writes survive a kill, and so does a prefix of the pending ones. Runs fifty times."""
    rng = random.Random(2024)
    history: list[tuple[str, int]] = []  # the writes that were found, then those sent since; the n-th sets n
    acknowledged = 0
    lost = 0

    for _ in range(50):
        with Server(tmp_path) as server:
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

        storage = SqliteStorage(tmp_path / "node.sqlite3")
        assert_consistent(storage)
        first_index = storage.first_index()
        storage.close()

    with Server(tmp_path) as server:
        assert acknowledged <= find_writes(server, history)
    assert acknowledged > 300
    assert lost > 300
    assert first_index > 300
