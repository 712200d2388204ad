"""The history of a run: what clients called, when, and what came back."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rraft.cluster.client import Client
from rraft.cluster.client_errors import OutcomeUnknownError
from rraft.cluster.client_group import RemoteGroup
from rraft.cluster.core.outcomes import Result
from rraft.cluster.errors import SessionExpiredError
from rraft.cluster.requests import Consistency
from rraft.simulation.errors import NotSimulatedError
from rraft.simulation.operations import Operation

if TYPE_CHECKING:
    from rraft.simulation.cluster import SimulatedCluster
    from rraft.simulation.groups import SimulatedGroup

OPERATION: ContextVar["ClientOperation | None"] = ContextVar("OPERATION", default=None)
"""What the task that runs calls."""


MAX_CALLS = 50_000
"""Calls of the clients of a group after which a workload is thought to run for ever."""


@dataclass
class ClientOperation:
    """A command or query of a client."""

    client: int
    is_command: bool
    payload: bytes
    invoked: float
    """When it was called, in seconds of the simulation."""
    floor: int
    """The latest place in the log of what was answered before it was called."""
    returned: float = float("inf")
    """When its result came; infinite if there is none."""
    result: Result | None = None
    """What the state machine returned or raised; `None` if there is none."""
    is_unknown: bool = True
    """Whether there is no result, and it may have been applied."""
    session: int = 0
    number: int = 0
    """What identifies a command in the log; 0 before it is sent."""
    group: int = 1
    applied: int = 0
    """The applied index of the host that answered it."""


def linearizability_history(operations: Iterable[ClientOperation]) -> list[Operation[tuple[str, bytes], Result]]:
    """What `linearizability.check` needs of the operations: those that took effect, or may have."""
    return [
        Operation(
            f"client {operation.client}",
            ("command" if operation.is_command else "query", operation.payload),
            operation.result,
            operation.invoked,
            None if operation.result is None else operation.returned,
        )
        for operation in operations
        if operation.result is not None or (operation.is_command and operation.is_unknown)
    ]


class RecordedGroup(RemoteGroup):
    """The group as the clients of a simulation call it."""

    def __init__(self, client: Client, group: "SimulatedGroup", number: int, cluster: "SimulatedCluster") -> None:
        super().__init__(client, group.number)
        self._number = number
        self._oracle = group.oracle
        self._loop = cluster.loop
        self._cluster = cluster

    async def submit_checked(self, payload: bytes) -> Result:
        """Applies a command."""
        operation = self._begin(True, payload)
        try:
            result: Result = await super().submit_checked(payload)
        except BaseException as error:
            operation.is_unknown = not isinstance(error, Exception) or isinstance(
                error, OutcomeUnknownError | SessionExpiredError
            )
            self._failed(operation, error)
            raise
        self._end(operation, result)
        return result

    async def ask(self, payload: bytes, consistency: Consistency = Consistency.LINEARIZABLE) -> Any:
        """Answers a query."""
        if consistency == Consistency.LOCAL:
            return await super().ask(payload, consistency)
        operation = self._begin(False, payload)
        try:
            result: Result = await super().ask(payload)
        except BaseException as error:
            operation.is_unknown = False
            self._failed(operation, error)
            raise
        self._end(operation, result)
        return result

    def _begin(self, is_command: bool, payload: bytes) -> ClientOperation:
        floor = self._oracle.floor
        if len(self._oracle.operations) >= MAX_CALLS:
            text = f"after {MAX_CALLS} calls, clients still work: expected workloads that return"
            self._cluster.violate("liveness", text)
        operation = ClientOperation(self._number, is_command, payload, self._loop.now, floor, group=self._group)
        OPERATION.set(operation)
        self._oracle.invoked(operation)
        return operation

    def _failed(self, operation: ClientOperation, error: BaseException) -> None:
        self._oracle.failed(operation)
        call = self._cluster.description.call(operation.payload)
        self._cluster.trace(f"client {self._number}", "failed", f"{call}: {type(error).__name__}: {error}")

    def _end(self, operation: ClientOperation, result: Result) -> None:
        operation.returned = self._loop.now
        operation.result = result
        operation.is_unknown = False
        self._oracle.returned(operation)
        self._check(operation.payload, result)

    def _check(self, payload: bytes, result: Result) -> None:
        """Reports results that no correct state machine has."""
        description = self._cluster.description
        error = description.type_error(payload, result)
        if error:
            text = f"{description.call(payload)}: the result does not have its annotated type: {error}"
            self._cluster.violate("results have their types", text)
        if isinstance(result, tuple) and result[0] == NotSimulatedError.__name__:
            self._cluster.violate("the state machine is simulated", f"{description.call(payload)}: {result[1]}")


class RawGroup:
    """The group as clients call it whose state machine is no `Replicated`: with bytes."""

    def __init__(self, group: RecordedGroup) -> None:
        self._group = group

    async def command(self, payload: bytes) -> Result:
        """Applies a command. Returns its result, or the kind and the text of its exception."""
        return await self._group.submit_checked(payload)

    async def query(self, payload: bytes) -> Result:
        """Answers a query. Returns its result, or the kind and the text of its exception."""
        result: Result = await self._group.ask(payload)
        return result
