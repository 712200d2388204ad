"""The encoding of calls of commands and queries: the name and the arguments, in MessagePack."""

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias, get_type_hints

import msgspec

from rraft.cluster.core.outcomes import again
from rraft.cluster.errors import CommandError, InvalidCommandError, UnknownCommandError
from rraft.cluster.nesting import TOO_DEEP, is_too_deep

_encoder = msgspec.msgpack.Encoder()
encode_value: Callable[[Any], bytes] = _encoder.encode

ENCODING_ERRORS = (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises for a value that it cannot encode, or that has another type when it is decoded."""

MAX_NAME = 31
"""The longest name of a command or query, in bytes of UTF-8: its encoding has one byte for the length."""

_ARRAY = 0x90
_ARRAY_16 = 0xDC
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
        """Raises `TypeError` for an argument or a result without a type that msgspec supports, for one that is not
        passed by position, and for a default that has another type than its argument.
        """
        name = function.__name__
        encoded = name.encode()
        if len(encoded) > MAX_NAME:
            raise TypeError(f"{name}: expected a name of at most {MAX_NAME} bytes, got {len(encoded)}")
        self.name = name
        self.prefix: bytes = bytes((_ARRAY_OF_TWO, _SHORT_STRING | len(encoded))) + encoded
        """How each call begins."""
        self._signature = inspect.signature(function)
        parameters = list(self._signature.parameters.values())[1:]
        hints = _hints(function)
        for parameter in parameters:
            if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
                kind = f"{parameter.kind.description} argument"
                raise TypeError(f"{name}: expected arguments with a position and a name, got the {kind} {parameter}")
            if parameter.name not in hints:
                raise TypeError(f"{name}: the argument {parameter.name} has no type annotation")
        if "return" not in hints:
            raise TypeError(f"{name}: the result has no type annotation")
        self._names = [parameter.name for parameter in parameters]
        self._types: list[Any] = [hints[parameter.name] for parameter in parameters]
        for argument, kind in zip(self._names, self._types, strict=True):
            _decoder(f"{name}: the argument {argument}", kind)
        self.decode_result: Callable[[bytes], Any] = _decoder(f"{name}: the result", hints["return"])
        self._count = len(parameters)
        self._decode = self._decoder_of(0, self._count)
        defaults = [parameter.default for parameter in parameters if parameter.default is not parameter.empty]
        self._required: int = self._count - len(defaults)
        self._shorter: dict[int, tuple[_Decode, _Decode, bytes]] = {
            count: self._with_defaults(count, defaults[count - self._required :])
            for count in range(self._required, self._count)
        }
        """By the number of the given arguments: what decodes these and the defaults of the others, which are encoded:
        each call gets its own, as a command may change them."""

    def _decoder_of(self, start: int, end: int) -> "_Decode":
        types: Any = tuple[tuple(self._types[start:end])]  # type: ignore[misc]
        decode: _Decode = msgspec.msgpack.Decoder(types).decode
        return decode

    def _with_defaults(self, count: int, defaults: list[Any]) -> "tuple[_Decode, _Decode, bytes]":
        decode_defaults = self._decoder_of(count, self._count)
        try:
            encoded = encode_value(tuple(defaults))
            decode_defaults(encoded)
        except ENCODING_ERRORS as error:
            raise TypeError(f"{self.name}: the default of the argument {self._names[count]}: {error}") from error
        return self._decoder_of(0, count), decode_defaults, encoded

    def decode_arguments(self, encoded: memoryview) -> tuple[Any, ...]:
        """The arguments of a call, which leaves out the last ones if it was made without them: they have defaults.

        Raises `msgspec.MsgspecError` or `RecursionError` for anything else.
        """
        try:
            return self._decode(encoded)
        except msgspec.ValidationError:
            shorter = self._shorter.get(_array_length(encoded))
            if shorter is None:
                raise
        decode, decode_defaults, defaults = shorter
        return (*decode(encoded), *decode_defaults(defaults))

    def encode(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bytes:
        """Encodes a call. Raises `InvalidCommandError` if the arguments do not have the right types.

        The last arguments are left out if the call does: then hosts with an earlier version, which did not have them,
        understand it.
        """
        if keywords or not self._required <= len(arguments) <= self._count:
            try:
                bound = self._signature.bind(None, *arguments, **keywords)
            except TypeError as error:
                raise InvalidCommandError(f"{self.name}: {error}") from None
            given = max((self._names.index(name) + 1 for name in self._names if name in bound.arguments), default=0)
            bound.apply_defaults()
            arguments = bound.args[1 : 1 + given]
        try:
            encoded = encode_value(arguments)
            decode = self._decode if len(arguments) == self._count else self._shorter[len(arguments)][0]
            decode(encoded)
        except ENCODING_ERRORS as error:
            raise InvalidCommandError(f"{self.name}: {self._wrong_argument(arguments)}{error}") from error
        if is_too_deep(encoded):  # `apply` may have less of the stack
            raise InvalidCommandError(f"{self.name}: {TOO_DEEP}")
        return self.prefix + encoded

    def _wrong_argument(self, arguments: tuple[Any, ...]) -> str:
        """Which argument cannot be encoded, or does not have its type."""
        for name, kind, value in zip(self._names, self._types, arguments, strict=False):
            if not _is_encodable(value, kind):
                return f"the argument {name}: "
        return ""


def _array_length(encoded: memoryview) -> int:
    """How many items an array has, or any other number for what is none."""
    return int.from_bytes(encoded[1:3], "big") if encoded[0] == _ARRAY_16 else encoded[0] - _ARRAY


_Decode: TypeAlias = Callable[[bytes | memoryview], tuple[Any, ...]]


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The types in the annotations. Raises `TypeError` for what is none, or is not defined."""
    try:
        return get_type_hints(function)
    except Exception as error:  # an annotation is an expression, which may raise anything
        raise TypeError(f"{function.__name__}: an annotation is no type: {type(error).__name__}: {error}") from error


def _decoder(what: str, kind: Any) -> Callable[[bytes], Any]:
    try:
        decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(kind).decode
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from error
    return decode


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
            raise CommandError(type(error).__name__, f"the result does not have its annotated type: {error}") from None
    if isinstance(outcome, tuple):
        raise CommandError(*outcome)
    raise again(outcome)
