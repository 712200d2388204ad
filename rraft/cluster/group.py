"""`Group`: a replicated state machine, as programs on its hosts use it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from rraft.cluster.calls import result_of
from rraft.cluster.core.events import Event, GroupStopped
from rraft.cluster.core.group import GroupCore
from rraft.cluster.core.local_session import LocalSession
from rraft.cluster.core.outcomes import Outcome, again
from rraft.cluster.errors import ClusterError, HostClosedError
from rraft.cluster.event_stream import EventStream
from rraft.cluster.requests import Change, ChangeKind, Consistency, check_request
from rraft.cluster.state_machine import Checker
from rraft.cluster.worker import check_loop


@dataclass(frozen=True)
class GroupStatus:
    """A group as a host sees it."""

    group: int
    host: int
    role: str
    """`leader`, `follower` or `learner`; `joining` before it has a state; `stopped`."""
    leader: int
    """The id of the leader's host; 0 if it is not known."""
    term: int
    applied: int
    committed: int
    last_index: int
    first_index: int
    """The first index of the log that is not compacted."""
    voters: tuple[int, ...]
    learners: tuple[int, ...]
    addresses: dict[int, str]
    sessions: int
    in_flight: int
    """The size of the commands that wait for their result on this host, in bytes."""
    stopped: str | None
    """Why the group no longer applies entries on this host."""


