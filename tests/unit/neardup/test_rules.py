"""Each rule on both sides of its line, one figure changed at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.neardup.samples import POLICY
from tracker.neardup.features import Overlap, PairFeatures
from tracker.neardup.rules import agreement, little_in_common, objection, similarity

COPY = PairFeatures(
    shared=280,
    new_size=300,
    old_size=300,
    own_share=1.0,
    lead=0.9,
    start=0.9,
    title=90.0,
    titles_meet=True,
    has_other_title_numbers=False,
    agreeing=10,
    differing=0,
    examples=(),
    numbers=3,
    numbers_shared=3,
    number_density=0.01,
    gap=timedelta(hours=2),
)
SHORT = {"shared": 45, "new_size": 50, "old_size": 50}
LATE = {"gap": timedelta(hours=18)}
MIDDLE = {"shared": 195, "old_size": 600}  # containment 0.65, Jaccard 0.28
DIGEST = {"shared": 290, "old_size": 1000}  # ratio 0.30
TABLE = {"numbers": 6, "number_density": 0.08}


def objected(**changed: Any) -> str | None:
    words = objection(replace(COPY, **changed), POLICY)
    return words[:2] if words else None


def test_a_plain_copy_meets_no_objection() -> None:
    assert little_in_common(COPY, POLICY) is None
    assert objection(COPY, POLICY) is None
    assert objection(replace(COPY, gap=None), POLICY) is None


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (Overlap(shared=180, new_size=300, old_size=900, own_share=1.0), None),
        (
            Overlap(shared=179, new_size=300, old_size=900, own_share=1.0),
            "R1 too little in common: containment 0.60",
        ),
        (Overlap(shared=8, new_size=9, old_size=9, own_share=1.0), None),
        (
            Overlap(shared=7, new_size=7, old_size=7, own_share=1.0),
            "R1 too little in common: containment 1.00, 7 word",
        ),
        (
            Overlap(shared=50, new_size=50, old_size=50, own_share=0.32),
            "R1 mostly what the site prints everywhere: 0.32",
        ),
        (Overlap(shared=50, new_size=50, old_size=50, own_share=0.33), None),
        (Overlap(shared=0, new_size=0, old_size=0, own_share=0.5), "R1 too little in common"),
    ],
)
def test_r1_asks_for_enough_in_common(overlap: Overlap, expected: str | None) -> None:
    words = little_in_common(overlap, POLICY)
    assert words == expected or (words is not None and expected is not None and words.startswith(expected))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({**SHORT, "titles_meet": False}, "R2"),
        ({**SHORT, "title": 20, "titles_meet": True}, None),
        ({"shared": 55, "new_size": 60, "titles_meet": False}, None),
    ],
)
def test_r2_asks_short_texts_for_a_like_title(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"differing": 2, "agreeing": 3}, "R3"),
        ({"differing": 2, "agreeing": 4}, None),
        ({"differing": 1, "agreeing": 1}, None),
        ({"differing": 1, "agreeing": 7, **LATE}, "R3"),
        ({"differing": 1, "agreeing": 8, **LATE}, None),
        ({"differing": 1, "agreeing": 7, "gap": timedelta(hours=17)}, None),
        ({"differing": 1, "agreeing": 7, "gap": None}, None),
        ({"differing": 1, "agreeing": 7, **LATE, "shared": 298}, None),
        ({"differing": 1, "agreeing": 30, **LATE, "has_other_title_numbers": True, "title": 70}, "R3"),
        ({"differing": 1, "agreeing": 30, **LATE, "has_other_title_numbers": True, "title": 69}, None),
        ({"differing": 0, "agreeing": 30, **LATE, "has_other_title_numbers": True, "title": 100}, None),
        ({"differing": 1, "agreeing": 4, "has_other_title_numbers": True, "title": 80}, "R3"),
        ({"differing": 1, "agreeing": 4, "has_other_title_numbers": True, "title": 79}, None),
        ({"differing": 1, "agreeing": 2, "shared": 70, "new_size": 79, "gap": timedelta(hours=1)}, "R3"),
        ({"differing": 1, "agreeing": 2, "shared": 70, "new_size": 79, "gap": timedelta(minutes=59)}, None),
        ({"differing": 1, "agreeing": 2, "shared": 70, "new_size": 80, "gap": timedelta(hours=1)}, None),
        ({"differing": 1, "agreeing": 3, "shared": 70, "new_size": 79, "gap": timedelta(hours=1)}, None),
    ],
)
def test_r3_keeps_reports_of_one_form_apart(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({**TABLE, "numbers_shared": 2}, "R4"),
        ({**TABLE, "numbers_shared": 3}, None),
        ({**TABLE, "numbers_shared": 4, **LATE}, "R4"),
        ({**TABLE, "numbers_shared": 5, **LATE}, None),
        ({**TABLE, "numbers": 5, "numbers_shared": 0}, None),
        ({**TABLE, "number_density": 0.07, "numbers_shared": 0}, None),
    ],
)
def test_r4_keeps_tables_with_other_figures_apart(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"lead": 0.39, "shared": 260}, "R5"),
        ({"lead": 0.40, "shared": 260}, None),
        ({"lead": 0.0, "shared": 280}, None),
        ({"lead": 0.59, "shared": 260, "titles_meet": False}, "R5"),
        ({"lead": 0.60, "shared": 260, "titles_meet": False}, None),
    ],
)
def test_r5_keeps_texts_apart_that_share_only_a_footer(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({**DIGEST, "start": 0.49, "title": 79}, "R6"),
        ({**DIGEST, "start": 0.50, "title": 0}, None),
        ({**DIGEST, "start": 0.0, "title": 80}, None),
        ({**DIGEST, "old_size": 850, "start": 0.0, "title": 0}, None),
    ],
)
def test_r6_keeps_a_digest_apart_from_its_parts(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({**MIDDLE, "title": 59, "start": 0.49}, "R7"),
        ({**MIDDLE, "title": 60, "start": 0.49}, None),
        ({**MIDDLE, "title": 0, "start": 0.50}, None),
        ({**MIDDLE, "title": 0, "start": 0.0, "old_size": 480}, None),
        ({**MIDDLE, "title": 0, "start": 0.0, "shared": 210}, None),
        ({"shared": 224, "gap": timedelta(days=10)}, "R7"),
        ({"shared": 225, "gap": timedelta(days=10)}, None),
        ({"shared": 224, "gap": timedelta(days=9)}, None),
    ],
)
def test_r7_asks_the_middle_band_for_one_more_sign(changed: dict[str, Any], expected: str | None) -> None:
    assert objected(**changed) == expected


def test_an_objection_gives_its_figures_and_examples() -> None:
    words = objection(
        replace(COPY, differing=3, agreeing=2, examples=(("72", "58"), ("may", "june"))), POLICY
    )
    assert (
        words == 'R3 another report of the same form: 3 of 5 facts differ ("72" for "58", "may" for "june")'
    )


def test_an_agreement_can_be_read_by_a_person() -> None:
    assert (
        agreement(COPY)
        == "R1 containment 0.93 of the shorter text's word runs, 280 shared; 0 of 10 facts differ"
    )


@pytest.mark.parametrize(
    ("shared", "new", "old", "expected"),
    [(300, 300, 300, 1.0), (300, 300, 400, 0.9), (300, 300, 1000, 0.8), (200, 300, 300, 0.6), (0, 0, 0, 0.0)],
)
def test_similarity_ranks_equal_texts_first_and_parts_last(
    shared: int, new: int, old: int, expected: float
) -> None:
    overlap = Overlap(shared=shared, new_size=new, old_size=old, own_share=1.0)
    assert similarity(overlap, POLICY) == pytest.approx(expected, abs=0.001)
