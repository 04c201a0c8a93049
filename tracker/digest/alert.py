"""Immediate alerts: what is worth one, whether now is the time, and the words. Pure, like the digest.

One alert for each story; when more of them wait than a person wants to be called for singly, one tells them together.
Nothing depends on an alert: what it leaves out is in the next digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from tracker.digest.excerpt import Wanted, excerpt
from tracker.model import Alert, FamilyId, Item, Watch
from tracker.text.display import clean_line, has_mixed_scripts, isolated
from tracker.urls import clickable_url, host_of

__all__ = ["alerting", "bundles", "compose_alert", "is_quiet", "trial_alert"]

_OLDEST: Final = timedelta(days=2)
"""What was published longer before it was first seen is no news, as when a feed is new."""
_SINGLY: Final = 3
_NAMED: Final = 5
_TITLE: Final = 150
_REASON: Final = 180
_REASONS: Final = 3
_EXCERPT: Final = 230
_LINK: Final = 1000
_READ: Final = 10
_VERSION: Final = 1

Story = tuple[Item, ...]


def is_quiet(now: datetime, hours: tuple[time, time] | None, timezone: str) -> bool:
    """Whether an instant lies in quiet hours, which may go over midnight, by the clock of a zone."""
    if hours is None:
        return False
    clock = now.astimezone(ZoneInfo(timezone)).time()
    begin, end = hours
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def alerting(items: Iterable[Item], threshold: float | None) -> tuple[Item, ...]:
    """What is worth an alert: news at or above a score; without one, half-way from the watch's own line to 1."""
    return tuple(item for item in items if _is_news(item) and (item.score or 0.0) >= _bar(item, threshold))


def bundles(items: Iterable[Item], room: int) -> tuple[tuple[Story, ...], ...]:
    """The alerts to make, each a run of stories, best first: one each, or with too many for `room` all in one."""
    stories = _stories(items)
    if not stories or room < 1:
        return ()
    if len(stories) <= min(_SINGLY, room):
        return tuple((story,) for story in stories)
    return (tuple(stories),)


def compose_alert(stories: Sequence[Story], watch: Watch, *, target: str, made_at: datetime) -> Alert:
    """Word one alert of one story, or of several: five are named, the rest is counted."""
    wanted = Wanted(phrase for topic in watch.topics for phrase in (topic.name, *topic.phrases))
    told = [_Told(story, wanted) for story in stories[:_NAMED]]
    more = len(stories) - len(told)
    name = _line(watch.title, 80) or watch.name
    families = tuple(sorted({item.family for story in stories for item in story if item.family is not None}))
    is_one = len(stories) == 1
    return _alert(
        target=target,
        watch=watch,
        made_at=made_at,
        families=families,
        title=told[0].title if is_one else f"{len(stories)} new: {name}",
        text=told[0].alone(name) if is_one else _together(told, more),
        link=told[0].link if is_one else "",
        told={"more": more, "items": [one.fields() for one in told]},
    )


def trial_alert(watch: Watch, *, target: str, made_at: datetime) -> Alert:
    """An alert that only says that alerts arrive."""
    return _alert(
        target=target,
        watch=watch,
        made_at=made_at,
        title="Test of an alert",
        text=f"Alerts of {_line(watch.title, 80) or watch.name} arrive here.",
        told={"test": True, "more": 0, "items": []},
    )


