"""`rraft verify` and `rraft recover`: the directories of hosts that do not run."""

import argparse
from pathlib import Path

from rraft import RaftError, Wal, WalCorruptedError
from rraft.cluster.command_line.exits import CommandFailure, Exit
from rraft.cluster.command_line.output import say
from rraft.cluster.core.chunks import split_chunks
from rraft.cluster.core.state import decode_runtime
from rraft.cluster.recovery import Plan, plan_recovery, recover
from rraft.wal import describe


def verify(arguments: argparse.Namespace) -> int:
    """Reads the whole log and its snapshots, and changes nothing."""
    directory: Path = arguments.directory
    if not (directory / "CURRENT").exists():
        raise CommandFailure(Exit.FAILED, f"{directory} is not the directory of a host")
    try:
        for line in describe(str(directory)):
            say(line)
        for line in _describe_states(directory):
            say(line)
    except WalCorruptedError as error:
        raise CommandFailure(Exit.FAILED, f"damaged: {error}") from None
    say("intact")
    return Exit.DONE


def _describe_states(directory: Path) -> list[str]:
    """A line about each snapshot: what the runtime keeps in it. Raises `CommandFailure` if that cannot be read."""
    wal, lines = Wal.read(directory), []
    for group in filter(None, wal.groups()):
        reader = wal.storage(group).read_snapshot()
        if reader is None:
            lines.append(f"group {group}: no state yet: the host has not joined")
            continue
        try:
            chunks = split_chunks(reader)
            runtime = decode_runtime(next(chunks))
            size = sum(map(len, chunks))
        except WalCorruptedError:
            raise
        except (StopIteration, ValueError, RaftError) as error:
            text = f"damaged: the snapshot of group {group} is not one of this version: {error}"
            raise CommandFailure(Exit.FAILED, text) from None
        members = runtime.members
        lines.append(
            f"group {group}: snapshot with {size} bytes of state and {len(runtime.sessions)} sessions, "
            f"voters {sorted(members.voters)}, learners {sorted(members.learners)}"
        )
    return lines


def recover_cluster(arguments: argparse.Namespace) -> int:
    """Says what may be lost, and with `--yes`, makes a survivor the only member of each group.

    Returns 0 without `--yes`, too, if no group is left to recover.
    """
    plan = plan_recovery(arguments.directory, arguments.members, arguments.group)
    for line in _describe_plan(plan):
        say(line)
    if not plan.groups:
        say("nothing is left to do")
        return Exit.DONE
    if not arguments.yes:
        raise CommandFailure(Exit.FAILED, "nothing was changed: repeat the command with --yes")
    for group in plan.groups:
        say(str(recover(group.chosen.path, group.group, removed=group.removed)))
    for line in _describe_next(plan):
        say(line)
    return Exit.DONE


def _describe_plan(plan: Plan) -> list[str]:
    lines = [f"group {only.group}: skipped: host {only.host} is the only voter already" for only in plan.skipped]
    for group in plan.groups:
        chosen = group.chosen
        lines.append(f"group {group.group}:")
        lines += [
            f"  host {survivor.host} in {survivor.path}: the log ends at entry {survivor.last_index} of term "
            f"{survivor.last_term}, of which {survivor.committed} are known to be committed"
            for survivor in group.survivors
        ]
        lines += [
            f"  host {chosen.host} becomes the only member, at entry {chosen.last_index}",
            f"  removed permanently: hosts {', '.join(map(str, group.removed))}",
            f"  lost: what these have acknowledged after entry {chosen.last_index}",
        ]
        if chosen.last_index > chosen.committed:
            lines.append(
                f"  takes effect: entries {chosen.committed + 1} to {chosen.last_index}, "
                "also those whose clients were told nothing or that they have failed"
            )
    return lines


def _describe_next(plan: Plan) -> list[str]:
    hosts = sorted({group.chosen.host for group in plan.groups})
    others = sorted({survivor.host for group in plan.groups for survivor in group.survivors} - {*hosts})
    lines = [f"next: start host {host} as before" for host in hosts]
    if others:
        lines.append(f"next: delete the directories of hosts {', '.join(map(str, others))}")
    lines.append("next: start hosts with new ids and empty directories with --join, which makes them members")
    return lines
