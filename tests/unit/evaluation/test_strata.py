"""What is drawn to be judged, and with what chance."""

from __future__ import annotations

import random
from collections import Counter

from tracker.evaluation import draw_more, draw_strata
from tracker.model import ArticleId

ROWS = [(ArticleId(number), number / 1000, 0.5) for number in range(1, 1000)]


def test_strata_part_all_articles_by_their_distance_from_the_line() -> None:
    strata = draw_strata(ROWS, random.Random(1).shuffle)
    assert [one.name for one in strata] == ["well above", "just above", "just below", "below", "far below"]
    assert [one.kept for one in strata] == [True, True, False, False, False]
    assert sum(one.size for one in strata) == len(ROWS)
    assert all(one.low <= one.mean <= one.high for one in strata)
    assert strata[1].low == 0.5


def test_a_kept_article_is_never_among_those_below_whatever_its_line() -> None:
    strata = draw_strata([(ArticleId(1), 0.3, 0.25), (ArticleId(2), 0.3, 0.35)], random.Random(1).shuffle)
    assert [(one.kept, one.order) for one in strata] == [(True, (1,)), (False, (2,))]


def test_drawing_more_adds_to_what_was_drawn_until_nothing_is_left() -> None:
    strata = draw_strata(ROWS[:400], random.Random(1).shuffle)
    few = draw_more(strata, 10)
    more = draw_more(few, 10)
    assert sum(one.drawn for one in few) == 10
    assert all(a.drawn <= b.drawn for a, b in zip(few, more, strict=True))
    assert draw_more(few, 10) == draw_more(strata, 20)
    everything = draw_more(strata, 5000)
    assert all(one.drawn == len(one.order) for one in everything)


def test_every_stratum_is_looked_into() -> None:
    drawn = draw_more(draw_strata(ROWS, random.Random(1).shuffle), 20)
    assert [one.drawn for one in drawn] == [4, 4, 5, 4, 3]


def test_each_article_of_a_stratum_has_the_same_chance() -> None:
    rows = [(ArticleId(number), 0.45, 0.5) for number in range(1, 21)]
    seen: Counter[ArticleId] = Counter()
    for seed in range(2000):
        (stratum,) = draw_more(draw_strata(rows, random.Random(seed).shuffle), 5)
        seen.update(stratum.order[: stratum.drawn])
    assert set(seen) == {number for number, _, _ in rows}
    assert all(400 <= count <= 600 for count in seen.values()), "expected: 500"
