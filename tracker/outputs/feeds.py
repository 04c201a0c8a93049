"""A watch as a feed: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from tracker.model import Item
from tracker.outputs.shown import Shown, shown, utc
from tracker.text.display import clean_line

__all__ = ["Channel", "render_atom", "render_json_feed"]

_JSON_VERSION: Final = "https://jsonfeed.org/version/1.1"
_GENERATOR: Final = "tracker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says of itself. `name` gives its id; `self_url` is where the file is published ("": unknown).

    `empty_at` is when a feed without items was last changed.
    """

    name: str
    title: str
    empty_at: datetime
    self_url: str = ""


def render_atom(channel: Channel, items: Sequence[Item]) -> str:
    """Write an Atom feed; entries in the order given."""
    entries = [shown(item) for item in items]
    link = f'  <link rel="self" href={_attribute(channel.self_url)}/>\n' if channel.self_url else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <id>urn:uuid:{_channel_id(channel)}</id>\n"
        f"  {_text('title', channel.title or channel.name)}\n"
        f"  <updated>{utc(_updated_at(channel, entries))}</updated>\n"
        f"  <author><name>{_GENERATOR}</name></author>\n"
        f"{link}"
        f"  <generator>{_GENERATOR}</generator>\n"
        f"{''.join(_atom_entry(entry) for entry in entries)}"
        "</feed>\n"
    )


def render_json_feed(channel: Channel, items: Sequence[Item]) -> str:
    """Write a JSON Feed; items in the order given. Score, threshold and reasons stand under `_tracker`."""
    document: dict[str, Any] = {"version": _JSON_VERSION, "title": clean_line(channel.title or channel.name)}
    if channel.self_url:
        document["feed_url"] = channel.self_url
    document["items"] = [_json_item(item) for item in items]
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _channel_id(channel: Channel) -> str:
    return str(uuid5(NAMESPACE_URL, f"tracker\n{channel.name}"))


def _updated_at(channel: Channel, entries: Sequence[Shown]) -> datetime:
    return max((entry.changed_at for entry in entries), default=channel.empty_at)


def _atom_entry(entry: Shown) -> str:
    lines = "".join(f"    {line}\n" for line in _atom_lines(entry))
    return f"  <entry>\n{lines}  </entry>\n"


def _atom_lines(entry: Shown) -> Iterator[str]:
    yield f"<id>urn:uuid:{entry.id}</id>"
    yield _text("title", entry.title)
    yield f"<updated>{utc(entry.changed_at)}</updated>"
    if entry.published_at is not None:
        yield f"<published>{utc(entry.published_at)}</published>"
    if entry.outlet:
        yield f"<author><name>{_escape(entry.outlet)}</name></author>"
    for topic in entry.topics:
        yield f"<category term={_attribute(topic)}/>"
    if entry.link:
        yield f'<link rel="alternate" href={_attribute(entry.link)}/>'
    # Without an alternate link an entry must have content (RFC 4287 section 4.1.2).
    told = "\n".join(part for part in (entry.summary, entry.why) if part)
    yield _text("summary" if entry.link else "content", told)


def _json_item(item: Item) -> dict[str, Any]:
    entry = shown(item)
    optional = {
        "url": entry.link,
        "date_published": utc(entry.published_at) if entry.published_at else "",
        "authors": [{"name": entry.outlet}] if entry.outlet else [],
        "tags": list(entry.topics),
        "language": entry.language,
    }
    return {
        "id": f"urn:uuid:{entry.id}",
        "title": entry.title,
        "content_text": entry.summary or entry.title,
        "date_modified": utc(entry.changed_at),
        **{key: value for key, value in optional.items() if value},
        "_tracker": {
            "about": "score and threshold of the watch, 0 to 1, and what spoke for the item",
            "watch": item.watch,
            "id": clean_line(item.id),
            "score": item.score,
            "threshold": item.threshold,
            "why": entry.why,
        },
    }


def _text(name: str, text: str) -> str:
    return f'<{name} type="text">{_escape(text)}</{name}>'


def _escape(text: str) -> str:
    return escape("\n".join(clean_line(line) for line in text.splitlines()), quote=False)


def _attribute(text: str) -> str:
    return f'"{escape(clean_line(text))}"'
