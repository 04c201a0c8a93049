"""Which of the dates is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.articles import choose_published
from tracker.model import DateConfidence

SEEN = datetime(2025, 6, 2, 12, tzinfo=UTC)
FEED = datetime(2025, 6, 2, 9, 30, tzinfo=UTC)
NEAR = FEED - timedelta(hours=3)
FAR = FEED - timedelta(days=40)
HIGH, MEDIUM, LOW, NONE = DateConfidence.HIGH, DateConfidence.MEDIUM, DateConfidence.LOW, DateConfidence.NONE


@pytest.mark.parametrize(
    ("feed_at", "page_at", "url_date", "chosen", "confidence"),
    [
        (None, None, None, None, NONE),
        (FEED, None, None, FEED, MEDIUM),
        (None, FEED, None, FEED, MEDIUM),
        (FEED, NEAR, None, FEED, HIGH),
        (FEED, None, FEED.date(), FEED, HIGH),
        (FEED, None, FEED.date() + timedelta(days=1), FEED, HIGH),
        (datetime(2025, 6, 2, tzinfo=UTC), FEED, None, FEED, HIGH),
        (FEED, FAR, None, FEED, LOW),
        (FEED, FAR, FEED.date(), FEED, MEDIUM),
        (FEED, FAR, FAR.date(), FAR, MEDIUM),
        (FEED, None, FAR.date(), FEED, LOW),
        (None, None, date(2025, 6, 1), datetime(2025, 6, 1, tzinfo=UTC), LOW),
        (None, None, date(2025, 7, 1), None, NONE),
        (SEEN + timedelta(hours=5), None, None, SEEN, LOW),
        (SEEN + timedelta(days=400), None, None, None, NONE),
        (SEEN + timedelta(days=400), FEED, None, FEED, MEDIUM),
        (datetime(1970, 1, 1, tzinfo=UTC), FEED, None, FEED, MEDIUM),
        (datetime(9999, 12, 31, tzinfo=UTC), None, FEED.date(), datetime(2025, 6, 2, tzinfo=UTC), LOW),
    ],
)
def test_sources_that_agree_are_believed_and_impossible_ones_are_not(
    feed_at, page_at, url_date, chosen, confidence
):
    assert choose_published(feed_at, page_at, url_date, SEEN)[:2] == (chosen, confidence)


def test_what_was_odd_is_said():
    assert choose_published(FEED, NEAR, FEED.date(), SEEN)[2] == ""
    assert "cannot be" in choose_published(SEEN + timedelta(days=400), None, None, SEEN)[2]
    assert "the page 2025-04-23" in choose_published(FEED, FAR, None, SEEN)[2]
    assert "ahead" in choose_published(SEEN + timedelta(hours=5), None, None, SEEN)[2]
    assert "address says" in choose_published(FEED, None, FAR.date(), SEEN)[2]
