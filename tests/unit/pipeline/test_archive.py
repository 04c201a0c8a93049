"""An archive's rows as drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOW
from tracker.pipeline.archive import archive_draft
from tracker.pipeline.ingest import Draft

ROW = {"id": "a1", "url": "https://example.org/a?utm_source=x", "title": "A title", "text": "A text."}


def test_a_row_becomes_an_article_under_its_canonical_address() -> None:
    draft = archive_draft(
        {**ROW, "lang": "es", "outlet": "Times", "published": "2026-11-01T10:00:00-05:00"}, NOW
    )
    assert isinstance(draft, Draft)
    assert draft.article is not None
    article = draft.article
    assert (article.canonical_url, article.external_id) == ("https://example.org/a", "a1")
    assert (article.language, article.outlet, article.text) == ("es", "Times", "A text.")
    assert article.published_at == datetime(2026, 11, 1, 15, tzinfo=UTC)


def test_a_date_in_the_future_is_drawn_to_now() -> None:
    draft = archive_draft({**ROW, "published": (NOW + timedelta(days=3)).isoformat()}, NOW)
    assert isinstance(draft, Draft)
    assert draft.article is not None
    assert draft.article.published_at == NOW


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"id": "a"}, "neither title nor text"),
        ({"title": "t", "url": "mailto:x"}, "neither a usable url nor an id"),
        ({**ROW, "published": "soon"}, "published is 'soon', which is no date from 1990 on"),
        (
            {**ROW, "published": "0001-01-01T00:00:00+14:00"},
            "published is '0001-01-01T00:00:00+14:00', which",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: dict[str, object], problem: str) -> None:
    found = archive_draft(row, NOW)
    assert isinstance(found, str)
    assert found.startswith(problem)


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    draft = archive_draft({**ROW, "title": "a\ud83d"}, NOW)
    assert isinstance(draft, Draft)
    assert draft.entry.title == "a?"


def test_a_title_is_as_long_as_a_feeds_at_most_and_loses_no_text() -> None:
    """Every passage is read with the title before it: one of a megabyte would be read for minutes."""
    draft = archive_draft({**ROW, "title": "b" * 100_000}, NOW)
    bare = archive_draft({"id": "a", "title": "b" * 1_000}, NOW)
    assert isinstance(draft, Draft)
    assert isinstance(bare, Draft)
    assert draft.article is not None
    assert bare.article is not None
    assert [len(one) for one in (draft.entry.title, draft.article.title, bare.article.text)] == [
        300,
        300,
        1_000,
    ]
