"""Figures of a watch for its page, and what a change would do before it is made. Nothing here is stored.

What costs tens of milliseconds over a large archive is kept for a while (`lately.py`); all else is read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from tracker.app.installation import Installation
from tracker.app.threshold import Line, line_of
from tracker.model import (
    Activity,
    Article,
    ArticleId,
    EntryId,
    Fate,
    Feed,
    FeedId,
    Item,
    ItemQuery,
    Scored,
    Seed,
    Verdict,
    Watch,
    WatchName,
)

if TYPE_CHECKING:
    from tracker.app.coverage import Coverage90, Histogram
    from tracker.app.feedback import Evaluation
    from tracker.settings import WatchSettings

__all__ = ["AtLine", "Glances", "Moved", "WatchFigures", "WithSeed", "seed_of_article"]

_COVERAGE: Final = timedelta(days=90)
_LISTED: Final = 12
_TRIED: Final = 120
"""Articles around the line that a seed is tried on: about half a second of scoring."""
_MOVED: Final = 0.05


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
    """The part of the front door that shows what is, and what a change or a run would do."""

    def would_poll(
        self, urls: Sequence[str] = (), *, everything: bool = False, backfill: timedelta | None = None
    ) -> frozenset[FeedId]:
        """The feeds that `fetch` would poll now, itself or by a daemon. Raises `FeedNotFound`."""
        from tracker.app.beside import wanted_feeds

        feeds = [self._store.feed_by_url(url) for url in urls] or self._store.feeds()
        asks = backfill is None and self._store.daemon() is not None
        rest, force = self._settings.polling.min_interval if asks else None, everything or bool(urls)
        return frozenset(wanted_feeds(self._store, feeds, self._clock.now(), force=force, rest=rest))

    def figures(self, watch: Watch, zone: tzinfo) -> WatchFigures:
        """What the page of a watch shows."""
        from tracker.app.coverage import coverage_of

        since = self._clock.now() - _COVERAGE
        coverage = self._lately.get(
            ("coverage", watch.name), lambda: coverage_of(self._store.pieces(watch.name, since), zone)
        )
        return WatchFigures(
            watch=watch.name,
            since_at=since,
            coverage=coverage,
            histogram=self._scores(watch)[1],
            line=self._line(watch),
            evaluation=self._evaluation(watch.name),
        )

    def at_line(self, watch: Watch, line: float) -> AtLine:
        """What a threshold of `line` would let in and put out."""
        from tracker.app.coverage import WINDOW_DAYS, crossing_of

        judged = self._lately.get(("judged", watch.name), lambda: self._judged(watch))
        crossing = crossing_of(self._scores(watch)[0], line, judged)
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
        from tracker.relevance import RelevancePolicy, analyse, build_profile, describe_profile, score_article

        more, policy = replace(watch, seeds=(*watch.seeds, seed)), RelevancePolicy()
        present, background = self._scoring.profile(watch), self._scoring.background
        fresh = build_profile(more, background, policy)
        judged, line = self._scoring.judged(watch), present.threshold
        moved: list[Moved] = []
        for item in self._around(watch, line):
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

    def prepare(self) -> None:
        """Read what the pages of all watches show, so that the first who opens one need not wait."""
        zone = self._clock.now().astimezone().tzinfo or UTC
        for watch in self.watches:
            self.figures(watch, zone)

    def prepare_judging(self) -> None:
        """Read and learn what judging needs: seconds with many judgements. Not beside other scoring."""
        self._scoring.refresh()

    def is_prepared(self, watch: WatchName) -> bool:
        """Whether a word on an item can be learned from in a moment."""
        return "_scoring" in self.__dict__ and self._scoring.has_learned(watch)

    def note(self, reference: str, verdict: Verdict | None, watch: WatchName) -> str:
        """Remember a word on an item, or take it back, and learn from it later: a sentence where that is not plain."""
        said = self._feedback.note(reference, verdict, watch)
        self._forget_judged(watch)
        return said

    def activity(self, since_at: datetime) -> Activity:
        """What goes on now, and what polls that ended since then brought."""
        names = [WatchName(one.name) for one in self._settings.watch]
        return self._store.activity(names, self._clock.now(), since_at)

    def arrivals(self, feed: FeedId, days: int) -> tuple[datetime, ...]:
        """When each entry of a feed was first seen in the last days."""
        return self._store.arrivals(feed, self._clock.now() - timedelta(days=days))

    def followed_since(self) -> datetime | None:
        """When the feed followed longest was added; None without feeds."""
        return self._store.followed_since()

    def fates(self) -> dict[WatchName, dict[Fate, int]]:
        """How many entries met each fate, by watch."""
        found: dict[WatchName, dict[Fate, int]] = {}
        for one in self._store.fate_counts():
            found.setdefault(one.watch, {})[one.fate] = one.count
        return found

    def fates_lately(self) -> dict[WatchName, dict[Fate, int]]:
        """The same, up to a minute old or a little more: counting 200,000 takes 20 ms."""
        return self._lately.get(("fates",), self.fates)

    def unfollowed(self) -> tuple[Feed, ...]:
        """Feeds that a person stopped following, the latest first; followed again they go on where they were."""
        return self._store.unfollowed(limit=200)

    def _judged(self, watch: Watch) -> frozenset[ArticleId]:
        judgements = self._store.judgements(watch.name)
        return frozenset(one.article_id for one in judgements if one.verdict is not Verdict.NOT_DUPLICATE)

    def _scores(self, watch: Watch) -> tuple[tuple[Scored, ...], Histogram]:
        """The scores of the last weeks, and their picture."""
        from tracker.app.coverage import WINDOW_DAYS, histogram_of

        def read() -> tuple[tuple[Scored, ...], Histogram]:
            scored = self._store.scored(watch.name, self._clock.now() - timedelta(days=WINDOW_DAYS))
            return scored, histogram_of(scored, WINDOW_DAYS)

        return self._lately.get(("scores", watch.name), read)

    def _evaluation(self, name: WatchName) -> Evaluation:
        return self._lately.get(("evaluation", name), lambda: self._feedback.evaluate(name))

    def _line_told(self, watch: Watch, default: float, settings: WatchSettings) -> Line:
        """Where a watch's line stands, and what the last weeks say of it."""
        return self._lately.get(
            ("line", watch.name), lambda: line_of(watch, default, settings, self._store, self._clock)
        )

    def _stale(self, watch: Watch) -> int:
        """How many families have scores that another profile, or another line, made."""
        version = self._scoring.version(watch)
        return self._lately.get(
            ("stale", watch.name, version),
            lambda: self._store.stale_count(watch.name, version, since_at=None),
        )

    def _forget_judged(self, name: WatchName) -> None:
        """Let figures that rest on judgements be read anew."""
        self._lately.forget(*((what, name) for what in ("judged", "evaluation", "line")))

    def _around(self, watch: Watch, line: float) -> tuple[Item, ...]:
        """The articles whose scores lie nearest to the line, with their texts."""
        nearest = sorted(self._scores(watch)[0], key=lambda one: abs(one.score - line))[:_TRIED]
        chosen = tuple(one.entry_id for one in nearest)
        return self._store.items(ItemQuery(watch=watch.name, entries=chosen, fate=None)) if chosen else ()

    def _listed(self, watch: Watch, entries: Sequence[EntryId]) -> tuple[Item, ...]:
        """The first of these, in their order."""
        chosen = tuple(entries[:_LISTED])
        if not chosen:
            return ()
        items = self._store.items(ItemQuery(watch=watch.name, entries=chosen, fate=None))
        return tuple(sorted(items, key=lambda item: -(item.score or 0.0)))

    def _line(self, watch: Watch) -> float:
        from tracker.relevance import RelevancePolicy

        return RelevancePolicy().threshold if watch.threshold is None else watch.threshold


def seed_of_article(article: Article) -> Seed:
    """An article as an example of its subject."""
    return Seed(
        name="", title=article.title, text=article.text, outlet=article.outlet, url=article.url,
        published_at=article.published_at, language=article.language,
    )  # fmt: skip
