"""Three servers lose their leader, take it back, and add a fourth server. Their client notices none of it."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client import Client, RequestFailedError
from processes import Processes, free_addresses

TIME_LIMIT = 20.0
"""Seconds after which an expected state counts as missing."""

PAUSE = 0.05
"""Seconds between checks."""

FIRST_MEMBERS = (1, 2, 3)
NEWCOMER = 4

CLIENTS = 5
ADDITIONS = 20
"""The number of times that each client increments the same number."""

Statuses = dict[int, dict[str, Any]]


class StoryError(Exception):
    """A check failed."""


def say(text: str) -> None:
    print(text, flush=True)


def check(is_so: bool, what: str) -> None:
    if not is_so:
        raise StoryError(f"check failed: {what}")
    say(f"  checked: {what}")


class Story:
    """The demonstration, in steps that check their results."""

    def __init__(self, processes: Processes, client: Client) -> None:
        self.processes = processes
        self.client = client

    async def tell(self) -> None:
        """Runs all steps. Raises `StoryError` if a check fails."""
        for server_id in FIRST_MEMBERS:
            self.processes.start(server_id)
        await self._write_and_read()
        old_leader = await self._lose_the_leader()
        await self._take_it_back(old_leader)
        await self._let_the_newcomer_join()
        await self._read_after_writes()
        await self._lose_a_follower()

    async def _write_and_read(self) -> None:
        say("Three servers have started.")
        await self.client.put("color", "red")
        await self.client.put("color", "green")
        values = [await self.client.get("color", server_id) for server_id in FIRST_MEMBERS]
        check(values == ["green"] * 3, "each server returns the value that was written last")

    async def _lose_the_leader(self) -> int:
        leader = await self._leader()
        say(f"Server {leader}, the leader, is killed while {CLIENTS} clients increment a number.")
        clients = [Client(self.processes.addresses) for _ in range(CLIENTS)]
        for client in clients:
            await client.add("sum", 1)
        additions = asyncio.gather(*(add_up(client) for client in clients))
        while int(await self.client.get("sum") or 0) < CLIENTS * ADDITIONS // 4:
            await asyncio.sleep(0)
        self.processes.kill(leader)
        await additions
        say(f"  They retried {sum(client.retries for client in clients)} times.")
        check(
            await self.client.get("sum") == str(CLIENTS * (ADDITIONS + 1)),
            "each increment was applied exactly once",
        )
        return leader

    async def _take_it_back(self, old_leader: int) -> None:
        say(f"Server {old_leader} is started again.")
        self.processes.start(old_leader)
        await self._until(have_equal_maps, "it has caught up")

    async def _let_the_newcomer_join(self) -> None:
        address = self.processes.addresses[NEWCOMER]
        first_index = (await self.client.status(await self._leader()))["first_index"]
        say(f"Server {NEWCOMER} joins as a learner. The leader's log now begins at {first_index}.")
        check(first_index > 2, "the log is compacted")
        self.processes.start(NEWCOMER)
        await self.client.add_learner(NEWCOMER, address)
        await self._until(have_equal_maps, "the learner has caught up")
        status = await self.client.status(NEWCOMER)
        check(status["snapshots_received"] > 0, "it received a snapshot")
        check(status["learners"] == [NEWCOMER], "it has no vote")

        say(f"Server {NEWCOMER} becomes a voter.")
        await self.client.add_voter(NEWCOMER, address)
        members = [*FIRST_MEMBERS, NEWCOMER]
        await self._until(
            lambda statuses: all(status["voters"] == members for status in statuses.values()),
            f"all servers have the voters {members}",
        )

    async def _read_after_writes(self) -> None:
        say("A client writes to the leader, and reads from each server in turn.")
        fresh = []
        for number in range(20):
            await self.client.put("number", str(number))
            server_id = self.processes.running()[number % 4]
            fresh.append(await self.client.get("number", server_id) == str(number))
        check(all(fresh), "no server returned a stale value")

    async def _lose_a_follower(self) -> None:
        leader = await self._leader()
        follower = next(server_id for server_id in FIRST_MEMBERS if server_id != leader)
        say(f"Server {follower}, a follower, is killed. Three of four servers continue.")
        self.processes.kill(follower)
        await self.client.put("color", "blue")
        check(await self.client.get("color", NEWCOMER) == "blue", "writes and reads continue")
        self.processes.start(follower)
        await self._until(have_equal_maps, "all four servers have the same map")

    async def _leader(self) -> int:
        """Waits until the servers agree on a leader, and returns it."""
        statuses = await self._until(lambda statuses: len(leaders(statuses)) == 1, "there is a leader")
        return leaders(statuses)[0]

    async def _until(self, condition: Callable[[Statuses], bool], what: str) -> Statuses:
        """Waits until `condition` holds for the statuses of the running servers."""
        deadline = time.monotonic() + TIME_LIMIT
        while time.monotonic() < deadline:
            self.processes.check()
            statuses = {server_id: await self.client.status(server_id) for server_id in self.processes.running()}
            if condition(statuses):
                say(f"  checked: {what}")
                return statuses
            await asyncio.sleep(PAUSE)
        raise StoryError(f"not after {TIME_LIMIT} seconds: {what}")


async def add_up(client: Client) -> None:
    for _ in range(ADDITIONS):
        await client.add("sum", 1)
    await client.close()


def leaders(statuses: Statuses) -> list[int]:
    return [server_id for server_id, status in statuses.items() if status["is_leader"]]


def have_equal_maps(statuses: Statuses) -> bool:
    first, *others = statuses.values()
    return all(status["pairs"] == first["pairs"] and status["applied"] == first["applied"] for status in others)


async def run(directory: Path) -> None:
    addresses = free_addresses([*FIRST_MEMBERS, NEWCOMER])
    client = Client({server_id: addresses[server_id] for server_id in FIRST_MEMBERS})
    client.addresses[NEWCOMER] = addresses[NEWCOMER]
    with Processes(directory, addresses, FIRST_MEMBERS) as processes:
        await Story(processes, client).tell()
        await client.close()


def main() -> int:
    """Returns the exit code: 0 if all checks pass."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            asyncio.run(run(Path(directory)))
        except (StoryError, RequestFailedError) as error:
            say(str(error))
            return 1
    say("all checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
