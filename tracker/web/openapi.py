"""The JSON API described in OpenAPI 3.1 from the same table that its routes are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from tracker import __version__
from tracker.model import Fate, FeedHealth, Verdict

__all__ = ["SCHEMAS", "Endpoint", "Given", "document"]

_TEXT: Final = {"type": "string"}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}
_NUMBER: Final = {"type": "integer"}
_NUMBER_OR_NULL: Final = {"type": ["integer", "null"]}
_SHARE: Final = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_AT: Final = {"type": ["string", "null"], "format": "date-time"}
_WORDS: Final = {"type": "array", "items": _TEXT}
_FREE: Final = {"type": "object"}
_PATH_NAME: Final = re.compile(r"\{(\w+)(?::\w+)?\}")


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


SCHEMAS: Final[Mapping[str, dict[str, Any]]] = {
    "Item": _object(
        id=_TEXT, url=_TEXT, canonical_url=_TEXT, title=_TEXT, outlet=_TEXT, feed=_TEXT_OR_NULL, published=_AT,
        first_seen=_AT, lang=_TEXT_OR_NULL, watch=_TEXT, score=_SHARE, threshold=_SHARE,
        topics={"type": "object", "additionalProperties": {"type": "number"}}, reasons=_list_of("Reason"),
        fate={"type": "string", "enum": [fate.value for fate in Fate]}, duplicate_of=_TEXT_OR_NULL,
        similarity=_SHARE, kind=_TEXT, family=_NUMBER_OR_NULL, story=_NUMBER_OR_NULL,
        carriers=_list_of("Carrier"), original=_TEXT, note=_TEXT, source=_TEXT_OR_NULL, grade=_TEXT_OR_NULL,
        judged={"enum": [*(verdict.value for verdict in Verdict), None]}, text=_TEXT,
    ),
    "Reason": _object(kind=_TEXT, text=_TEXT, weight={"type": "number"}, start=_NUMBER, end=_NUMBER),
    "Carrier": _object(outlet=_TEXT, url=_TEXT, kind=_TEXT, title=_TEXT, published=_AT, seen=_AT),
    "Feed": _object(
        url=_TEXT, title=_TEXT, site=_TEXT_OR_NULL, tags=_WORDS,
        health={"type": "string", "enum": [health.value for health in FeedHealth]}, problem=_TEXT, added=_AT,
        last_polled=_AT, last_success=_AT, last_new=_AT, next_poll=_AT, failures=_NUMBER, rhythm=_TEXT,
        held_until=_AT, moved_to=_TEXT_OR_NULL, notice=_TEXT, gaps=_NUMBER,
    ),
    "Story": _object(
        id=_NUMBER, title=_TEXT, first=_AT, last=_AT, reports=_NUMBER, outlets=_WORDS, copies=_NUMBER,
        versions=_NUMBER, score=_SHARE, items=_WORDS,
    ),
    "Explanation": _object(
        url=_TEXT, canonical_url=_TEXT, outcome=_TEXT, sentence=_TEXT, command=_TEXT, items=_list_of("Item")
    ),
    "Error": _object(error=_object(code=_TEXT, sentence=_TEXT)),
}  # fmt: skip
"""What the answers are made of; fields are only ever added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A parameter of an address, or a field of a posted document. `kind` is its JSON schema."""

    name: str
    words: str
    kind: Mapping[str, Any]
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One question of the API: where, what it takes, what it answers, and who answers it."""

    path: str
    words: str
    answer: Callable[[Request], object]
    shape: Mapping[str, Any]
    given: tuple[Given, ...] = ()
    method: str = "GET"
    command: str = ""


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Describe the whole API."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(_PATH_NAME.sub(r"{\1}", one.path), {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tracker",
            "version": __version__,
            "description": "What the command line prints with --json, field by field. Instants are UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    named = _PATH_NAME.findall(one.path)
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{one.method.lower()}{one.path}").strip("_"),
        "summary": one.words,
        "responses": {
            "200": {"description": "Done.", "content": _json(one.shape)},
            "400": _failure("Something that was given makes no sense."),
            "401": {"description": "The token is missing or wrong."},
            "404": _failure("There is no such thing."),
        },
    }
    if one.command:
        operation["description"] = f"As `{one.command}`."
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in named]
    if one.method == "GET":
        parameters += [
            {"name": g.name, "in": "query", "required": g.is_required, "schema": dict(g.kind), "description": g.words}
            for g in one.given
        ]  # fmt: skip
    else:
        operation["requestBody"] = {"required": True, "content": _json(_body(one.given))}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _body(given: Sequence[Given]) -> dict[str, Any]:
    fields = {one.name: {**one.kind, "description": one.words} for one in given}
    return {
        "type": "object",
        "properties": fields,
        "required": [one.name for one in given if one.is_required],
        "additionalProperties": False,
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": dict(schema)}}


def _failure(words: str) -> dict[str, Any]:
    return {"description": words, "content": _json({"$ref": "#/components/schemas/Error"})}
