"""The encoding of calls of commands and queries: the name and the arguments, in MessagePack."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec

from rraft.cluster.errors import CommandError, InvalidCommandError, UnknownCommandError

_encoder = msgspec.msgpack.Encoder()
encode_value: Callable[[Any], bytes] = _encoder.encode

ENCODING_ERRORS = (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises for a value that it cannot encode, or that has another type when it is decoded."""

MAX_NAME = 31
"""The longest name of a command or query, in bytes of UTF-8: its encoding has one byte for the length."""

_ARRAY_OF_TWO = 0x92
_SHORT_STRING = 0xA0


def split_call(payload: bytes) -> int:
    """The length of the part of a call before its arguments. Raises `UnknownCommandError` if it is no call."""
    try:
        if payload[0] == _ARRAY_OF_TWO and payload[1] & 0xE0 == _SHORT_STRING:
            return 2 + (payload[1] & 0x1F)
    except IndexError:
        pass
    raise UnknownCommandError(f"expected the name and the arguments of a call, got {payload[:40]!r}")


class Signature:
    """The name of a command or query, and the types of its arguments and of its result."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises `TypeError` when an argument has no annotation, or is not passed by position."""
        name = function.__name__
        encoded = name.encode()
        if len(encoded) > MAX_NAME:
            raise TypeError(f"{name}: expected a name of at most {MAX_NAME} bytes, got {len(encoded)}")
        self.name = name
        self.prefix: bytes = bytes((_ARRAY_OF_TWO, _SHORT_STRING | len(encoded))) + encoded
        """How each call begins."""
        self._signature = inspect.signature(function)
        parameters = list(self._signature.parameters.values())[1:]
        hints = get_type_hints(function)
        for parameter in parameters:
            if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
                raise TypeError(f"{name}: expected arguments by position, got *{parameter.name}")
            if parameter.name not in hints:
                raise TypeError(f"{name}: the argument {parameter.name} has no type annotation")
        if "return" not in hints:
            raise TypeError(f"{name}: the result has no type annotation")
        self._count = len(parameters)
        self._names = [parameter.name for parameter in parameters]
        self._types: list[Any] = [hints[parameter.name] for parameter in parameters]
        self._defaults = [parameter.default for parameter in parameters if parameter.default is not parameter.empty]
        types: Any = tuple[tuple(self._types)]  # type: ignore[misc]
        self._decode: Callable[[memoryview], tuple[Any, ...]] = msgspec.msgpack.Decoder(types).decode
        result: Any = hints["return"]
        self.decode_result: Callable[[bytes], Any] = msgspec.msgpack.Decoder(result).decode

    def decode_arguments(self, encoded: memoryview) -> tuple[Any, ...]:
        """The arguments of a call. A version that did not have the last ones leaves them out: they have defaults.

        Raises `msgspec.MsgspecError` or `RecursionError` for anything else.
        """
        try:
            return self._decode(encoded)
        except msgspec.ValidationError:
            given = msgspec.msgpack.decode(encoded, type=list[msgspec.Raw])
            missing = self._count - len(given)
            if not 0 < missing <= len(self._defaults):
                raise
            values = [msgspec.msgpack.decode(raw, type=kind) for raw, kind in zip(given, self._types, strict=False)]
            return (*values, *self._defaults[-missing:])

    def encode(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bytes:
        """Encodes a call. Raises `InvalidCommandError` if the arguments do not have the right types."""
        if keywords or len(arguments) != self._count:
            try:
                bound = self._signature.bind(None, *arguments, **keywords)
            except TypeError as error:
                raise InvalidCommandError(f"{self.name}: {error}") from None
            bound.apply_defaults()
            arguments = bound.args[1:]
        try:
            encoded = encode_value(arguments)
            self._decode(memoryview(encoded))
        except ENCODING_ERRORS as error:
            raise InvalidCommandError(f"{self.name}: {self._wrong_argument(arguments)}{error}") from error
        return self.prefix + encoded

    def _wrong_argument(self, arguments: tuple[Any, ...]) -> str:
        """Which argument cannot be encoded, or does not have its type."""
        for name, kind, value in zip(self._names, self._types, arguments, strict=True):
            if not _is_encodable(value, kind):
                return f"the argument {name}: "
        return ""


def _is_encodable(value: object, kind: Any) -> bool:
    try:
        msgspec.msgpack.decode(encode_value(value), type=kind)
    except ENCODING_ERRORS:
        return False
    return True


def result_of(outcome: bytes | tuple[str, str] | Exception, decode: Callable[[bytes], Any]) -> Any:
    """The result of a call, or raises what it raised."""
    if isinstance(outcome, bytes):
        try:
            return decode(outcome)
        except msgspec.MsgspecError as error:  # the method returned something else than it annotates
            raise CommandError(type(error).__name__, str(error)) from None
    if isinstance(outcome, tuple):
        raise CommandError(*outcome)
    raise outcome
