"""JSON Feed 1 and 1.1 (https://www.jsonfeed.org/version/1.1/), read so that nothing in a document can raise.

Values of the wrong type count as absent; listed things that are no objects are counted.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from tracker.feeds.raw import RawEntry, RawFeed
from tracker.model import FeedFormat, Refused

__all__ = ["read_json_feed"]

_Json: TypeAlias = "bool | float | str | list[_Json] | dict[str, _Json] | None"


def read_json_feed(text: str) -> RawFeed | Refused:
    """Read a JSON document; refused as `not_a_feed` when it is none or another kind of JSON."""
    try:
        document: _Json = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        return Refused(
            code="not_a_feed", detail=f"this begins like JSON but cannot be read: {_reason(error)}"
        )
    if not isinstance(document, dict) or not _is_feed(document):
        return Refused(code="not_a_feed", detail=f"this is JSON, but not a JSON Feed{_message(document)}")
    items = document.get("items")
    listed = items if isinstance(items, list) else []
    entries = tuple(_entry(item) for item in listed if isinstance(item, dict))
    return RawFeed(
        format=FeedFormat.JSON,
        title=_text(document, "title"),
        site_link=_text(document, "home_page_url"),
        language=_text(document, "language"),
        entries=entries,
        unreadable=len(listed) - len(entries),
        next_link=_text(document, "next_url"),
    )


def _is_feed(document: dict[str, _Json]) -> bool:
    version = document.get("version")
    return (isinstance(version, str) and "jsonfeed.org/version/" in version) or (
        isinstance(document.get("items"), list) and isinstance(document.get("title"), str)
    )


def _entry(item: dict[str, _Json]) -> RawEntry:
    return RawEntry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _escaped_lines(_text(item, "content_text")),
        authors=_authors(item),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
    )


def _authors(item: dict[str, _Json]) -> tuple[str, ...]:
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]  # "author" is version 1
    return tuple(name for person in people if isinstance(person, dict) and (name := _text(person, "name")))


def _text(container: dict[str, _Json], key: str) -> str:
    value = container.get(key)
    return value if isinstance(value, str) else ""


def _escaped_lines(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "<p>" + escaped.replace("\n", "</p><p>") + "</p>" if text else ""


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]


def _message(document: _Json) -> str:
    """Quote the message of an error document."""
    if not isinstance(document, dict):
        return ""
    message = next((text for key in ("error", "message", "detail") if (text := _text(document, key))), "")
    return f": it says “{message[:100]}”" if message else ""
