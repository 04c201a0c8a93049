"""A digest as the strings its renderers print: cleaned, dated in the reader's zone, links checked.

Nothing is escaped for a markup and nothing is laid out here, so the HTML and the plain part say the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from tracker.digest.chart import Chart, chart_of
from tracker.digest.days import long_day, short_day
from tracker.digest.due import dates_covered
from tracker.digest.policy import DigestPolicy
from tracker.model import (
    Carrier,
    DeliveryState,
    Digest,
    Fate,
    Feed,
    Item,
    LikenessKind,
    TextGrade,
    Undelivered,
)
from tracker.text import plain
from tracker.text.display import clean_line, has_mixed_scripts
from tracker.urls import clickable_url, distinct_outlets, host_of

__all__ = ["DigestView", "FeedView", "ItemView", "LostView", "SectionView", "StoryView", "view_of"]

StoryView = tuple["ItemView", ...]
"""The items of one story, the lead first."""

_TARGET: Final = re.compile(r"[a-z0-9-]+")  # what settings allow
_LONGEST_LINK: Final = 1000
_LONGEST_TITLE: Final = 200
_READ: Final = 10
"""Times its limit that a foreign line is read before it is cut: most of it may be invisible characters."""
_COPIES: Final = ("copies", "copy")
_REASONS: Final = 3
_VERSIONS: Final = 3
_UNTOLD_REASONS: Final = frozenset({"length", "passage"})  # the excerpt is made of the passages
_LAST_REASONS: Final = frozenset({"wording", "core"})
_GRADES: Final = {
    TextGrade.TEASER: "only its beginning could be read",
    TextGrade.WALL: "behind a wall, judged by what the feed says",
    TextGrade.WRONG_PAGE: "page not found, judged by what the feed says",
    TextGrade.NONE: "headline only",
    TextGrade.DELETED: "its text was deleted since",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item in words. `worth` orders; `tone` is strong, fair or low; `href` is None for what must not be a link."""

    id: str
    worth: float
    score: str
    tone: str
    title: str
    mixed: bool
    href: str | None
    host: str
    outlet: str
    published: str
    note: str
    excerpt: str
    reasons: tuple[str, ...]
    also: str
    versions: tuple[str, ...]
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A headed group of stories."""

    heading: str
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed that needs a person: what is wrong and the command that mends it."""

    name: str
    health: str
    sentence: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostView:
    """A digest or an alert that one recipient did not get: which, who, why, and where to look."""

    to: str
    what: str
    sentence: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """A whole digest in words. `figures` are (number, word); `topics` (heading, how many)."""

    title: str
    subject: str
    today: str
    window: str
    covers: str
    preheader: str
    quiet: str
    figures: tuple[tuple[int, str], ...]
    topics: tuple[tuple[str, int], ...]
    chart: Chart | None
    sections: tuple[SectionView, ...]
    borderline: tuple[ItemView, ...]
    feeds: tuple[FeedView, ...]
    feeds_unnamed: int
    lost: tuple[LostView, ...]
    lost_unnamed: int
    accounting: str


