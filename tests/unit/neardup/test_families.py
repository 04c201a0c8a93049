"""Which articles must be found by themselves."""

from __future__ import annotations

import pytest

from tests.unit.neardup.samples import POLICY
from tracker.model import ArticleId, FamilyId, Likeness, LikenessKind
from tracker.neardup.families import is_worth_indexing


def link(kind: LikenessKind, similarity: float = 0.9) -> Likeness:
    return Likeness(kind=kind, of=ArticleId(3), family_id=FamilyId(3), similarity=similarity)


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
