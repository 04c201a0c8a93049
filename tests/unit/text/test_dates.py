"""Written dates, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.text.dates import parse_date

TEN = datetime(2025, 6, 2, 10, tzinfo=UTC)
MIDNIGHT = datetime(2025, 6, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        ("Mon, 02 Jun 2025 10:00:00 GMT", TEN),
        ("Mon, 2 Jun 25 10:00 UT", TEN),
        ("Mon, 02 Jun 2025 12:00:00 +0200", TEN),
        ("Mon, 02 Jun 2025 05:00:00 EST", TEN),
        ("Mon, 02 Jun 2025 12:00:00 CEST", TEN),
        ("Mon, 02 Jun 2025 12:00:00 GMT+02:00", TEN),
        ("Mon, 02 Jun 2025 10:00:00 XYZ", TEN),
        ("Mon, 02 Jun 2025 10:00:00", TEN),
        ("Mon Jun  2 10:00:00 2025", TEN),
        ("Monday, June 2, 2025 10:00 AM", TEN),
        ("02 Jun 2025 10:00:00 pm", datetime(2025, 6, 2, 22, tzinfo=UTC)),
        ("lun, 02 junio 2025 10:00:00 GMT", TEN),
        ("02 juin 2025 10:00:00", TEN),
        ("2 Jun 2025", MIDNIGHT),
        ("June 2, 2025", MIDNIGHT),
        ("2025-06-02T10:00:00Z", TEN),
        ("2025-06-02T12:00:00+02:00", TEN),
        ("2025-06-02 12:00:00.123 +0200", TEN),
        ("2025-06-02T12:00+02", TEN),
        ("2025/6/2 10:00", TEN),
        ("2025-06-02", MIDNIGHT),
        ("20250602", MIDNIGHT),
        ("20250602T100000Z", TEN),
        ("2025年6月2日 10:00", TEN),
        (" \n2025-06-02\n ", MIDNIGHT),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2025-06-02T10:00:00+99:99", TEN),
    ],
)
def test_a_date_as_feeds_and_pages_write_it_is_read_into_utc(raw, instant):
    assert parse_date(raw) == instant


@pytest.mark.parametrize(
    "raw",
    [
        "", "yesterday", "0000-00-00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "-0001-01-01",
        "2024-02-30T00:00:00Z", "Thu, 30 Feb 2023 10:00:00 GMT", "Mon, 32 Jan 2025 25:61:61 +9999", "1748858400000", "1748858400",
        "2025-W23-1", "2025-13-01", "2025", "2025-06", "9" * 5000, "Mon, 02 Jun 2025 10:00:00 " + "+" * 5000, "(((", "Mon,", "a:b:c",
        "Mon, 01 Jan 0001 00:00:00 +1400", "1-January-0001 00:00:00",
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_is_no_date(raw):
    assert parse_date(raw) is None


@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(
                ["Mon,", "02", "Jun", "2025", "10:00:00", "+0200", "-", ":", "٣", "²", "GMT", "年", "pm"]
            )
        ).map(" ".join),
    )
)
def test_whatever_is_written_reading_it_raises_nothing(raw):
    read = parse_date(raw)
    assert read is None or read.year >= 1990
