"""A sample drawn earlier, counted as articles stand now."""

from __future__ import annotations

from tracker.evaluation import Estimate, Standing, counted, estimate
from tracker.model import ArticleId, Stratum

ABOVE = Stratum(
    name="just above", kept=True, low=0.5, high=0.7, mean=0.6, size=4,
    order=tuple(map(ArticleId, (1, 2, 3, 4))), drawn=4,
)  # fmt: skip
BELOW = Stratum(
    name="just below", kept=False, low=0.3, high=0.5, mean=0.4, size=8,
    order=tuple(map(ArticleId, range(11, 19))), drawn=8,
)  # fmt: skip
RELEVANT = {1, 2, 3, 11, 12}
VERDICTS = {ArticleId(one): one in RELEVANT for one in (*ABOVE.order, *BELOW.order)}


def standing(kept: set[int], passing: set[int] | None = None) -> dict[ArticleId, Standing]:
    passes = kept if passing is None else passing
    return {one: Standing(score=0.5, passes=one in passes, kept=one in kept) for one in VERDICTS}


def estimated(present: dict[ArticleId, Standing]) -> Estimate:
    return estimate([cell for one in (ABOVE, BELOW) for cell in counted(one, present, VERDICTS)])


def figures(found: Estimate) -> tuple[float, float]:
    assert found.precision is not None
    assert found.recall is not None
    return round(found.precision.value, 3), round(found.recall.value, 3)


def test_the_line_as_it_was_at_the_draw_keeps_its_figures() -> None:
    found = estimated(standing({1, 2, 3, 4}))
    assert (found.kept, found.below) == (4, 8)
    assert figures(found) == (0.75, 0.6)


def test_a_lower_line_has_its_own_precision_and_recall_by_the_same_judgements() -> None:
    found = estimated(standing({1, 2, 3, 4, 11, 12, 13, 14}))
    assert (found.kept, found.below, found.judged_kept, found.judged_below) == (8, 4, 8, 4)
    assert figures(found) == (0.625, 1.0)


def test_what_a_persons_word_has_moved_is_counted_where_it_stands() -> None:
    """All is judged and the past scored anew: what is kept is what was judged relevant."""
    found = estimated(standing(set(RELEVANT), passing={1, 2, 3, 4}))
    assert (found.kept, found.below, found.judged_kept, found.judged_below) == (5, 7, 5, 7)
    assert figures(found) == (1.0, 1.0)


def test_a_word_says_nothing_of_articles_that_were_not_judged() -> None:
    """Those of one score are alike: that the judged ones were put where they belong does not make the rest right."""
    words = {ArticleId(1): True, ArticleId(2): False}
    stratum = Stratum(
        name="just above", kept=True, low=0.5, high=0.7, mean=0.6, size=100,
        order=tuple(map(ArticleId, range(1, 101))), drawn=2,
    )  # fmt: skip
    present = {one: Standing(score=0.6, passes=True, kept=words.get(one, True)) for one in stratum.order}
    (cell,) = counted(stratum, present, words)
    assert (cell.kept, cell.size, cell.judged, cell.relevant, cell.moved) == (True, 100, 2, 1, 1)


def test_what_became_a_copy_since_is_left_out() -> None:
    present = standing({1, 2, 3, 4})
    del present[ArticleId(4)]
    found = estimated(present)
    assert (found.kept, found.below) == (3, 8)
    assert figures(found) == (1.0, 0.6)


def test_of_a_stratum_whose_order_was_cut_the_rest_is_like_what_is_known() -> None:
    stratum = Stratum(
        name="below", kept=False, low=0.1, high=0.3, mean=0.2, size=40,
        order=tuple(map(ArticleId, range(11, 19))), drawn=0,
    )  # fmt: skip
    cells = counted(stratum, standing({11, 12}), {})
    assert [(cell.kept, cell.size) for cell in cells] == [(True, 10), (False, 30)]
