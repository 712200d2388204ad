"""A state machine that reports what it applies."""

import zlib
from collections.abc import Callable, Iterable, Iterator

from rraft.cluster.attributes import encode_attributes
from rraft.cluster.core.outcomes import Result, check_result, describe_safely
from rraft.cluster.replicated import Replicated
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.state_machine import Checker, Context, StateMachine
from rraft.simulation.description import shorten
from rraft.simulation.values import encode_sorted

Effect = tuple[bytes, Result]
"""A command, and what the state machine has returned or raised."""


class ObservedMachine:
    """Passes everything on to a state machine."""

    def __init__(self, machine: StateMachine) -> None:
        self.machine = machine
        self.effects: dict[int, list[Effect]] = {}
        """What was applied since somebody looked, by the indices of the entries."""
        self.snapshot: Callable[[], Iterable[bytes]] = machine.snapshot
        self.query: Callable[[bytes], bytes] = machine.query

    def apply(self, command: bytes, context: Context) -> bytes:
        """See `StateMachine.apply`."""
        result: Result = b""
        try:
            result = check_result(self.machine.apply(command, context))
        except BaseException as error:
            result = describe_safely(error)
            raise
        finally:
            self.effects.setdefault(context.index, []).append((command, result))
        return result

    def restore(self, chunks: Iterator[bytes]) -> None:
        """See `StateMachine.restore`."""
        self.effects = {}
        self.machine.restore(chunks)

    def digests(self) -> dict[str, int]:
        """Checksums of the parts of the state: of the attributes by their names, or of the snapshot as a whole."""
        machine = self.machine
        if isinstance(machine, ReplicatedMachine) and type(machine.target).snapshot is Replicated.snapshot:
            encode_attributes(machine.target)  # it raises for what a snapshot would not keep
            attributes = vars(machine.target).items()
            return {name: zlib.crc32(encode_sorted(value)) for name, value in attributes if not name.startswith("_")}
        return {"": zlib.crc32(b"".join(machine.snapshot()))}

    def describe(self, part: str) -> str:
        """A part of the state as text."""
        if isinstance(self.machine, ReplicatedMachine) and part:
            return f"{part} is {shorten(repr(getattr(self.machine.target, part, None)))}"
        return f"the snapshot is {shorten(repr(b''.join(self.machine.snapshot())))}"


class CheckedMachine(ObservedMachine):
    """One that can say whether it understands a command."""

    def __init__(self, machine: StateMachine) -> None:
        super().__init__(machine)
        assert isinstance(machine, Checker)
        self.check: Callable[[bytes], None] = machine.check


def observed(machine: StateMachine) -> ObservedMachine:
    """A state machine that does the same, and reports it."""
    return CheckedMachine(machine) if isinstance(machine, Checker) else ObservedMachine(machine)
