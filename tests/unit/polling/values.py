"""Valid values for the tests of polling."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.builders import NOW
from tracker.model import Feed, FeedId, FeedState
from tracker.polling import PollOutcome, PollPolicy, Sighting, next_state

POLICY = PollPolicy()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def feed(state: FeedState | None = None, url: str = "https://example.org/feed") -> Feed:
    return Feed(id=FeedId(1), url=url, added_at=NOW, state=state or FeedState())


def outcome(**changed: Any) -> PollOutcome:
    return PollOutcome(**{"polled_at": NOW, "headers": {}, **changed})


def after(state: FeedState, **changed: Any) -> FeedState:
    return next_state(state, outcome(**changed), POLICY)


def wait(state: FeedState, **changed: Any) -> timedelta:
    found = after(state, **changed)
    assert found.next_poll_at is not None
    return found.next_poll_at - changed.get("polled_at", NOW)


def document(new: int = 0, known: int = 0, **changed: Any) -> Sighting:
    return Sighting(**{"listed": new + known, "new": new, "known": known, **changed})
