"""What a digest holds, under which topic, in what order, and the one line that says what was found.

Nothing is left out: every item given comes back in exactly one story of one section. How much room each gets is
decided where it is rendered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NotRequired, TypedDict, Unpack

from tracker.digest.due import dates_covered
from tracker.digest.excerpt import Wanted, excerpt
from tracker.digest.policy import DigestPolicy
from tracker.model import Digest, DigestSection, Fate, Feed, Item, Period, Undelivered, Watch
from tracker.text.display import clean_line

__all__ = ["OTHER", "Edition", "compose_digest"]

OTHER: Final = "Other"
"""The heading of stories that no topic claims."""
_Story = tuple[Item, ...]
_NEAR_BEST = 0.1
_READ_CHARS = 1000  # of the best headline


class Edition(TypedDict):
    """What a digest is about beside its items; see `model.Digest`. `borderline` are items just under the line."""

    period: Period
    timezone: str
    composed_at: datetime
    borderline: Sequence[Item]
    feeds: Sequence[Feed]
    accounting: Mapping[Fate, int]
    undelivered: NotRequired[Sequence[Undelivered]]
    policy: NotRequired[DigestPolicy]


def compose_digest(watch: Watch, items: Iterable[Item], **edition: Unpack[Edition]) -> Digest:
    """Compose a digest: items as stories, stories under their strongest topic, best first, `OTHER` last.

    In a digest `Item.text` is the excerpt a reader sees, so that the stored record is small and complete.
    """
    policy = edition.get("policy", DigestPolicy())
    wanted = Wanted(phrase for topic in watch.topics for phrase in (topic.name, *topic.phrases))
    stories = _stories(_shortened(items, wanted, policy))
    period, timezone = edition["period"], edition["timezone"]
    return Digest(
        watch=watch.name,
        title=watch.title,
        period=period,
        timezone=timezone,
        composed_at=edition["composed_at"],
        subject=_subject(
            watch,
            stories,
            copies=edition["accounting"].get(Fate.COPY, 0),
            days=len(dates_covered(period, timezone)),
            limit=policy.subject_chars,
        ),
        sections=_sections(watch, stories, policy.topic_floor),
        borderline=_shortened(_nearest(_untold(edition["borderline"], stories), policy), wanted, policy),
        feeds=tuple(edition["feeds"]),
        accounting=dict(edition["accounting"]),
        undelivered=tuple(edition.get("undelivered", ())),
    )


def _shortened(items: Iterable[Item], wanted: Wanted, policy: DigestPolicy) -> tuple[Item, ...]:
    return tuple(
        replace(
            item,
            text=excerpt(
                item.text, wanted, reasons=item.reasons, title=item.title, limit=policy.excerpt_chars
            ),
        )
        for item in items
    )


def _untold(items: Iterable[Item], stories: Iterable[_Story]) -> Iterable[Item]:
    """Leave out what another of its family says already, under which it is named as a copy."""
    families = {item.family for story in stories for item in story if item.family is not None}
    return (item for item in items if item.family not in families)


def _nearest(items: Iterable[Item], policy: DigestPolicy) -> Iterable[Item]:
    """Choose the best of those that missed the line by no more than a share of it: the rest is no close call."""
    close = (i for i in items if (i.score or 0) >= policy.borderline_from * (i.threshold or 0))
    return sorted(close, key=_rank)[: policy.borderline]


def _rank(item: Item) -> tuple[float, datetime, str]:
    """Best first, then earliest seen; the id makes the order total."""
    return (1.0 if item.score is None else -item.score, item.first_seen_at, item.id)


def _stories(items: Iterable[Item]) -> list[_Story]:
    """Group items by story, best story first and best item of each first; an item without a story is its own."""
    grouped: dict[object, list[Item]] = defaultdict(list)
    for position, item in enumerate(items):
        grouped[("alone", position) if item.story is None else item.story].append(item)
    stories = (tuple(sorted(group, key=_rank)) for group in grouped.values())
    return sorted(stories, key=lambda story: _rank(story[0]))


def _heading(story: _Story, floor: float) -> str:
    scores = [(t.score, t.topic) for item in story for t in item.topics]
    best, topic = max(scores, key=lambda pair: pair[0], default=(0.0, OTHER))
    return topic if best >= floor and best > 0 else OTHER


def _sections(watch: Watch, stories: Iterable[_Story], floor: float) -> tuple[DigestSection, ...]:
    """Head stories by topic; sections in order of their best story, topics of equal standing in the watch's order."""
    under: dict[str, list[_Story]] = defaultdict(list)
    for story in stories:
        under[_heading(story, floor)].append(story)
    named = {topic.name: position for position, topic in enumerate(watch.topics)}
    order = sorted(under, key=lambda h: (h == OTHER, _rank(under[h][0][0])[0], named.get(h, len(named)), h))
    return tuple(DigestSection(heading=heading, stories=tuple(under[heading])) for heading in order)


def _finding(stories: Sequence[_Story]) -> Item:
    """Choose the lead that names the day: among the best scores, the one told most widely."""
    best = [story for story in stories if (story[0].score or 0) >= (stories[0][0].score or 0) - _NEAR_BEST]
    return max(best, key=lambda story: sum(1 + len(item.carriers) for item in story))[0]


def _subject(watch: Watch, stories: Sequence[_Story], *, copies: int, days: int, limit: int) -> str:
    """Say the finding: how much is new, how much was folded, and the best headline."""
    over = f" in {days} days" if days > 1 else ""
    if not stories:
        return clean_line(f"Nothing new{over}: {watch.title or watch.name}", limit)
    new = sum(len(story) for story in stories)
    folded = f", {copies} {'copy' if copies == 1 else 'copies'} folded" if copies else ""
    headline = clean_line(_finding(stories).title[:_READ_CHARS], limit) or "(no title)"
    return clean_line(f"{new} new{over}{folded}: {headline}", limit)
