"""Mistakes in the configuration, worded for the person who made them.

pydantic finds all of them at once but speaks to developers; each of its error types that our model can
raise has a sentence of its own here, with an example value from the model. Unknown keys come with the
nearest known one.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tracker.errors import ConfigProblem
from tracker.settings.positions import KeyPath
from tracker.settings.schema import Settings
from tracker.settings.values import render_size

__all__ = ["Place", "key_name", "problems_of", "syntax_problem"]

Place = Callable[[KeyPath], tuple[str, int | None]]
"""Tells the file (or environment variable) and the line where a key stands."""

_LONGEST_VALUE: Final = 40
_SIZES_FROM: Final = 2**20
"""A bound as large as this is a number of bytes."""
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list in square brackets",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "string_too_short": "must not be empty",
    "too_short": "must have at least one member",
}
_BOUNDS: Final = {
    "greater_than_equal": ("ge", "must be at least"),
    "less_than_equal": ("le", "must be at most"),
    "greater_than": ("gt", "must be more than"),
    "string_too_long": ("max_length", "must not be longer than"),
}
_NO_VALUE_SHOWN: Final = {
    "missing",
    "model_type",
    "dict_type",
    "model_attributes_type",
    "string_too_short",
    "too_short",
}
_SYNTAX: Final = (
    ("Invalid value", 'text needs quotes, as in name = "value", and a list must end with ]'),
    ("Expected '='", "every line is key = value, as in port = 25"),
    ("Cannot overwrite", "the same key stands here twice"),
    ("Cannot declare", "the same [table] stands here twice; a list of tables has [[two brackets]]"),
    ("Cannot mutate", "this key belongs to a table that is closed already"),
    ("Unclosed array", "a list that begins with [ must end with ]"),
    ("Unterminated string", "a quoted text must end with the same quote on the same line"),
    ("Illegal character", "a quoted text must end on the same line, and control characters are not allowed"),
    ("Unescaped", "a backslash in \"quotes\" must be doubled; 'single quotes' take it as it is"),
    ("Expected newline", "only one key = value may stand on a line"),
    ("Expected ']'", "a [table] name must be closed"),
)


def problems_of(error: ValidationError, raw: Mapping[str, Any], place: Place) -> tuple[ConfigProblem, ...]:
    """Every mistake found."""
    details = error.errors(include_url=False)
    deeper = {detail["loc"][:-1] for detail in details}
    told = [d for d in details if not (d["type"] == "too_short" and d["loc"] in deeper)]
    return tuple(_problem(detail, raw, place) for detail in told)


def key_name(path: KeyPath, raw: Mapping[str, Any]) -> str:
    """Write a key as a person would say it: "http.contact", "watch[us-china].digest.at"."""
    name = ""
    here: Any = raw
    for part in path:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else {}
            called = here.get("name") if isinstance(here, Mapping) else None
            name += f"[{called if isinstance(called, str) and called else part + 1}]"
        else:
            name += f".{part}" if name else part
            here = here.get(part, {}) if isinstance(here, Mapping) else {}
    return name


def syntax_problem(error: tomllib.TOMLDecodeError, file: str, lines: int) -> ConfigProblem:
    """Word what is not TOML in one sentence; `lines` is the length, for mistakes found only at the end."""
    text = str(error)
    at = re.search(r"\(at line (\d+)", text)
    said = re.sub(r"\s*\(at .*\)$", "", text)
    hint = next((advice for start, advice in _SYNTAX if said.startswith(start)), "")
    message = f"this is not valid TOML: {said[:1].lower()}{said[1:]}"
    return ConfigProblem(
        file=file, line=int(at[1]) if at else max(lines, 1), key="", message=message, hint=hint
    )


def _problem(detail: ErrorDetails, raw: Mapping[str, Any], place: Place) -> ConfigProblem:
    path = _written(detail["loc"], raw)
    file, line = place(path)
    message, hint = _unknown(path) if detail["type"] == "extra_forbidden" else _worded(detail, path, raw)
    return ConfigProblem(file=file, line=line, key=key_name(path, raw), message=message, hint=hint)


def _written(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> KeyPath:
    """Drop from a location the parts that pydantic adds for the branches of a union."""
    path: list[int | str] = []
    here: Any = raw
    for position, part in enumerate(loc):
        is_last = position == len(loc) - 1
        if isinstance(here, Mapping) and (part in here or is_last):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            break
        path.append(part)
    return tuple(path)


def _worded(detail: ErrorDetails, path: KeyPath, raw: Mapping[str, Any]) -> tuple[str, str]:
    field = _field(path)
    example = _example(field, path)
    kind = detail["type"]
    shown = "" if kind in _NO_VALUE_SHOWN else f", not {_toml(_value_at(path, raw))}"
    if kind == "value_error":
        message = detail["msg"].removeprefix("Value error, ")
    elif kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        message = f"{words} {_bound(detail.get('ctx', {}).get(bound))}{shown}"
    elif kind == "literal_error":
        message = (
            f"must be one of {detail.get('ctx', {}).get('expected', '').replace(chr(39), chr(34))}{shown}"
        )
    elif kind == "string_pattern_mismatch":
        message = f"must be small letters, digits and hyphens{shown}"
    else:
        message = _SENTENCES.get(kind, detail["msg"][:1].lower() + detail["msg"][1:]) + shown
    return message, "" if "such as" in message or not example else f"for example: {example}"


def _value_at(path: KeyPath, raw: Any) -> object:
    for part in path:
        raw = raw[part]
    return raw


def _bound(value: object) -> str:
    return render_size(value) if isinstance(value, int) and value >= _SIZES_FROM else str(value)


def _unknown(path: KeyPath) -> tuple[str, str]:
    *above, key = path
    known = _model_at(tuple(above)).model_fields
    kind = "section" if not above and str(key) not in _homes() else "key"
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
    if near:
        return f"unknown {kind}", f'did you mean "{near[0]}"?'
    homes = _homes().get(str(key), [])
    if homes:
        return f"unknown {kind} here", f"it belongs in {' or '.join(homes)}"
    return f"unknown {kind}", f"known here: {', '.join(known)}"


def _homes() -> dict[str, list[str]]:
    """In which sections each key is known."""
    homes: dict[str, list[str]] = {}
    for section, field in Settings.model_fields.items():
        model = _model_of(field)
        name = f"[[{section}]]" if section == "watch" else f"[{section}]"
        for key in model.model_fields if model else ():
            homes.setdefault(key, []).append(name)
    return homes


def _field(path: KeyPath) -> FieldInfo | None:
    keys = [part for part in path if isinstance(part, str)]
    return _model_at(tuple(keys[:-1])).model_fields.get(keys[-1]) if keys else None


def _model_at(path: KeyPath) -> type[BaseModel]:
    model: type[BaseModel] = Settings
    for part in path:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = (_model_of(field) if field else None) or model
    return model


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    candidates = (field.annotation, *get_args(field.annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)


def _example(field: FieldInfo | None, path: KeyPath) -> str:
    if field is None or not field.examples:
        return ""
    key = next(part for part in reversed(path) if isinstance(part, str))
    return f"{key} = {_toml(field.examples[0])}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(member) for member in value[:3])}{', …' if len(value) > 3 else ''}]"
    return "a table" if isinstance(value, Mapping) else str(value)[:_LONGEST_VALUE]
