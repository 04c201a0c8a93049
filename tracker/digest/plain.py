"""The plain part of a digest: it stands alone, names every item, and is laid out in columns for any mail reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from tracker.digest.chart import Chart
from tracker.digest.layout import Room, SectionRoom, StoryRoom
from tracker.digest.view import DigestView, FeedView, ItemView, LostView
from tracker.text.display import isolated

__all__ = ["plain_part", "wrapped"]

_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"
_INDENT: Final = " " * 7
_LABEL: Final = " " * 6
_WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
# no line begins with what closes a sentence or a bracket (JIS X 4051)
_TOKEN: Final = re.compile(rf"\s+|[{_WIDE}][、。，．：；？！）」』】》]{{0,3}}|[^\s{_WIDE}]+")


def plain_part(view: DigestView, room: Room, columns: int) -> str:
    """Lay a digest out as text, `columns` wide; only links and commands may be longer."""
    page = _Page(columns)
    sections = [line for section in room.sections for line in page.section(section)]
    lines = [
        *page.head(view),
        *(sections or ["", view.quiet]),
        *page.borderline(view.borderline),
        *page.feeds(view.feeds, view.feeds_unnamed),
        *page.lost(view.lost, view.lost_unnamed),
        *page.foot(view),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def wrapped(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns; wide characters take two, and lines may break between them."""
    lines, line, used = [], "", 0
    for token in _pieces(text, width):
        taken = _columns(token)
        if used + taken > width:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not token.isspace():
            line, used = line + token, used + taken
    return _shut_in([*lines, line.rstrip()] if line.strip() else lines)


def _shut_in(lines: list[str]) -> list[str]:
    """Close at each line's end what isolates direction, and open it again: an isolate ends with its line (UAX #9)."""
    inside = False
    for n, line in enumerate(lines):
        begun = _FIRST_STRONG_ISOLATE + line if inside else line
        inside = begun.count(_FIRST_STRONG_ISOLATE) > begun.count(_POP_ISOLATE)
        lines[n] = begun + _POP_ISOLATE if inside else begun
    return lines


