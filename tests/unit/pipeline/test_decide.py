"""An entry's one fate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW, WATCH, entry, relevance
from tracker.model import ArticleId, FamilyId, Fate, Likeness, LikenessKind
from tracker.pipeline.decide import fate_of_article, is_too_old

ORIGINAL = Likeness(kind=LikenessKind.ORIGINAL)


def like(kind: LikenessKind) -> Likeness:
    return Likeness(kind=kind, of=ArticleId(1), family_id=FamilyId(1), similarity=0.9, reasons=("R1",))


@pytest.mark.parametrize(
    ("score", "likeness", "kept", "fate"),
    [
        (0.8, ORIGINAL, (), Fate.KEPT),
        (0.5, ORIGINAL, (), Fate.KEPT),
        (0.49, ORIGINAL, (), Fate.BELOW_THRESHOLD),
        (0.8, like(LikenessKind.RELATED), (WATCH,), Fate.KEPT),
        (0.8, like(LikenessKind.COPY), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.EXACT), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.TRUNCATED), (WATCH,), Fate.COPY),
        (0.8, like(LikenessKind.VERSION), (WATCH,), Fate.VERSION),
        (0.2, like(LikenessKind.VERSION), (WATCH,), Fate.VERSION),
        (0.8, like(LikenessKind.COPY), (), Fate.KEPT),
        (0.2, like(LikenessKind.COPY), (), Fate.COPY),
    ],
)
def test_likeness_comes_before_relevance_but_never_hides_the_first_that_passes(
    score: float, likeness: Likeness, kept: tuple[str, ...], fate: Fate
) -> None:
    found, note = fate_of_article(relevance(score=score), likeness, kept)  # type: ignore[arg-type]
    assert found is fate
    assert note


def test_only_a_first_poll_with_a_window_passes_over_old_entries() -> None:
    old = entry(published_at=NOW - timedelta(days=9))
    week = timedelta(days=7)
    assert is_too_old(old, backfill=week, first_poll=True, now=NOW)
    assert not is_too_old(old, backfill=week, first_poll=False, now=NOW)
    assert not is_too_old(old, backfill=None, first_poll=True, now=NOW)
    assert not is_too_old(entry(published_at=None), backfill=week, first_poll=True, now=NOW)
