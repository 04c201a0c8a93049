"""The standing sample: what it is drawn from, what it shows and counts, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builders
from tests.builders import NOW, WATCH, relevance
from tests.contract.test_rescoring import judge, put
from tracker.app.feedback import Feedback
from tracker.app.front import SystemClock
from tracker.model import ArticleId, Fate, Sample, Stratum, Verdict, WatchName
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.store import SqlStore


@pytest.fixture
def feedback(store: SqlStore) -> Feedback:
    return Feedback(store, SystemClock(), Scoring(store, SystemClock(), [], RelevancePolicy()))


def fate_of(place: int, line: int) -> Fate:
    return Fate.KEPT if place >= line else Fate.BELOW_THRESHOLD


def test_a_sample_is_read_back_and_replaced_by_its_later_state(store: SqlStore) -> None:
    stratum = Stratum(
        name="just below",
        kept=False,
        low=0.3,
        high=0.49,
        mean=0.4,
        size=12,
        order=(ArticleId(5), ArticleId(2)),
    )
    first = Sample(watch=WATCH, until_id=ArticleId(9), drawn_at=NOW, strata=(stratum,))
    drawn = replace(first, strata=(replace(stratum, drawn=1),))
    second = Sample(watch=WATCH, until_id=ArticleId(30), drawn_at=NOW, strata=())
    for sample in (second, first, drawn):
        store.save_sample(sample)
    assert store.samples(WATCH) == (drawn, second)
    assert store.samples(WatchName("other")) == ()


def test_a_sample_of_one_of_two_watches_shows_and_counts_nothing_of_the_other(
    store: SqlStore, feedback: Feedback
) -> None:
    watches = (WATCH, WatchName("other"))
    scores: dict[WatchName, dict[ArticleId | None, float]] = {watch: {} for watch in watches}
    for number in range(24):
        own = dict(zip(watches, (number / 24, number * 7 % 24 / 24 + 0.001), strict=True))
        found = put(
            store, number,
            relevance=tuple(relevance(watch=watch, score=score) for watch, score in own.items()),
            fates={watch: Fate.KEPT if score >= 0.5 else Fate.BELOW_THRESHOLD for watch, score in own.items()},
        )  # fmt: skip
        for watch, score in own.items():
            scores[watch][found] = score
        alone = put(store, 100 + number)  # the first watch's own, with a word on it
        judge(store, alone, Verdict.RELEVANT)
    for name, expected in scores.items():
        drawn = feedback.sample(builders.watch(name=name), 200)
        assert {one.item.article_id: one.item.score for one in drawn} == expected
        assert {one.item.watch for one in drawn} == {name}
        assert all(one.kept is (expected[one.item.article_id] >= 0.5) for one in drawn)


def test_a_word_for_one_watch_takes_nothing_out_of_the_sample_of_the_other(
    store: SqlStore, feedback: Feedback
) -> None:
    other = WatchName("other")
    number = put(
        store,
        1,
        relevance=(relevance(), relevance(watch=other)),
        fates=dict.fromkeys((WATCH, other), Fate.KEPT),
    )
    judge(store, number, Verdict.RELEVANT)
    assert feedback.sample(builders.watch(), 9) == ()
    assert [one.item.article_id for one in feedback.sample(builders.watch(name=other), 9)] == [number]


def test_figures_and_layers_are_those_of_the_line_that_holds_now_without_another_sample(
    store: SqlStore, feedback: Feedback
) -> None:
    """All is judged at the line 0.5, of which four of the five just below it are relevant; then the line is 0.25."""
    numbers = [
        put(store, n, relevance=(relevance(score=n / 20),), fates={WATCH: fate_of(n, 10)}) for n in range(20)
    ]
    assert len(feedback.sample(builders.watch(), 20)) == 20
    for place, number in enumerate(numbers[:18]):
        judge(store, number, Verdict.RELEVANT if place > 5 else Verdict.IRRELEVANT)
    before = feedback.evaluate(WATCH)
    assert before.lines == (0.5, 0.5)
    assert (before.estimate.kept, before.estimate.below) == (10, 10)
    assert before.estimate.recall is not None
    assert before.estimate.recall.high < 0.8
    with store.ingesting() as session:
        for place, number in enumerate(numbers):
            (member,) = session.members(store.article(str(number)).family_id, WATCH)
            new = relevance(score=place / 20, threshold=0.25)
            session.rescored(member, new, fate_of(place, 5), "", NOW)
    after = feedback.evaluate(WATCH)
    assert after.lines == (0.25, 0.25)
    assert (after.estimate.kept, after.estimate.below) == (15, 5)
    assert after.estimate.recall is not None
    assert after.estimate.recall.low == 1.0
    waiting = feedback.sample(builders.watch(), 20)
    assert {one.stratum for one in waiting} == {"well above"}
    assert all(one.kept for one in waiting)
