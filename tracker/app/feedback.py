"""A person's word behind the front door: judging, taking it back, what to judge next, and how well a watch does."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tracker.errors import UsageError
from tracker.evaluation import Estimate, Standing, counted, draw_more, draw_strata, estimate, layer_of
from tracker.model import (
    ArticleId,
    Item,
    Judgement,
    Sample,
    StoredArticle,
    Stratum,
    TextGrade,
    Verdict,
    Watch,
    WatchName,
)
from tracker.pipeline.scoring import Scoring
from tracker.ports import Clock, Store

__all__ = ["Drawn", "Evaluation", "Feedback", "Judging", "JudgingReport"]

_EVER: Final = datetime.fromtimestamp(0, UTC)
_TINY: Final = 1e-9
_FEWEST: Final = 20
"""Originals that make strata of their own; fewer new ones wait for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One article judged, or `undone`: its score before and after, and what was done where that is not plain."""

    id: str
    title: str
    verdict: Verdict | None
    before: float
    after: float
    threshold: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingReport:
    """What judging did to a watch. `shift_before` and `shift` move every score, in log-odds."""

    watch: WatchName
    judged: tuple[Judging, ...]
    shift_before: float
    shift: float
    relevant: int
    irrelevant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One article of the standing sample that waits to be judged.

    `stratum` says where it stands now, as "just below", `kept` whether it passes; `chance` is that of the draw.
    """

    item: Item
    stratum: str
    kept: bool
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How well a watch does, by what it keeps now. `drawn` and `judged` count the sample; `others` lie outside of it.

    `lines`: the lowest and the highest line that what is stored was held against; a new one holds from `rescore` on.
    """

    watch: WatchName
    estimate: Estimate
    drawn: int
    judged: int
    others: int
    since_at: datetime | None
    lines: tuple[float, float] | None


class Feedback:
    """Judgements on what is stored."""

    def __init__(self, store: Store, clock: Clock, scoring: Scoring) -> None:
        self._store = store
        self._clock = clock
        self._scoring = scoring

    # ------------------------------------------------------------ judging

    def judge(self, references: Sequence[str], verdict: Verdict | None, watch: Watch) -> JudgingReport:
        """Remember a person's word on articles, or take it back (`verdict` None). Raises `ArticleNotFound`."""
        articles = [self._store.article(reference) for reference in references]
        if verdict in {Verdict.RELEVANT, Verdict.IRRELEVANT}:
            _refuse_unread(articles)
        old = self._scoring.judged(watch)
        notes = {stored.id: self._remember(stored, verdict, watch.name) for stored in articles}
        self._scoring.refresh()
        new = self._scoring.judged(watch)
        moved = new.shift - old.shift
        return JudgingReport(
            watch=watch.name,
            judged=tuple(self._judging(s, verdict, notes[s.id], watch, moved) for s in articles),
            shift_before=old.shift,
            shift=new.shift,
            relevant=new.relevant,
            irrelevant=new.irrelevant,
        )

    def note(self, reference: str, verdict: Verdict | None, watch: WatchName) -> str:
        """Remember a word, or take it back, without learning from it yet. Raises `ArticleNotFound`."""
        stored = self._store.article(reference)
        if verdict in {Verdict.RELEVANT, Verdict.IRRELEVANT}:
            _refuse_unread([stored])
        return self._remember(stored, verdict, watch)

    def _remember(self, stored: StoredArticle, verdict: Verdict | None, watch: WatchName) -> str:
        """Store the verdict; says what else was done, or why nothing was."""
        if verdict is None:
            gone = self._store.withdraw_judgement(stored.id, watch)
            return (
                f'"{gone.verdict.value}" is taken back' if gone else "nothing was judged, so nothing changes"
            )
        if verdict is Verdict.NOT_DUPLICATE:
            others = [one.id for one in self._store.family(stored.family_id) if one.id != stored.id]
            if not others:
                return "it is alone in its family, so nothing changes"
            self._split(stored)
        now = self._clock.now()
        self._store.add_judgement(
            Judgement(article_id=stored.id, watch=watch, verdict=verdict, judged_at=now)
        )
        if verdict is not Verdict.NOT_DUPLICATE:
            return ""
        left = ", ".join(map(str, others))
        return f"it stands alone now, no longer with {left}; this cannot be undone"

    def _split(self, stored: StoredArticle) -> None:
        passing = {relevance.watch: relevance.passes for relevance in self._store.relevance_of(stored.id)}
        with self._store.ingesting() as session:
            session.split(stored.id, passing, self._clock.now())

    def _judging(
        self, stored: StoredArticle, verdict: Verdict | None, note: str, watch: Watch, moved: float
    ) -> Judging:
        (relevance,) = self._scoring.score(stored.article, [watch]).relevance
        return Judging(
            id=stored.article.external_id or str(stored.id),
            title=stored.article.title,
            verdict=verdict,
            before=_shifted(relevance.score, -moved),
            after=relevance.score,
            threshold=relevance.threshold,
            note=note,
        )

    # ------------------------------------------------------------ the standing sample

    def sample(self, watch: Watch, count: int) -> tuple[Drawn, ...]:
        """Up to `count` articles that wait to be judged, the likeliest to teach first; draws what is missing."""
        samples = self._store.samples(watch.name)
        judged = self._verdicts(watch.name)
        waiting = self._waiting(watch.name, samples, judged)
        if len(waiting) < count:
            samples = self._draw(self._extended(watch, samples), count - len(waiting))
            waiting = self._waiting(watch.name, samples, judged)
        return tuple(
            Drawn(
                item=item,
                stratum=layer_of(item.score or 0.0, item.threshold or 0.0),
                kept=(item.score or 0.0) >= (item.threshold or 0.0),
                chance=stratum.drawn / stratum.size,
            )
            for stratum, item in waiting[:count]
        )

    def _waiting(
        self, watch: WatchName, samples: Sequence[Sample], judged: Mapping[ArticleId, bool]
    ) -> list[tuple[Stratum, Item]]:
        """What was drawn and not judged, as this watch sees it; without texts that retention has deleted since."""
        found = []
        for stratum, article_id in _open(samples, judged):
            own = [item for item in self._store.items_of(article_id) if item.watch == watch]
            found += [(stratum, item) for item in own[:1] if item.grade is not TextGrade.DELETED]
        return found

    def _extended(self, watch: Watch, samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        """The samples, with one more of what came in since the last when that is enough to make strata of."""
        after = samples[-1].until_id if samples else ArticleId(0)
        scores = self._store.scores(watch.name, after=after)
        if not scores or (samples and len(scores) < _FEWEST):
            return samples
        strata = draw_strata(scores, random.SystemRandom().shuffle)
        fresh = Sample(watch=watch.name, until_id=scores[-1][0], drawn_at=self._clock.now(), strata=strata)
        return (*samples, fresh)

    def _draw(self, samples: Sequence[Sample], count: int) -> tuple[Sample, ...]:
        """Draw over all samples together, and store what has changed."""
        flat = draw_more([stratum for sample in samples for stratum in sample.strata], count)
        drawn, at = [], 0
        for sample in samples:
            strata = flat[at : at + len(sample.strata)]
            at += len(sample.strata)
            drawn.append(replace(sample, strata=strata))
            if strata != sample.strata:
                self._store.save_sample(drawn[-1])
        return tuple(drawn)

    # ------------------------------------------------------------ figures

    def evaluate(self, watch: WatchName) -> Evaluation:
        """Precision and recall of what is kept now among the articles that the samples were drawn from."""
        samples, judged = self._store.samples(watch), self._verdicts(watch)
        strata = [stratum for sample in samples for stratum in sample.strata]
        drawn = {article_id for stratum in strata for article_id in stratum.order[: stratum.drawn]}
        scores = self._store.scores(watch, after=ArticleId(0)) if strata else ()
        lines = [line for _, _, line in scores]
        present = self._present(watch, {one: score >= line for one, score, line in scores}) if strata else {}
        return Evaluation(
            watch=watch,
            estimate=estimate([cell for one in strata for cell in counted(one, present, judged)]),
            drawn=len(drawn),
            judged=len(drawn & judged.keys()),
            others=len(judged.keys() - drawn),
            since_at=samples[0].drawn_at if samples else None,
            lines=(min(lines), max(lines)) if lines else None,
        )

    def _present(self, watch: WatchName, passing: Mapping[ArticleId, bool]) -> dict[ArticleId, Standing]:
        """Where every article stands now. Of one whose text was deleted, what became of it tells what its score did."""
        return {
            one.article_id: Standing(
                score=one.score, passes=passing.get(one.article_id, one.is_kept), kept=one.is_kept
            )
            for one in self._store.scored(watch, _EVER)
        }

    def _verdicts(self, watch: WatchName) -> dict[ArticleId, bool]:
        """What was judged relevant, and what not."""
        return {
            one.article_id: one.verdict is Verdict.RELEVANT
            for one in self._store.judgements(watch)
            if one.verdict is not Verdict.NOT_DUPLICATE
        }


def _refuse_unread(articles: Sequence[StoredArticle]) -> None:
    """Nothing can be learned from an article whose text retention has deleted."""
    for stored in articles:
        if stored.article.grade is TextGrade.DELETED:
            raise UsageError(
                f"{stored.id} cannot be judged any more: {stored.article.note}.",
                hint="Judge a newer article.",
            )


def _open(samples: Sequence[Sample], judged: Mapping[ArticleId, bool]) -> list[tuple[Stratum, ArticleId]]:
    """What was drawn and waits to be judged: in turns from every stratum, those next to the line first."""
    strata = sorted(
        (stratum for sample in samples for stratum in sample.strata), key=lambda one: abs(one.mean - 0.5)
    )
    waiting = [[(s, a) for a in s.order[: s.drawn] if a not in judged] for s in strata]
    longest = max(map(len, waiting), default=0)
    return [rows[at] for at in range(longest) for rows in waiting if at < len(rows)]


def _shifted(score: float, by: float) -> float:
    """A score moved by so much in log-odds."""
    kept = min(1 - _TINY, max(_TINY, score))
    return 1 / (1 + math.exp(-math.log(kept / (1 - kept)) - by))
