"""A cluster in one process. Its leader replicates proposals, and every member applies them."""

from collections.abc import Sequence
from time import process_time
from typing import Any

from counting import CountingMember
from driver import DRIVERS, Member
from network import Network
from options import Figures, Options
from rraft import Config
from storages import STORAGES


def replicate(options: Options) -> Figures:
    ids = range(1, options.members + 1)
    network: Network[Any] = Network({member_id: [] for member_id in ids}, encodes=options.transport == "bytes")
    members: Sequence[Member] = [new_member(member_id, options, network) for member_id in ids]
    counting = [CountingMember(member) for member in members] if options.count_messages else []
    members = counting or members
    leader = members[0]
    leader.campaign()
    settle(members)

    payload = b"x" * options.payload
    batch = options.batch
    start = process_time()
    for _ in range(options.operations // batch):
        leader.process([payload] * batch)
        settle(members)
    cpu_seconds = process_time() - start

    applied = [member.application.applied for member in members]
    if any(count != options.operations for count in applied):
        raise AssertionError(f"applied: {applied}")
    applied_bytes = [member.application.applied_bytes for member in members]
    checks: dict[str, object] = {"applied": applied, "applied_bytes": applied_bytes}
    if counting:
        checks["messages"] = sum(member.received for member in counting)
    return {"cpu_seconds": cpu_seconds, "checks": checks}


def new_member(member_id: int, options: Options, network: Network[Any]) -> Member:
    config = Config(id=member_id, max_size_per_msg=1 << 20, max_inflight_msgs=256, batch_append=options.batch_append)
    storage = STORAGES[options.storage](list(network.inboxes))
    return DRIVERS[options.driver].new_member(config, storage, network, options.compact_every)


def settle(members: Sequence[Member]) -> None:
    """Runs the members until all messages are delivered."""
    is_busy = True
    while is_busy:
        is_busy = False
        for member in members:
            if member.inbox:
                member.process()
                is_busy = True
