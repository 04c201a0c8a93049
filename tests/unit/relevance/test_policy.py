"""Which weights a score is made with."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from tests.unit.relevance.samples import NEAR, profile, score
from tracker.relevance.policy import weights_of


@pytest.mark.parametrize("named", [True, False])
def test_no_measure_speaks_against_a_text_by_being_stronger(named: object) -> None:
    weights = asdict(weights_of(named=bool(named)))
    assert all(weight >= 0 for name, weight in weights.items() if name != "offset")


def test_without_topics_nothing_is_asked_of_them() -> None:
    assert weights_of(named=False).topics == 0 < weights_of(named=True).topics


def test_less_is_asked_of_a_text_where_the_seeds_lack_core_words_themselves() -> None:
    usual = profile()
    poorer = replace(usual, own=usual.own - 1)
    assert score(poorer, NEAR).score > score(usual, NEAR).score


def test_topics_decide_which_weights_are_used() -> None:
    def wording(**changed: object) -> float:
        reasons = score(profile(**changed), NEAR).reasons
        return next(reason.weight for reason in reasons if reason.kind == "wording")

    assert wording() != wording(topics=())
    assert wording(facets="off") == wording(facets="off")
    kinds = {reason.kind: reason.weight for reason in score(profile(facets="off"), NEAR).reasons}
    assert kinds["topics"] == 0
