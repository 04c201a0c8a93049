"""Laws of polling, whatever a feed and its server do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tests.unit.polling.values import feed
from tracker.model import FeedHealth, FeedState, FetchReason, Validators
from tracker.polling import (
    PollOutcome,
    PollPolicy,
    Sighting,
    adopted_move,
    assess_feed,
    https_url_to_try,
    next_state,
    validators_to_send,
)
from tracker.polling.freshness import freshness
from tracker.polling.rhythm import expected_events, learned
from tracker.store.codec import from_json, to_json

POLICY = PollPolicy()
URL = "http://example.org/feed"
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))
RECENT = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda ago: NOW - ago)
SPANS = st.timedeltas(timedelta(0), timedelta(days=9000))
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(lambda n: f"max-age={n}"),
    st.sampled_from(["no-store", "max-age", "Fri, 31 Dec 9999 23:59:59 -2359", "0", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"]),
)  # fmt: skip
HEADERS = st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "etag"]), VALUES)
VALIDATORS = st.none() | st.builds(
    Validators, url=st.sampled_from([URL, URL + "?2"]), etag=st.sampled_from([None, "1", "2"])
)
FAILED = st.sampled_from([None, None, None, *FetchReason, "not_a_feed", "bug", "timeout"])


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    new, known = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    arrived = tuple(draw(st.lists(INSTANTS, max_size=min(new, 5))))
    ahead = tuple(draw(st.lists(SPANS, max_size=2))) if new else ()
    return Sighting(listed=new + known, new=new, known=known, arrived_at=arrived, ahead=ahead)


OUTCOMES = st.builds(
    PollOutcome,
    polled_at=st.just(NOW),
    failed=FAILED,
    sighting=st.none() | sightings(),
    complete=st.booleans(),
    is_offline=st.booleans(),
    is_damaged=st.booleans(),
    used_validators=st.booleans(),
    shares_entries=st.booleans(),
    https_url=st.sampled_from([None, "https://example.org/feed"]),
    headers=HEADERS,
    ttl=st.none() | SPANS,
    validators=VALIDATORS,
    body_hash=st.sampled_from(["", "a", "b"]),
    not_modified=st.booleans(),
    retry_after=st.none() | SPANS,
    status=st.sampled_from([None, 401, 403]),
    permanent_url=st.sampled_from([None, "https://a.example/", "https://b.example/"]),
    jitter=st.floats(0, 1),
)
LIVES = st.lists(st.tuples(OUTCOMES, st.timedeltas(timedelta(0), timedelta(days=60))), max_size=8)


def lived(life: list[tuple[PollOutcome, timedelta]], until: datetime = NOW) -> FeedState:
    """The state a feed has after polls with these pauses, the last of them before `until`."""
    state, at = FeedState(), until - sum((pause for _, pause in life), timedelta(0)) - timedelta(minutes=1)
    for outcome, pause in life:
        state = next_state(state, replace(outcome, polled_at=at), POLICY)
        at += pause
    return state


@given(LIVES, OUTCOMES)
def test_the_next_poll_is_later_than_this_one_and_within_the_bounds(
    life: list[tuple[PollOutcome, timedelta]], outcome: PollOutcome
) -> None:
    after = next_state(lived(life), outcome, POLICY)
    assert after.next_poll_at is not None
    wait = after.next_poll_at - NOW
    rest = min(outcome.retry_after or timedelta(0), POLICY.retry_after_cap)
    is_gone = after.health is FeedHealth.GONE
    longest = POLICY.gone_interval * 1.1 if is_gone else max(POLICY.max_interval, rest * 1.1)
    assert POLICY.min_interval <= wait <= longest


@given(LIVES, OUTCOMES, SPANS)
def test_retry_after_is_never_violated_within_its_cap(
    life: list[tuple[PollOutcome, timedelta]], outcome: PollOutcome, rest: timedelta
) -> None:
    asked = replace(outcome, retry_after=rest, failed=FetchReason.RATE_LIMITED, is_offline=False)
    after = next_state(lived(life), asked, POLICY)
    assert after.next_poll_at is not None
    assert after.held_until is not None
    assert min(after.next_poll_at, after.held_until) - NOW >= min(rest, POLICY.retry_after_cap)


@given(LIVES, OUTCOMES, st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_failures_never_mean_sooner(
    life: list[tuple[PollOutcome, timedelta]], outcome: PollOutcome, fewer: int, more: int
) -> None:
    failed = replace(outcome, failed=outcome.failed or FetchReason.NOT_FOUND)
    polls = [
        next_state(replace(lived(life), failures=n), failed, POLICY).next_poll_at or NOW
        for n in sorted((fewer, more))
    ]
    assert polls == sorted(polls)


@given(LIVES, OUTCOMES, st.floats(0, 1), st.floats(0, 1))
def test_jitter_only_ever_lengthens_a_wait(
    life: list[tuple[PollOutcome, timedelta]], outcome: PollOutcome, less: float, more: float
) -> None:
    polls = [
        next_state(lived(life), replace(outcome, jitter=jitter), POLICY).next_poll_at or NOW
        for jitter in (0.0, *sorted((less, more)))
    ]
    assert polls == sorted(polls)


@given(LIVES)
def test_a_state_stays_small_and_can_be_stored(life: list[tuple[PollOutcome, timedelta]]) -> None:
    state = lived(life * 10)
    text = to_json(state)
    assert len(text) < 4000
    assert to_json(from_json(FeedState, text)) == text


@given(LIVES)
def test_any_life_of_a_feed_can_be_assessed_and_acted_on(life: list[tuple[PollOutcome, timedelta]]) -> None:
    followed = feed(lived(life), URL)
    health, sentence = assess_feed(followed, NOW)
    assert (health in {FeedHealth.OK, FeedHealth.NEW}) or " tracker feeds " in sentence
    assert https_url_to_try(followed, NOW, POLICY) in {None, "https://example.org/feed"}
    sent = validators_to_send(followed.state, NOW, POLICY, URL)
    assert sent is None or sent.url == URL
    target = adopted_move(followed.state, POLICY)
    assert target is None or target == followed.state.moved_to


@given(HEADERS)
def test_freshness_of_nonsense_is_a_duration_that_is_not_negative(headers: dict[str, str]) -> None:
    assert timedelta(0) <= freshness(headers, NOW) <= timedelta(days=4_000_000)


@given(st.lists(RECENT, max_size=40), RECENT, RECENT, RECENT)
def test_expected_events_are_never_negative_and_add_up(
    arrivals: list[datetime], first: datetime, second: datetime, third: datetime
) -> None:
    rhythm = learned(None, arrivals, NOW - timedelta(days=400), NOW)
    start, middle, end = sorted((first, second, third))
    parts = expected_events(rhythm, start, middle) + expected_events(rhythm, middle, end)
    assert parts >= 0
    assert abs(parts - expected_events(rhythm, start, end)) < 1e-6 * (1 + parts)
