"""A feed's change of address: made once `polling` says that it is for good and nobody has objected."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from tracker.errors import FeedNotFound
from tracker.model import Feed, FeedHealth, FeedState
from tracker.polling import PollPolicy, adopted_move
from tracker.ports import FeedStore

__all__ = ["checked_move", "move"]

_log = logging.getLogger(__name__)
_REASON = "the server has sent it there for days, and the same entries are there"


def checked_move(
    store: FeedStore, feed: Feed, state: FeedState, policy: PollPolicy
) -> tuple[FeedState, str | None]:
    """A feed's state after a poll, and the address it is to get, if any.

    A move that a person took back is not made again. When the new address is followed already, the state says so.
    """
    new_url = adopted_move(state, policy)
    if new_url is None or any(past.to_url == new_url and past.undone_at for past in store.moves(feed.id)):
        return state, None
    if not _is_followed(store, new_url):
        return state, new_url
    problem = f"Moved to {new_url}, which is followed as a feed of its own. tracker feeds remove {feed.url}"
    return replace(state, health=FeedHealth.MOVED, problem=problem), None


def move(store: FeedStore, feed: Feed, new_url: str, now: datetime) -> None:
    """Give a feed its new address and say so in the log."""
    if store.move_feed(feed, new_url, reason=_REASON, now=now):
        _log.info("feed moved", extra={"feed": feed.url, "to": new_url})


def _is_followed(store: FeedStore, url: str) -> bool:
    try:
        store.feed_by_url(url)
    except FeedNotFound:
        return False
    return True
