"""raft's log lines in Python's `logging`, and in files."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rraft import Config, ConfState, InUseError, Logger, MemStorage, RaftLog, RawNode, Snapshot, SnapshotMetadata
from tests.harness.program import LIMIT


class Recorder(logging.Handler):
    """Records the log records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def python_logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.raft")
    logger.propagate = False
    logger.setLevel(1)
    yield logger
    logger.handlers.clear()


@pytest.fixture
def recorder(python_logger: logging.Logger) -> Recorder:
    recorder = Recorder()
    python_logger.addHandler(recorder)
    return recorder


def single_node(logger: Logger) -> RawNode:
    return RawNode(Config(id=7), MemStorage.new_with_conf_state(ConfState([7])), logger)


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("trace", 5),
        ("debug", logging.DEBUG),
        ("info", logging.INFO),
        ("warn", logging.WARNING),
        ("error", logging.ERROR),
        ("crit", logging.CRITICAL),
    ],
)
def test_levels(python_logger: logging.Logger, recorder: Recorder, method: str, level: int) -> None:
    logger = Logger.from_logging(python_logger)

    getattr(logger, method)("100% of %s")
    python_logger.setLevel(level + 1)
    getattr(logger, method)("not shown")

    [record] = recorder.records
    assert (record.levelno, record.getMessage()) == (level, "100% of %s")


def test_key_values_are_attributes_of_the_record(python_logger: logging.Logger, recorder: Recorder) -> None:
    single_node(Logger.from_logging(python_logger)).campaign()

    [elected] = [record for record in recorder.records if record.getMessage() == "became leader at term 1"]
    assert elected.levelno == logging.INFO
    assert vars(elected)["raft_id"] == 7
    assert vars(elected)["term"] == 1


def test_reserved_keys_are_prefixed(python_logger: logging.Logger, recorder: Recorder) -> None:
    # raft-rs logs this with a key `msg`.
    node = single_node(Logger.from_logging(python_logger))
    node.raft.become_follower(3, 2)
    node.raft.send_timeout_now(2)

    sent = [record for record in recorder.records if "raft_msg" in vars(record)]

    assert sent
    assert "MsgTimeoutNow" in str(vars(sent[0])["raft_msg"])


def test_logger_adapter_is_accepted(python_logger: logging.Logger, recorder: Recorder) -> None:
    Logger.from_logging(logging.LoggerAdapter(python_logger, {})).info("hello")

    assert [record.getMessage() for record in recorder.records] == ["hello"]


@pytest.mark.parametrize("other", [None, "raft", logging])
def test_other_loggers_are_rejected(other: object) -> None:
    with pytest.raises(TypeError, match=r"expected a logging\.Logger"):
        Logger.from_logging(other)


def test_nothing_is_formatted_for_a_disabled_level() -> None:
    asked: list[int] = []

    class Counting(logging.Logger):
        def isEnabledFor(self, level: int) -> bool:  # noqa: N802
            asked.append(level)
            return False

        def log(self, *_: object, **__: object) -> None:
            raise AssertionError("nothing must be logged")

    single_node(Logger.from_logging(Counting("off"))).campaign()

    assert asked


def test_handler_may_log_through_the_same_logger(python_logger: logging.Logger) -> None:
    texts: list[str] = []

    class Talkative(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())
            if len(texts) == 1:
                logger.info("from the handler")

    logger = Logger.from_logging(python_logger)
    python_logger.addHandler(Talkative())

    logger.info("first")

    assert texts == ["first", "from the handler"]


