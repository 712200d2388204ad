"""A snapshot of any size reaches a host that joins, and takes little memory on both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.local_hosts import free_ports

SIZE = 64
"""The size of the state in MiB; with `--fuzz`, it is 1 GiB."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say")


@contextmanager
def process(settings: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """A host that has started."""
    program = [sys.executable, "-m", "tests.cluster.host.large_state", json.dumps(settings)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as host:
        try:
            assert host.stdout is not None
            assert host.stdout.readline() == "started\n"
            yield host
        finally:
            host.kill()


def wait_for(host: subprocess.Popen[str], name: str) -> tuple[float, int]:
    """Waits for an event. Returns the highest memory until then in MiB, and the size of the state."""
    assert host.stdout is not None
    for line in host.stdout:
        event, memory, size = json.loads(line)
        if event == name:
            return memory, size
    raise AssertionError(f"the host ended before {name}")


@pytest.mark.timeout(600)
def test_large_snapshot(tmp_path: Path, fuzz_factor: int) -> None:
    size = SIZE if fuzz_factor == 1 else 1024
    ports = free_ports(2)
    one, other = ({"path": str(tmp_path / f"{n}"), "id": n, "address": f"127.0.0.1:{ports[n - 1]}"} for n in (1, 2))
    with process({**one, "size": size}) as leader, process({**other, "join": [one["address"]]}) as joining:
        made, _ = wait_for(leader, "SnapshotMade")
        restored, received = wait_for(joining, "SnapshotRestored")

        assert received == size
        assert made < 200
        assert restored < 200
        sent, _ = wait_for(leader, "MembersChanged")  # the host is a voter now
        assert sent < 200
