"""A state machine that reports what it applies."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from rraft.cluster.attributes import encode_attributes
from rraft.cluster.calls import encode_value
from rraft.cluster.core.outcomes import Result, describe_safely
from rraft.cluster.replicated import Replicated
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.state_machine import Checker, Context, StateMachine

Effect = tuple[bytes, Result]
"""A command, and what the state machine has returned or raised."""

_PLAIN = (int, float, str, bytes, bool, type(None))


def encode_sorted(value: Any) -> bytes:
    """Encodes a value. Sets are sorted; the order of a `dict` counts, as a state machine may depend on it."""
    return encode_value(_without_sets(value))


def _without_sets(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        return [[_without_sets(key), _without_sets(item)] for key, item in value.items()]
    if isinstance(value, set | frozenset):
        return sorted(encode_value(_without_sets(item)) for item in value)
    if isinstance(value, list | tuple):
        return [_without_sets(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return [_without_sets(getattr(value, name)) for name in value.__struct_fields__]
    if is_dataclass(value):
        return [_without_sets(getattr(value, field.name)) for field in fields(value)]
    return value


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
            result = self.machine.apply(command, context)
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

    def digest(self) -> int:
        """A checksum of the state."""
        machine = self.machine
        if isinstance(machine, ReplicatedMachine) and type(machine.target).snapshot is Replicated.snapshot:
            encode_attributes(machine.target)  # it raises for what a snapshot would not keep
            attributes = {name: value for name, value in vars(machine.target).items() if not name.startswith("_")}
            return zlib.crc32(encode_sorted(attributes))
        return zlib.crc32(b"".join(machine.snapshot()))


class CheckedMachine(ObservedMachine):
    """One that can say whether it understands a command."""

    def __init__(self, machine: StateMachine) -> None:
        super().__init__(machine)
        assert isinstance(machine, Checker)
        self.check: Callable[[bytes], None] = machine.check


def observed(machine: StateMachine) -> ObservedMachine:
    """A state machine that does the same, and reports it."""
    return CheckedMachine(machine) if isinstance(machine, Checker) else ObservedMachine(machine)
