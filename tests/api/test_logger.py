"""The destinations of log lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rraft import Logger, OverflowStrategy

PROGRAM = """
import rraft
{logger}
for level in ("trace", "debug", "info", "warn", "error", "crit"):
    getattr(logger, level)("text of " + level)
node = rraft.RawNode(rraft.Config(id=7), rraft.MemStorage(), logger)
"""


def lines_on_stderr(logger: str, **environment: str) -> list[str]:
    """The output of a program that logs a line of each level and creates a node."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(logger=logger)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == ""
    return run.stderr.splitlines()


@pytest.mark.parametrize("strategy", OverflowStrategy.values())
def test_logger_writes_all_levels(strategy: OverflowStrategy) -> None:
    lines = lines_on_stderr(f"logger = rraft.Logger(1000, rraft.OverflowStrategy.{strategy})")

    tags = ["TRCE", "DEBG", "INFO", "WARN", "ERRO", "CRIT"]
    levels = ["trace", "debug", "info", "warn", "error", "crit"]
    for line, tag, level in zip(lines, tags, levels, strict=False):
        assert line.endswith(f"{tag} text of {level}")
    assert any("RawNode created with id 7" in line and "raft_id: 7" in line for line in lines)


@pytest.mark.parametrize(
    ("rust_log", "levels"),
    [
        (None, ["error", "crit"]),
        ("error", ["error", "crit"]),
        ("info", ["info", "warn", "error", "crit"]),
        ("trace", ["trace", "debug", "info", "warn", "error", "crit"]),
    ],
)
def test_default_logger_obeys_rust_log(rust_log: str | None, levels: list[str]) -> None:
    environment = {} if rust_log is None else {"RUST_LOG": rust_log}

    lines = lines_on_stderr("logger = rraft.default_logger()", **environment)

    assert [line.partition("text of ")[2].split(",")[0] for line in lines if "text of" in line] == levels


def test_discarding_logger_writes_nothing() -> None:
    assert lines_on_stderr("logger = rraft.Logger.discard()", RUST_LOG="trace") == []


@pytest.mark.parametrize("text", [b"bytes", 1, None])
def test_only_text_is_logged(logger: Logger, text: object) -> None:
    with pytest.raises(TypeError, match="is not an instance of 'str'"):
        logger.info(text)  # type: ignore[arg-type]


def test_oversized_queue_is_rejected() -> None:
    with pytest.raises(ValueError, match="chan_size: expected at most 1048576, got 1048577"):
        Logger(2**20 + 1, OverflowStrategy.Drop)


def test_too_many_old_files_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rotate_keep: expected at most 1000, got 1001"):
        Logger.new_file_logger(tmp_path / "raft.log", 100, 1000, 1001)
