"""Hosts in network namespaces, as on machines of their own: with dropped packets, and disks that are full.

A test runs in namespaces, too: of users, networks, mounts and processes. So it needs no rights, changes nothing of the
machine, and leaves nothing behind.
"""

import errno
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cache, wraps
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.cluster.transport.support import on_loop
from tests.harness.program import ROOT, environment

from .cluster import Cluster
from .network import Network

SUBNET = "198.18.0"
"""The addresses of the hosts begin with it: a range for tests of networks. The clients have the last address."""
PORT = 7000
UNSHARE = [
    "unshare",
    "--user",
    "--map-root-user",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
]
INNER = "in_namespaces"
"""The attribute that has the test as it runs in namespaces."""
CHECK = "mount -t tmpfs tmpfs /run && ip netns add a && nsenter --net=/run/netns/a iptables -w -A INPUT -m statistic "
CHECK += "--mode random --probability 0.5 -j DROP"


@cache
def is_possible() -> bool:
    """Whether this system has such namespaces, and the programs for them."""
    if not all(map(which, ("unshare", "nsenter", "ip", "iptables", "mount"))):
        return False
    return subprocess.run([*UNSHARE, "sh", "-c", CHECK], capture_output=True, check=False).returncode == 0


def in_namespaces(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs a test in namespaces. Its arguments are the directory `tmp_path`, and what JSON encodes."""

    @wraps(test)
    def run(tmp_path: Path, **arguments: Any) -> None:
        called = [test.__module__, test.__name__, str(tmp_path), json.dumps(arguments)]
        ended = subprocess.run(
            [*UNSHARE, sys.executable, "-m", "tests.cluster.processes.namespaces", *called],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-10_000:]

    setattr(run, INNER, on_loop(test))
    marked: Callable[..., None] = pytest.mark.skipif(
        not is_possible(), reason="needs user namespaces, iproute2 and iptables"
    )(run)
    return marked


def command(*words: str, host: int | None = None, check: bool = True) -> None:
    """Runs a program in the namespace of a host, or in that of the clients."""
    prefix = [] if host is None else ["nsenter", f"--net=/run/netns/host-{host}"]
    ended = subprocess.run([*prefix, *words], capture_output=True, text=True, check=False)
    assert not check or ended.returncode == 0, f"{' '.join(words)}: {ended.stderr}"


class RealNetwork(Network):
    """A bridge with a cable to each host. Packets are dropped where they arrive."""

    def __init__(self) -> None:
        super().__init__()
        self._hosts: list[int] = []
        command("mount", "-t", "tmpfs", "tmpfs", "/run")
        for words in (
            "link set lo up",
            "link add bridge type bridge",
            f"addr add {SUBNET}.254/24 dev bridge",
            "link set bridge up",
        ):
            command("ip", *words.split())

    def add(self, host: int) -> None:
        """Connects a new host."""
        self._hosts.append(host)
        command("ip", "netns", "add", f"host-{host}")
        command("ip", *f"link add cable-{host} type veth peer name eth0 netns host-{host}".split())
        command("ip", *f"link set cable-{host} master bridge up".split())
        for words in ("link set lo up", f"addr add {SUBNET}.{host}/24 dev eth0", "link set eth0 up"):
            command("ip", *words.split(), host=host)

    async def drop(self, sender: int, receiver: int) -> None:
        """Drops all packets from one host to another. Those in the other direction arrive."""
        self._filter(receiver, f"-s {SUBNET}.{sender}")

    async def isolate(self, host: int, others: list[int]) -> None:
        """Drops all packets between a host and others."""
        for other in others:
            if other != host:
                await self.drop(host, other)
                await self.drop(other, host)

    async def lose(self, probability: float, *hosts: int) -> None:
        """Drops packets at random that arrive at some hosts; by default, at all hosts and clients."""
        everywhere: list[int | None] = [None, *self._hosts]
        for host in hosts or everywhere:
            self._filter(host, f"-s {SUBNET}.0/24 -m statistic --mode random --probability {probability}")

    async def slow_down(self, host: int, rate: str = "256kbit") -> None:
        """Bounds what a host sends."""
        command("tc", *f"qdisc add dev eth0 root tbf rate {rate} burst 16kb latency 400ms".split(), host=host)

    def plug(self, host: int, *, into: bool) -> None:
        """Pulls the cable of a host, or plugs it in again."""
        command("ip", "link", "set", f"cable-{host}", "up" if into else "down")

    async def heal(self) -> None:
        """Drops nothing any more."""
        for host in (None, *self._hosts):
            command("iptables", "-w", "-F", "INPUT", host=host)
            command("tc", "qdisc", "del", "dev", "eth0", "root", host=host, check=False)

    def _filter(self, host: int | None, which: str) -> None:
        command("iptables", "-w", "-A", "INPUT", *which.split(), "-j", "DROP", host=host)


class RealCluster(Cluster):
    """Hosts in namespaces, each with a disk of its own."""

    network: RealNetwork

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, RealNetwork(), **settings)

    def listens(self, host: int) -> str:
        return f"{SUBNET}.{host}:{PORT}"

    def address(self, host: int) -> str:
        return self.listens(host)

    def path(self, host: int) -> Path:
        return self._disk(host) / "log"

    def _disk(self, host: int) -> Path:
        return self.folder / f"disk-{host}"

    async def _connect(self, host: int) -> None:
        self.network.add(host)
        self._disk(host).mkdir()
        command("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(self._disk(host)))

    def _prefix(self, host: int) -> list[str]:
        return ["nsenter", f"--net=/run/netns/host-{host}"]

    def fill(self, host: int) -> None:
        """Leaves no room on the disk of a host, until `clean`."""
        with (self._disk(host) / "filler").open("wb", buffering=0) as file:
            for size in (2**20, 4096, 1):
                with suppress(_NoRoom):
                    while True:
                        _write(file.fileno(), bytes(size))

    def clean(self, host: int) -> None:
        """Makes room on the disk of a host."""
        (self._disk(host) / "filler").unlink()


class _NoRoom(Exception):
    pass


def _write(file: int, data: bytes) -> None:
    try:
        os.write(file, data)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _NoRoom from None


def main() -> None:
    """Runs a test within the namespaces."""
    module, name, tmp_path, arguments = sys.argv[1:]
    test = getattr(importlib.import_module(module), name)
    getattr(test, INNER)(tmp_path=Path(tmp_path), **json.loads(arguments))


if __name__ == "__main__":
    main()
