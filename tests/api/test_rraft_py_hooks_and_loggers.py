"""Hooks and loggers, as in programs written for rraft-py."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rraft
from rraft import (
    ConfChange,
    ConfChangeV2,
    Config,
    Entry,
    InMemoryRawNode,
    Logger,
    LoggerRef,
    Message,
    OverflowStrategy,
    Snapshot,
    StateRole,
    default_logger,
)
from tests.harness.rraft_py import (
    storage_of,
    unstable_with_entry,
)

# Hooks

Hook = Callable[[Any], None]

HOOKS: list[tuple[Hook, Callable[[bytes], Any]]] = [
    (rraft.set_entry_context_deserializer, lambda payload: Entry(context=payload)),
    (rraft.set_entry_data_deserializer, lambda payload: Entry(data=payload)),
    (rraft.set_confchange_context_deserializer, lambda payload: ConfChange(context=payload)),
    (rraft.set_confchangev2_context_deserializer, lambda payload: ConfChangeV2(context=payload)),
    (rraft.set_message_context_deserializer, lambda payload: Message(context=payload)),
    (rraft.set_snapshot_data_deserializer, lambda payload: Snapshot(data=payload)),
]

each_hook = pytest.mark.parametrize(
    ("hook", "show"), HOOKS, ids=[hook.__name__.split("_", 1)[1].rpartition("_")[0] for hook, _ in HOOKS]
)


@pytest.fixture(autouse=True)
def no_hooks() -> Iterator[None]:
    """Removes the hooks after the test: they are global."""
    yield
    for hook, _ in HOOKS:
        hook(None)


@each_hook
def test_hook_receives_bytes_and_its_result_is_shown(hook: Hook, show: Callable[[bytes], Any]) -> None:
    payloads: list[bytes] = []

    def upper(payload: bytes) -> str:
        payloads.append(payload)
        return payload.decode().upper()

    hook(upper)

    value = show(b"payload")
    assert '"PAYLOAD"' in repr(value)
    assert repr(value) == str(value) == repr(value.make_ref()) == str(value.make_ref())
    assert set(map(type, payloads)) == {bytes}
    assert b"payload" in payloads


@each_hook
def test_hook_is_called_for_empty_bytes(hook: Hook, show: Callable[[bytes], Any]) -> None:
    hook(lambda payload: f"<{payload!r}>")

    assert "\"<b''>\"" in repr(show(b""))


@each_hook
def test_hook_result_must_be_convertible_to_text(hook: Hook, show: Callable[[bytes], Any]) -> None:
    hook(lambda _: "HOOK")

    value = show(b"payload")

    assert value.encode() == type(value).decode(value.encode()).encode()
    assert b"payload" in value.to_dict().values()
    assert b"HOOK" not in value.encode()


@each_hook
def test_hook_can_be_removed(hook: Hook, show: Callable[[bytes], Any]) -> None:
    default = repr(show(b"ab"))
    assert '"[97, 98]"' in default

    hook(lambda _: "HOOK")
    hook(None)

    assert repr(show(b"ab")) == default


@each_hook
def test_failing_hook_shows_the_default(hook: Hook, show: Callable[[bytes], Any]) -> None:
    def fail(_: bytes) -> str:
        raise ValueError("bad payload")

    default = repr(show(b"ab"))
    hook(fail)
    assert repr(show(b"ab")) == repr(show(b"ab")) == default

    hook(lambda _: "HOOK")
    assert '"HOOK"' in repr(show(b"ab"))


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("text", '"text"'),
        (b"c1", "\"b'c1'\""),
        (None, '"None"'),
        ({"k": 1}, "\"{'k': 1}\""),
        (5, '"5"'),
        ('say "hi"\n', '"say \\"hi\\"\\n"'),
        (Unprintable(), '"[97]"'),
    ],
    ids=["str", "bytes", "None", "dict", "int", "quotes", "unprintable"],
)
def test_text_of_what_a_hook_returns(result: object, text: str) -> None:
    rraft.set_entry_data_deserializer(lambda _: result)

    assert f"data: {text}," in repr(Entry(data=b"a"))


def test_hooks_apply_inside_a_message() -> None:
    rraft.set_entry_data_deserializer(lambda _: "ENTRY")
    rraft.set_snapshot_data_deserializer(lambda _: "SNAPSHOT")

    text = repr(Message(entries=[Entry(data=b"a")], snapshot=Snapshot(data=b"b")))

    assert 'data: "ENTRY"' in text
    assert 'data: "SNAPSHOT"' in text


def test_hooks_do_not_apply_to_unstable_entries() -> None:
    rraft.set_entry_data_deserializer(lambda _: "HOOK")

    assert "HOOK" not in repr(unstable_with_entry())


def test_hook_may_use_other_hooks() -> None:
    rraft.set_confchangev2_context_deserializer(lambda payload: payload.decode())
    rraft.set_entry_data_deserializer(lambda payload: ConfChangeV2.decode(payload))

    text = repr(Entry(data=ConfChangeV2(context=b"inner").encode()))

    assert 'context: \\"inner\\"' in text


def test_hook_is_not_called_inside_itself() -> None:
    calls: list[bytes] = []

    def again(data: bytes) -> str:
        calls.append(data)
        return repr(Entry(data=data))

    rraft.set_entry_data_deserializer(again)

    assert r"data: \"[97]\"" in repr(Entry(data=b"a"))
    assert calls == [b"a"]


# Loggers

LINE = r"[A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2}\.\d{3} (TRCE|DEBG|INFO|WARN|ERRO|CRIT) .+"


def lines_of(program: str, **environment: str) -> list[str]:
    """The lines that a program prints to stderr."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RUST_")}
    run = subprocess.run(
        [sys.executable, "-c", "import rraft\n" + program],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == ""
    return run.stderr.splitlines()


@pytest.mark.parametrize(
    "logger",
    [
        "rraft.Logger(100, rraft.OverflowStrategy.Block)",
        "rraft.Logger(0, rraft.OverflowStrategy.Block)",
        "rraft.Logger(100, rraft.OverflowStrategy.Drop).make_ref()",
        "rraft.default_logger()",
    ],
)
def test_lines_of_a_logger(logger: str) -> None:
    program = f"logger = {logger}\nfor level in ('info', 'error', 'crit'): getattr(logger, level)('text')"

    lines = lines_of(program, RUST_LOG="trace")

    assert all(re.fullmatch(LINE, line) for line in lines)
    assert [line.split(" ", 3)[3] for line in lines] == ["INFO text", "ERRO text", "CRIT text"]


def test_lines_of_raft_have_its_id() -> None:
    program = "rraft.RawNode(rraft.Config(id=7), rraft.MemStorage(), rraft.Logger(999, rraft.OverflowStrategy.Block))"

    lines = lines_of(program)

    assert lines
    assert all(re.fullmatch(LINE + ", raft_id: 7", line) for line in lines)


def test_blocking_logger_loses_no_line() -> None:
    program = "logger = rraft.Logger(1, rraft.OverflowStrategy.Block)\nfor n in range(500): logger.info(f'line {n}')"

    assert [line.rpartition(" ")[2] for line in lines_of(program)] == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("rust_log", "tags"),
    [("", ["ERRO", "CRIT"]), ("error", ["ERRO", "CRIT"]), ("debug", ["DEBG", "INFO", "ERRO", "CRIT"])],
)
def test_default_logger_reads_rust_log(rust_log: str, tags: list[str]) -> None:
    program = "for level in ('trace', 'debug', 'info', 'error', 'crit'): getattr(rraft.default_logger(), level)('text')"

    assert [line.split()[3] for line in lines_of(program, RUST_LOG=rust_log)] == tags


