"""What judgements move."""

from __future__ import annotations

import math

import pytest

from tests.unit.relevance.samples import NEAR, profile, score
from tracker.model import Relevance, Verdict
from tracker.relevance import NOTHING_JUDGED, Judged, learn_from

COMPILED = profile()
MISSED = (
    "Peru weighs a salt tax",
    "The ministry of finance in Peru studied a tax on salt. Battery makers objected.",
)
HIGH, LOW = score(COMPILED, NEAR), score(COMPILED, MISSED)
YES, NO = Verdict.RELEVANT, Verdict.IRRELEVANT


def test_nothing_judged_changes_nothing() -> None:
    assert learn_from([]) == NOTHING_JUDGED
    assert learn_from([(HIGH, Verdict.NOT_DUPLICATE)]) == NOTHING_JUDGED


def test_a_missed_article_lowers_the_bar_and_a_false_alarm_raises_it() -> None:
    assert learn_from([(LOW, YES)]).shift > 0.3
    assert learn_from([(HIGH, NO)]).shift < -0.3


def test_verdicts_that_agree_with_the_score_move_little() -> None:
    assert abs(learn_from([(HIGH, YES), (LOW, NO)]).shift) < 0.35


def test_many_verdicts_move_further_than_one_but_stay_bounded() -> None:
    one, many = learn_from([(HIGH, NO)]).shift, learn_from([(HIGH, NO)] * 200).shift
    assert many < one
    assert many >= -10


@pytest.mark.parametrize(
    "verdicts", [[(LOW, YES)] * 3, [(HIGH, NO)] * 5, [(LOW, YES)] * 40 + [(HIGH, NO)] * 40]
)
def test_the_shift_is_where_the_verdicts_are_likeliest(verdicts: list[tuple[Relevance, Verdict]]) -> None:
    def worth(shift: float) -> float:
        chances = []
        for relevance, verdict in verdicts:
            log_odds = sum(reason.weight for reason in relevance.reasons) + shift
            chances.append(-math.log1p(math.exp(-log_odds if verdict is YES else log_odds)))
        return sum(chances) - shift**2 / 2

    best = learn_from(verdicts).shift
    assert worth(best) >= max(worth(best - 0.01), worth(best + 0.01)) - 1e-9


def test_a_shift_that_was_in_a_score_is_not_learned_twice() -> None:
    judged = Judged(shift=1.5, relevant=3)
    shifted = score(COMPILED, MISSED, judged=judged)
    assert learn_from([(shifted, YES)]).shift == pytest.approx(learn_from([(LOW, YES)]).shift)


def test_the_number_of_verdicts_is_kept_for_the_explanation() -> None:
    judged = learn_from([(HIGH, YES), (HIGH, YES), (LOW, NO)])
    assert (judged.relevant, judged.irrelevant) == (2, 1)
