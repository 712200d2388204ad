"""Wrong arguments and hosts that do not answer: exit codes, and one line of text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.local_hosts import free_ports
from tests.harness.program import LIMIT, ROOT, environment

from .shell import rraft

MACHINE = "tests.harness.local_hosts:Jobs"

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
    "empty list of addresses": (("status", "--connect", ","), "argument --connect: expected at least one value"),
    "address that is none": (
        ("status", "--connect", "nowhere"),
        "argument --connect: expected HOST:PORT, got 'nowhere'",
    ),
    "second address that is none": (
        ("status", "--connect", "a:1,b"),
        "argument --connect: expected HOST:PORT, got 'b'",
    ),
    "address without a port": (
        ("add", "4", "nowhere", "--connect", "a:1"),
        "argument ADDRESS: expected HOST:PORT, got 'nowhere'",
    ),
    "address of a replacement": (
        ("replace", "3", "4", "b:0", "--connect", "a:1"),
        "argument ADDRESS: expected HOST:PORT, got 'b:0'",
    ),
    "address that is too long": (
        ("add", "4", "a" * 254 + ":1", "--connect", "a:1"),
        "argument ADDRESS: expected HOST:PORT of at most 255 bytes, got 256",
    ),
    "id that is no number": (
        ("remove", "two", "--connect", "a:1"),
        "argument HOST: expected the id of a host, at least 1 and below 2**63, got 'two'",
    ),
    "id of no host": (("remove", "0", "--connect", "a:1"), "argument HOST: expected the id of a host, "),
    "id of no group": (
        ("remove", "3", "--connect", "a:1", "--group", "-1"),
        "argument --group: expected the id of a group, at least 1 and below 2**63, got '-1'",
    ),
    "id of no group for a snapshot": (
        ("snapshot", "--connect", "a:1", "--group", str(2**63)),
        "argument --group: expected the id of a group, ",
    ),
    "id of no group to recover": (
        ("recover", "data", "--members", "1", "--group", "0"),
        "argument --group: expected the id of a group, ",
    ),
    "no time": (
        ("status", "--connect", "a:1", "--timeout", "0"),
        "argument --timeout: expected a number above 0, got '0'",
    ),
    "less than no looks": (
        ("watch", "--connect", "a:1", "--count", "-1"),
        "argument --count: expected an integer of at least 0, got '-1'",
    ),
    "name of no cluster": (("status", "--connect", "a:1", "--cluster", ""), "argument --cluster: cluster: expected"),
    "secret that is missing": (
        ("status", "--connect", "a:1", "--secret-file", "{}/missing"),
        "--secret-file: [Errno 2] No such file",
    ),
    "secret that is too short": (
        ("status", "--connect", "a:1", "--secret-file", "{}/short"),
        "--secret-file: secret: expected at least 16 bytes, got 5",
    ),
    "authority that is missing": (
        ("status", "--connect", "a:1", "--tls-ca", "{}/missing"),
        "TLS: [Errno 2] No such file",
    ),
    "key without authority": (("status", "--connect", "a:1", "--tls-key", "{}/key"), "expected --tls-ca, too"),
    "survivors that are not named": (("recover", "data"), "the following arguments are required: --members"),
    "founder without address": (
        ("serve", "m:C", "--directory", "d", "--listen", "a:1", "--bootstrap", "1"),
        "argument --bootstrap: expected ID=HOST:PORT for each founding member, got '1'",
    ),
    "address to listen on": (
        ("serve", "m:C", "--directory", "d", "--listen", "a"),
        "argument --listen: expected HOST:PORT",
    ),
    "groups of a host": (
        ("serve", "m:C", "--directory", "d", "--listen", "a:1", "--group", "1,1"),
        "argument --group: expected the ids of different groups, got '1,1'",
    ),
    "address that others cannot connect to": (
        ("serve", MACHINE, "--directory", "d", "--listen", "a:1", "--join", "0.0.0.0:1"),
        "join[0]: expected an address that others can connect to, got '0.0.0.0:1'",
    ),
    "secret of a host that is missing": (
        ("serve", MACHINE, "--directory", "d", "--listen", "a:1", "--secret-file", "{}/missing"),
        "--secret-file: [Errno 2] No such file",
    ),
    "certificate of a host that is missing": (
        ("serve", MACHINE, "--directory", "d", "--listen", "a:1", "--tls-ca", "{}/missing"),
        "TLS: [Errno 2] No such file",
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
    "directory of no host": (("verify", "{}"), "is not the directory of a host"),
    "survivor without directory": (("recover", "{}", "--members", "1"), "is not the directory of a host"),
    "new directory": (
        ("serve", MACHINE, "--directory", "{}/new", "--listen", "127.0.0.1:0"),
        "is new or empty",
    ),
}


@pytest.fixture(autouse=True)
def no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RRAFT_CONNECT", "RRAFT_CLUSTER", "RRAFT_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("arguments", "expected"), WRONG.values(), ids=WRONG)
def test_wrong_arguments(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    (tmp_path / "short").write_text("short\n")

    ended = rraft(*(argument.format(tmp_path) for argument in arguments))

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
