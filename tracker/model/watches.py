"""Watches with their seeds and topics; relevance with its reasons; judgements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from tracker.model.ids import ArticleId, WatchName

__all__ = [
    "Judgement",
    "Profile",
    "Reason",
    "Relevance",
    "Sample",
    "Seed",
    "Stratum",
    "Topic",
    "TopicScore",
    "Verdict",
    "Watch",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An example article: what the person wants more of.

    `left_out`: lines of its file that are not learned from: the page's, and what is repeated.
    """

    name: str
    title: str
    text: str
    outlet: str = ""
    url: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A named side of the subject with its phrases and synonyms in any language."""

    name: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One followed subject. `feeds` are tags ("*" = all); `threshold` None means the calibrated default (auto).

    `respect_robots`: whether a page is left alone when the site's robots.txt says so; feeds are always asked.
    """

    name: WatchName
    title: str
    seeds: tuple[Seed, ...]
    topics: tuple[Topic, ...]
    feeds: tuple[str, ...] = ("*",)
    threshold: float | None = None
    facets: Literal["auto", "on", "off"] = "auto"
    places: tuple[str, ...] = ()
    respect_robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A watch compiled for scoring, as stored: `version` names inputs and rules, `body` is the room's own JSON."""

    watch: WatchName
    version: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScore:
    """How strongly one topic is present, 0..1."""

    topic: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One checkable line of an explanation. `weight` is its share of the log-odds (negative: speaks against).

    `start`, `end`: where in the stored text a quoted passage stands, in characters.
    """

    kind: str
    text: str
    weight: float = 0.0
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How relevant an article is to one watch (0..1), to which topics, and why. It passes at `threshold`."""

    watch: WatchName
    score: float
    threshold: float
    topics: tuple[TopicScore, ...] = ()
    reasons: tuple[Reason, ...] = ()
    profile_version: str = ""

    @property
    def passes(self) -> bool:
        """Whether the article stands above the line."""
        return self.score >= self.threshold


class Verdict(StrEnum):
    """What a person said of an item."""

    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    NOT_DUPLICATE = "not-duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A person's word on one article for one watch."""

    article_id: ArticleId
    watch: WatchName
    verdict: Verdict
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Articles of like scores, of which some are drawn to be judged.

    `name`: where they stood, as "just below"; `kept`: whether above the line. `low`, `high`, `mean`: their scores.
    `size`: how many there were. `order`: a part of them in random order, of which the first `drawn` are to be judged:
    a simple random sample.
    """

    name: str
    kept: bool
    low: float
    high: float
    mean: float
    size: int
    order: tuple[ArticleId, ...]
    drawn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A random sample to judge of the originals stored after an earlier one's and up to `until_id`."""

    watch: WatchName
    until_id: ArticleId
    drawn_at: datetime
    strata: tuple[Stratum, ...]