def log_all_levels(logger: LoggerRef) -> None:
    for log in (logger.trace, logger.debug, logger.info, logger.error, logger.crit):
        log("text")


def test_file_logger(tmp_path: Path) -> None:
    path = tmp_path / "raft.log"
    logger = Logger.new_file_logger(str(path), 100, 2**20, 2)
    assert not path.exists()

    log_all_levels(logger)
    del logger  # writes the queued lines

    lines = path.read_text().splitlines()
    assert all(re.fullmatch(LINE + ", module: .+", line) for line in lines)
    assert [line.split()[3] for line in lines] == ["DEBG", "INFO", "ERRO", "CRIT"]


def test_file_logger_rotates(tmp_path: Path) -> None:
    logger = Logger.new_file_logger(str(tmp_path / "raft.log"), 100, 200, 2)

    for _ in range(50):
        logger.info("text")
    del logger  # writes the queued lines

    assert len(list(tmp_path.iterdir())) == 3


def test_file_logger_loses_unwritable_lines(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    logger = Logger.new_file_logger(str(tmp_path / "file" / "raft.log"), 100, 2**20, 2)
    log_all_levels(logger)
    del logger  # writes the queued lines

    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("level", ["info", "debug", "trace", "error", "crit"])
def test_logger_accepts_one_string(level: str) -> None:
    for logger in (default_logger(), default_logger().make_ref()):
        log = getattr(logger, level)
        assert log("text") is None
        for arguments in ((), (5,), (b"text",), ("text", "more")):
            with pytest.raises(TypeError, match=r"is not an instance of 'str'|missing 1 required|takes 1 positional"):
                log(*arguments)


def test_logger_may_be_dropped() -> None:
    node = InMemoryRawNode(Config(id=1), storage_of(1), Logger(10, OverflowStrategy.Drop))

    node.campaign()

    assert node.get_raft().get_state() == StateRole.Leader