def view_of(
    digest: Digest, policy: DigestPolicy, *, web_url: str | None, last_days: Sequence[tuple[date, int]] = ()
) -> DigestView:
    """Put a digest into words. `web_url` is the page's public address, where judging is a click."""
    zone = ZoneInfo(digest.timezone)
    today = digest.period.to_at.astimezone(zone).date()
    words = _Words(zone, policy, web_url, today.year)
    return DigestView(
        title=_line(digest.title, _LONGEST_TITLE) or digest.watch,
        subject=_line(digest.subject, _LONGEST_TITLE),
        today=long_day(today),
        window=f"{words.moment(digest.period.from_at)} to {words.moment(digest.period.to_at)} ({digest.timezone})",
        covers=_covers(digest),
        preheader=_preheader(digest),
        quiet=_quiet(digest),
        figures=_figures(digest),
        topics=tuple((_heading(s.heading), sum(map(len, s.stories))) for s in digest.sections),
        chart=chart_of(last_days),
        sections=tuple(
            SectionView(
                heading=_heading(s.heading), stories=tuple(tuple(map(words.item, t)) for t in s.stories)
            )
            for s in digest.sections
        ),
        borderline=tuple(map(words.item, digest.borderline)),
        feeds=tuple(map(_feed, digest.feeds[: policy.troubled_feeds])),
        feeds_unnamed=max(0, len(digest.feeds) - policy.troubled_feeds),
        lost=tuple(map(words.lost, digest.undelivered[: policy.lost_named])),
        lost_unnamed=max(0, len(digest.undelivered) - policy.lost_named),
        accounting=_accounting(digest),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Words for items: the reader's zone, the limits, and where judging is a click."""

    zone: ZoneInfo
    policy: DigestPolicy
    web_url: str | None
    year: int

    def moment(self, instant: datetime) -> str:
        """Day, time and zone abbreviation of an instant, in the reader's zone."""
        local = instant.astimezone(self.zone)
        return f"{short_day(local.date())} {local:%H:%M} {local.tzname() or ''}".rstrip()

    def item(self, item: Item) -> ItemView:
        """Return the words for one item."""
        href = clickable_url(item.url)
        if href is not None and len(href) > _LONGEST_LINK:
            href = None
        host = _line(host_of(item.url).removeprefix("www."), 80)
        title = _line(item.title, _LONGEST_TITLE) or _unnamed(item.url, host)
        name = _line(item.id, 60)
        return ItemView(
            id=name,
            worth=-1.0 if item.score is None else item.score,
            score="–" if item.score is None else f"{item.score:.2f}",
            tone=_tone(item),
            title=title,
            mixed=has_mixed_scripts(title),
            href=href,
            host=host,
            outlet=_line(item.outlet, 60),
            published=self._published(item.published_at),
            note=self._note(item),
            excerpt=plain.clean_line(item.text, self.policy.excerpt_chars),  # cleaned when it was cut out
            reasons=_reasons(item),
            also=_also(item, self.policy.outlets_named),
            versions=self._versions(item),
            page=self._page(item, name),
        )

    def _page(self, item: Item, name: str) -> str | None:
        """Where judging is a click. The address goes along: a restored backup may give an id to another article."""
        if not self.web_url:
            return None
        address = item.canonical_url if len(item.canonical_url) <= _LONGEST_LINK else ""
        told = f"?url={quote(address, safe='')}" if address else ""
        return f"{self.web_url.rstrip('/')}/items/{name}{told}"

    def lost(self, one: Undelivered) -> LostView:
        """Return the words for what was given up."""
        to, subject = _line(one.delivery.recipient, 80), _line(one.subject, 120)
        said = _line(one.delivery.detail, 200)
        known = (
            "probably arrived, but nobody answered" if one.delivery.state is DeliveryState.AMBIGUOUS else said
        )
        return LostView(
            to=f"alert target {to}" if one.kind == "alert" else to,
            what=f"{one.kind} “{subject}”",
            sentence=f"given up {self.moment(one.at)}: {known}",
            command=f"tracker alerts test {to}" if _TARGET.fullmatch(to) else "tracker status",
        )

    def _published(self, instant: datetime | None) -> str:
        if instant is None:
            return "undated"
        local = instant.astimezone(self.zone)
        year = "" if local.year == self.year else f" {local.year}"
        return f"{short_day(local.date())}{year}, {local:%H:%M}"

    def _note(self, item: Item) -> str:
        """What a reader must know of an item before trusting it: that it is not new, or was not read in full."""
        is_older = (
            item.published_at is not None and item.first_seen_at - item.published_at > self.policy.older
        )
        told = (
            "older, first seen now" if is_older else "",
            _GRADES.get(item.grade, "") if item.grade else "",
        )
        return ", ".join(note for note in told if note)

    def _versions(self, item: Item) -> tuple[str, ...]:
        found = [c for c in item.carriers if c.kind == LikenessKind.VERSION.value]
        latest = sorted(found, key=lambda c: c.seen_at)[-_VERSIONS:]
        return tuple(f"{self.moment(c.seen_at)}, {_change(item, c)}" for c in latest)


def _heading(topic: str) -> str:
    name = _line(topic, 80)
    return name[:1].upper() + name[1:]


def _line(text: str, limit: int) -> str:
    # an endless title need not be looked at to its end
    return clean_line(text[: _READ * limit], limit)


def _unnamed(url: str, host: str) -> str:
    """Name an item that has no title by its address."""
    path = unquote(urlsplit(url).path) if host else ""
    return _line(f"{host}{path}", _LONGEST_TITLE).rstrip("/") or "(no title)"


def _change(item: Item, version: Carrier) -> str:
    """Say what a later version changed: its text where that is known, and its headline."""
    title = _line(version.title, 120)
    whose = _line(version.outlet, 60)
    by = f"{whose}: " if whose and whose != _line(item.outlet, 60) else ""
    is_same = not title or title.casefold() == _line(item.title, 120).casefold()
    text = _line(version.change, 140)
    headline = "" if is_same else f"headline now “{title}”"
    return by + ("; ".join(filter(None, (text, headline))) or "same headline, text changed")


def _tone(item: Item) -> str:
    if item.score is None or (item.threshold is not None and item.score < item.threshold):
        return "low"
    line = item.threshold if item.threshold is not None else 0.5
    return "strong" if item.score >= (1 + line) / 2 else "fair"


def _reasons(item: Item) -> tuple[str, ...]:
    """Choose what a reader takes in at a glance; the figures of the wording only where little else is said."""
    told = sorted(
        (r for r in item.reasons if r.kind not in _UNTOLD_REASONS), key=lambda r: r.kind in _LAST_REASONS
    )
    return tuple(text for reason in told if (text := _line(reason.text, 180)))[:_REASONS]


def _also(item: Item, named: int) -> str:
    """Name the other outlets that carried it, each once: two feeds of one site are one."""
    carried = ((_line(carrier.outlet, 60), carrier.url) for carrier in item.carriers)
    outlets = distinct_outlets(carried, (_line(item.outlet, 60), item.url))
    if not outlets:
        return ""
    shown = outlets[:named]
    more = f" and {len(outlets) - named} more" if len(outlets) > named else ""
    return f"in {len(outlets)} {'outlet' if len(outlets) == 1 else 'outlets'}: {', '.join(shown)}{more}"


def _figures(digest: Digest) -> tuple[tuple[int, str], ...]:
    items = digest.items
    stories = sum(len(section.stories) for section in digest.sections)
    copies = digest.accounting.get(Fate.COPY, 0)
    seen = sum(digest.accounting.values())
    return (
        (len(items), "new"),
        (stories, "story" if stories == 1 else "stories"),
        (copies, f"{_COPIES[copies == 1]} folded"),
        (seen, "entry read" if seen == 1 else "entries read"),
    )


def _preheader(digest: Digest) -> str:
    items = digest.items
    if not items:
        return _quiet(digest)
    strong = sum(_tone(item) == "strong" for item in items)
    copies = digest.accounting.get(Fate.COPY, 0)
    topics = ", ".join(_line(section.heading, 40) for section in digest.sections[:4])
    return f"{strong} strong, {len(items) - strong} fair, {copies} {_COPIES[copies == 1]} folded. {topics}"


def _quiet(digest: Digest) -> str:
    return f"Nothing new above the line. {sum(digest.accounting.values()):,} entries were read."


def _covers(digest: Digest) -> str:
    """Name the days of a window that is longer than one."""
    days = dates_covered(digest.period, digest.timezone)
    return f"Covers {len(days)} days, {short_day(days[0])} to {short_day(days[-1])}" if len(days) > 1 else ""


def _accounting(digest: Digest) -> str:
    """Account for every entry of the window: what was seen is what met a fate."""
    parts = [f"{fate.value.replace('_', ' ')} {digest.accounting.get(fate, 0):,}" for fate in _told(digest)]
    return f"seen {sum(digest.accounting.values()):,} = {' + '.join(parts)}" if parts else ""


def _told(digest: Digest) -> Iterable[Fate]:
    always = {Fate.KEPT, Fate.COPY}
    return (fate for fate in Fate if digest.accounting and (fate in always or digest.accounting.get(fate)))


def _feed(feed: Feed) -> FeedView:
    url = _line(
        clickable_url(feed.url) or feed.url, 300
    )  # without a login: readers are others than the owner
    told = _line(feed.state.problem or feed.state.error_detail, 400)
    sentence, mark, command = told.rpartition("tracker feeds ")
    return FeedView(
        name=_line(feed.title, 60) or host_of(feed.url) or _line(feed.url, 60),
        health=feed.state.health.value,
        sentence=(sentence if mark else told).rstrip(),
        command=f"tracker feeds {command}" if mark else f"tracker feeds test {url}",
    )
