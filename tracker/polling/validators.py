"""What to ask "anything new?" with, and when a server's "no" is not to be trusted."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from tracker.model import FeedState, Validators
from tracker.polling.observed import PollOutcome
from tracker.polling.policy import PollPolicy

__all__ = ["are_broken", "broken_at", "kept_validators", "validators_to_send"]

_ON_THE_WAY = timedelta(minutes=15)  # at most, from an answer to its note, or from the claim to the request
_WELL_BEFORE = timedelta(hours=1)  # published this long before a 304 that did not show it


def validators_to_send(state: FeedState, now: datetime, policy: PollPolicy, url: str) -> Validators | None:
    """The validators for asking `url`; None for another address, a full document too long ago, or a lying 304.

    Those that came from behind a redirect of `url` are included: the fetcher sends them only to their own address.
    """
    kept = state.validators
    if kept is None or url not in {kept.url, kept.asked_url}:
        return None
    sent_at = now + _ON_THE_WAY
    is_recent = state.last_full_at is not None and sent_at - state.last_full_at < policy.full_fetch_age
    return kept if is_recent and not are_broken(state, now, policy) else None


def are_broken(state: FeedState, now: datetime, policy: PollPolicy) -> bool:
    """Whether the server's 304 was found wrong lately; after `policy.validators_rest` it gets another chance."""
    return (
        state.validators_broken_at is not None and now - state.validators_broken_at < policy.validators_rest
    )


def kept_validators(state: FeedState, outcome: PollOutcome) -> Validators | None:
    """Those to keep after a successful poll: of every complete 200, also with the same body; of a 304 what it renews.

    RFC 9111 section 4.3.4: a 304 carries newer values of what is stored. An incomplete document changes nothing.
    """
    if not outcome.not_modified:
        return outcome.validators if outcome.complete else state.validators
    return outcome.validators or state.validators


def broken_at(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> datetime | None:
    """When the server's validators were found wrong, if they were."""
    if _is_mismatch(state, outcome):
        return outcome.polled_at
    return state.validators_broken_at if are_broken(state, outcome.polled_at, policy) else None


def _is_mismatch(state: FeedState, outcome: PollOutcome) -> bool:
    """New entries under the validators we hold, or such as the server had when it last answered 304."""
    sighting = outcome.sighting
    if sighting is None or not sighting.new or state.validators is None or not outcome.complete:
        return False
    return _are_same(state.validators, outcome.validators) or _was_hidden(state, outcome)


def _are_same(ours: Validators, theirs: Validators | None) -> bool:
    if theirs is None or ours.url != theirs.url:
        return False
    if ours.etag or theirs.etag:
        return ours.etag == theirs.etag
    return ours.last_modified == theirs.last_modified


def _was_hidden(state: FeedState, outcome: PollOutcome) -> bool:
    """An unconditional fetch found what was published between the last full document and well before the last 304.

    A date without a time of day proves nothing: it is earlier than the entry.
    """
    full, last, sighting = state.last_full_at, state.last_success_at, outcome.sighting
    if outcome.used_validators or sighting is None or full is None or last is None or last <= full:
        return False
    midnight = time(0)
    return any(
        full < at < last - _WELL_BEFORE and at.astimezone(UTC).time() != midnight
        for at in sighting.arrived_at
    )
