"""Items as people and programs read them. Pure functions over `Item` values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import click

from tracker.app.fields import item_fields
from tracker.cli.output import ago, counted
from tracker.model import Fate, Item, Reason, TopicScore
from tracker.neardup.credit import credited
from tracker.text.columns import display_width, fit, wrap
from tracker.text.display import clean_line
from tracker.urls import distinct_outlets

__all__ = [
    "item_fields",
    "item_lines",
    "items_text",
    "other_outlets",
    "topic_words",
    "why_line",
]

_TITLE_LINES = 2
_WHY_LINES = 2
_TOPIC_SHOWN = 0.5
_INDENT = " " * 6
_TELLING = frozenset({"topics", "places", "language"})
_NEUTRAL = frozenset({"nearest", "length", "passage", "judged"})


def items_text(items: Sequence[Item], *, width: int, now: datetime, empty: str) -> str:
    """List items, one block each; with several watches under the name of each."""
    if not items:
        return empty
    by_watch = [(watch, list(group)) for watch, group in groupby(items, key=lambda item: item.watch)]
    blocks = []
    for watch, group in by_watch:
        if len(by_watch) > 1:
            blocks.append(click.style(f"{clean_line(watch)}: {counted(len(group), 'item')}", bold=True))
        blocks.extend("\n".join(item_lines(item, width=width, now=now)) for item in group)
    return "\n\n".join(blocks)


def item_lines(item: Item, *, width: int, now: datetime) -> list[str]:
    """Write one item: id, score and title; topics, outlet and time; why; who else carried it."""
    head = f"{clean_line(item.id)}  {_score(item.score)}  "
    title = wrap(clean_line(item.title) or clean_line(item.url), width - display_width(head))
    if len(title) > _TITLE_LINES:
        title = [
            *title[: _TITLE_LINES - 1],
            fit(" ".join(title[_TITLE_LINES - 1 :]), width - display_width(head)),
        ]
    lines = [head + click.style(title[0] if title else "(no title)", bold=True)]
    lines += [" " * display_width(head) + click.style(rest, bold=True) for rest in title[1:]]
    room = width - len(_INDENT)
    place, topics = _where_and_when(item, now), topic_words(item.topics)
    together = " · ".join(part for part in (place, topics) if part)
    told = [together] if display_width(together) <= room else [place, topics]
    why = _why(item.reasons, room)
    lines += [_INDENT + fit(line, room) for line in (*told, _fate(item), *why, _carried(item)) if line]
    return lines


def _why(reasons: Sequence[Reason], room: int) -> list[str]:
    """Two lines at most: what one has room for of a headline's words says too little."""
    text = _labelled("why", why_line(reasons, _WHY_LINES * room - len("why: ")))
    lines = wrap(text, room)
    return [*lines[: _WHY_LINES - 1], " ".join(lines[_WHY_LINES - 1 :])]


def why_line(reasons: Sequence[Reason], width: int) -> str:
    """Say in one line what speaks for an item: topics and places, else whatever weighs in its favour."""
    told = [reason for reason in reasons if reason.kind in _TELLING]
    told = told or [reason for reason in reasons if reason.kind not in _NEUTRAL and reason.weight >= 0]
    return "; ".join(_shared([_bare(reason.text) for reason in told], width - 2 * (len(told) - 1)))


def topic_words(topics: Iterable[TopicScore]) -> str:
    """Name the topics that are there, strongest first."""
    there = sorted((t for t in topics if t.score >= _TOPIC_SHOWN), key=lambda topic: -topic.score)
    return ", ".join(f"{clean_line(topic.topic)} {topic.score:.2f}" for topic in there)


def other_outlets(item: Item) -> int:
    """Count the outlets other than its own that carried it; two feeds of one site are one outlet."""
    carried = ((carrier.outlet, carrier.url) for carrier in item.carriers if carrier.outlet)
    return len(distinct_outlets(carried, (item.outlet, item.url)))


def _bare(text: str) -> str:
    return clean_line(text).removeprefix("About your topics: ")


def _shared(parts: Sequence[str], room: int) -> list[str]:
    """Cut the longest parts so that all fit into `room` columns; what short ones leave over goes to the long ones."""
    left, cut = room, dict.fromkeys(range(len(parts)), "")
    for done, at in enumerate(sorted(cut, key=lambda one: display_width(parts[one]))):
        cut[at] = fit(parts[at], left // (len(parts) - done))
        left -= display_width(cut[at])
    return list(cut.values())


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _score(score: float | None) -> str:
    return " -- " if score is None else f"{score:.2f}"


def _where_and_when(item: Item, now: datetime) -> str:
    outlet = clean_line(item.outlet) or clean_line(item.feed or "")
    when = ago(item.published_at, now) if item.published_at else f"seen {ago(item.first_seen_at, now)}"
    return " · ".join(part for part in (outlet, when) if part)


def _fate(item: Item) -> str:
    if item.fate is Fate.KEPT:
        return ""
    note = f": {clean_line(item.note)}" if item.note else ""
    of = f" of {clean_line(item.duplicate_of)}" if item.duplicate_of else ""
    return f"{item.fate.value}{of}{note}"


def _carried(item: Item) -> str:
    outlets = other_outlets(item)
    versions = sum(carrier.kind == "version" for carrier in item.carriers)
    original = clean_line(credited(item))
    parts = [
        f"original: {original}" if original else "",
        f"also in {counted(outlets, 'outlet')}" if outlets else "",
        counted(versions, "version") if versions else "",
    ]
    return "; ".join(part for part in parts if part)
