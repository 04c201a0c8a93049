"""What a watch's page tells: coverage, the scores around the line, and what another line would move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.app.coverage import coverage_of, crossing_of, histogram_of
from tracker.model import ArticleId, EntryId, Piece, Scored

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def piece(kind: str = "report", outlet: str = "Wire", topic: str = "fentanyl", days: int = 0) -> Piece:
    return Piece(at=NOW - timedelta(days=days), outlet=outlet, kind=kind, topics=((topic, 0.9), ("x", 0.1)))


def scored(number: int, score: float, *, kept: bool) -> Scored:
    return Scored(EntryId(number), ArticleId(number), kept, score)


def test_coverage_counts_days_outlets_and_what_it_was_made_of() -> None:
    found = coverage_of(
        [piece(), piece("copy", "Star"), piece("exact", "Star"), piece("version"), piece("same page"),
         piece(days=3, topic="working group")], UTC,
    )  # fmt: skip
    assert (found.reports, found.copies, found.versions, found.pages) == (2, 2, 1, 1)
    assert found.copy_share == pytest.approx(2 / 5)
    assert [(one.name, one.pieces, one.reports) for one in found.outlets] == [("Wire", 4, 2), ("Star", 2, 0)]
    assert found.timeline.totals == (1, 0, 0, 5)
    assert {one.label: one.total for one in found.timeline.series} == {"fentanyl": 5, "working group": 1}


def test_nothing_kept_has_no_share_and_no_days() -> None:
    found = coverage_of([], UTC)
    assert found.copy_share is None
    assert found.timeline.days == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_a_histogram_loses_nothing(rows: list[tuple[float, bool]]) -> None:
    histogram = histogram_of([scored(n, score, kept=kept) for n, (score, kept) in enumerate(rows)], 30)
    assert histogram.total == len(rows)
    assert sum(bar.kept for bar in histogram.bars) == sum(kept for _, kept in rows)
    for low, above in ((bar.low, bar.above) for bar in histogram.bars):
        assert above == pytest.approx(sum(score >= low for score, _ in rows), abs=sum(abs(s - low) < 1e-9 for s, _ in rows))  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())), st.floats(0, 1), st.sets(st.integers(0, 5)))
def test_a_line_moves_just_who_stands_on_its_wrong_side(
    rows: list[tuple[float, bool]], line: float, judged: set[int]
) -> None:
    every = sorted((scored(n, s, kept=k) for n, (s, k) in enumerate(rows)), key=lambda one: one.score)
    found = crossing_of(every, line, {ArticleId(one) for one in judged})
    assert set(found.entering) == {
        one.entry_id
        for one in every
        if not one.is_kept and one.score >= line and one.article_id not in judged
    }
    assert set(found.leaving) == {
        one.entry_id for one in every if one.is_kept and one.score < line and one.article_id not in judged
    }
    by_id = {one.entry_id: one.score for one in every}
    best = [by_id[one] for one in found.entering]
    assert best == sorted(best, reverse=True)
    kept = sum(one.is_kept for one in every)
    assert found.passing == kept + len(found.entering) - len(found.leaving)
