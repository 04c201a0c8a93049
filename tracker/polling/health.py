"""What is wrong with a feed, in one sentence and with the command that mends it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracker.model import Feed, FeedHealth

__all__ = ["assess_feed"]

_SILENT_GAPS = 3.0  # a feed silent for three of its usual gaps is reported
_SILENT_FLOOR = timedelta(days=2)
_FAILURES = 3
_MOVED_SIGHTINGS = 3


def assess_feed(feed: Feed, now: datetime) -> tuple[FeedHealth, str]:
    """A feed's condition and, when something is wrong, a sentence ending with the command to run."""
    state = feed.state
    if state.health is FeedHealth.GONE:
        return FeedHealth.GONE, f"The server says the feed is gone for good. tracker feeds remove {feed.url}"
    if state.error:
        times = f"failed {state.failures} times in a row" if state.failures >= _FAILURES else "failed"
        return FeedHealth.FAILING, f"{times}: {state.error_detail} tracker feeds test {feed.url}"
    if state.moved_to and state.moved_sightings >= _MOVED_SIGHTINGS:
        return FeedHealth.MOVED, f"Moved to {state.moved_to}. tracker feeds add {state.moved_to}"
    if _is_silent(feed, now):
        last = state.last_new_at.date().isoformat() if state.last_new_at else "never"
        return FeedHealth.SILENT, f"Nothing new since {last}. tracker feeds test {feed.url}"
    return state.health, state.problem


def _is_silent(feed: Feed, now: datetime) -> bool:
    state = feed.state
    if state.last_new_at is None or state.mean_gap is None:
        return False
    return now - state.last_new_at > max(state.mean_gap * _SILENT_GAPS, _SILENT_FLOOR)
