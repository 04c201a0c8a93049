"""Model values as JSON text and back, by their type annotations; the store's documents (states, digests) use it.

Knows what `model` is made of: dataclasses, enums, tuples, mappings, instants, durations, optional and plain values.
An unknown key in the text is ignored, a missing one takes the dataclass's default, so that a document written by
another version still reads. Raises `ValueError` or `TypeError` for text that is none of ours.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar

__all__ = ["from_json", "to_json"]

_T = TypeVar("_T")
_Decoder = Callable[[Any], Any]


def to_json(value: object) -> str:
    """Encode a model value as compact JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def from_json(kind: type[_T], text: str) -> _T:
    """Decode what `to_json` wrote into `kind`."""
    return typing.cast("_T", _opt(_decoder(typing.cast("Any", kind)), json.loads(text)))


def _plain(value: object) -> object:
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(typing.cast("Any", type(value)))}
    if isinstance(value, Mapping):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _decoder(kind: Any) -> _Decoder | None:
    """How JSON becomes a value of this type; None where it is one already. Made once a type: feeds are many."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or origin is typing.Literal:
        return None
    if isinstance(kind, typing.NewType):
        return _decoder(kind.__supertype__)
    if origin in {types.UnionType, typing.Union}:
        return _decoder(next(inner for inner in args if inner is not type(None)))
    if origin is tuple:
        return _tuple_decoder(args)
    if origin is not None:
        return _mapping_decoder(*args)
    return _plain_decoder(kind)


def _tuple_decoder(args: tuple[Any, ...]) -> _Decoder:
    if len(args) == 2 and args[1] is Ellipsis:
        one = _decoder(args[0])
        return (lambda values: tuple(_opt(one, v) for v in values)) if one else tuple
    parts = [_decoder(arg) for arg in args]
    return lambda values: tuple(_opt(part, v) for part, v in zip(parts, values, strict=True))


def _mapping_decoder(key_kind: Any, value_kind: Any) -> _Decoder:
    key, item = _decoder(key_kind), _decoder(value_kind)
    return lambda values: {_opt(key, k): _opt(item, v) for k, v in values.items()}


def _plain_decoder(kind: Any) -> _Decoder | None:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_decoder(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is timedelta:
        return lambda seconds: timedelta(seconds=seconds)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return None


def _dataclass_decoder(kind: type) -> _Decoder:
    hints = typing.get_type_hints(kind)
    names = frozenset(_names(typing.cast("Any", kind)))
    parts = [(name, decode) for name in names if (decode := _decoder(hints[name]))]

    def decoded(values: dict[str, Any]) -> Any:
        fields = values if names.issuperset(values) else {k: v for k, v in values.items() if k in names}
        for name, decode in parts:
            if (value := fields.get(name)) is not None:
                fields[name] = decode(value)  # just parsed, nobody else's
        return kind(**fields)

    return decoded


def _opt(decode: _Decoder | None, value: Any) -> Any:
    return value if value is None or decode is None else decode(value)
