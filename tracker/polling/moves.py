"""Feeds that moved: a permanent redirect is believed slowly, a dead http address is tried with https.

A redirect is followed at every poll anyway; adopting it means asking the new address alone from then on. Redirects to
sign-in pages, parked domains and other feeds are common, so it takes many sightings over days, and entries in common.
What a document says about its own address (itunes:new-feed-url) is shown to a person and never adopted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tracker.model import Feed, FeedState
from tracker.polling.observed import PollOutcome
from tracker.polling.policy import PollPolicy

__all__ = ["Move", "adopted_move", "https_url_to_try", "move_decision"]

_CONNECT_FAILURES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where permanent redirects lead, since when, and how often seen; no sighting counts while nothing is shared."""

    to: str | None = None
    since_at: datetime | None = None
    sightings: int = 0


def move_decision(state: FeedState, outcome: PollOutcome) -> Move:
    """What is known of a feed's move after a successful poll.

    A 304 tells nothing new. A target that shared no entry when first seen is never counted: once it was read, its
    own entries would be the known ones.
    """
    before = Move(to=state.moved_to, since_at=state.moved_since_at, sightings=state.moved_sightings)
    if outcome.not_modified:
        return before
    target = outcome.https_url or outcome.permanent_url
    if target is None:
        return Move()
    if target != before.to:
        return Move(to=target, since_at=outcome.polled_at, sightings=int(_is_same_feed(state, outcome)))
    counts = before.sightings > 0 and _is_same_feed(state, outcome)
    return Move(to=target, since_at=before.since_at, sightings=before.sightings + int(counts))


def adopted_move(state: FeedState, policy: PollPolicy) -> str | None:
    """The address the feed should have from now on; None while a move is not proven."""
    since, last = state.moved_since_at, state.last_success_at
    if state.moved_to is None or since is None or last is None or state.error:
        return None
    is_proven = state.moved_sightings >= policy.move_sightings and last - since >= policy.move_age
    return state.moved_to if is_proven else None


def https_url_to_try(feed: Feed, now: datetime, policy: PollPolicy) -> str | None:
    """The https form of a feed whose http port stays closed: once a day, and at every poll once that has worked."""
    state, parts = feed.state, urlsplit(feed.url)
    if parts.scheme.lower() != "http" or not parts.netloc or state.connect_failures < _CONNECT_FAILURES:
        return None
    url = parts._replace(scheme="https", netloc=parts.netloc.removesuffix(":80")).geturl()
    tried = state.https_tried_at
    if state.moved_to != url and tried is not None and now - tried < policy.https_retry:
        return None
    return url


def _is_same_feed(state: FeedState, outcome: PollOutcome) -> bool:
    """Entries in common, the very same body, or a feed that was added by this address and never known otherwise."""
    is_same_body = bool(outcome.body_hash) and outcome.body_hash == state.body_hash
    return outcome.shares_entries or is_same_body or state.last_success_at is None
