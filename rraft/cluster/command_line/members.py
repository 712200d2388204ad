"""The commands that change the members of a group, its leader, or make snapshots."""

import argparse
from contextlib import suppress

from rraft.cluster.command_line.connection import Connection
from rraft.cluster.command_line.exits import CommandFailure, Exit, exit_of, line_of
from rraft.cluster.command_line.output import say
from rraft.cluster.command_line.overview import Overview
from rraft.cluster.errors import ClusterError
from rraft.cluster.requests import Change, ChangeKind


async def add(arguments: argparse.Namespace) -> int:
    """Adds a host, and waits until it has caught up, unless it is to stay a learner."""
    kind = ChangeKind.ADD_LEARNER if arguments.learner else ChangeKind.ADD
    await _change(arguments, [Change(kind, arguments.host, arguments.address)])
    say(f"host {arguments.host} is a {'learner' if arguments.learner else 'voter'} of group {arguments.group}")
    return Exit.DONE


async def promote(arguments: argparse.Namespace) -> int:
    """Makes a voter of a learner."""
    await _change(arguments, [Change(ChangeKind.PROMOTE, arguments.host)])
    say(f"host {arguments.host} is a voter of group {arguments.group}")
    return Exit.DONE


async def remove(arguments: argparse.Namespace) -> int:
    """Removes a host permanently."""
    await _change(arguments, [Change(ChangeKind.REMOVE, arguments.host)])
    say(f"host {arguments.host} is no longer a member of group {arguments.group}")
    return Exit.DONE


async def replace(arguments: argparse.Namespace) -> int:
    """Puts a new host in the place of an old one, which may be dead, in one step."""
    changes = [
        Change(ChangeKind.ADD, arguments.new, arguments.address),
        Change(ChangeKind.REMOVE, arguments.old),
    ]
    await _change(arguments, changes)
    say(f"host {arguments.new} has replaced host {arguments.old} in group {arguments.group}")
    return Exit.DONE


async def transfer(arguments: argparse.Namespace) -> int:
    """Hands over the leadership."""
    connection = Connection(arguments)
    async with connection.client() as client:
        await client.transfer_leadership(arguments.group, arguments.host)
        leader = arguments.host
        if not leader:
            with suppress(ClusterError):  # the transfer is done, whatever the host says after it
                leader = (await client.status(arguments.group))["leader"]
    say(f"host {leader} leads group {arguments.group}" if leader else f"group {arguments.group} elects a leader")
    return Exit.DONE


async def snapshot(arguments: argparse.Namespace) -> int:
    """Makes a snapshot on each member, or on one. Returns 0 if all have made theirs."""
    async with Overview(Connection(arguments)) as overview:
        await overview.look()
        addresses = overview.addresses(arguments.group)
        if arguments.host:
            if arguments.host not in addresses:
                raise CommandFailure(Exit.FAILED, f"host {arguments.host} is no member of group {arguments.group}")
            addresses = {arguments.host: addresses[arguments.host]}
        if not addresses:
            raise CommandFailure(Exit.NO_ANSWER, f"no host has group {arguments.group}")
        failures: list[Exit] = []
        texts: list[str] = []
        for host, address in addresses.items():
            if host not in overview.hosts:
                failures.append(Exit.NO_ANSWER)
                texts.append(f"host {host}: no answer")
                continue
            try:
                index, size = await overview.client(address).make_snapshot(arguments.group)
            except ClusterError as error:
                failures.append(exit_of(error))
                texts.append(f"host {host}: {line_of(error)}")
            else:
                say(f"host {host}: snapshot at entry {index}, {size} bytes")
    if failures:
        is_any_made = len(failures) < len(addresses)
        raise CommandFailure(Exit.FAILED if is_any_made else _exit_of_all(failures), "; ".join(texts))
    return Exit.DONE


def _exit_of_all(failures: list[Exit]) -> Exit:
    """The exit code if no host is known to have made its snapshot."""
    if Exit.UNKNOWN in failures:
        return Exit.UNKNOWN
    return Exit.NO_ANSWER if set(failures) == {Exit.NO_ANSWER} else Exit.FAILED


async def _change(arguments: argparse.Namespace, changes: list[Change]) -> None:
    async with Connection(arguments).client() as client:
        await client.change_members(arguments.group, changes)


COMMANDS = (add, promote, remove, replace, transfer, snapshot)
"""The commands that change something."""
