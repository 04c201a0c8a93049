"""When to look at a feed again, and what is wrong with it: pure decisions over times kept in the store."""

from __future__ import annotations

from tracker.polling.health import assess_feed
from tracker.polling.moves import adopted_move, https_url_to_try, move_decision
from tracker.polling.next_poll import next_state
from tracker.polling.observed import PollOutcome, Sighting
from tracker.polling.offset import without_offset
from tracker.polling.outage import NETWORK_FAILURES, hosts_unheard, is_long_lost, is_network_down
from tracker.polling.policy import PollPolicy
from tracker.polling.validators import validators_to_send

__all__ = [
    "NETWORK_FAILURES",
    "PollOutcome",
    "PollPolicy",
    "Sighting",
    "adopted_move",
    "assess_feed",
    "hosts_unheard",
    "https_url_to_try",
    "is_long_lost",
    "is_network_down",
    "move_decision",
    "next_state",
    "validators_to_send",
    "without_offset",
]
