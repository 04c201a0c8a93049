"""Which constants a score is made with."""

from __future__ import annotations

import pytest

from tests.unit.relevance.samples import NEAR, profile, score, seeds
from tracker.relevance.policy import calibration_of


def test_each_mode_and_one_seed_or_several_have_constants_of_their_own() -> None:
    chosen = {
        calibration_of(facets=facets, named=named, seeds=count)
        for facets, named in ((True, True), (False, True), (False, False))
        for count in (1, 2)
    }
    assert len(chosen) == 6
    assert calibration_of(facets=True, named=False, seeds=3) == calibration_of(
        facets=True, named=True, seeds=5
    )


@pytest.mark.parametrize("facets", ["on", "off"])
def test_beyond_eight_seeds_the_number_no_longer_raises_the_bar(facets: str) -> None:
    def wording_weight(count: int) -> float:
        reasons = score(profile(seeds=seeds(count), facets=facets), NEAR).reasons
        return next(reason.weight for reason in reasons if reason.kind == "wording")

    assert wording_weight(8) - wording_weight(32) < 0.2
