"""What exists while a host is open: asyncio drives the core."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rraft import Wal
from rraft.cluster.arguments import UNSPECIFIED
from rraft.cluster.client_errors import NotAcceptedError
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.core.effects import Job
from rraft.cluster.core.events import Event, GroupStopped
from rraft.cluster.core.frames import FrameError
from rraft.cluster.core.node import HostCore
from rraft.cluster.core.rounds import Round
from rraft.cluster.environment import Environment, HostTransport
from rraft.cluster.errors import ClusterError, FailedError, HostClosedError, MembershipError, StartError
from rraft.cluster.records import fields
from rraft.cluster.serving import Serving
from rraft.cluster.status import describe_event
from rraft.cluster.transport import Connection, SnapshotSink, SnapshotSource
from rraft.cluster.transport.addresses import parse_address
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.worker import Runner, check_loop

if TYPE_CHECKING:
    from rraft.cluster.group import Group
    from rraft.cluster.host import Host

log: logging.Logger = logging.getLogger(__name__)

JOIN_INTERVAL = 0.5
"""Seconds between the requests of a host to be added."""


class Running:
    """Runs the rounds of a host: it is the `Effects` of the core, and the `Receiver` of the transport."""

    def __init__(
        self,
        host: "Host",
        wal: Wal,
        number: int,
        transport: HostTransport,
        client: ClientOptions | None,
        environment: Environment,
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.source: random.Random = environment.source()
        self.closed: bool = False
        self._closing: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[None] = self.loop.create_future()
        """Done when the host is closed, its disk has failed, or it has left all its groups."""
        self._left: ClusterError | None = None
        """Why it has left the group that it left last."""
        self.core: HostCore
        self._host = host
        self._wal = wal
        self._number = number
        self._client = client
        self._serving = Serving(host)
        self._transport = transport
        self._environment = environment
        self.monotonic: Callable[[], float] = environment.monotonic
        self.wall: Callable[[], float] = environment.wall
        self.opened: float = self.monotonic()
        """When the host was opened, by `monotonic`."""
        self._begun = 0.0
        """When the round that runs has begun, by `monotonic`."""
        self._waited = 0.0
        """How long it has waited for the disk, in seconds."""
        self._worker: Runner = environment.worker(number)
        self._jobs: Runner = environment.jobs(number)
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._in_worker = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._tick_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def start(
        cls,
        host: "Host",
        wal: Wal,
        number: int,
        *,
        listen: str,
        address: str | None,
        transport: TransportOptions | None,
        client: ClientOptions | None,
        environment: Environment,
    ) -> "Running":
        """Listens, and starts the clock.

        Raises `OSError` when the address is not available; `StartError` when it is not one to connect to; `ValueError`
        when it is no address.
        """
        network = environment.transport(host.cluster, number, listen, transport)
        running = cls(host, wal, number, network, client, environment)
        try:
            running.core = HostCore(
                number,
                wal,
                running,
                host.options,
                running.source,
                address=address or listen,
                node_seed=environment.node_seed(),
            )
            await running._transport.start(running)
            running.core.address = address or _reachable(running._transport.address)
        except BaseException:
            await running._transport.close()
            running._worker.close()
            running._jobs.close()
            raise
        running._tick()
        return running

    async def close(self) -> None:
        """Stops: what waits gets `HostClosedError`. Groups that it leads get another leader first, if they can.

        All calls wait for the same task, which goes on when a call is cancelled. Raises `RuntimeError` in another loop.
        """
        check_loop(self.loop)
        if self._closing is None:
            self._closing = self.loop.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._hand_over()
        finally:  # even if the event loop ends, and cancels this
            try:
                await self._stop()
            finally:
                await self.loop.run_in_executor(None, self._close_files)

    async def _stop(self) -> None:
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await self._idle.wait()
        for group in self.core.groups.values():
            group.close(HostClosedError("the host is closed"))
        for started in self._host.groups.values():
            started.end_events()
        await self._transport.close()
        if not self.ended.done():
            self.ended.set_result(None)

    async def _hand_over(self) -> None:
        """Hands over the groups that this host leads, for at most an election timeout."""
        options = self._host.options
        end = self.loop.time() + options.tick * options.election_ticks
        led = [group for group in self.core.groups.values() if group.start_to_hand_over()]
        while any(group.is_leader for group in led) and self.loop.time() < end:
            await asyncio.sleep(options.tick / 4)

    def _close_files(self) -> None:
        self._worker.close()
        self._jobs.close()
        self._wal.close()

    # Rounds.

    def wake(self) -> None:
        """See `Effects.wake`."""
        if not self._scheduled and not self._in_worker:
            self.loop.call_soon(self.loop.call_soon, self._begin)  # after what has arrived by now is read
            self._scheduled = True

    def _begin(self) -> None:
        self._scheduled = False
        if self.closed or self._in_worker:
            return
        self._begun = self.monotonic()
        begun = self.core.begin_round(self._begun, self.wall())
        if begun is None:
            return
        try:
            waits = begun.begin()
        except Exception as raised:
            self._finish(begun, raised)
            return
        if not waits:
            self._finish(begun, None)
            return
        self.core.send(begun.take_outgoing())  # what a leader appends leaves before its own disk has it
        self._in_worker = True
        self._idle.clear()
        self._worker.submit(partial(self._wait, begun), partial(self._finish_in_worker, begun))

    def _wait(self, begun: Round) -> None:
        started = self.monotonic()
        begun.wait()
        self._waited = self.monotonic() - started

    def _finish_in_worker(self, begun: Round, error: BaseException | None) -> None:
        if error is None:
            self.core.watch.synced(self._waited)
        self._in_worker = False
        self._idle.set()
        self._finish(begun, error)

    def _finish(self, begun: Round, error: BaseException | None) -> None:
        """Takes the results of a round. `error` is one of the round itself: a failed log is a result of each group."""
        try:
            if error is not None:
                log.critical("host %d: a round failed", self._number, exc_info=error, extra=fields(self._number))
                self.core.fail(FailedError(f"{type(error).__name__}: {error}"))
            else:
                now = self.monotonic()
                self.core.observation.rounds.add(now - self._begun)
                self.core.finish_round(begun, now, self.wall())
        finally:
            self._finished()

    def _finished(self) -> None:
        if self.core.failure is not None:
            self._end(FailedError(str(self.core.failure)))
        if self.core.dirty:
            self.wake()

    def _end(self, reason: ClusterError) -> None:
        """The host has nothing to do any more."""
        if self.core.failure is not None:
            reason = FailedError(f"the log of host {self._number} has failed: {self.core.failure}")
        if not self.ended.done():
            self.ended.set_exception(reason)
            self.ended.exception()  # nobody has to wait for it

    def _tick(self) -> None:
        if self.closed:
            return
        interval = self._host.options.tick
        now = self.loop.time()
        try:
            self.core.tick(self.monotonic(), self.wall())
        finally:  # what one tick raises is reported by the event loop, and does not end the others
            if self.core.failure is not None:  # no round reports it
                self._end(FailedError(str(self.core.failure)))
            # Ticks that were missed while the process was stopped are not made up for: leases depend on that.
            self._tick_at += interval
            if self._tick_at <= now:
                self._tick_at = now + interval
            self._timer = self.loop.call_at(self._tick_at, self._tick)

    # Effects.

    def send(self, host: int, body: Sequence[bytes]) -> bool:
        """See `Effects.send`."""
        return self._transport.send(host, body)

    def send_snapshot(self, host: int, header: bytes, source: SnapshotSource, done: Callable[[bool], None]) -> None:
        """See `Effects.send_snapshot`."""
        self._transport.send_snapshot(host, header, source, done)

    def set_address(self, host: int, address: str | None) -> None:
        """See `Effects.set_address`."""
        try:
            self._transport.set_address(host, address)
        except ValueError as error:  # the log has it, so there is nobody to reject it to
            extra = fields(self._number)
            log.error("host %d: the address of host %d: %s", self._number, host, error, extra=extra)

    def start_job(self, job: Job) -> None:
        """See `Effects.start_job`."""
        self._jobs.submit(job.run, partial(self._finish_job, job))

    def _finish_job(self, job: Job, error: BaseException | None) -> None:
        if not self.closed:
            job.finish(error)

    def event(self, event: Event) -> None:
        """See `Effects.event`."""
        kind, text = describe_event(event)
        core = self.core.groups.get(event.group)
        term = 0 if core is None else core.term
        extra = fields(self._number, event.group, term)
        log.info("host %d: group %d: %s", self._number, event.group, text, extra=extra)
        self.core.observation.record(self.wall(), kind, event.group, term, text)
        group = self._host.groups.get(event.group)
        if group is not None:
            group.publish(event)
        if isinstance(event, GroupStopped):
            self._left = event.reason
            self.groups_changed()

    def groups_changed(self) -> None:
        """The host ends when it has left all its groups and starts no other, and not any more when it has another."""
        if self._left is None or self.closed:
            return
        has_failed = self.core.failure is not None
        if not has_failed and any(core.active for core in self.core.groups.values()):
            if self.ended.done():
                self.ended = self.loop.create_future()
        elif has_failed or not self._host.is_starting:
            self._end(self._left)

    # The network.

    def received(self, host: int, body: bytes) -> None:
        """See `Receiver.received`."""
        try:
            self.core.received(host, body)
        except FrameError as error:
            log.error("host %d: a frame of host %d: %s", self._number, host, error, extra=fields(self._number))

    def link_changed(self, host: int, connected: bool) -> None:
        """See `Receiver.link_changed`."""
        self.core.link_changed(host, connected)

    def requested(self, connection: Connection, request: int, body: bytes) -> None:
        """See `Receiver.requested`."""
        self._serving.requested(connection, request, body)

    def receive_snapshot(self, host: int, header: bytes) -> SnapshotSink | None:
        """See `Receiver.receive_snapshot`."""
        return self.core.receive_snapshot(host, header)

    def accepts(self, host: int) -> bool:
        """See `Receiver.accepts`."""
        return self.core.accepts(host)

    def connection_rejected(self, reason: str) -> None:
        """See `Receiver.connection_rejected`."""
        self.core.watch.rejected(reason)

    # Joining.

    def join(self, group: "Group", addresses: Sequence[str]) -> None:
        """Asks the hosts at these addresses to be added to the group, until it has a state."""
        task = self.loop.create_task(self._ask_to_join(group, addresses))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_to_join(self, group: "Group", addresses: Sequence[str]) -> None:
        core = group.core
        async with self._environment.client(addresses, self._host.cluster, self._client) as client:
            while not core.state.applied and core.stopped is None:
                try:
                    members = await client.join(group.id, self.core.id, self.core.address, timeout=4 * JOIN_INTERVAL)
                except (MembershipError, NotAcceptedError) as error:
                    core.leave(FailedError(f"host {self.core.id} cannot join group {group.id}: {error}"))
                    return
                except ClusterError as error:
                    extra = fields(self.core.id, group.id)
                    log.warning("host %d asks to join group %d: %s", self.core.id, group.id, error, extra=extra)
                else:
                    for host, address in members.items():
                        self.core.peers.learn_address(host, address)
                await asyncio.sleep(JOIN_INTERVAL)


def _reachable(address: str) -> str:
    """An address on which this host listens, for others to connect to. Raises `StartError` for all addresses."""
    name, _ = parse_address(address)
    if name in UNSPECIFIED:
        raise StartError(f"listen={address} is no address to connect to: pass address=, or the host in bootstrap=")
    return address
