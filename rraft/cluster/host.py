"""`Host`: one process's part of a cluster."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rraft import Logger, LoggerRef, Wal, WalClosedError, WalFailedError, WalForeignError, WalLockedError
from rraft.cluster.arguments import (
    UNSPECIFIED,
    check_bootstrap,
    check_cluster,
    check_id,
    check_join,
    check_listen,
    check_reachable,
    check_tls,
    check_type,
)
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.core.local_session import LocalSession
from rraft.cluster.environment import Environment
from rraft.cluster.errors import FailedError, HostClosedError, StartError
from rraft.cluster.group import Group
from rraft.cluster.options import GroupOptions, HostOptions
from rraft.cluster.replicated import Replicated
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.running import Running
from rraft.cluster.state_machine import StateMachine
from rraft.cluster.status import HostReport, report_host
from rraft.cluster.transport.addresses import parse_address
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.worker import check_loop, in_thread

_CLOSED_MEANWHILE = "the host was closed while the group was started"

M = TypeVar("M", bound=Replicated)


class Host:
    """A process's part of a cluster: a directory, an address, and any number of groups.

    ```python
    members = {1: "10.0.0.1:7001", 2: "10.0.0.2:7001", 3: "10.0.0.3:7001"}
    async with Host("data", listen="10.0.0.1:7001", bootstrap=members) as host:
        jobs = await host.start(Jobs())
        print(await jobs.enqueue("hello"))
    ```

    It belongs to one event loop. Nothing blocks that: a thread waits for the disk.
    """

    _environment: Environment = Environment()
    """A simulator sets another one before it opens the host."""

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        listen: str,
        cluster: str = "rraft",
        id: int | None = None,  # noqa: A002
        address: str | None = None,
        bootstrap: Mapping[int, str] | None = None,
        join: Sequence[str] | None = None,
        options: HostOptions | None = None,
        transport: TransportOptions | None = None,
        client: ClientOptions | None = None,
        logger: LoggerRef | None = None,
    ) -> None:
        """Describes a host; `async with` starts it.

        `path` is its directory, `listen` the address (`host:port`) that it listens on, `address` the one that others
        connect to, if that differs. `cluster` is the name that all hosts of a cluster share.

        A new directory needs to be told what the host is: one of the founding members, which are the ids and addresses
        in `bootstrap`, the same on all of them; or a host that joins later and asks the hosts at the addresses in
        `join` to add it. A directory that has groups ignores both, so that a program can pass them at each start.

        `id` is the id of the host, at least 1. By default, it is that of the directory, or the one in `bootstrap` that
        has this address. `client` has the secret and the TLS context for joining.

        Raises `StartError` for names, addresses or ids that are none, `TypeError` for arguments of other types,
        `ValueError` for invalid settings of the client.
        """
        self.path: Path = Path(path)
        self.cluster = cluster
        self.options: HostOptions = options or HostOptions()
        self._listen = listen
        self._address = address
        self._id = id
        self._transport_options = transport
        self._client_options = client
        self._logger = logger
        if bootstrap is not None:
            check_bootstrap(bootstrap)
        if join is not None:
            check_join(join)
        self._bootstrap = None if bootstrap is None else dict(bootstrap)
        self._join = None if join is None else list(join)
        self._check_arguments()
        self.groups: dict[int, Group] = {}
        """The groups that were started, by their ids."""
        self._starting: dict[int, StateMachine] = {}
        """The state machines of the groups that are being started."""
        self._running: Running | None = None

    async def __aenter__(self) -> "Host":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except WalFailedError:
            if not isinstance(error, FailedError):  # otherwise, `serve` has raised it for the same reason
                raise

    async def open(self) -> None:
        """Opens the directory, and listens.

        Raises `StartError` when the directory is in use, belongs to another host or cluster, or is new and neither
        `bootstrap` nor `join` is given; `WalCorruptedError` when it is damaged; `OSError`.
        """
        if self._running is not None:
            raise StartError("a host is opened once")
        is_new = not self._environment.has_log(self.path)
        if is_new and self._bootstrap is None and self._join is None:
            raise StartError(
                f"{self.path} is new or empty: a founding member needs bootstrap=, a later one needs join=. "
                "A host that has lost its directory must be removed from its groups, and added with a new id"
            )
        wal, number = await in_thread(partial(self._open_wal, is_new), lambda opened: opened[0].close())
        try:
            self._running = await Running.start(
                self,
                wal,
                number,
                listen=self._listen,
                address=self._known_address(number),
                transport=self._transport_options,
                client=self._client_options,
                environment=self._environment,
            )
        except BaseException:
            await in_thread(wal.close)
            raise

    async def close(self) -> None:
        """Stops. What waits on this host raises `HostClosedError`. Groups that it leads get another leader first.

        Raises `WalFailedError` when the disk fails, or has failed before. The end of an `async with` block does not, if
        the block has raised `FailedError`: it has the same cause.
        """
        if self._running is not None:
            await self._running.close()

    @property
    def id(self) -> int:
        """The id of the host."""
        return self.running.core.id

    @property
    def address(self) -> str:
        """Where others connect to it."""
        return self.running.core.address

    @property
    def running(self) -> "Running":
        """What exists while the host is open. Raises `HostClosedError`."""
        if self._running is None or self._running.closed:
            raise HostClosedError("the host is not open")
        return self._running

    async def start(self, target: M, group: int = 1, options: GroupOptions | None = None) -> M:
        """Starts the group with the id `group`, whose state is in `target`. Returns `target`, connected to it.

        Raises what `start_group` raises, and `TypeError` for commands or queries without type annotations. The object
        belongs to one group: `StartError` for one that was started before.
        """
        check_type("target", target, Replicated)
        name = type(target).__name__
        if target._group is not None or target._is_starting:
            raise StartError(f"this {name} was started before: expected an object for each start")
        machine = ReplicatedMachine(target)
        target._is_starting = True
        try:
            target.connect(await self.start_group(machine, group, options))
        finally:
            target._is_starting = False
        return target

    async def start_group(self, machine: StateMachine, group: int = 1, options: GroupOptions | None = None) -> Group:
        """Starts the group with the id `group` and the state machine `machine`, restored from its last snapshot.

        The entries after that are applied when the group has a leader. Raises `StartError`; `NeedsUpgradeError` for a
        snapshot of a newer version; `HostClosedError`; what `StateMachine.snapshot` and `restore` raise.
        """
        running = self.running
        check_loop(running.loop)
        check_id("group", group)
        check_type("options", options or self.options.group, GroupOptions)
        if group in self.groups or group in self._starting:
            raise StartError(f"group {group} is started already")
        known_machines = [known.core.state.machine for known in self.groups.values()] + [*self._starting.values()]
        if any(known is machine for known in known_machines):
            raise StartError("this state machine is started already: expected an object for each group")
        options = options or self.options.group
        options.check((self._transport_options or TransportOptions()).max_peer_frame)
        joins = self._join is not None and self._bootstrap is None
        make = partial(
            running.core.make_group,
            group,
            machine,
            options,
            self._logger or Logger.discard(),
            bootstrap=self._bootstrap,
            join=joins,
        )
        self._starting[group] = machine
        try:
            core = await in_thread(make)
            if running.closed:
                raise HostClosedError(_CLOSED_MEANWHILE)
            running.core.add_group(core, running.monotonic())
        except WalClosedError:
            raise HostClosedError(_CLOSED_MEANWHILE) from None
        finally:
            del self._starting[group]
            running.groups_changed()
        started = Group(core, LocalSession(core, running.source), running.loop)
        self.groups[group] = started
        if joins and not core.state.applied:
            running.join(started, self._join or [])
        return started

    @property
    def is_starting(self) -> bool:
        """Whether a group is being started."""
        return bool(self._starting)

    def status(self) -> HostReport:
        """The host and its groups, as values of JSON. Raises `HostClosedError`."""
        return report_host(self)

    async def serve(self) -> None:
        """Waits until the host is closed.

        Raises `FailedError` when its disk has failed. When the host has left all its groups, raises why it left the
        last one: `RemovedError` or `FailedError`.
        """
        running = self.running
        check_loop(running.loop)
        await asyncio.shield(running.ended)

    def _check_arguments(self) -> None:
        """Checks what would be noticed only when the host joins or connects to others."""
        check_cluster(self.cluster)
        check_listen("listen", self._listen)
        if self._address is not None:
            check_reachable("address", self._address)
        if self._id is not None:
            check_id("id", self._id)
        check_type("options", self.options, HostOptions)
        transport = self._transport_options or TransportOptions()
        check_type("transport", transport, TransportOptions)
        check_tls(transport, self._id or 1, self.cluster)
        check_type("client", self._client_options or ClientOptions(), ClientOptions)
        (self._client_options or ClientOptions()).transport()

    def _known_address(self, number: int) -> str | None:
        """The address of this host for others, unless it is the one that it listens on."""
        if self._address is None and self._bootstrap is not None:
            name, _ = parse_address(self._listen, allow_any_port=True)
            if name in UNSPECIFIED:
                return self._bootstrap.get(number)
        return self._address

    def _open_wal(self, is_new: bool) -> tuple[Wal, int]:
        number = self._id
        if number is None and self._bootstrap is not None:
            address = self._address or self._listen
            number = next((host for host, known in self._bootstrap.items() if known == address), None)
        if is_new and number is None:
            raise StartError(
                "the id of the host is not known: pass id=, or an address as it is written in bootstrap=. "
                f"The address is {self._address or self._listen!r}, bootstrap={self._bootstrap}"
            )
        if is_new and self._bootstrap is not None and number not in self._bootstrap:
            raise StartError(
                f"host {number} is not in bootstrap={self._bootstrap}: a host that joins later needs join="
            )
        try:
            wal = self._environment.open_log(self.path, self.cluster, number, self.options.segment_size)
        except (WalLockedError, WalForeignError) as error:
            raise StartError(str(error)) from error
        if wal.host is None:
            wal.close()
            raise StartError(f"{self.path} does not belong to a host: pass id=")
        return wal, wal.host
