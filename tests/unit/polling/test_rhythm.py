"""What a feed's entries teach: its rhythm, gaps, republishing, emptiness and a wrong clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, MINUTE, POLICY, after, document, wait
from tracker.model import FeedState
from tracker.polling import without_offset

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def lived(hours_of_day: range, days: range, weeks: int = 6) -> FeedState:
    """A feed polled every hour that brings an entry at half past these hours on these weekdays."""
    state = FeedState()
    start = MONDAY - timedelta(weeks=weeks)
    for hour in range(weeks * 168):
        at = start + hour * HOUR
        arrived = at - 30 * MINUTE
        is_new = arrived.hour in hours_of_day and arrived.weekday() in days
        shown = document(new=int(is_new), known=20, arrived_at=(arrived,) if is_new else ())
        state = after(state, polled_at=at, sighting=shown)
    return state


OFFICE = lived(range(8, 18), range(5))


def test_a_busy_hour_is_looked_at_often() -> None:
    noon = MONDAY + 12 * HOUR
    shown = document(new=1, known=20, arrived_at=(noon,))
    assert wait(OFFICE, polled_at=noon, sighting=shown) <= HOUR


def test_a_quiet_night_and_a_quiet_weekend_are_slept_over_within_the_bounds() -> None:
    night, saturday = MONDAY + 20 * HOUR, MONDAY + 5 * DAY
    state = after(OFFICE, polled_at=night - 2 * HOUR, sighting=document(new=1, known=20))
    assert wait(state, polled_at=night, not_modified=True) >= 4 * HOUR
    friday = after(OFFICE, polled_at=saturday - 6 * HOUR, sighting=document(new=1, known=20))
    assert wait(friday, polled_at=saturday, not_modified=True) == POLICY.living_interval


def test_a_feed_of_rare_news_is_not_left_alone_for_longer_than_the_living_interval() -> None:
    monthly = after(
        FeedState(), sighting=document(new=9, arrived_at=tuple(NOW - 30 * DAY * n for n in range(9)))
    )
    assert wait(monthly, polled_at=NOW + 5 * DAY, not_modified=True) == POLICY.living_interval
    assert wait(monthly, polled_at=NOW + 15 * DAY, not_modified=True) == 12 * HOUR


def test_a_feed_that_died_is_slowly_left_alone() -> None:
    waits = [
        wait(OFFICE, polled_at=MONDAY + days * DAY + 9 * HOUR, not_modified=True) for days in (1, 7, 70, 700)
    ]
    assert waits == sorted(waits)
    assert waits[-1] >= POLICY.max_interval / 1.1


def test_a_feed_that_woke_up_is_followed_again_after_a_day_of_news() -> None:
    state, at = OFFICE, MONDAY + 400 * DAY
    for hour in range(24):
        polled = at + hour * HOUR
        state = after(state, polled_at=polled, sighting=document(new=3, known=20, arrived_at=(polled,)))
    assert wait(state, polled_at=at + 24 * HOUR, not_modified=True) <= 3 * HOUR


def test_the_dates_of_a_first_document_are_the_feeds_recent_history() -> None:
    busy = tuple(NOW - 20 * MINUTE * n for n in range(1, 40))
    slow = tuple(NOW - 5 * DAY * n for n in range(1, 20))
    first = [
        after(FeedState(), sighting=document(new=len(times), arrived_at=times)) for times in (busy, slow)
    ]
    assert [state.last_new_at for state in first] == [busy[0], slow[0]]
    waits = [state.next_poll_at - NOW for state in first if state.next_poll_at]
    assert waits[0] < POLICY.default_interval < waits[1]


def test_items_posted_late_with_an_old_date_arrived_between_the_two_looks() -> None:
    state = replace(OFFICE, last_success_at=NOW - HOUR)
    found = after(state, sighting=document(new=1, known=20, arrived_at=(NOW - 30 * DAY,)))
    assert found.last_new_at == NOW - HOUR
    undated = after(state, sighting=document(new=1, known=20))
    assert undated.last_new_at == NOW - HOUR / 2


def test_entries_of_the_same_five_minutes_are_one_event() -> None:
    polled, moments = NOW + 5 * MINUTE, tuple(NOW + n * MINUTE for n in range(5))
    one = after(OFFICE, polled_at=polled, sighting=document(new=1, known=20, arrived_at=moments[-1:]))
    burst = after(OFFICE, polled_at=polled, sighting=document(new=5, known=20, arrived_at=moments))
    assert one.rhythm == burst.rhythm


def came(*gaps: timedelta) -> FeedState:
    """A feed whose first document lists entries with these pauses between them, the last one just now."""
    moments = [NOW - sum(gaps[n:], timedelta(0)) for n in range(len(gaps) + 1)]
    return after(FeedState(), sighting=document(new=len(moments), arrived_at=tuple(moments)))


def test_how_uneven_the_pauses_are_is_learned_from_a_first_document_and_from_every_later_one() -> None:
    even, bursts = came(*[8 * HOUR] * 24), came(*[6 * MINUTE, 6 * MINUTE, 24 * HOUR] * 8)
    assert (even.unevenness < 0.3, bursts.unevenness > 1) == (True, True)
    later = even
    for day in range(1, 4):
        polled = NOW + 3 * day * DAY
        later = after(later, polled_at=polled, sighting=document(new=1, known=20, arrived_at=(polled,)))
    assert later.unevenness > 2 * even.unevenness


def test_entries_of_the_same_five_minutes_are_no_pause() -> None:
    polled = NOW + 8 * HOUR
    one, burst = (polled,), tuple(polled - n * MINUTE for n in range(5))
    states = [
        after(OFFICE, polled_at=polled, sighting=document(new=len(times), known=20, arrived_at=times))
        for times in (one, burst)
    ]
    assert states[0].unevenness == pytest.approx(states[1].unevenness, rel=0.05)


KNOWN = FeedState(last_success_at=NOW - HOUR, last_new_at=NOW - DAY, listed=20)


@pytest.mark.parametrize(
    ("new", "known", "arrived", "is_gap"),
    [
        (20, 0, NOW - MINUTE, True),
        (20, 0, NOW - 2 * HOUR, False),  # the document reaches back beyond the last look
        (19, 1, NOW - MINUTE, False),
        (2, 0, NOW - MINUTE, False),  # a list of the latest two never shares anything
    ],
)
def test_two_documents_that_share_no_entry_are_a_gap(
    new: int, known: int, arrived: datetime, *, is_gap: bool
) -> None:
    found = after(KNOWN, sighting=document(new=new, known=known, arrived_at=(arrived,) * new))
    assert (found.gaps, found.last_gap_at) == ((1, NOW) if is_gap else (0, None))


@pytest.mark.parametrize(
    ("state", "new", "known", "arrived", "is_burst"),
    [
        (KNOWN, 201, 0, (), True),
        (KNOWN, 200, 5, (), False),
        (FeedState(), 500, 0, (), False),  # a first document is all new
        (KNOWN, 13, 7, (NOW - 9 * DAY,) * 13, True),
        (KNOWN, 13, 7, (NOW - MINUTE,) * 13, False),
        (KNOWN, 5, 2, (NOW - 9 * DAY,) * 5, False),
    ],
)
def test_old_entries_as_new_ones_in_mass_are_republished_and_teach_no_rhythm(
    state: FeedState, new: int, known: int, arrived: tuple[datetime, ...], *, is_burst: bool
) -> None:
    found = after(state, sighting=document(new=new, known=known, arrived_at=arrived))
    assert (found.republished_at == NOW) is is_burst
    assert (found.rhythm == state.rhythm) is is_burst


def test_empty_but_valid_feed_keeps_what_it_had_and_is_noted_until_entries_come_back() -> None:
    empty = after(KNOWN, sighting=document())
    assert (empty.listed, empty.empty_since_at, empty.last_new_at) == (20, NOW, KNOWN.last_new_at)
    assert after(empty, polled_at=NOW + DAY, sighting=document()).empty_since_at == NOW
    assert after(empty, sighting=document(known=20)).empty_since_at is None


def test_last_build_date_that_moves_at_each_fetch_is_no_news() -> None:
    found = after(KNOWN, sighting=document(known=20), body_hash="other bytes")
    assert (found.last_new_at, found.rhythm) == (KNOWN.last_new_at, None)


@pytest.mark.parametrize("offset", [HOUR, 5 * HOUR + 30 * MINUTE])
def test_local_zone_written_as_gmt_is_learned_as_an_offset_and_unlearned(offset: timedelta) -> None:
    state = KNOWN
    for minutes in (3, 12, 8):
        assert state.offset == timedelta(0)
        state = after(state, sighting=document(new=1, known=20, ahead=(offset - minutes * MINUTE,)))
    assert state.offset == offset
    assert without_offset(NOW + offset - HOUR, state.offset, NOW) == NOW - HOUR
    assert without_offset(NOW + 900 * DAY, state.offset, NOW) == NOW
    for _ in range(3):
        state = after(
            replace(state, last_success_at=NOW - 10 * MINUTE),
            sighting=document(new=1, known=20, arrived_at=(NOW - MINUTE,)),
        )
    assert state.offset == timedelta(0)


@pytest.mark.parametrize("hours", [(1, 5, 9, 2, 13, 7), (400,) * 6])
def test_future_dates_that_scatter_or_lie_far_ahead_are_no_offset(hours: tuple[int, ...]) -> None:
    state = KNOWN
    for ahead in hours:
        state = after(state, sighting=document(new=1, known=20, ahead=(ahead * HOUR,)))
    assert state.offset == timedelta(0)
