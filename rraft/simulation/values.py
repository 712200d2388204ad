"""Values as bytes, without the order of sets."""

from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from rraft.cluster.calls import encode_value

_PLAIN = (int, str, bytes, bool, type(None))


_EXACT = 2.0**53
"""Below, each whole number is a `float`."""


def encode_sorted(value: Any) -> bytes:
    """Encodes a value: equal ones are the same. Sets are sorted; the order of a `dict` counts, as a state machine may
    depend on it. An `int` is the same as the equal `float`: an attribute that is annotated with `float` may have both.
    """
    return encode_value(_without_sets(value))


def _without_sets(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
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
