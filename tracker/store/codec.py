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
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar

__all__ = ["from_json", "to_json"]

_T = TypeVar("_T")


def to_json(value: object) -> str:
    """Encode a model value as compact JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def from_json(kind: type[_T], text: str) -> _T:
    """Decode what `to_json` wrote into `kind`."""
    return typing.cast("_T", _decode(kind, json.loads(text)))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(_plain(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if value is None or kind is Any or origin is typing.Literal:
        return value
    if isinstance(kind, typing.NewType):
        return _decode(kind.__supertype__, value)
    if origin in {types.UnionType, typing.Union}:
        inner = [k for k in typing.get_args(kind) if k is not type(None)]
        return _decode(inner[0], value)
    if origin is not None:
        return _decode_container(origin, typing.get_args(kind), value)
    return _decode_plain(kind, value)


def _decode_container(origin: Any, args: tuple[Any, ...], value: Any) -> Any:
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_decode(args[0], v) for v in value)
        return tuple(_decode(k, v) for k, v in zip(args, value, strict=True))
    return {_decode(args[0], k): _decode(args[1], v) for k, v in value.items()}


def _decode_plain(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        known = {f.name for f in dataclasses.fields(kind)}
        return kind(**{k: _decode(hints[k], v) for k, v in value.items() if k in known})
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is timedelta:
        return timedelta(seconds=value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
