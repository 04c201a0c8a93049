"""When to look again, and a feed's state after a poll. Pure: takes the instant and the jitter as arguments.

After success the wait is the feed's own (`rhythm.py`), at least what the publisher asks for (Cache-Control, Expires,
ttl) and never beyond the bounds; after failure it backs off (`backoff.py`). Jitter only ever lengthens a wait: polling
early would break a promise to the server. Only a Retry-After and a 410 lead beyond the longest interval.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tracker.model import FeedHealth, FeedState, FetchReason
from tracker.polling.backoff import asked_rest, backoff, is_limit
from tracker.polling.documents import with_document
from tracker.polling.freshness import freshness
from tracker.polling.moves import move_decision
from tracker.polling.observed import PollOutcome, Sighting
from tracker.polling.offset import learned_offset
from tracker.polling.policy import PollPolicy
from tracker.polling.reach import longest_by_reach
from tracker.polling.rhythm import missed_events, slowed, wait_by
from tracker.polling.validators import broken_at, kept_validators

__all__ = ["OFFLINE", "PollOutcome", "Sighting", "freshness", "next_state"]

OFFLINE = "offline"
_JITTER = 0.1
_SILENCE_PER_WAIT = 30
_RECENT_GAP = timedelta(days=7)
_NO_LISTENER = frozenset({FetchReason.CONNECT, FetchReason.TIMEOUT_TOTAL})
_CONDITIONS: dict[str, FeedHealth] = {
    FetchReason.PROTECTED: FeedHealth.BLOCKED,
    FetchReason.GONE: FeedHealth.GONE,
    "not_a_feed": FeedHealth.WRONG_PAGE,
}


def next_state(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> FeedState:
    """A feed's state after a poll; `next_poll_at` is always later than the poll, by at least the shortest interval."""
    polled = replace(
        state,
        last_polled_at=outcome.polled_at,
        https_tried_at=outcome.polled_at if outcome.https_url else state.https_tried_at,
    )
    if outcome.is_nobodys:
        after = replace(
            polled, error=OFFLINE if outcome.is_offline else str(outcome.failed), error_detail=outcome.detail
        )
    elif outcome.failed:
        after = _after_failure(polled, outcome)
    else:
        after = _after_success(polled, outcome, policy)
    wait = _wait(after, outcome, policy)
    held = outcome.polled_at + wait if outcome.failed == FetchReason.RATE_LIMITED else after.held_until
    return replace(after, next_poll_at=outcome.polled_at + wait, held_until=held)


def _after_success(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> FeedState:
    move = move_decision(state, outcome)
    offset = learned_offset(state, outcome)
    is_document = outcome.complete and not outcome.not_modified
    read = with_document(state, outcome)
    return replace(
        read,
        last_success_at=outcome.polled_at,
        last_full_at=outcome.polled_at if is_document else state.last_full_at,
        failures=0,
        connect_failures=state.connect_failures if outcome.https_url else 0,
        error="",
        error_detail="",
        protection="",
        held_until=None,
        health=_health(state, outcome),
        problem=_problem(state, outcome),
        validators=kept_validators(state, outcome),
        validators_broken_at=broken_at(state, outcome, policy),
        body_hash=_body_hash(state, outcome),
        moved_to=move.to,
        moved_since_at=move.since_at,
        moved_sightings=move.sightings,
        offset=offset.offset,
        offset_seen=offset.seen,
        offset_sightings=offset.sightings,
        notice=outcome.notice if outcome.sighting else state.notice,
        ttl=(outcome.ttl or timedelta(0)) if outcome.sighting else state.ttl,
    )


def _after_failure(state: FeedState, outcome: PollOutcome) -> FeedState:
    """Failures are counted; what the last document taught stays. A feed that is gone stays so until it answers."""
    is_gone = FeedHealth.GONE in {state.health, _CONDITIONS.get(str(outcome.failed))}
    health = FeedHealth.LIMITED if is_limit(state, outcome) else FeedHealth.FAILING
    no_listener = outcome.failed in _NO_LISTENER
    moved = outcome.https_url is None or state.moved_to != outcome.https_url
    return replace(
        state,
        failures=state.failures + 1,
        connect_failures=state.connect_failures + 1 if no_listener or outcome.https_url else 0,
        error=str(outcome.failed),
        error_detail=outcome.detail,
        protection=outcome.protection,
        health=FeedHealth.GONE if is_gone else _CONDITIONS.get(str(outcome.failed), health),
        moved_to=state.moved_to if moved else None,
        moved_since_at=state.moved_since_at if moved else None,
        moved_sightings=state.moved_sightings if moved else 0,
        validators=None if outcome.failed == FetchReason.UNEXPECTED_304 else state.validators,
    )


def _wait(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> timedelta:
    """The wait with its jitter; beyond the longest interval only where the server or a 410 says so."""
    usual = _usual_wait(state, outcome, policy)
    longest: timedelta = policy.max_interval
    if outcome.failed:
        wait = backoff(state, outcome, usual, policy)
        ceiling = wait if state.health is FeedHealth.GONE else longest
        return max(min(wait * (1 + _JITTER * outcome.jitter), max(wait, ceiling)), policy.min_interval)
    hints = max(freshness(outcome.headers, outcome.polled_at), state.ttl, asked_rest(outcome, policy))
    wait = max(usual, hints)
    return min(wait * (1 + _JITTER * outcome.jitter), max(longest, policy.min_interval))


def _usual_wait(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> timedelta:
    """The wait by the feed's own rhythm, within the bounds and with room for jitter below the longest interval."""
    longest = _longest_usual(state, outcome, policy)
    missed, budget = missed_events(state, outcome.polled_at), policy.waiting_budget
    wait = slowed(policy.default_interval, missed)
    if state.rhythm is not None and state.rhythm.weight > 0:
        wait = wait_by(state.rhythm, missed, now=outcome.polled_at, budget=budget, longest=longest)
    if state.last_gap_at is not None and outcome.polled_at - state.last_gap_at < _RECENT_GAP:
        wait /= 2
    return min(max(wait, policy.min_interval), longest)


def _longest_usual(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> timedelta:
    """The living interval, after months of silence growing to the longest; no longer than the list reaches back."""
    quiet = outcome.polled_at - state.last_new_at if state.last_new_at else timedelta(0)
    longest = min(max(policy.living_interval, quiet / _SILENCE_PER_WAIT), policy.max_interval / (1 + _JITTER))
    by_reach = longest_by_reach(state, outcome.polled_at, policy)
    return max(min(longest, by_reach) if by_reach else longest, policy.min_interval)


def _health(state: FeedState, outcome: PollOutcome) -> FeedHealth:
    """The condition of the document; one that was not read again is in the condition it was."""
    if not outcome.complete:
        return FeedHealth.DEGRADED
    if outcome.is_damaged:
        return FeedHealth.DAMAGED
    is_unread = outcome.sighting is None
    return FeedHealth.DAMAGED if is_unread and state.health is FeedHealth.DAMAGED else FeedHealth.OK


def _problem(state: FeedState, outcome: PollOutcome) -> str:
    if not outcome.complete or outcome.is_damaged:
        return outcome.detail
    return state.problem if outcome.sighting is None and state.health is FeedHealth.DAMAGED else ""


def _body_hash(state: FeedState, outcome: PollOutcome) -> str:
    """Names the last body that need not be read again: complete and undamaged ones only."""
    if outcome.not_modified or not outcome.complete:
        return state.body_hash
    return "" if outcome.is_damaged else outcome.body_hash
