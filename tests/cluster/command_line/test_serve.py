"""`python -m rraft.cluster serve`: hosts as processes."""

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cluster.transport.certificates import Authority
from tests.harness.local_hosts import free_ports
from tests.harness.program import LIMIT, ROOT, environment

from .shell import rraft

MACHINE = "tests.harness.local_hosts:Jobs"

Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a host, and waits until it serves. It is killed at the end of the test."""
    with ExitStack() as stack:

        def start(number: int, *arguments: str) -> "subprocess.Popen[str]":
            directory = ["--directory", str(tmp_path / f"{number}")]
            process = subprocess.Popen(
                [sys.executable, "-m", "rraft.cluster", "serve", MACHINE, *directory, *arguments],
                cwd=ROOT,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            return process

        yield start


def line(process: "subprocess.Popen[str]") -> str:
    """The next line that a host prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def log_line(process: "subprocess.Popen[str]") -> str:
    """The next line of the log of a host, which goes on."""
    assert process.stderr is not None
    text = process.stderr.readline()
    assert text, "the host has ended"
    return text


def test_hosts_serve_until_they_are_removed_or_stopped(serve: Serve) -> None:
    ports = free_ports(3)
    members = ",".join(f"{number}=127.0.0.1:{port}" for number, port in enumerate(ports[:2], 1))
    hosts = [serve(number, "--listen", f"127.0.0.1:{ports[number - 1]}", "--bootstrap", members) for number in (1, 2)]
    assert [line(host) for host in hosts] == [
        f"host {number} of cluster rraft serves {MACHINE} at 127.0.0.1:{port}\n"
        for number, port in enumerate(ports[:2], 1)
    ]
    connect = ("--connect", f"127.0.0.1:{ports[0]}")
    third = serve(3, "--id", "3", "--listen", f"127.0.0.1:{ports[2]}", "--join", f"127.0.0.1:{ports[0]}")
    line(third)
    assert rraft("add", "3", f"127.0.0.1:{ports[2]}", *connect).code == 0

    assert rraft("remove", "3", *connect).code == 0
    assert third.wait(LIMIT) == 0
    assert re.fullmatch(r"host 3 stops: .*was removed from group 1.*\n", line(third))
    for host in hosts:
        host.send_signal(signal.SIGTERM)
    assert [host.wait(LIMIT) for host in hosts] == [0, 0]


def test_tls_and_secrets(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    secret, client_secret = tmp_path / "secret", tmp_path / "client-secret"
    secret.write_text("a secret of hosts, long enough\n")
    client_secret.write_text("a secret of clients, long enough\n")
    ports = free_ports(2)
    members = ",".join(f"{number}=localhost:{port}" for number, port in enumerate(ports, 1))
    own = authority.sign("operator")
    tls = ("--tls-ca", str(authority.file), "--cluster", "jobs")
    for number, port in enumerate(ports, 1):
        certificate = authority.sign(f"host-{number}.jobs", "localhost")
        files = ("--tls-certificate", str(certificate.certificate), "--tls-key", str(certificate.key))
        secrets = ("--secret-file", str(secret), "--client-secret-file", str(client_secret))
        line(serve(number, "--listen", f"localhost:{port}", "--bootstrap", members, *tls, *files, *secrets))
    files = ("--tls-certificate", str(own.certificate), "--tls-key", str(own.key))
    connect = ("--connect", f"localhost:{ports[0]}", *tls)

    ended = rraft("transfer", *connect, *files, "--secret-file", str(client_secret))

    assert (ended.code, ended.error) == (0, "")
    assert rraft("status", *connect, *files, "--secret-file", str(secret), "--timeout", "1").code == 3
    assert rraft("status", *connect, "--timeout", "1").code == 3


def test_several_groups_with_a_page_and_metrics(serve: Serve) -> None:
    [port] = free_ports(1)
    extras = ("--page", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
    host = serve(1, "--group", "1,7", "--listen", f"127.0.0.1:{port}", "--bootstrap", f"1=127.0.0.1:{port}", *extras)
    page, metrics = (line(host).split()[-1] for _ in range(2))
    line(host)

    status = rraft("status", "--connect", f"127.0.0.1:{port}", "--json")

    assert list(json.loads(status.output)["hosts"]["1"]["groups"]) == ["1", "7"]
    for url, text in ((page, "<html"), (metrics, 'rraft_host_info{address="127.0.0.1:')):
        with urlopen(url, timeout=LIMIT) as response:
            assert text in response.read().decode()


def test_certificate_is_renewed_by_a_signal(serve: Serve, tmp_path: Path) -> None:
    authority, other = Authority(tmp_path, "authority"), Authority(tmp_path, "other")
    [port] = free_ports(1)
    first = authority.sign("host-1.rraft", "localhost")
    files = [tmp_path / name for name in ("ca", "certificate", "key")]
    for file, content in zip(files, (authority.file, first.certificate, first.key), strict=True):
        file.write_bytes(content.read_bytes())
    tls = ("--tls-ca", str(files[0]), "--tls-certificate", str(files[1]), "--tls-key", str(files[2]))
    host = serve(1, "--listen", f"localhost:{port}", "--bootstrap", f"1=localhost:{port}", *tls)
    line(host)

    def serial() -> str:
        context = ssl.create_default_context(cafile=files[0])
        context.load_cert_chain(files[1], files[2])
        with (
            socket.create_connection(("localhost", port)) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as end,
        ):
            return str((end.getpeercert() or {})["serialNumber"])

    before = serial()
    second = authority.sign("host-1.rraft", "localhost")
    files[1].write_bytes(other.sign("unfit").certificate.read_bytes())
    host.send_signal(signal.SIGHUP)
    while "is not renewed" not in log_line(host):
        pass
    files[1].write_bytes(second.certificate.read_bytes())
    files[2].write_bytes(second.key.read_bytes())
    host.send_signal(signal.SIGHUP)
    while "is renewed" not in log_line(host):
        pass

    assert serial() != before


def test_class_in_the_current_directory(tmp_path: Path) -> None:
    (tmp_path / "own_machine.py").write_text("from tests.harness.local_hosts import Jobs\n")
    arguments = ["serve", "own_machine:Jobs", "--directory", "data", "--listen", "127.0.0.1:0"]

    code = "import sys; sys.path.remove(''); from rraft._console import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )

    assert run.returncode == 1
    assert "data is new or empty" in run.stderr
