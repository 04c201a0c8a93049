"""Which constants a score is made with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.relevance.samples import NEAR, profile, score
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
    """The same profile with its seeds copied: only the number of seeds differs."""
    compiled = profile(facets=facets)

    def wording_weight(times: int) -> float:
        lengths = compiled.wording.lengths * times
        many = replace(
            compiled, seeds=compiled.seeds * times, wording=replace(compiled.wording, lengths=lengths)
        )
        return next(reason.weight for reason in score(many, NEAR).reasons if reason.kind == "wording")

    assert wording_weight(1) > wording_weight(2) > wording_weight(20) - 0.02
    assert wording_weight(2) - wording_weight(20) < 0.02
