"""What calls of a state machine and their results look like, and which results are equal."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from rraft.cluster.calls import ENCODING_ERRORS, Signature, split_call
from rraft.cluster.core.outcomes import Result
from rraft.cluster.errors import UnknownCommandError
from rraft.cluster.replicated import Replicated, command, query
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.state_machine import StateMachine
from rraft.simulation.values import encode_sorted

SHOWN = 100
"""Characters of a value that are shown, at most."""


class Description:
    """Knows the methods of a `Replicated`. Calls of any other state machine remain bytes."""

    def __init__(self, make: Callable[[], object]) -> None:
        """`make` is the class, or makes an object of it."""
        owner = make if isinstance(make, type) else type(make())
        self._signatures: dict[bytes, Signature] = {}
        if issubclass(owner, Replicated):
            methods = [getattr(owner, name, None) for name in dir(owner)]
            with suppress(TypeError):  # it is raised where the state machine starts
                signatures = [method.signature for method in methods if isinstance(method, command | query)]
                self._signatures = {signature.prefix: signature for signature in signatures}

    def _signature(self, payload: bytes) -> Signature | None:
        if not self._signatures:
            return None
        try:
            return self._signatures.get(payload[: split_call(payload)])
        except UnknownCommandError:
            return None

    def call(self, payload: bytes) -> str:
        """A call, such as `push('job 1')`."""
        signature = self._signature(payload)
        if signature is None:
            return shorten(repr(payload))
        try:
            arguments = signature.decode_arguments(memoryview(payload)[len(signature.prefix) :])
        except ENCODING_ERRORS:
            return shorten(repr(payload))
        return f"{signature.name}({', '.join(shorten(repr(argument)) for argument in arguments)})"

    def result(self, payload: bytes, result: Result) -> str:
        """What a call has returned or raised."""
        if isinstance(result, tuple):
            return shorten(f"{result[0]}: {result[1]}" if result[1] else result[0])
        try:
            return shorten(repr(self._decode(payload, result)))
        except ENCODING_ERRORS:
            return shorten(repr(result))

    def type_error(self, payload: bytes, result: Result) -> str:
        """Why a result does not have the annotated type; empty if it has."""
        if isinstance(result, bytes):
            try:
                self._decode(payload, result)
            except ENCODING_ERRORS as error:
                return str(error)
        return ""

    def equal(self, payload: bytes, one: Result, other: Result) -> bool:
        """Whether two results are equal: as values, so that the order of a set does not count."""
        if one == other or isinstance(one, tuple) or isinstance(other, tuple):
            return one == other
        try:
            values = self._decode(payload, one), self._decode(payload, other)
            return encode_sorted(values[0]) == encode_sorted(values[1])
        except ENCODING_ERRORS:
            return False

    def _decode(self, payload: bytes, result: bytes) -> Any:
        signature = self._signature(payload)
        return result if signature is None else signature.decode_result(result)


def describe_snapshot(machine: StateMachine, chunks: tuple[bytes, ...]) -> str:
    """A snapshot as text: its attributes, if it is that of a `Replicated` that does not make its own."""
    if isinstance(machine, ReplicatedMachine) and type(machine.target).snapshot is Replicated.snapshot:
        attributes = msgspec.msgpack.decode(b"".join(chunks), strict=False)
        return ", ".join(f"{name}={value!r}" for name, value in attributes.items())
    return repr(b"".join(chunks))


def shorten(text: str, limit: int = SHOWN) -> str:
    """The text, without its middle if it is long."""
    return text if len(text) <= limit else f"{text[: limit // 2]} ... {text[-limit // 2 :]}"
