"""What every format tells of an item, cleaned once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from tracker.model import Item
from tracker.text.display import clean_line

__all__ = ["Shown", "shown", "utc"]

_THERE: Final = 0.5  # a topic of at least this strength is named
_SUMMARY: Final = 500
_TITLE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item as plain single lines. `id` is the same for ever; `link` is "" where there is none to follow."""

    id: UUID
    title: str
    link: str
    host: str
    outlet: str
    language: str
    summary: str
    why: str
    topics: tuple[str, ...]
    published_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime


def shown(item: Item) -> Shown:
    """Clean an item. It changed last when a version of it, an update or a correction, was last seen."""
    link, host = _link(item.url)
    versions = (carrier.seen_at for carrier in item.carriers if carrier.kind == "version")
    seen = item.first_seen_at.astimezone(UTC).isoformat()  # the address alone names several at a front page
    named = f"{item.watch}\n{item.canonical_url or item.url}\n{seen}\n{item.id}"
    return Shown(
        id=uuid5(NAMESPACE_URL, named.encode("utf-8", "replace").decode()),
        title=clean_line(item.title, _TITLE)
        or clean_line(f"{host}{urlsplit(link).path}", _TITLE)
        or "(no title)",
        link=link,
        host=host,
        outlet=clean_line(item.outlet) or host,
        language=clean_line(item.language or ""),
        summary=clean_line(item.text, _SUMMARY),
        why="; ".join(clean_line(r.text) for r in item.reasons if r.weight >= 0),
        topics=tuple(clean_line(t.topic) for t in item.topics if t.score >= _THERE),
        published_at=item.published_at,
        first_seen_at=item.first_seen_at,
        changed_at=max((item.first_seen_at, *versions)),
    )


def utc(at: datetime) -> str:
    """Write an instant as RFC 3339 does, in whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _link(url: str) -> tuple[str, str]:
    """A web address in printable ASCII and its host; both "" for any other address."""
    if not (url.isascii() and url.isprintable()) or any(c in url for c in ' "<>\\^`{|}'):
        url = "".join(
            c if c.isascii() and c.isprintable() and c not in ' "<>\\^`{|}' else _escaped(c) for c in url
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    return (url, host) if parts.scheme in {"http", "https"} and host else ("", "")


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
