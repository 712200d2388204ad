"""Five nodes join one by one, lose their leader, elect another one, and take the old one back."""

import asyncio
import sys
from collections.abc import Callable, Mapping

from cluster import Cluster
from console import ProgressBar, say
from key_values import put
from node import Node, NodeStorage
from rraft import ConfChange, ConfChangeType, MemStorage

NODES = 5
TIME_LIMIT = 9.0
IN_FLIGHT = 10
"""The number of concurrent proposals of the client."""

Pairs = dict[str, str]


def make_pairs(name: str, count: int) -> Pairs:
    return {f"{name} {number}": f"value {number}" for number in range(count)}


ALONE = make_pairs("alone", 10)
TOGETHER = make_pairs("together", 100)
WITHOUT_LEADER = make_pairs("without leader", 100)


async def run_cluster(new_storage: Callable[[], NodeStorage]) -> dict[int, Pairs]:
    """Runs the demonstration, and returns the key-value map of each node."""
    async with Cluster(NODES, new_storage) as cluster:
        say("Node 1 is alone. The others receive what it applies now in a snapshot.")
        await put_all(cluster, ALONE)

        say("Nodes 2 to 5 join, one at a time.")
        for node_id in range(2, NODES + 1):
            await cluster.submit(ConfChange(change_type=ConfChangeType.AddNode, node_id=node_id))
            say(f"members: {(await cluster.leader()).members()}")

        say("Five nodes apply a hundred proposals.")
        await put_all(cluster, TOGETHER)
        await catch_up(cluster, ALONE | TOGETHER)

        old_leader = await cluster.leader()
        puts = asyncio.create_task(put_all(cluster, WITHOUT_LEADER))
        await proposals_under_way(old_leader)
        await cluster.stop(old_leader.id)
        say(f"Node {old_leader.id}, the leader, is stopped. Four nodes apply a hundred more.")
        await puts
        say(f"The client retried {cluster.retries} proposals.")

        cluster.start(old_leader.id)
        say(f"Node {old_leader.id} is started again, and catches up.")
        await catch_up(cluster, ALONE | TOGETHER | WITHOUT_LEADER)
        return {node.id: node.key_values.pairs for node in cluster.nodes.values()}


async def put_all(cluster: Cluster, pairs: Pairs) -> None:
    """Returns when the node that proposed a pair has applied it, for all pairs."""
    bar = ProgressBar("put", len(pairs))
    turn = asyncio.Semaphore(IN_FLIGHT)

    async def put_one(key: str, value: str) -> None:
        async with turn:
            await cluster.submit(put(key, value))
            bar.step()

    await asyncio.gather(*(put_one(key, value) for key, value in pairs.items()))


async def catch_up(cluster: Cluster, pairs: Pairs) -> None:
    """Returns when all nodes have all pairs."""
    while any(len(node.key_values.pairs) < len(pairs) for node in cluster.nodes.values()):
        await cluster.pause()


async def proposals_under_way(leader: Node) -> None:
    """Returns when the leader's log has unapplied entries: if it stops now, their result is unknown."""
    while leader.storage.last_index() == leader.key_values.applied:
        await asyncio.sleep(0)


def nodes_that_differ(maps: Mapping[int, Pairs], expected: Pairs) -> list[int]:
    return [node_id for node_id, pairs in maps.items() if pairs != expected]


def main(new_storage: Callable[[], NodeStorage]) -> int:
    """Returns the exit code: 0 if all nodes have the same, complete map."""
    try:
        maps = asyncio.run(asyncio.wait_for(run_cluster(new_storage), TIME_LIMIT))
    except asyncio.TimeoutError:
        say(f"not done after {TIME_LIMIT} seconds")
        return 1
    expected = ALONE | TOGETHER | WITHOUT_LEADER
    if different := nodes_that_differ(maps, expected):
        say(f"nodes with a wrong map: {different}")
        return 1
    say(f"all {len(maps)} maps are equal, with {len(expected)} pairs each")
    return 0


if __name__ == "__main__":
    sys.exit(main(MemStorage))
