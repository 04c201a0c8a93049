"""Precision and recall from few judgements."""

from __future__ import annotations

import random

import pytest

from benchmarks.evaluate_coverage import CHANGES, WORLDS, cover
from tracker.evaluation import Counted, estimate
from tracker.evaluation.spread import combined, quantile, unseen_relevant


def strata(above: tuple[int, int, int], below: tuple[int, int, int]) -> list[Counted]:
    """Size, judged, relevant, above and below the line."""
    return [
        Counted(kept=kept, size=size, mean=0.8 if kept else 0.1, judged=judged, relevant=relevant)
        for kept, (size, judged, relevant) in ((True, above), (False, below))
    ]


def test_what_was_judged_to_the_last_article_is_certain() -> None:
    found = estimate(strata((10, 10, 8), (40, 40, 2)))
    assert found.precision is not None
    assert found.recall is not None
    assert (found.precision.low, found.precision.value, found.precision.high) == pytest.approx(
        (0.8, 0.8, 0.8)
    )
    assert (found.recall.low, found.recall.high) == pytest.approx((0.8, 0.8))
    assert (found.wanting_kept, found.wanting_below) == (0, 0)


def test_too_few_judgements_give_no_figure_but_a_number_of_judgements() -> None:
    found = estimate(strata((100, 4, 4), (900, 0, 0)))
    assert (found.precision, found.recall) == (None, None)
    assert (found.wanting_kept, found.wanting_below) == (1, 5)
    found = estimate(strata((100, 5, 4), (900, 4, 0)))
    assert found.precision is not None
    assert found.recall is None


def test_more_judgements_make_the_interval_narrower() -> None:
    few, many = (estimate(strata((200, n, n * 4 // 5), (900, n, 0))) for n in (10, 60))
    assert few.precision is not None
    assert many.precision is not None
    assert many.precision.width < few.precision.width
    assert few.wanting_kept == many.wanting_kept == 0, "how many more it takes is not foretold"


def test_verdicts_that_are_all_alike_do_not_make_it_certain() -> None:
    found = estimate(strata((200, 10, 10), (900, 10, 0)))
    assert found.precision is not None
    assert found.recall is not None
    assert found.precision.low < 0.9
    assert found.recall.low < 0.9


def test_nothing_kept_has_no_precision() -> None:
    found = estimate([Counted(kept=False, size=50, mean=0.1, judged=20, relevant=1)])
    assert (found.precision, found.recall) == (None, None)


@pytest.mark.parametrize(("unseen", "yes", "no"), [(1, 1, 1), (7, 0.3, 2), (400, 5, 60), (50_000, 0.2, 30)])
def test_a_spread_has_the_mean_of_the_beta_binomial(unseen: int, yes: float, no: float) -> None:
    spread = unseen_relevant(unseen, yes, no)
    assert list(spread) == sorted(spread)
    assert sum(spread) / len(spread) == pytest.approx(unseen * yes / (yes + no), rel=0.06, abs=0.02)


def test_quantiles_of_a_sum_are_those_of_a_large_simulation() -> None:
    chance = random.Random(3)
    one, other = (tuple(sorted(chance.gauss(0, 1) for _ in range(80))) for _ in "ab")
    summed = combined(one, other, lambda a, b: a + b)
    drawn = sorted(chance.choice(one) + chance.choice(other) for _ in range(20_000))
    for share in (0.025, 0.5, 0.975):
        assert quantile(summed, share) == pytest.approx(drawn[int(share * len(drawn))], abs=0.15)


@pytest.mark.parametrize("change", [one for one in CHANGES if one])
def test_the_intervals_hold_the_truth_after_another_line_or_other_scores(change: str) -> None:
    found = cover(WORLDS["a month, poor scores"].populate, 40, 60, CHANGES[change])
    precision, recall, naive, _ = found.shares()
    assert found.runs >= 55
    assert min(precision, recall) >= 0.9
    assert naive < precision, "or the comparison shows nothing"


def test_the_intervals_hold_the_truth_where_the_usual_ones_fall_short() -> None:
    found = cover(WORLDS["a month, good scores"].populate, 40, 100)
    precision, recall, _, naive_recall = found.shares()
    assert found.runs == 100
    assert precision >= 0.93
    assert recall >= 0.93
    assert naive_recall < 0.9, "or the comparison shows nothing"
