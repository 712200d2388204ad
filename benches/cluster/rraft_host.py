"""A host for the benchmark: `python benches/cluster/rraft_host.py ID FOLDER ID=ADDRESS,... [--groups N]`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from rraft.cluster import Context, GroupOptions, Host, Replicated, command, query

KEY = 16


class Bytes:
    """A map as a bare state machine: a command is a key of 16 bytes and a value, a query is a key."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def apply(self, payload: bytes, context: Context) -> bytes:
        """Sets a value."""
        del context
        self.values[payload[:KEY]] = payload[KEY:]
        return b""

    def query(self, payload: bytes) -> bytes:
        """The value of a key."""
        return self.values.get(payload, b"")

    def snapshot(self) -> Iterable[bytes]:
        """All keys and values."""
        items = list(self.values.items())
        return (b"".join((len(value).to_bytes(4, "little"), key, value)) for key, value in items)

    def restore(self, chunks: Iterator[bytes]) -> None:
        """The inverse of `snapshot`: the chunks are the same."""
        self.values = {chunk[4 : 4 + KEY]: chunk[4 + KEY :] for chunk in chunks}


class Methods(Replicated):
    """The same map as a class with methods."""

    values: dict[bytes, bytes]

    def __init__(self) -> None:
        self.values = {}

    @command
    def put(self, key: bytes, value: bytes) -> None:
        """Sets a value."""
        self.values[key] = value

    @query
    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        return self.values.get(key)


async def run(arguments: argparse.Namespace) -> None:
    """Runs the host until it is killed."""
    members = {int(host): address for host, address in (each.split("=") for each in arguments.members.split(","))}
    options = GroupOptions(snapshot_log_size=arguments.snapshot_log_size, max_entry=arguments.max_entry)
    started = time.perf_counter()
    host = Host(arguments.folder, listen=members[arguments.host], id=arguments.host, bootstrap=members)
    async with host:
        group = await host.start_group(Bytes(), 1, options)
        await host.start(Methods(), 2, options)
        for number in range(3, arguments.groups + 1):
            await host.start_group(Bytes(), number, options)
        opened = time.perf_counter()
        while not group.status().leader:
            await asyncio.sleep(0.001)
        while group.status().applied < group.status().last_index:
            await asyncio.sleep(0.001)
        applied = time.perf_counter()
        print(f"opened {opened - started:.4f} applied {applied - opened:.4f} {group.status().applied}", flush=True)
        await host.serve()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("host", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("members")
    parser.add_argument("--groups", type=int, default=2)
    parser.add_argument("--snapshot-log-size", type=int, default=GroupOptions().snapshot_log_size)
    parser.add_argument("--max-entry", type=int, default=GroupOptions().max_entry)
    parser.add_argument("--uvloop", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.uvloop:
        try:
            import uvloop
        except ImportError:
            print("uvloop is not installed", file=sys.stderr)
        else:
            uvloop.install()
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
