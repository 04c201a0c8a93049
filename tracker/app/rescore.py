"""Rescoring behind the front door: family by family, in short transactions, beside whatever else runs.

Scores are made outside of transactions, from what is stored; a family is decided and written inside one, by the members
it has at that moment. What was done carries the new profile's version, so a run that was cut off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tracker.app.views import Progress, ProgressListener
from tracker.model import ArticleId, FamilyId, StoredArticle, Verdict, Watch, WatchName
from tracker.pipeline.grouping import Grouping
from tracker.pipeline.rescore import Redecided, redecide
from tracker.pipeline.scoring import Scored, Scoring
from tracker.ports import Clock, IngestSession, Store
from tracker.stories import StoryPolicy

__all__ = ["Change", "RescoreReport", "Rescorer"]

_AT_ONCE: Final = 20
"""Families in one transaction: about 50 ms of scoring between two, and a few milliseconds inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An article that enters or leaves what is kept. `before` None: it had no score."""

    id: str
    title: str
    outlet: str
    first_seen_at: datetime
    before: float | None
    after: float
    threshold: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoreReport:
    """What rescoring a watch changes, or has changed unless `dry_run`. `rescored` counts articles.

    `entering` best first, `leaving` the other way round; `moved` counts scores that differ by .01 or more.
    """

    watch: WatchName
    version: str
    dry_run: bool
    rescored: int
    moved: int
    entering: tuple[Change, ...]
    leaving: tuple[Change, ...]


@dataclass(slots=True)
class _Tally:
    rescored: int = 0
    moved: int = 0
    entering: list[Change] = field(default_factory=list)
    leaving: list[Change] = field(default_factory=list)

    def add(self, decided: Sequence[Redecided], articles: Mapping[ArticleId, StoredArticle]) -> None:
        """Count what was rescored, and keep what enters and leaves."""
        for one in decided:
            stored = articles.get(one.member.article_id)
            if stored is None:
                continue  # came in meanwhile, with a score of its own
            old = one.member.relevance
            self.rescored += 1
            self.moved += old is None or abs(old.score - one.relevance.score) >= 0.01
            for which, changes in ((one.enters, self.entering), (one.leaves, self.leaving)):
                if which:
                    changes.append(_change(one, stored))


class Rescorer:
    """Scores the past of watches anew."""

    def __init__(self, store: Store, clock: Clock, scoring: Scoring, stories: StoryPolicy) -> None:
        self._store = store
        self._clock = clock
        self._scoring = scoring
        self._grouping = Grouping(scoring, stories)

    def rescore(
        self, watch: Watch, *, dry_run: bool, since_at: datetime | None, progress: ProgressListener
    ) -> RescoreReport:
        """Score what another profile scored, first seen from `since_at` on, and decide anew; the oldest first."""
        self._scoring.refresh()
        version = self._scoring.version(watch)
        total = self._store.stale_count(watch.name, version, since_at=since_at)
        verdicts = {
            one.article_id: one.verdict
            for one in self._store.judgements(watch.name)
            if one.verdict is not Verdict.NOT_DUPLICATE
        }
        tally, done = _Tally(), 0
        for families in self._portions(watch, version, since_at):
            self._portion(watch, families, verdicts, tally, dry_run=dry_run)
            done += len(families)
            progress(Progress(done=done, total=total, label=f"families of {watch.name}"))
        return RescoreReport(
            watch=watch.name,
            version=version,
            dry_run=dry_run,
            rescored=tally.rescored,
            moved=tally.moved,
            entering=tuple(sorted(tally.entering, key=lambda change: -change.after)),
            leaving=tuple(sorted(tally.leaving, key=lambda change: change.after)),
        )

    def _portions(
        self, watch: Watch, version: str, since_at: datetime | None
    ) -> Iterator[tuple[FamilyId, ...]]:
        after = FamilyId(0)
        while found := self._store.stale_families(
            watch.name, version, since_at=since_at, after=after, limit=_AT_ONCE
        ):
            yield found
            after = found[-1]

    def _portion(
        self,
        watch: Watch,
        families: Sequence[FamilyId],
        verdicts: Mapping[ArticleId, Verdict],
        tally: _Tally,
        *,
        dry_run: bool,
    ) -> None:
        articles = {stored.id: stored for one in families for stored in self._store.family(one)}
        scored = {
            article_id: self._scoring.score(stored.article, [watch])
            for article_id, stored in articles.items()
        }
        scores = {article_id: one.relevance[0] for article_id, one in scored.items()}
        with self._store.ingesting() as session:
            decided = [
                one
                for family_id in families
                for one in redecide(session.members(family_id, watch.name), scores, verdicts)
            ]
            if not dry_run:
                self._write(session, decided, articles, scored)
        tally.add(decided, articles)

    def _write(
        self,
        session: IngestSession,
        decided: Sequence[Redecided],
        articles: Mapping[ArticleId, StoredArticle],
        scored: Mapping[ArticleId, Scored],
    ) -> None:
        now = self._clock.now()
        for one in decided:
            session.rescored(one.member, one.relevance, one.fate, one.note, now)
            stored = articles.get(one.member.article_id)
            if one.enters and one.member.story_id is None and stored is not None:
                self._tell(session, stored, scored[stored.id])

    def _tell(self, session: IngestSession, stored: StoredArticle, scored: Scored) -> None:
        """Put an article that enters, with its family, into the story it tells."""
        told_at = min(stored.article.published_at or stored.first_seen_at, stored.first_seen_at)
        story = self._grouping.place(session, stored.article, scored.analysed, told_at)
        session.save_story(story.id, story.terms, story.last_at)
        session.join_story(stored.family_id, story.id)


def _change(one: Redecided, stored: StoredArticle) -> Change:
    article, old = stored.article, one.member.relevance
    return Change(
        id=article.external_id or str(stored.id),
        title=article.title,
        outlet=article.outlet,
        first_seen_at=stored.first_seen_at,
        before=None if old is None else old.score,
        after=one.relevance.score,
        threshold=one.relevance.threshold,
        note=one.note,
    )
