"""The attributes of a `Replicated` in a snapshot: each must be the same after it was encoded and decoded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import compress, starmap
from operator import ne
from types import MappingProxyType
from typing import Any, ClassVar, get_origin, get_type_hints
from uuid import UUID

import msgspec

from rraft.cluster.calls import ENCODING_ERRORS, encode_value

_KEPT_WITHOUT_TYPE = (int, float, str, bytes, bool, type(None))
_CONTAINERS = (list, tuple, dict, set, frozenset, msgspec.Struct)
_MUTABLE = (list, dict, set, bytearray)
_IMMUTABLE = (*_KEPT_WITHOUT_TYPE, complex, date, time, timedelta, tzinfo, Decimal, Enum, UUID, type)

_types: Callable[[type], Mapping[str, Any]] = lru_cache(maxsize=256)(get_type_hints)
"""The types of the attributes of a class. To find them takes as long as to encode a small state."""


class Attributes:
    """What has attributes that are its state."""

    _other_attributes: Mapping[str, bytes] = MappingProxyType({})
    """What a snapshot has of another version, encoded: of this one, nobody knows its type."""

    _first_attributes: frozenset[str] | None = None
    """The names of the attributes that it had when its group started; None before."""


def check_attributes(target: Attributes) -> None:
    """Raises `TypeError` for an attribute that a snapshot would not keep as it is. Remembers those of the start."""
    _check_slots(type(target))
    _check_class_values(target)
    encode_attributes(target)
    target._first_attributes = frozenset(_public_attributes(target))


def encode_attributes(target: Attributes) -> bytes:
    """The attributes whose names do not begin with an underscore.

    Raises `TypeError` with the name of an attribute that would be another value after `decode_attributes`, or that was
    deleted since the group started: `__init__` sets it where the snapshot is restored.
    """
    types = _types(type(target))
    attributes = _public_attributes(target)
    deleted = (target._first_attributes or frozenset()) - attributes.keys()
    if deleted:
        raise TypeError(
            f"{type(target).__name__}: the attribute {min(deleted)} was deleted, but would exist after a snapshot: "
            "expected a value, such as None"
        )
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


def delete_later_attributes(target: Attributes) -> None:
    """Deletes the attributes that were set after the group started: a snapshot lacks those that were not set then."""
    if target._first_attributes is not None:
        for name in _public_attributes(target).keys() - target._first_attributes:
            delattr(target, name)


def _public_attributes(target: Attributes) -> dict[str, Any]:
    return {name: value for name, value in vars(target).items() if not name.startswith("_")}


def _check_slots(owner: type) -> None:
    """Raises `TypeError` for an attribute that is in no snapshot, as it is a slot."""
    for base in owner.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("_"):
                raise TypeError(f"{owner.__name__}: the attribute {name} is in __slots__, and in no snapshot")


def _check_class_values(target: Attributes) -> None:
    """Raises `TypeError` for an attribute that a command would change in the class, which all objects share."""
    owner = type(target)
    types = _types(owner)
    for name, value in _class_values(owner).items():
        is_state = name in types or isinstance(value, _MUTABLE)
        if is_state and name not in vars(target) and not _is_class_variable(types.get(name)) and _is_mutable(value):
            raise TypeError(
                f"{owner.__name__}: the attribute {name} is a {type(value).__name__} of the class, and in no snapshot: "
                f"expected self.{name} = ... in __init__, or the annotation ClassVar of a constant"
            )


def _class_values(owner: type) -> dict[str, Any]:
    """What the class and its bases have, other than methods, properties and the like."""
    members = {name: value for base in reversed(owner.__mro__) for name, value in vars(base).items()}
    return {
        name: value
        for name, value in members.items()
        if not name.startswith("_") and not hasattr(type(value), "__get__")
    }


def _is_class_variable(annotation: Any) -> bool:
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _is_mutable(value: Any) -> bool:
    if isinstance(value, _IMMUTABLE):
        return False
    if isinstance(value, tuple | frozenset):
        return any(map(_is_mutable, value))
    return not _is_frozen(value) or any(map(_is_mutable, _field_values(value, _field_names(value))))


def _is_frozen(value: Any) -> bool:
    """Whether it has fields, none of which can be assigned."""
    if isinstance(value, msgspec.Struct):
        return value.__struct_config__.frozen
    parameters = getattr(value, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen


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
    """What differs between a value and what is decoded of it. Empty if nothing does."""
    kind = type(before)
    if kind is not type(after):
        if isinstance(before, int) and isinstance(after, float) and before == after:
            return ""  # a float may be written without a fraction
        return f"{kind.__name__} would become {type(after).__name__}"
    if issubclass(kind, dict):
        return _difference_of_items([*before], [*after]) or _difference_of_items([*before.values()], [*after.values()])
    if issubclass(kind, set | frozenset):
        return _difference_of_items(*_pairs(before, after))
    if issubclass(kind, list | tuple):
        return _difference_of_items(before, after)
    names = _field_names(before)
    if names:
        return _difference_of_items(_field_values(before, names), _field_values(after, names))
    return "" if _is_same(before, after) else f"{before!r:.200} would become {after!r:.200}"


def _difference_of_items(before: Any, after: Any) -> str:
    kinds = [*map(type, before)]
    is_plain = kinds == [*map(type, after)] and not any(map(_can_differ_if_equal, set(kinds)))
    if is_plain and before == after:
        return ""  # without a step of Python for each of many
    if len(before) != len(after):
        return f"{len(before)} items would become {len(after)}"
    pairs: Iterable[tuple[Any, Any]] = zip(before, after, strict=True)
    if is_plain:
        pairs = compress(pairs, map(ne, before, after))
    return next(filter(None, starmap(_difference, pairs)), "")


@lru_cache(maxsize=256)
def _can_differ_if_equal(kind: type) -> bool:
    """Whether values of a type can be equal, and yet act differently in a command."""
    return issubclass(kind, (*_CONTAINERS, datetime, time)) or is_dataclass(kind)


def _is_same(before: Any, after: Any) -> bool:
    """Whether two values are equal, and have the same time zone and fold, if any. NaN equals NaN here."""
    if before == after and getattr(before, "tzinfo", None) is getattr(after, "tzinfo", None):
        return getattr(before, "fold", 0) == getattr(after, "fold", 0)
    return repr(before) == repr(after)


def _pairs(before: Any, after: Any) -> tuple[list[Any], list[Any]]:
    """The items of two sets, the equal ones at the same places."""
    equal = {item: item for item in after}
    both = [item for item in before if item in equal]
    return (
        both + sorted(before - after, key=repr),
        [equal[item] for item in both] + sorted(after - before, key=repr),
    )


def _field_names(value: Any) -> tuple[str, ...]:
    if isinstance(value, msgspec.Struct):
        return value.__struct_fields__
    return tuple(field.name for field in fields(value)) if is_dataclass(value) else ()


def _field_values(value: Any, names: tuple[str, ...]) -> list[Any]:
    return [getattr(value, name, MISSING) for name in names]
