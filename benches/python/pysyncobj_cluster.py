"""The workload `replicate` on PySyncObj, a Raft written in Python: three nodes in one process, messages as objects.

A program of its own, as it needs the dependency group `bench`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from time import process_time

from pysyncobj import SyncObj, SyncObjConf, replicated
from pysyncobj.node import Node
from pysyncobj.transport import Transport

Deliver = Callable[[Node, object], None]


class LocalTransport(Transport):  # type: ignore[misc]
    """A network in memory. Messages wait in the receiver's inbox until `deliver`."""

    def __init__(self, node: Node, network: dict[str, LocalTransport]) -> None:
        super().__init__(None, node, [])
        self._node = node
        self._network = network
        self._inbox: list[tuple[Node, object]] = []
        network[node.id] = self

    def setOnMessageReceivedCallback(self, callback: Deliver) -> None:  # noqa: N802
        self._receive = callback

    def setOnNodeConnectedCallback(self, callback: Callable[[Node], None]) -> None:  # noqa: N802
        self.connect = callback

    def send(self, node: Node, message: object) -> bool:
        self._network[node.id]._inbox.append((self._node, message))
        return True

    def deliver(self) -> None:
        inbox, self._inbox = self._inbox, []
        for sender, message in inbox:
            self._receive(sender, message)


class Member(SyncObj):  # type: ignore[misc]
    """A node with its application."""

    def __init__(self, node: Node, others: list[Node], network: dict[str, LocalTransport]) -> None:
        self.applied = 0
        self.applied_bytes = 0
        self.transport = LocalTransport(node, network)
        # The leader sends at once, as in the other programs, instead of every tenth of a second.
        conf = SyncObjConf(autoTick=False, appendEntriesPeriod=1e-6)
        super().__init__(node, others, conf, transport=self.transport)

    @replicated  # type: ignore[untyped-decorator]
    def apply(self, data: bytes) -> None:
        self.applied += 1
        self.applied_bytes += len(data)


class Cluster:
    """Three members with a leader."""

    def __init__(self) -> None:
        network: dict[str, LocalTransport] = {}
        nodes = [Node(str(number)) for number in (1, 2, 3)]
        self.members = [Member(node, [other for other in nodes if other != node], network) for node in nodes]
        for node in nodes:
            for other in nodes:
                if other != node:
                    network[node.id].connect(other)
        while not all(member.isReady() for member in self.members):
            self.turn()
        self.leader = next(member for member in self.members if member.getStatus()["leader"] == member.selfNode)

    def turn(self) -> None:
        for member in self.members:
            member.doTick(0.0)
        for member in self.members:
            member.transport.deliver()


def replicate(operations: int, batch: int, payload: bytes) -> dict[str, object]:
    cluster = Cluster()
    members = cluster.members
    propose = cluster.leader.apply
    expected = 0
    start = process_time()
    for _ in range(operations // batch):
        for _ in range(batch):
            propose(payload)
        expected += batch
        while any(member.applied < expected for member in members):
            cluster.turn()
    cpu_seconds = process_time() - start
    checks = {
        "applied": [member.applied for member in members],
        "applied_bytes": [member.applied_bytes for member in members],
    }
    return {"cpu_seconds": cpu_seconds, "checks": checks}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1000, help="how many proposals")
    parser.add_argument(
        "--batch", type=int, default=1, help="how many proposals are made before the nodes do their work"
    )
    parser.add_argument("--payload", type=int, default=256, help="the length of a proposal in bytes")
    arguments = parser.parse_args()
    figures = replicate(arguments.operations, arguments.batch, b"x" * arguments.payload)
    print(json.dumps({"workload": "replicate", "operations": arguments.operations, **figures}))


if __name__ == "__main__":
    main()
