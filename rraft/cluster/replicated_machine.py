"""The state machine that the methods of a `Replicated` make up."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from rraft.cluster.calls import Signature, encode_value, split_call
from rraft.cluster.errors import CommandError, InvalidCommandError, UnknownCommandError
from rraft.cluster.nesting import MAX_NESTING, TOO_DEEP, is_too_deep
from rraft.cluster.replicated import Replicated, command, query
from rraft.cluster.state_machine import Context, StateMachine

_Handlers = dict[bytes, tuple[Callable[..., Any], Signature]]

_NONE = encode_value(None)


class ReplicatedMachine:
    """Calls the methods that commands and queries name."""

    def __init__(self, target: Replicated) -> None:
        """Raises `TypeError` for a command, query or attribute without the annotations that it needs, and for two
        commands or two queries whose functions have the same name, which is their name on the wire.
        """
        target.check_state()
        self.target = target
        self._commands: _Handlers = {}
        self._queries: _Handlers = {}
        for name in dir(type(target)):
            method = getattr(type(target), name, None)
            if isinstance(method, command | query):
                handlers = self._commands if isinstance(method, command) else self._queries
                handler = method.function, method.signature
                if handlers.setdefault(method.signature.prefix, handler)[0] is not method.function:
                    raise TypeError(f"{self._owner}: {name} is a second {method.__name__}: expected another name")

    def check(self, payload: bytes) -> None:
        """Raises `InvalidCommandError` for a command that `apply` would not understand."""
        try:
            length = split_call(payload)
            _, signature = self._commands[payload[:length]]
            arguments = payload[length:]
            if is_too_deep(arguments):
                raise InvalidCommandError(f"{signature.name}: {TOO_DEEP}")
            signature.decode_arguments(memoryview(arguments))
        except KeyError:
            raise InvalidCommandError(f"{self._owner} has no command {_name(payload)}") from None
        except UnknownCommandError as error:
            raise InvalidCommandError(str(error)) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidCommandError(f"{_name(payload)}: {error}") from None

    def apply(self, payload: bytes, context: Context) -> bytes:
        """Applies a command: see `StateMachine.apply`. A result that cannot be encoded is an error of the command."""
        length = split_call(payload)
        handler = self._commands.get(payload[:length])
        if handler is None:
            raise UnknownCommandError(f"{self._owner} has no command {_name(payload)}")
        function, signature = handler
        try:
            arguments = signature.decode_arguments(memoryview(payload)[length:])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnknownCommandError(f"{signature.name}: {error}") from error
        target = self.target
        target._context = context
        target._in_call = True
        try:
            result = function(target, *arguments)
        except UnknownCommandError as error:  # this version does know the command
            raise CommandError(type(error).__name__, str(error)) from error
        finally:
            target._in_call = False
        if result is None:
            return _NONE
        try:
            encoded = encode_value(result)
        except RecursionError:
            raise _deep_result(signature) from None
        if is_too_deep(encoded):
            raise _deep_result(signature)
        return encoded

    def query(self, payload: bytes) -> bytes:
        """Answers a query: see `StateMachine.query`."""
        length = split_call(payload)
        handler = self._queries.get(payload[:length])
        if handler is None:
            raise InvalidCommandError(f"{self._owner} has no query {_name(payload)}")
        function, signature = handler
        target = self.target
        arguments = signature.decode_arguments(memoryview(payload)[length:])
        target._in_call = True
        try:
            return encode_value(function(target, *arguments))
        finally:
            target._in_call = False

    def snapshot(self) -> Iterable[bytes]:
        """See `StateMachine.snapshot`."""
        return self.target.snapshot()

    def restore(self, chunks: Iterator[bytes]) -> None:
        """See `StateMachine.restore`."""
        self.target.restore(chunks)

    @property
    def _owner(self) -> str:
        return type(self.target).__name__


def _deep_result(signature: Signature) -> ValueError:
    return ValueError(f"{signature.name}: expected a result nested at most {MAX_NESTING} deep, got a deeper one")


def _name(payload: bytes) -> str:
    return repr(payload[2 : split_call(payload)].decode(errors="replace"))


def as_state_machine(target: Replicated | StateMachine) -> StateMachine:
    """The state machine of an object; a state machine itself."""
    return ReplicatedMachine(target) if isinstance(target, Replicated) else target