def test_handler_that_uses_the_node_gets_an_error(python_logger: logging.Logger) -> None:
    nodes: list[RawNode] = []
    raised: list[InUseError] = []

    class Meddling(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            if nodes:
                with pytest.raises(InUseError) as caught:
                    nodes[0].tick()
                raised.append(caught.value)

    python_logger.addHandler(Meddling())
    nodes.append(single_node(Logger.from_logging(python_logger)))

    nodes[0].campaign()

    assert raised
    assert nodes[0].raft.leader_id == 7


def test_exception_of_a_filter_is_reported_and_raft_goes_on(
    python_logger: logging.Logger, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[object] = []

    def fail(_: logging.LogRecord) -> bool:
        raise OSError("no more paper")

    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: reported.append(unraisable.exc_value))
    python_logger.addFilter(fail)
    try:
        node = single_node(Logger.from_logging(python_logger))
        node.campaign()
    finally:
        python_logger.removeFilter(fail)

    assert {str(error) for error in reported} == {"no more paper"}
    assert node.raft.leader_id == 7
    assert recorder.records == []


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Makes SIGINT raise `KeyboardInterrupt`, even in a process that was started with SIGINT ignored."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.usefixtures("interruptible")
def test_interrupt_in_a_handler_is_deferred(python_logger: logging.Logger) -> None:
    interrupts = iter([KeyboardInterrupt])

    class Interrupted(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            for interrupt in interrupts:
                raise interrupt

    def campaign() -> None:
        node.campaign()
        # The interrupt is raised as soon as Python code runs again.
        for _ in range(1000):
            pass

    node = single_node(Logger.from_logging(python_logger))
    python_logger.addHandler(Interrupted())

    with pytest.raises(KeyboardInterrupt):
        campaign()

    assert node.raft.leader_id == 7
    assert node.ready().entries()


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # threads of pytest-xdist
def test_logger_works_in_a_forked_child(python_logger: logging.Logger, recorder: Recorder) -> None:
    node = single_node(Logger.from_logging(python_logger))
    recorder.records.clear()

    child = os.fork()
    if child == 0:
        node.campaign()
        os._exit(0 if recorder.records and node.raft.leader_id == 7 else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert recorder.records == []


def lines_of(path: Path, count: int) -> list[str]:
    """Waits until a thread has written this many lines to a log file, and returns them."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.01)
    raise TimeoutError(path)


def test_file_logger(tmp_path: Path) -> None:
    path = tmp_path / "raft.log"
    logger = Logger.new_file_logger(str(path), 100, 10_000, 2)
    assert not path.exists()

    for level in ("trace", "debug", "info", "error", "crit"):
        getattr(logger, level)(f"text of {level}")

    lines = lines_of(path, 4)
    tags = [("DEBG", "debug"), ("INFO", "info"), ("ERRO", "error"), ("CRIT", "crit")]
    for line, (tag, level) in zip(lines, tags, strict=True):
        assert f"{tag} text of {level}, module: " in line


def test_file_logger_rotates(tmp_path: Path) -> None:
    path = tmp_path / "raft.log"
    logger = Logger.new_file_logger(str(path), 1000, 200, 2)

    for number in range(40):
        logger.info(f"line {number:03}")

    # Two old files are kept, and the current one once it has a line.
    deadline = time.monotonic() + LIMIT
    while not (tmp_path / "raft.log.2").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    del logger
    assert {file.name for file in tmp_path.iterdir()} >= {"raft.log.1", "raft.log.2"}
    assert not (tmp_path / "raft.log.3").exists()


def test_lines_to_an_unwritable_file_are_lost(tmp_path: Path) -> None:
    logger = Logger.new_file_logger(str(tmp_path), 100, 1000, 2)

    logger.info("lost")

    assert list(tmp_path.iterdir()) == []


def test_log_and_unstable_log_keep_the_logger(python_logger: logging.Logger, recorder: Recorder) -> None:
    log = RaftLog(MemStorage(), Logger.from_logging(python_logger))

    log.restore(Snapshot(metadata=SnapshotMetadata(index=5, term=1)))

    assert [record.levelno for record in recorder.records] == [logging.INFO]
    log.unstable().get_logger().warn("still here")
    assert recorder.records[-1].getMessage() == "still here"
