"""When a digest is due, case by case; all zones and clock changes are `tests/property/test_clock.py`."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tracker.digest import dates_covered, due_period
from tracker.model import Period

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at_utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def ticked(zone_name: str, at: time, start: datetime, end: datetime, step: timedelta) -> list[Period]:
    """Ask at every tick and take the digest when it is due, as the daemon does."""
    sent: list[Period] = []
    last = start - timedelta(microseconds=1)
    now = start
    while now < end:
        if (period := due_period(now, zone_name, at, EVERY_DAY, last)) is not None:
            sent.append(period)
            last = period.to_at
        now += step
    return sent


def test_the_recorded_spans_have_the_recorded_number_of_digests(shared):
    path = shared / "data" / "hostile" / "clock.json"
    if not path.exists():
        pytest.skip("clock.json is not among the evaluation data")
    for row in json.loads(path.read_text()):
        if "span" not in row:
            continue
        zone = ZoneInfo(row["tz"])
        first, last = (date.fromisoformat(day) for day in row["span"].split(".."))
        start = datetime.combine(first, time(0), tzinfo=zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
        step = timedelta(minutes=1 if (last - first).days < 10 else 30)
        sent = ticked(row["tz"], time.fromisoformat(row["at"]), start, end, step)
        assert len(sent) == row["digests"], row


def test_a_skipped_clock_time_is_served_within_the_hour_after_and_once():
    sent = ticked(
        "America/New_York", time(2, 30), at_utc(2026, 3, 8, 5), at_utc(2026, 3, 9, 5), timedelta(minutes=1)
    )
    assert [p.to_at for p in sent] == [at_utc(2026, 3, 8, 7, 30)]


def test_of_two_equal_clock_times_the_first_counts():
    sent = ticked(
        "America/New_York", time(1, 30), at_utc(2026, 11, 1, 4), at_utc(2026, 11, 2, 5), timedelta(minutes=1)
    )
    assert [p.to_at for p in sent] == [at_utc(2026, 11, 1, 5, 30)]


def test_a_date_that_a_zone_left_out_has_no_digest():
    sent = ticked(
        "Pacific/Apia", time(7, 30), at_utc(2011, 12, 29, 10), at_utc(2011, 12, 31, 10), timedelta(hours=1)
    )
    assert [p.to_at.astimezone(ZoneInfo("Pacific/Apia")).day for p in sent] == [29, 31]


def test_a_weekly_digest_of_a_date_that_was_left_out_waits_for_its_next_date():
    friday = at_utc(2011, 12, 23, 17, 30)
    for hours in range(1, 7 * 24 + 12):
        now = friday + timedelta(hours=hours)
        assert due_period(now, "Pacific/Apia", "07:30", ("fri",), friday) is None, now


def test_after_nine_days_asleep_one_digest_covers_them_all():
    last, now = at_utc(2026, 11, 1, 7, 30), at_utc(2026, 11, 10, 9, 0)
    period = due_period(now, "UTC", "07:30", EVERY_DAY, last)
    assert period == Period(from_at=last, to_at=now)
    assert dates_covered(period, "UTC") == tuple(date(2026, 11, day) for day in range(2, 11))
    assert due_period(now + timedelta(minutes=1), "UTC", "07:30", EVERY_DAY, now) is None


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-1), timedelta(days=-40)])
def test_a_clock_set_back_sends_nothing_again(jump):
    last = at_utc(2026, 11, 22, 7, 30, 5)
    assert due_period(last + jump, "Europe/Berlin", "08:30", EVERY_DAY, last) is None


@pytest.mark.parametrize("jump", [timedelta(hours=25), timedelta(days=40)])
def test_a_clock_set_forward_sends_one_digest_from_where_the_last_ended(jump):
    last = at_utc(2026, 11, 22, 7, 30, 5)
    period = due_period(last + jump, "UTC", "07:30", EVERY_DAY, last)
    assert period == Period(from_at=last, to_at=last + jump)
    assert due_period(last + jump + timedelta(seconds=20), "UTC", "07:30", EVERY_DAY, period.to_at) is None


def test_windows_touch_and_never_overlap_when_the_zone_setting_changes():
    last, sent = at_utc(2026, 11, 20, 7, 30), []
    now = last
    while now < at_utc(2026, 11, 25):
        zone = "UTC" if now < at_utc(2026, 11, 22, 12) else "Asia/Tokyo"
        if (period := due_period(now, zone, "07:30", EVERY_DAY, last)) is not None:
            sent.append(period)
            last = period.to_at
        now += timedelta(minutes=10)
    assert all(before.to_at == after.from_at for before, after in pairwise(sent))
    per_date = Counter(p.to_at.astimezone(ZoneInfo("Asia/Tokyo")).date() for p in sent)
    assert set(per_date.values()) == {1}


def test_only_the_chosen_weekdays_have_a_digest():
    last, sent = at_utc(2026, 11, 1), []
    for hour in range(24 * 28):
        now = at_utc(2026, 11, 1) + timedelta(hours=hour)
        if (period := due_period(now, "UTC", time(7, 30), ("mon", "fri"), last)) is not None:
            sent.append(period)
            last = period.to_at
    assert [p.to_at.strftime("%a") for p in sent] == ["Mon", "Fri"] * 4
    assert due_period(at_utc(2026, 11, 1), "UTC", "07:30", (), None) is None


def test_without_a_last_window_it_begins_at_the_due_time_before():
    period = due_period(at_utc(2026, 11, 22, 9), "UTC", "07:30", EVERY_DAY, None)
    assert period == Period(from_at=at_utc(2026, 11, 21, 7, 30), to_at=at_utc(2026, 11, 22, 9))


def test_a_daily_window_covers_one_date_and_a_window_inside_a_date_that_date():
    daily = Period(from_at=at_utc(2026, 11, 21, 12, 30), to_at=at_utc(2026, 11, 22, 12, 30))
    assert dates_covered(daily, "America/New_York") == (date(2026, 11, 22),)
    short = Period(from_at=at_utc(2026, 11, 22, 12), to_at=at_utc(2026, 11, 22, 13))
    assert dates_covered(short, "America/New_York") == (date(2026, 11, 22),)
