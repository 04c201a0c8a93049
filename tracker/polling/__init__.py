"""When to look at a feed again, and what is wrong with it: pure decisions over times kept in the store."""

from __future__ import annotations

from tracker.polling.health import assess_feed
from tracker.polling.next_poll import PollOutcome, Sighting, next_state
from tracker.polling.policy import PollPolicy

__all__ = ["PollOutcome", "PollPolicy", "Sighting", "assess_feed", "next_state"]
