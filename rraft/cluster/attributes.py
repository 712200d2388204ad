"""The attributes of a `Replicated` in a snapshot: each must be the same after it was encoded and decoded."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, get_type_hints

import msgspec

from rraft.cluster.calls import ENCODING_ERRORS, encode_value

_KEPT_WITHOUT_TYPE = (int, float, str, bytes, bool, type(None))
_CONTAINERS = (list, tuple, dict, set, frozenset, msgspec.Struct)

_types: Callable[[type], Mapping[str, Any]] = lru_cache(maxsize=256)(get_type_hints)
"""The types of the attributes of a class. To find them takes as long as to encode a small state."""


class Attributes:
    """What has attributes that are its state."""

    _other_attributes: Mapping[str, bytes] = MappingProxyType({})
    """What a snapshot has of another version, encoded: of this one, nobody knows its type."""


def encode_attributes(target: Attributes) -> bytes:
    """The attributes whose names do not begin with an underscore.

    Raises `TypeError` with the name of an attribute that would be another value after `decode_attributes`.
    """
    types = _types(type(target))
    attributes = {name: value for name, value in vars(target).items() if not name.startswith("_")}
    encoded = {name: _encode(target, name, value, types) for name, value in attributes.items()}
    others = {name: msgspec.Raw(value) for name, value in target._other_attributes.items() if name not in encoded}
    return encode_value(encoded | others)


def decode_attributes(target: Attributes, encoded: bytes) -> None:
    """Sets the attributes that `encode_attributes` has encoded. Keeps those of another version for the next snapshot.

    Raises `TypeError` with the name of an attribute that has another type in this version.
    """
    types = _types(type(target))
    others: dict[str, bytes] = {}
    for name, raw in msgspec.msgpack.decode(encoded, type=dict[str, msgspec.Raw]).items():
        try:
            value = msgspec.msgpack.decode(raw, type=types.get(name, Any))
        except msgspec.ValidationError as error:
            raise TypeError(f"{type(target).__name__}: the attribute {name} of the snapshot: {error}") from error
        if name in types or type(value) in _KEPT_WITHOUT_TYPE:
            setattr(target, name, value)
        else:
            others[name] = bytes(raw)
    if others or target._other_attributes:
        target._other_attributes = others


def check_slots(owner: type) -> None:
    """Raises `TypeError` for an attribute that is in no snapshot, as it is a slot."""
    for base in owner.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("_"):
                raise TypeError(f"{owner.__name__}: the attribute {name} is in __slots__, and in no snapshot")


def _encode(target: object, name: str, value: object, types: Mapping[str, Any]) -> msgspec.Raw:
    owner = type(target).__name__
    if name not in types and type(value) not in _KEPT_WITHOUT_TYPE:
        raise TypeError(
            f"{owner}: expected an annotation of the attribute {name} in the class, or methods snapshot and restore"
        )
    try:
        encoded = encode_value(value)
        decoded = msgspec.msgpack.decode(encoded, type=types.get(name, Any))
    except ENCODING_ERRORS as error:
        raise TypeError(f"{owner}: the attribute {name} cannot be in a snapshot: {error}") from error
    difference = _difference(value, decoded)
    if difference:
        raise TypeError(f"{owner}: the attribute {name} would not be the same after a snapshot: {difference}")
    return msgspec.Raw(encoded)


def _difference(before: Any, after: Any) -> str:
    """What differs in the types of two values, which are equal otherwise. Empty if nothing does."""
    if type(before) is not type(after):
        if isinstance(before, int) and isinstance(after, float) and before == after:
            return ""  # a float may be written without a fraction
        return f"{type(before).__name__} would become {type(after).__name__}"
    if isinstance(before, dict):
        return _difference_of_items([*before], [*after]) or _difference_of_items([*before.values()], [*after.values()])
    if isinstance(before, set | frozenset):
        return _difference_of_items(sorted(before, key=repr), sorted(after, key=repr))
    if isinstance(before, list | tuple):
        return _difference_of_items(before, after)
    names: tuple[str, ...] = ()
    if isinstance(before, msgspec.Struct):
        names = before.__struct_fields__
    elif is_dataclass(before):
        names = tuple(field.name for field in fields(before))
    return _difference_of_items([getattr(before, name) for name in names], [getattr(after, name) for name in names])


def _difference_of_items(before: Any, after: Any) -> str:
    kinds = [*map(type, before)]
    if kinds == [*map(type, after)] and not any(_is_container(kind) for kind in set(kinds)):
        return ""  # without a step of Python for each of many
    return next(filter(None, map(_difference, before, after)), "")


def _is_container(kind: type) -> bool:
    return issubclass(kind, _CONTAINERS) or is_dataclass(kind)