class Group:
    """A group on this host. `Host.start_group` returns it, and `Replicated.group` has it."""

    def __init__(self, core: GroupCore, session: LocalSession, loop: asyncio.AbstractEventLoop) -> None:
        self.core = core
        self._session = session
        self._loop = loop
        self._streams: WeakKeyDictionary[EventStream, None] = WeakKeyDictionary()
        machine = core.state.machine
        self.check: Callable[[bytes], None] | None = machine.check if isinstance(machine, Checker) else None
        """Raises `InvalidCommandError` for a command that the state machine would not understand, if it has that."""

    @property
    def id(self) -> int:
        """The id of the group."""
        return self.core.id

    def _future(self) -> "asyncio.Future[Any]":
        """Raises `RuntimeError` in a thread or an event loop that the host does not belong to."""
        check_loop(self._loop)
        return self._loop.create_future()

    # Commands and queries.

    def submit(self, command: bytes) -> asyncio.Future[Outcome]:
        """Gets a command applied, once, and returns a future of its outcome.

        A cancelled future leaves the command outstanding: it may be applied. Raises `BusyError`, `StoppedError`;
        `InvalidCommandError` when the state machine does not know the command.
        """
        command = check_bytes("command", command)
        if self.check is not None:
            self.check(command)
        return self.submit_checked(command)

    def submit_checked(self, command: bytes) -> asyncio.Future[Outcome]:
        """As `submit`, for a command that the state machine knows: otherwise, the group stops on all hosts."""
        future: asyncio.Future[Outcome] = self._future()
        self._session.submit(command, partial(_resolve, future))
        return future

    async def execute(self, command: bytes) -> bytes:
        """Gets a command applied, once, and returns its result.

        The command waits while the group has no quorum: use `asyncio.timeout` to give up. After that, as after
        `SessionExpiredError`, `StoppedError` or `HostClosedError`, it may still be applied.

        Raises `CommandError` for an exception of the state machine; `BusyError` when too much is in flight;
        `InvalidCommandError` when the command is too long, or the state machine does not know it.
        """
        result: bytes = result_of(await self.submit(command), bytes)
        return result

    def ask(self, query: bytes) -> asyncio.Future[Outcome]:
        """Answers a linearizable query, and returns a future of the outcome. Raises `StoppedError`."""
        query = check_bytes("query", query)
        future: asyncio.Future[Outcome] = self._future()
        self.core.query(query, partial(_resolve, future))
        return future

    def ask_local(self, query: bytes) -> Outcome:
        """Answers a query by the state that this host has, which may be old. Raises `NotReadyError`."""
        check_loop(self._loop)
        return self.core.query_local(check_bytes("query", query))

    async def query(self, query: bytes, *, consistency: Consistency = Consistency.LINEARIZABLE) -> bytes:
        """Answers a query. Raises `CommandError`, `StoppedError`, `NotReadyError` for a local one."""
        outcome = self.ask_local(query) if consistency == Consistency.LOCAL else await self.ask(query)
        result: bytes = result_of(outcome, bytes)
        return result

    # Members.

    async def add(self, host: int, address: str, *, voter: bool = True) -> None:
        """Adds a host as a learner, which becomes a voter once it has caught up. Returns after that.

        With `voter=False`, it stays a learner. Raises `MembershipError` when the host was a member before, is one at
        another address, or is or becomes a voter that was to stay a learner.
        """
        await self.change_members([Change(ChangeKind.ADD if voter else ChangeKind.ADD_LEARNER, host, address)])

    async def promote(self, host: int) -> None:
        """Makes a voter of a learner, once it has caught up. Raises `MembershipError` if it is no member."""
        await self.change_members([Change(ChangeKind.PROMOTE, host)])

    async def remove(self, host: int) -> None:
        """Removes a host, whose id cannot be used again. A leader hands over first.

        Raises `MembershipError` if it is not a member, or is the last voter.
        """
        await self.change_members([Change(ChangeKind.REMOVE, host)])

    async def set_address(self, host: int, address: str) -> None:
        """Changes where the others find a member. A host does this by itself when it starts with another address."""
        await self.change_members([Change(ChangeKind.SET_ADDRESS, host, address)])

    async def change_members(self, changes: Sequence[Change]) -> None:
        """Makes several changes that take effect together. Returns when this host has applied them.

        New hosts that are to become voters are learners until all of them have caught up. They stay that if the call is
        cancelled before: repeat it. At least one of the present voters has to stay, for the others to hand over to it.

        Raises `MembershipError` when they are rejected; `StoppedError`.
        """
        await self._change(changes, None)

    async def transfer_leadership(self, host: int = 0) -> None:
        """Makes the voter `host` the leader, or any other one for 0. Waits until it answers.

        Raises `MembershipError` if it is not a voter.
        """
        await self._change((), host)

    async def _change(self, changes: Sequence[Change], transfer_to: int | None) -> None:
        check_request(changes, transfer_to or 0)
        future: asyncio.Future[None] = self._future()

        def done(error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(again(error))

        give_up = self.core.change(changes, done, transfer_to)
        try:
            await future
        finally:
            give_up()

    # Observation.

    def make_snapshot(self) -> None:
        """Makes a snapshot soon, whatever the size of the log: an event reports it."""
        check_loop(self._loop)
        self.core.transfers.make()

    async def snapshot(self) -> tuple[int, int]:
        """Makes a snapshot, whatever the size of the log. Returns its index, and the size of its data in bytes.

        Raises `NotReadyError` when the host has no state yet, or receives a newer snapshot; `StoppedError`; a
        `FailedError` when the state cannot be encoded or written: the group goes on, with a longer log.
        """
        future: asyncio.Future[tuple[int, int]] = self._future()

        def done(outcome: tuple[int, int] | ClusterError) -> None:
            if future.done():
                return
            if isinstance(outcome, ClusterError):
                future.set_exception(again(outcome))
            else:
                future.set_result(outcome)

        self.core.transfers.make(done)
        return await future

    def status(self) -> GroupStatus:
        """The group as this host sees it now."""
        core, state = self.core, self.core.state
        members, storage = state.members, core.storage
        return GroupStatus(
            group=core.id,
            host=core.host.id,
            role=core.role,
            leader=core.leader,
            term=core.term,
            applied=state.applied,
            committed=storage.hard_state().commit,
            last_index=storage.last_index(),
            first_index=storage.first_index(),
            voters=tuple(sorted(members.voters)),
            learners=tuple(sorted(members.learners)),
            addresses=dict(sorted(members.addresses.items())),
            sessions=len(state.sessions),
            in_flight=core.proposals.in_flight,
            stopped=None if core.stopped is None else f"{type(core.stopped).__name__}: {core.stopped}",
        )

    def events(self) -> EventStream:
        """What happens in the group from now on, until the host is closed.

        If the group has stopped on this host, the first event is its `GroupStopped`.
        """
        check_loop(self._loop)
        stream = EventStream(self._loop)
        self._streams[stream] = None
        if self.core.stopped is not None:
            stream.put(GroupStopped(self.id, self.core.stopped))
            if isinstance(self.core.stopped, HostClosedError):
                stream.end()
        return stream

    def end_events(self) -> None:
        """Nothing happens any more: the host is closed."""
        for stream in self._streams:
            stream.end()

    def publish(self, event: Event) -> None:
        """Passes an event to those who iterate over `events`."""
        for stream in self._streams:
            stream.put(event)


def check_bytes(name: str, payload: bytes) -> bytes:
    """The payload as `bytes`. Raises `TypeError` for what is none: a log with it could not be read."""
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, bytearray | memoryview):
        return bytes(payload)
    raise TypeError(f"{name}: expected bytes, got {type(payload).__name__}")


def _resolve(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