def _pieces(text: str, width: int) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        if len(token) <= width // 2 or _columns(token) <= width:
            yield " " if token.isspace() else token
        else:  # a word longer than a line
            yield from (token[n : n + width // 2] for n in range(0, len(token), width // 2))


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_column(char) for char in text)


def _column(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


class _Page:
    """The layout: how each part of a digest becomes lines of a width."""

    def __init__(self, columns: int) -> None:
        self._columns = columns

    def head(self, view: DigestView) -> list[str]:
        figures = " · ".join(f"{number:,} {word}" for number, word in view.figures if number)
        topics = " · ".join(f"{heading} {count}" for heading, count in view.topics)
        found = (figures, topics if len(view.topics) > 1 else "") if view.topics else ()
        return [
            *self._told(isolated(view.title), view.today, view.window, view.covers),
            *([""] if found else []),
            *self._told(*found),
            *self._chart(view.chart),
            "=" * self._columns,
        ]

    def _told(self, *texts: str) -> Iterator[str]:
        for text in texts:
            yield from self._block(text, "")

    def _chart(self, chart: Chart | None) -> Iterator[str]:
        if chart:
            yield from ("", chart.line)
            yield from self._block(f"{chart.span[0]} to {chart.span[1]}: {chart.words}", "")

    def section(self, section: SectionRoom) -> Iterator[str]:
        yield from self._heading(f"{section.heading.upper()} ({section.count})")
        for story in section.stories:
            yield ""
            yield from self.story(story)
        yield from self._brief(section.linked, more=bool(section.stories), links=True)
        yield from self._brief(section.titled, more=not section.linked and bool(section.stories), links=False)
        yield from self._brief(section.ids + section.without, more=False, links=False)

    def story(self, story: StoryRoom) -> Iterator[str]:
        yield from self._item(story.lead)
        others = story.linked + story.titled
        if others:
            yield from self._labelled("Story", f"{len(others)} more on this event:")
        for item in others:
            yield from self._line(item, indent=_INDENT + _LABEL, link=item in story.linked)

    def borderline(self, items: tuple[ItemView, ...]) -> Iterator[str]:
        if items:
            yield from self._heading("JUST UNDER THE LINE: yours to judge")
        for item in items:
            yield ""
            yield from self._item(item)
            yield from self._labelled("Judge", f"tracker judge {item.id} relevant")

    def feeds(self, feeds: tuple[FeedView, ...], unnamed: int) -> Iterator[str]:
        if feeds:
            yield from self._heading(f"FEEDS THAT NEED YOU ({len(feeds) + unnamed})")
        for feed in feeds:
            yield ""
            yield from self._block(f"{isolated(feed.name)} [{feed.health}] {isolated(feed.sentence)}", "")
            yield f"  $ {feed.command}"
        if unnamed:
            yield from ("", f"and {unnamed} more: tracker feeds list")

    def lost(self, lost: tuple[LostView, ...], unnamed: int) -> Iterator[str]:
        if lost:
            yield from self._heading(f"NOT DELIVERED ({len(lost) + unnamed})")
        for one in lost:
            yield ""
            yield from self._block(f"{isolated(one.to)}: {isolated(one.what)}, {isolated(one.sentence)}", "")
            yield f"  $ {one.command}"
        if unnamed:
            yield from ("", f"and {unnamed} more: tracker status")

    def foot(self, view: DigestView) -> Iterator[str]:
        yield from ("", "=" * self._columns)
        if view.accounting:
            yield from self._block(f"Accounting: {view.accounting}", "")
        yield from ("Teach it:   tracker judge ID relevant    tracker judge ID irrelevant",)
        yield from ("Look closer: tracker show ID             tracker why URL",)

    def _heading(self, text: str) -> Iterator[str]:
        yield from ("", "", *self._block(text, ""), "-" * self._columns)

    def _item(self, item: ItemView) -> Iterator[str]:
        title = isolated(item.title) + (" [mixed alphabets]" if item.mixed else "")
        lines = wrapped(title, self._columns - len(_INDENT))
        yield f" {item.score:>4}  {lines[0]}"
        yield from (_INDENT + line for line in lines[1:])
        yield from self._block(_source(item), _INDENT)
        if item.href:
            yield _INDENT + item.href
        if item.excerpt:
            yield ""
            yield from self._block(isolated(item.excerpt), _INDENT)
            yield ""
        for label, texts in (("Why", item.reasons), ("Also", (item.also,)), ("Update", item.versions)):
            for position, text in enumerate(t for t in texts if t):
                yield from self._labelled(label if position == 0 else "", isolated(text))

    def _brief(self, items: tuple[ItemView, ...], *, more: bool, links: bool) -> Iterator[str]:
        if items:
            yield ""
        if items and more:
            yield from ("Also under this topic:", "")
        for item in items:
            yield from self._line(item, indent=_INDENT, link=links)

    def _line(self, item: ItemView, *, indent: str, link: bool) -> Iterator[str]:
        lines = wrapped(f"{isolated(item.title)} | {_source(item)}", self._columns - len(indent))
        yield f"{indent[:-6]} {item.score:>4} {lines[0]}"
        yield from (indent + line for line in lines[1:])
        if link and item.href:
            yield indent + item.href

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        inner = _INDENT + " " * 7
        lines = wrapped(text, self._columns - len(inner))
        yield f"{_INDENT}{label:<7}{lines[0] if lines else ''}"
        yield from (inner + line for line in lines[1:])

    def _block(self, text: str, indent: str) -> Iterable[str]:
        return (indent + line for line in wrapped(text, self._columns - len(indent)))


def _source(item: ItemView) -> str:
    outlet = isolated(item.outlet)
    host = "" if item.host == item.outlet.casefold() else item.host
    parts = (outlet, host, item.published, f"ID {item.id}", item.note)
    return " · ".join(part for part in parts if part)
