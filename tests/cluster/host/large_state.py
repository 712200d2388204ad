"""A host with a state of any size that takes no memory: `python -m tests.cluster.host.large_state '{...}'`, with JSON.

It prints a line for each step. The settings: path, id, address, bootstrap or join, and the size of the state in MiB.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rraft.cluster import Context, Host, HostOptions, MembersChanged, SnapshotMade, SnapshotRestored

_CHUNK = bytes(range(256)) * 4096


class Large:
    """Its state is a number of chunks of 1 MiB, which it makes up."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks

    def apply(self, command: bytes, _: Context) -> bytes:
        return command

    def query(self, _: bytes) -> bytes:
        return b"%d" % self.chunks

    def snapshot(self) -> Iterator[bytes]:
        yield b"%d" % self.chunks
        for number in range(self.chunks):
            yield number.to_bytes(8, "little") + _CHUNK

    def restore(self, chunks: Iterator[bytes]) -> None:
        expected = int(next(chunks))
        self.chunks = 0
        for chunk in chunks:
            assert chunk == self.chunks.to_bytes(8, "little") + _CHUNK
            self.chunks += 1
        assert self.chunks == expected


def peak_memory() -> float:
    """The highest resident memory of this process until now, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


async def run(settings: dict[str, Any]) -> None:
    bootstrap = {1: settings["address"]} if settings["id"] == 1 else None
    host = Host(
        settings["path"],
        id=settings["id"],
        listen=settings["address"],
        bootstrap=bootstrap,
        join=settings.get("join"),
        options=HostOptions(tick=0.05),
    )
    async with host:
        machine = Large(0)
        group = await host.start_group(machine)
        if bootstrap is not None:
            machine.chunks = settings["size"]
            await group.execute(b"first")
        events = group.events()
        print("started", flush=True)
        async for event in events:
            if isinstance(event, SnapshotMade | SnapshotRestored | MembersChanged):
                print(json.dumps([type(event).__name__, peak_memory(), machine.chunks]), flush=True)


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
