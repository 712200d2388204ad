"""A replicated job queue on three processes. One is killed, one is added, one is removed. See README.md."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rraft.cluster import Client, Host, RemovedError, Replicated, command, query


class Jobs(Replicated):
    """Jobs that workers lease and complete. A job whose lease has ended is leased again."""

    waiting: dict[int, str]
    leased: dict[int, tuple[float, str]]

    def __init__(self) -> None:
        self.number = 0
        self.waiting, self.leased = {}, {}

    @command
    def enqueue(self, payload: str) -> int:
        """Adds a job, and returns its number."""
        self.number += 1
        self.waiting[self.number] = payload
        return self.number

    @command
    def lease(self, seconds: float = 60.0) -> tuple[int, str] | None:
        """Gives a job to a worker for some time: its number and payload, or nothing if no job waits."""
        now = self.context.time
        for number, (end, payload) in list(self.leased.items()):
            if end <= now:
                self.waiting[number] = payload
                del self.leased[number]
        if not self.waiting:
            return None
        number = min(self.waiting)
        payload = self.waiting.pop(number)
        self.leased[number] = (now + seconds, payload)
        return number, payload

    @command
    def complete(self, number: int) -> bool:
        """Removes a leased job. Returns false if it is not leased, as its lease has ended."""
        return self.leased.pop(number, None) is not None

    @query
    def length(self) -> int:
        """The number of jobs that are not completed."""
        return len(self.waiting) + len(self.leased)


async def run_host(directory: Path, port: int, number: int) -> None:
    """Runs a host until it is removed. Hosts 1 to 3 found the cluster, others join it."""
    founders = {founder: f"127.0.0.1:{port + founder}" for founder in (1, 2, 3)}
    how = {"bootstrap": founders} if number in founders else {"join": list(founders.values())}
    async with Host(directory / str(number), listen=f"127.0.0.1:{port + number}", id=number, **how) as host:
        await host.start(Jobs())
        with suppress(RemovedError):
            await host.serve()


async def demonstrate(directory: Path, port: int) -> None:
    """Starts three hosts, works with them, and changes them meanwhile."""
    program = [sys.executable, __file__, "--directory", str(directory), "--port", str(port), "--host"]
    hosts = {number: subprocess.Popen([*program, str(number)]) for number in (1, 2, 3)}
    try:
        async with Client([f"127.0.0.1:{port + number}" for number in (1, 2, 3)], "rraft") as client:
            jobs = client.group(Jobs)
            print("enqueued:", [await jobs.enqueue(f"job {letter}") for letter in "abc"])
            leader = (await client.status(1))["leader"]
            hosts[leader].kill()
            print(f"host {leader}, the leader, is killed; leased:", await jobs.lease())
            hosts[4] = subprocess.Popen([*program, "4"])
            await client.add(1, 4, f"127.0.0.1:{port + 4}")
            print("host 4 is added; jobs:", await jobs.length(), "- voters:", (await client.status(1))["voters"])
            await client.remove(1, leader)
            print(f"host {leader} left; jobs:", await jobs.length(), "- voters:", (await client.status(1))["voters"])
            print("completed:", await jobs.complete(1))
    finally:
        for process in hosts.values():
            process.kill()
            process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, help="has a directory for each host (a temporary one)")
    parser.add_argument("--port", type=int, default=7100, help="host 1 has the next port, and so on (7100)")
    parser.add_argument("--host", type=int, help="run this host only, until the process ends")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.directory or Path(temporary)
        run = run_host(place, options.port, options.host) if options.host else demonstrate(place, options.port)
        asyncio.run(run)
