"""Mistakes in the configuration, worded for the person who made them.

pydantic finds all of them at once but speaks to developers; each of its error types that our model can
raise has a sentence of its own here, with an example value from the model. Unknown keys come with the
nearest known one.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tracker.errors import ConfigError, ConfigProblem
from tracker.settings.kept_out import hidden
from tracker.settings.positions import KeyPath
from tracker.settings.schema import Settings
from tracker.settings.values import render_size

__all__ = ["Place", "config_error", "key_name", "problems_of", "syntax_problem"]

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


def config_error(problems: Sequence[ConfigProblem]) -> ConfigError:
    """All mistakes as one error."""
    count = "one mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    return ConfigError(
        f"The configuration has {count}.",
        hint="All keys are explained by: tracker config schema.",
        problems=tuple(problems),
    )


def key_name(path: KeyPath, raw: Mapping[str, Any]) -> str:
    """Write a key as a person would say it: "http.contact", "watch[us-china].digest.at"."""
    name = ""
    here: Any = raw
    for part in path:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else {}
            called = (here.get("name") or here.get("url")) if isinstance(here, Mapping) else None
            name += f"[{hidden(called) if isinstance(called, str) and called else part + 1}]"
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
    if detail["type"] == "extra_forbidden":
        message, hint = _unknown(path)
    elif detail["type"] == "shorter_than":
        path, message = _ordered(detail, path, raw)
        hint = _hint(path, message)
    else:
        message = _worded(detail, path, raw)
        hint = _hint(path, message)
    file, line = place(path)
    return ConfigProblem(file=file, line=line, key=key_name(path, raw), message=message, hint=hint)


def _ordered(detail: ErrorDetails, path: KeyPath, raw: Mapping[str, Any]) -> tuple[KeyPath, str]:
    """Two keys in the wrong order: blame the one that somebody set, not a default."""
    said = detail.get("ctx", {})
    other, bound, own = said["other"], said["bound"], said["own"]
    if _stands(path, raw):
        return path, f'must not be shorter than {other} ("{bound}"), not "{own}"'
    return (*path[:-1], other), f'must not be longer than {path[-1]} ("{own}"), not "{bound}"'


def _stands(path: KeyPath, raw: Any) -> bool:
    for part in path:
        if not isinstance(raw, Mapping) or part not in raw:
            return False
        raw = raw[part]
    return True


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


def _worded(detail: ErrorDetails, path: KeyPath, raw: Mapping[str, Any]) -> str:
    kind = detail["type"]
    is_about_name = detail["loc"][-1:] == ("[key]",)
    shown = "" if kind in _NO_VALUE_SHOWN or is_about_name else _not(_value_at(path, raw))
    if kind == "value_error":
        message = detail["msg"].removeprefix("Value error, ")
        return message if "is not one" in message or not message.startswith("must") else message + shown
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {_bound(detail.get('ctx', {}).get(bound))}{shown}"
    if kind == "literal_error":
        choices = detail.get("ctx", {}).get("expected", "").replace(chr(39), chr(34))
        return f"must be one of {choices}{shown}"
    if kind == "string_pattern_mismatch":
        return f"must be small letters, digits and hyphens{shown}"
    return _SENTENCES.get(kind, detail["msg"][:1].lower() + detail["msg"][1:]) + shown


def _hint(path: KeyPath, message: str) -> str:
    example = _example(_field(path), path)
    return "" if "such as" in message or not example else f"for example: {example}"


def _not(value: object) -> str:
    """The wrong value; a table is shown only if it holds nothing but numbers, because others may hold secrets."""
    members = value if isinstance(value, list) else [value]
    inner = [member for table in members if isinstance(table, Mapping) for member in table.values()]
    if any(not isinstance(member, int | float) for member in inner):
        return ""
    return f", not {_toml(hidden(value) if isinstance(value, str) else value)}"


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
        name = f"[[{section}]]" if section in {"alert", "feed", "watch"} else f"[{section}]"
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
        shown = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
        return json.dumps(shown, ensure_ascii=False)  # escapes line breaks, as TOML does
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(member) for member in value[:3])}{', …' if len(value) > 3 else ''}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(member)}' for key, member in value.items())} }}"
    return str(value)[:_LONGEST_VALUE]
