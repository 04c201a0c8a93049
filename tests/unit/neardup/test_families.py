"""Which family, which lead, and who must be found by himself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, article
from tests.unit.neardup.samples import POLICY
from tracker.model import ArticleId, FamilyId, Likeness, LikenessKind, StoredArticle, TextGrade
from tracker.neardup.families import choose_lead, is_worth_indexing, join_family


def link(kind: LikenessKind, similarity: float = 0.9) -> Likeness:
    return Likeness(kind=kind, of=ArticleId(3), family_id=FamilyId(3), similarity=similarity)


def member(number: int, hours: int, kind: LikenessKind = LikenessKind.COPY, **changed: Any) -> StoredArticle:
    return StoredArticle(
        id=ArticleId(number),
        family_id=FamilyId(1),
        revision=0,
        article=article(**changed),
        first_seen_at=NOW + timedelta(hours=hours),
        likeness=link(kind),
    )


@pytest.mark.parametrize("kind", list(LikenessKind))
def test_duplicates_join_the_family_of_their_match_and_others_found_one(kind: LikenessKind) -> None:
    expected = 8 if kind in {LikenessKind.ORIGINAL, LikenessKind.RELATED} else 3
    assert join_family(ArticleId(8), link(kind)) == expected


def test_the_first_whole_text_speaks_for_a_family() -> None:
    teaser = member(1, 0, LikenessKind.ORIGINAL, grade=TextGrade.TEASER)
    cut, whole, late = member(2, 1, LikenessKind.TRUNCATED), member(3, 2, LikenessKind.VERSION), member(4, 3)
    assert choose_lead([late, cut, whole, teaser]).id == 3
    assert choose_lead([cut, teaser]).id == 1
    assert choose_lead([member(6, 0), member(5, 0)]).id == 5


@pytest.mark.parametrize(
    ("likeness", "expected"),
    [
        (Likeness(kind=LikenessKind.ORIGINAL), True),
        (link(LikenessKind.RELATED, 0.99), True),
        (link(LikenessKind.EXACT, 1.0), False),
        (link(LikenessKind.COPY, 0.95), False),
        (link(LikenessKind.COPY, 0.94), True),
        (link(LikenessKind.TRUNCATED, 0.8), True),
    ],
)
def test_only_what_adds_to_its_family_is_indexed(likeness: Likeness, *, expected: bool) -> None:
    assert is_worth_indexing(likeness, POLICY) is expected
