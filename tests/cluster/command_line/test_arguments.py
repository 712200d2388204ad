"""Wrong arguments and hosts that do not answer: exit codes, and one line of text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.local_hosts import free_ports
from tests.harness.program import LIMIT, ROOT, environment

from .shell import rraft

ONLINE: dict[str, tuple[str, ...]] = {
    "status": (),
    "watch": ("--count", "1"),
    "add": ("4", "127.0.0.1:1"),
    "promote": ("4",),
    "remove": ("3",),
    "replace": ("3", "4", "127.0.0.1:1"),
    "transfer": (),
    "snapshot": (),
}

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no command": ((), "the following arguments are required: COMMAND"),
    "unknown command": (("elect",), "invalid choice: 'elect'"),
    "no address of a host": (("status",), "the following arguments are required: --connect"),
    "empty list of addresses": (("status", "--connect", ","), "argument --connect: invalid"),
    "id that is no number": (("remove", "two", "--connect", "a:1"), "argument HOST: invalid host_id value: 'two'"),
    "id of no host": (("remove", "0", "--connect", "a:1"), "argument HOST: invalid host_id value: '0'"),
    "no time": (("status", "--connect", "a:1", "--timeout", "0"), "argument --timeout: invalid positive value: '0'"),
    "survivors that are not named": (("recover", "data"), "the following arguments are required: --members"),
    "founder without address": (
        ("serve", "m:C", "--directory", "d", "--listen", "a:1", "--bootstrap", "1"),
        "argument --bootstrap: invalid",
    ),
    "two ways to start": (
        ("serve", "m:C", "--directory", "d", "--listen", "a:1", "--bootstrap", "1=a:1", "--join", "a:1"),
        "not allowed with argument --bootstrap",
    ),
    "class that is none": (("serve", "m", "--directory", "d", "--listen", "a:1"), "expected MODULE:CLASS, got 'm'"),
    "module that is missing": (
        ("serve", "there_is_none:C", "--directory", "d", "--listen", "a:1"),
        "No module named 'there_is_none'",
    ),
    "class of another kind": (
        ("serve", "rraft.cluster:Host", "--directory", "d", "--listen", "a:1"),
        "expected a subclass of rraft.cluster.Replicated",
    ),
}

FAILING: dict[str, tuple[tuple[str, ...], str]] = {
    "address that is none": (("status", "--connect", "nowhere"), "expected"),
    "secret that is missing": (("status", "--connect", "a:1", "--secret-file", "{}/missing"), "No such file"),
    "key without authority": (("status", "--connect", "a:1", "--tls-key", "{}/key"), "expected --tls-ca, too"),
    "directory of no host": (("verify", "{}"), "is not the directory of a host"),
    "survivor without directory": (("recover", "{}", "--members", "1"), "is not the directory of a host"),
    "new directory": (
        ("serve", "tests.harness.local_hosts:Jobs", "--directory", "{}/new", "--listen", "127.0.0.1:0"),
        "is new or empty",
    ),
}


@pytest.fixture(autouse=True)
def no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RRAFT_CONNECT", "RRAFT_CLUSTER", "RRAFT_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("arguments", "expected"), WRONG.values(), ids=WRONG)
def test_wrong_arguments(arguments: tuple[str, ...], expected: str) -> None:
    ended = rraft(*arguments)

    assert ended.code == 2
    assert expected in ended.error
    assert ended.error.count("\n") == 1


@pytest.mark.parametrize(("arguments", "expected"), FAILING.values(), ids=FAILING)
def test_what_cannot_be_done(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    ended = rraft(*(argument.format(tmp_path) for argument in arguments))

    assert ended.code == 1
    assert expected in ended.error
    assert re.fullmatch(r"rraft: .*\n", ended.error)


@pytest.mark.parametrize("command", ONLINE)
def test_no_host_answers(command: str) -> None:
    [port] = free_ports(1)

    ended = rraft(command, *ONLINE[command], "--connect", f"127.0.0.1:{port}", "--timeout", "0.3")

    assert ended.code == 3
    assert re.fullmatch(r"rraft: .*ConnectionRefusedError.*\n", ended.error)


def test_addresses_and_cluster_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    [port] = free_ports(1)
    monkeypatch.setenv("RRAFT_CONNECT", f"127.0.0.1:{port}")

    assert f"127.0.0.1:{port}" in rraft("status", "--timeout", "0.3").error


@pytest.mark.parametrize("command", [*ONLINE, "verify", "recover", "serve"])
def test_help_names_the_exit_codes(command: str) -> None:
    ended = rraft(command, "--help")

    assert ended.code == 0
    assert "exit codes: 0 done; 1 rejected" in ended.output


def test_program_without_the_extra_says_what_to_install() -> None:
    code = "import sys; sys.modules['msgspec'] = None; from rraft._console import main; sys.exit(main())"

    run = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT)

    assert run.returncode == 1
    assert re.fullmatch(r"rraft: .*msgspec.*: install rraft-py\[cluster\]\n", run.stderr)


def test_program_is_installed() -> None:
    assert '[project.scripts]\nrraft = "rraft._console:main"\n' in (ROOT / "pyproject.toml").read_text()
