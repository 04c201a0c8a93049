"""Figures of a watch for its page, and what a change would do before it is made. Nothing here is stored.

What costs tens of milliseconds over a large archive is kept for a minute; all else is read anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Final, TypeVar

from tracker.app.coverage import (
    WINDOW_DAYS,
    Coverage90,
    Histogram,
    coverage_of,
    crossing_of,
    histogram_of,
)
from tracker.app.feedback import Evaluation
from tracker.app.installation import Installation
from tracker.model import (
    Activity,
    ArticleId,
    EntryId,
    Feed,
    FeedId,
    Item,
    ItemQuery,
    Scored,
    Seed,
    StoredArticle,
    Verdict,
    Watch,
    WatchName,
)
from tracker.relevance import RelevancePolicy, analyse, build_profile, describe_profile, score_article

__all__ = ["AtLine", "Glances", "Moved", "WatchFigures", "WithSeed", "seed_of_article"]

_KEPT_S: Final = 60.0
_COVERAGE: Final = timedelta(days=90)
_LISTED: Final = 12
_TRIED: Final = 120
"""Articles around the line that a seed is tried on: about half a second of scoring."""
_MOVED: Final = 0.05
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFigures:
    """What a watch's page shows; `line` is the least score to keep."""

    watch: WatchName
    since_at: datetime
    coverage: Coverage90
    histogram: Histogram
    line: float
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLine:
    """What another line would do to the originals of the last 30 days; what a person judged stays where it was put.

    The lists hold the first of `entering` and `leaving`; `per_day` is how many a day would stand above it.
    """

    line: float
    present: float
    entering: int
    leaving: int
    first_entering: tuple[Item, ...]
    first_leaving: tuple[Item, ...]
    per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An article whose score a seed would move: from `before` to `after`."""

    id: str
    title: str
    outlet: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WithSeed:
    """What one more seed would teach, tried on `tried` articles whose scores lie nearest to the line.

    `words` are new among the heaviest; `moved` counts scores that differ by .05 or more.
    """

    seed: Seed
    tried: int
    moved: int
    entering: tuple[Moved, ...]
    leaving: tuple[Moved, ...]
    words: tuple[str, ...]
    places_before: tuple[str, ...]
    places: tuple[str, ...]
    cohesion_before: float
    cohesion: float


class Glances(Installation):
    """The part of the front door that pictures are drawn from."""

    def figures(self, watch: Watch, zone: tzinfo) -> WatchFigures:
        """What the page of a watch shows."""
        since = self._clock.now() - _COVERAGE
        coverage = self._lately(
            ("coverage", watch.name), lambda: coverage_of(self._store.pieces(watch.name, since), zone)
        )
        return WatchFigures(
            watch=watch.name,
            since_at=since,
            coverage=coverage,
            histogram=self._lately(
                ("histogram", watch.name), lambda: histogram_of(self._scored(watch), WINDOW_DAYS)
            ),
            line=self._line(watch),
            evaluation=self._feedback.evaluate(watch.name),
        )

    def at_line(self, watch: Watch, line: float) -> AtLine:
        """What a threshold of `line` would let in and put out."""
        scored = self._scored(watch)
        crossing = crossing_of(
            scored, line, self._lately(("judged", watch.name), lambda: self._judged(watch))
        )
        return AtLine(
            line=line,
            present=self._line(watch),
            entering=len(crossing.entering),
            leaving=len(crossing.leaving),
            first_entering=self._listed(watch, crossing.entering),
            first_leaving=self._listed(watch, crossing.leaving),
            per_day=crossing.passing / WINDOW_DAYS,
        )

    def with_seed(self, watch: Watch, seed: Seed) -> WithSeed:
        """What one more seed would change, tried on the articles around the line. Takes up to a second."""
        more, policy = replace(watch, seeds=(*watch.seeds, seed)), RelevancePolicy()
        present, background = self._scoring.profile(watch), self._scoring.background
        fresh = build_profile(more, background, policy)
        judged, line = self._scoring.judged(watch), present.threshold
        texts = [found for one in self._around(watch, line) for found in self._store.items_of(one)[:1]]
        moved: list[Moved] = []
        for item in texts:
            analysed = analyse(item.title, item.text, item.language)
            before, after = (
                score_article(one, analysed, background, policy, judged=judged).score
                for one in (present, fresh)
            )
            moved.append(Moved(id=item.id, title=item.title, outlet=item.outlet, before=before, after=after))
        old, new = describe_profile(present, limit=25), describe_profile(fresh, limit=25)
        known = {word for word, _ in old.terms}
        entering = [one for one in moved if one.before < line <= one.after]
        leaving = [one for one in moved if one.after < line <= one.before]
        return WithSeed(
            seed=seed,
            tried=len(moved),
            moved=sum(abs(one.after - one.before) >= _MOVED for one in moved),
            entering=tuple(sorted(entering, key=lambda one: -one.after)),
            leaving=tuple(sorted(leaving, key=lambda one: one.after)),
            words=tuple(word for word, _ in new.terms if word not in known),
            places_before=tuple(place for place, _ in old.places),
            places=tuple(place for place, _ in new.places),
            cohesion_before=old.cohesion,
            cohesion=new.cohesion,
        )

    def activity(self, since_at: datetime) -> Activity:
        """What goes on now, and what polls that ended since then brought."""
        names = [WatchName(one.name) for one in self._settings.watch]
        return self._store.activity(names, self._clock.now(), since_at)

    def arrivals(self, feed: FeedId, days: int) -> tuple[datetime, ...]:
        """When each entry of a feed was first seen in the last days."""
        return self._store.arrivals(feed, self._clock.now() - timedelta(days=days))

    def unfollowed(self) -> tuple[Feed, ...]:
        """Feeds that a person stopped following, the latest first; followed again they go on where they were."""
        return self._store.unfollowed(limit=200)

    def _judged(self, watch: Watch) -> frozenset[ArticleId]:
        judgements = self._store.judgements(watch.name)
        return frozenset(one.article_id for one in judgements if one.verdict is not Verdict.NOT_DUPLICATE)

    def _scored(self, watch: Watch) -> tuple[Scored, ...]:
        since = self._clock.now() - timedelta(days=WINDOW_DAYS)
        return self._lately(("scored", watch.name), lambda: self._store.scored(watch.name, since))

    def _around(self, watch: Watch, line: float) -> Sequence[ArticleId]:
        nearest = sorted(self._scored(watch), key=lambda one: abs(one.score - line))
        return list(dict.fromkeys(one.article_id for one in nearest))[:_TRIED]

    def _listed(self, watch: Watch, entries: Sequence[EntryId]) -> tuple[Item, ...]:
        """The first of these, in their order."""
        chosen = tuple(entries[:_LISTED])
        if not chosen:
            return ()
        items = self._store.items(ItemQuery(watch=watch.name, entries=chosen, fate=None))
        return tuple(sorted(items, key=lambda item: -(item.score or 0.0)))

    def _line(self, watch: Watch) -> float:
        return RelevancePolicy().threshold if watch.threshold is None else watch.threshold

    @cached_property
    def _lately_read(self) -> dict[tuple[str, str], tuple[float, Any]]:
        return {}

    def _lately(self, key: tuple[str, str], read: Callable[[], _T]) -> _T:
        """What was read under this key within the last minute, or is read now."""
        held = self._lately_read.get(key)
        now = time.monotonic()
        if held is None or now - held[0] > _KEPT_S:
            held = (now, read())
            self._lately_read[key] = held
        found: _T = held[1]
        return found


def seed_of_article(stored: StoredArticle) -> Seed:
    """An article as an example of its subject."""
    article = stored.article
    return Seed(
        name="", title=article.title, text=article.text, outlet=article.outlet, url=article.url,
        published_at=article.published_at, language=article.language,
    )  # fmt: skip
