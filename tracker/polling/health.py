"""What is wrong with a feed: one word, and a sentence with since when and the command that mends it."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta

from tracker.model import Feed, FeedHealth, FeedState, FetchReason
from tracker.polling.backoff import SOFT_FAILURES
from tracker.polling.next_poll import OFFLINE
from tracker.polling.silence import is_silent

__all__ = ["assess_feed"]

_OURS = {
    OFFLINE: "our own network was down",
    FetchReason.STOPPED: "the program stopped while asking",
    FetchReason.NO_TURN: "many requests of ours were waiting for its host",
}
_FAILURES = 3  # in a row: passing failures are reported from here on, or when they outlast three usual gaps
_MOVED_SIGHTINGS = 3
_SHOWN = timedelta(days=3)  # how long an incident stays in sight
_BROKEN = timedelta(days=7)
_REFUSED = timedelta(days=7)  # a refusal that lasts this long is no passing limit
_EMPTY_AT_LEAST = timedelta(hours=3)
_EMPTY_AT_MOST = timedelta(days=7)
_NEVER_FILLED = timedelta(days=14)

_Verdict = tuple[FeedHealth, str]


def assess_feed(feed: Feed, now: datetime) -> _Verdict:
    """A feed's condition and, when something is wrong, a sentence ending with the command to run.

    The gravest thing is named: an address that does not work before one that moves, that before what is wrong with the
    document, that before silence. A fault of our own network is no condition of the feed's.
    """
    state = feed.state
    if state.health is FeedHealth.GONE:
        detail = "The publisher says that this feed was removed for good (410)"
        return (
            FeedHealth.GONE,
            f"{detail}, {_since(state)}. {_command('discover', feed.site_url or feed.url)}",
        )
    if state.error in _OURS:
        why = _OURS[state.error]
        return _sound(state), f"Not reached {_day(state.last_polled_at)}: {why}. {_command('test', feed.url)}"
    if state.error:
        return _failure(feed, now)
    return _move(feed) or _document(feed, now) or _incident(feed, now) or _rest(feed, now)


def _failure(feed: Feed, now: datetime) -> _Verdict:
    """Name why the address gives no feed."""
    state, url = feed.state, feed.url
    detail = _sentence(state.error_detail or state.error)
    if state.health is FeedHealth.WRONG_PAGE or state.error == "not_a_feed":
        what = f"No feed any more, {_since(state)}" if state.last_success_at else "No feed"
        if "tracker feeds " in detail:  # what it is says itself what to do with it
            return FeedHealth.WRONG_PAGE, f"{what}: {detail.removesuffix('.')}"
        return FeedHealth.WRONG_PAGE, f"{what}: {detail} {_command('discover', feed.site_url or url)}"
    if state.health is FeedHealth.BLOCKED or state.error == FetchReason.PROTECTED:
        by = f" by {state.protection}" if state.protection else ""
        return FeedHealth.BLOCKED, f"Blocked{by}, {_since(state)}: {detail} {_command('test', url)}"
    if state.health is FeedHealth.LIMITED:
        return _limit(feed, detail, now)
    if _may_pass(state, now):
        until = _day(state.next_poll_at)
        return _sound(state), f"The last look failed: {detail} Tried again {until}. {_command('test', url)}"
    times = f"Failed {state.failures} times in a row" if state.failures > 1 else "Failed"
    return FeedHealth.FAILING, f"{times}, {_since(state)}: {detail} {_command('test', url)}"


def _limit(feed: Feed, detail: str, now: datetime) -> _Verdict:
    state = feed.state
    is_old = state.last_success_at is not None and now - state.last_success_at > _REFUSED
    if state.error == FetchReason.FORBIDDEN and is_old:
        return FeedHealth.BLOCKED, f"Refused, {_since(state)}: {detail} {_command('test', feed.url)}"
    until = _day(state.next_poll_at)
    text = f"The server asked for rest, {_since(state)}: {detail} Not asked again before {until}."
    return FeedHealth.LIMITED, f"{text} {_command('test', feed.url)}"


def _move(feed: Feed) -> _Verdict | None:
    """Tell of a permanent redirect, and of what the document says about its own address."""
    state = feed.state
    if state.health is FeedHealth.MOVED and state.problem:
        return FeedHealth.MOVED, state.problem
    if state.moved_to and state.moved_sightings >= _MOVED_SIGHTINGS:
        text = f"Moved to {state.moved_to}, since {_day(state.moved_since_at)}; adopted once it is proven."
        return FeedHealth.MOVED, f"{text} {_command('test', state.moved_to)}"
    if state.moved_to and not state.moved_sightings:
        text = f"Redirected for good to {state.moved_to}, since {_day(state.moved_since_at)}"
        return FeedHealth.MOVED, f"{text}, which shared no entry with it. {_command('test', state.moved_to)}"
    if state.notice:
        text = f"The feed itself says that it has moved ({state.notice}), noticed {_day(state.last_full_at)}."
        address = state.notice if state.notice.startswith(("http://", "https://")) else ""
        return FeedHealth.MOVED, f"{text} " + (
            _command("add", address) if address else _command("discover", feed.site_url or feed.url)
        )
    return None


def _document(feed: Feed, now: datetime) -> _Verdict | None:
    """Tell what is wrong with the document itself."""
    state, url = feed.state, feed.url
    at = _day(state.last_success_at)
    if state.health is FeedHealth.DAMAGED:
        problem = _sentence(state.problem or "some characters are damaged")
        return FeedHealth.DAMAGED, f"Read with damaged characters, {at}: {problem} {_command('test', url)}"
    if state.health is FeedHealth.DEGRADED:
        problem = _sentence(state.problem or "the document is incomplete")
        return FeedHealth.DEGRADED, f"Read in part, {at}: {problem} {_command('test', url)}"
    if state.empty_since_at is None:
        return None
    empty, gap = now - state.empty_since_at, state.mean_gap or _EMPTY_AT_MOST
    if state.listed and empty > min(max(gap * 3, _EMPTY_AT_LEAST), _EMPTY_AT_MOST):
        text = f"Lists no entries since {_day(state.empty_since_at)}; it had {state.listed} before."
        return FeedHealth.SILENT, f"{text} {_command('test', url)}"
    if not state.listed and empty > _NEVER_FILLED:
        text = f"Has never listed an entry since {_day(state.empty_since_at)}."
        return FeedHealth.SILENT, f"{text} {_command('test', url)}"
    return None


def _incident(feed: Feed, now: datetime) -> _Verdict | None:
    """Tell what happened of late."""
    state, url = feed.state, feed.url
    if _is_fresh(state.republished_at, now, _SHOWN):
        text = f"Brought {state.republished} entries at once as new {_day(state.republished_at)}; most may be old."
        return FeedHealth.REPUBLISHED, f"{text} {_command('test', url)}"
    if _is_fresh(state.last_gap_at, now, _SHOWN):
        text = f"Shared no entry with the look before {_day(state.last_gap_at)}: some may have been missed"
        return FeedHealth.GAP, f"{text}. It is looked at more often now. {_command('test', url)}"
    if _is_fresh(state.validators_broken_at, now, _BROKEN):
        text = f'Answered "not modified" although it had new entries, {_day(state.validators_broken_at)}'
        return FeedHealth.DEGRADED, f"{text}. It is read in full for a week. {_command('reset', url)}"
    return None


def _rest(feed: Feed, now: datetime) -> _Verdict:
    if is_silent(feed.state, now):
        text = f"Nothing new since {_day(feed.state.last_new_at)}, longer than its rhythm explains."
        return FeedHealth.SILENT, f"{text} {_command('test', feed.url)}"
    return _sound(feed.state), ""


def _may_pass(state: FeedState, now: datetime) -> bool:
    """Passing failures, few, of a feed that worked within three of its gaps."""
    if state.error not in SOFT_FAILURES or state.failures >= _FAILURES or state.last_success_at is None:
        return False
    return state.mean_gap is None or now - state.last_success_at <= max(state.mean_gap * 3, _EMPTY_AT_LEAST)


def _sound(state: FeedState) -> FeedHealth:
    return FeedHealth.OK if state.last_success_at or state.health is FeedHealth.OK else FeedHealth.NEW


def _is_fresh(at: datetime | None, now: datetime, shown: timedelta) -> bool:
    return at is not None and now - at < shown


def _since(state: FeedState) -> str:
    last = state.last_success_at
    return f"last read {_day(last)}" if last else "never read so far"


def _day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "at a time not known"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _command(name: str, url: str) -> str:
    return f"tracker feeds {name} {shlex.quote(url)}"