def _alert(  # noqa: PLR0913 - the words of one alert, by name
    *,
    target: str,
    watch: Watch,
    made_at: datetime,
    title: str,
    text: str,
    told: Mapping[str, object],
    link: str = "",
    families: tuple[FamilyId, ...] = (),
) -> Alert:
    at = _utc(made_at)
    key = str(uuid5(NAMESPACE_URL, f"{target}\n{watch.name}\n{made_at.isoformat()}\n{families}"))
    document = {
        "version": _VERSION,
        "id": key,
        "watch": watch.name,
        "watch_title": _line(watch.title, 80) or watch.name,
        "made_at": at,
        "title": title,
        "text": text,
        "link": link or None,
        **told,
    }
    return Alert(
        key=key,
        target=target,
        watch=watch.name,
        made_at=made_at,
        title=title,
        text=text,
        link=link,
        body=json.dumps(document),  # in ASCII: no reader can take it for anything else
        families=families,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A story as its best item tells it."""

    story: Story
    wanted: Wanted

    @property
    def lead(self) -> Item:
        return self.story[0]

    @property
    def link(self) -> str:
        href = clickable_url(self.lead.url)
        return href if href is not None and len(href) <= _LINK else ""

    @property
    def host(self) -> str:
        return _line(host_of(self.lead.url).removeprefix("www."), 80)

    @property
    def title(self) -> str:
        title = _line(self.lead.title, _TITLE) or self.host or "(no title)"
        return f"{title} [mixed alphabets]" if has_mixed_scripts(title) else title

    @property
    def excerpt(self) -> str:
        item = self.lead
        return excerpt(item.text, self.wanted, reasons=item.reasons, title=item.title, limit=_EXCERPT)

    @property
    def reasons(self) -> list[str]:
        told = (r for r in self.lead.reasons if r.kind not in {"length", "passage", "wording", "core"})
        return [line for reason in told if (line := _line(reason.text, _REASON))][:_REASONS]

    @property
    def source(self) -> str:
        outlet = _line(self.lead.outlet, 60)
        host = "" if self.host == outlet.casefold() else self.host
        others = len({_line(c.outlet, 60).casefold() for item in self.story for c in item.carriers} - {""})
        also = f"also in {others} {'outlet' if others == 1 else 'outlets'}" if others else ""
        return " · ".join(part for part in (isolated(outlet), host, also) if part)

    def alone(self, watch: str) -> str:
        """The text of an alert of this story only."""
        why = f"Why: {'; '.join(map(isolated, self.reasons))}" if self.reasons else ""
        head = " · ".join(part for part in (self.score, self.source) if part)
        lines = (head, isolated(self.excerpt), why, self.link, f"Watch: {isolated(watch)}")
        return "\n".join(line for line in lines if line)

    def line(self) -> str:
        """This story among others."""
        head = f"{self.score} {isolated(self.title)}".strip()
        return "\n".join(part for part in (head, self.source, self.link) if part)

    @property
    def score(self) -> str:
        return "" if self.lead.score is None else f"{self.lead.score:.2f}"

    def fields(self) -> dict[str, object]:
        """The story for a program."""
        item = self.lead
        return {
            "id": item.id,
            "title": self.title,
            "url": self.link or None,
            "host": self.host,
            "outlet": _line(item.outlet, 60),
            "language": _line(item.language or "", 20) or None,
            "published_at": None if item.published_at is None else _utc(item.published_at),
            "first_seen_at": _utc(item.first_seen_at),
            "score": item.score,
            "threshold": item.threshold,
            "topics": {_line(topic.topic, 80): topic.score for topic in item.topics},
            "excerpt": self.excerpt,
            "why": self.reasons,
            "also": len(item.carriers),
            "in_story": len(self.story),
        }


def _together(told: Sequence[_Told], more: int) -> str:
    rest = [f"and {more} more, in the next digest"] if more else []
    return "\n\n".join([*(one.line() for one in told), *rest])


def _is_news(item: Item) -> bool:
    return item.published_at is None or item.first_seen_at - item.published_at <= _OLDEST


def _bar(item: Item, threshold: float | None) -> float:
    line = 0.5 if item.threshold is None else item.threshold
    return (1 + line) / 2 if threshold is None else threshold


def _stories(items: Iterable[Item]) -> list[Story]:
    """Items by story, without one by family; best story first and best item of each first."""
    grouped: dict[tuple[str, object], list[Item]] = {}
    for item in items:
        of = ("family", item.family) if item.story is None else ("story", item.story)
        grouped.setdefault(of, []).append(item)
    stories = (tuple(sorted(group, key=_rank)) for group in grouped.values())
    return sorted(stories, key=lambda story: _rank(story[0]))


def _rank(item: Item) -> tuple[float, datetime, str]:
    return (-(item.score or 0.0), item.first_seen_at, item.id)


def _line(text: str, limit: int) -> str:
    return clean_line(text[: _READ * limit], limit)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
