"""One address tried as a feed, and what a person is told of it: where it led, what came, what tracker would do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.app.views import FeedTest
from tracker.errors import TrackerError, UsageError
from tracker.feeds import declared_encodings
from tracker.model import (
    Entry,
    FeedState,
    Fetched,
    FetchFailed,
    FetchReason,
    FetchResult,
    ParsedFeed,
    Refused,
)
from tracker.polling import PollOutcome, PollPolicy, next_state
from tracker.text.charset import decode_bytes

__all__ = ["Trial", "report_trial"]

_CACHING = ("etag", "last-modified", "cache-control", "expires", "age")
_NEVER_ASKED = frozenset(
    {
        FetchReason.BAD_URL,
        FetchReason.BLOCKED_ADDRESS,
        FetchReason.BLOCKED_PORT,
        FetchReason.BLOCKED_SCHEME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One address asked for as a feed: the exchange, and what its body is (None: there is none)."""

    url: str
    result: FetchResult
    parsed: ParsedFeed | Refused | None = None

    @property
    def failure(self) -> str:
        """Why this is no feed, in a sentence; "" when it is one."""
        match self.result, self.parsed:
            case FetchFailed(detail=detail), _:
                return detail
            case _, Refused(detail=detail):
                return detail
            case _, None:
                return "The server sent no document."
        return ""

    def unanswered(self, hint: str) -> TrackerError:
        """What to raise when no document came: `UsageError`, whose reason names the remedy, if it is never asked."""
        said = f"{self.url}: {self.failure}"
        if isinstance(self.result, FetchFailed) and self.result.reason in _NEVER_ASKED:
            return UsageError(said)
        return TrackerError(said, hint=hint)


def report_trial(trial: Trial, state: FeedState, policy: PollPolicy, now: datetime) -> FeedTest:
    """Tell of a trial; `state` is what is known of the feed (a new one where it is not followed)."""
    result, parsed = trial.result, trial.parsed
    wait = (next_state(state, _outcome(trial, now), policy).next_poll_at or now) - now
    if not isinstance(result, Fetched):
        status = result.status if isinstance(result, FetchFailed) else None
        return FeedTest(url=trial.url, ok=False, sentence=trial.failure, status=status, next_poll_in=wait)
    feed = parsed if isinstance(parsed, ParsedFeed) else None
    problems = tuple(problem.detail for problem in feed.problems) if feed else ()
    return FeedTest(
        url=trial.url,
        ok=feed is not None,
        sentence=trial.failure or _told(feed.entries if feed else (), problems),
        format=feed.format.value if feed else "",
        title=feed.title if feed else "",
        entries=feed.entries if feed else (),
        status=result.status,
        final_url=result.url,
        moved_to=result.permanent_url or (feed.new_url if feed else None),
        older_url=feed.next_url if feed else None,
        charset=_charset(result),
        caching={name: result.headers[name] for name in _CACHING if name in result.headers},
        problems=problems,
        next_poll_in=wait,
    )


def _told(entries: tuple[Entry, ...], problems: tuple[str, ...]) -> str:
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    return "; ".join([count, *problems])


def _outcome(trial: Trial, now: datetime) -> PollOutcome:
    """The trial as if it had been a poll."""
    result, parsed = trial.result, trial.parsed
    if isinstance(result, FetchFailed):
        return PollOutcome(
            polled_at=now, failed=result.reason, detail=result.detail, headers={},
            status=result.status, retry_after=result.retry_after,
        )  # fmt: skip
    refused = parsed.code if isinstance(parsed, Refused) else None
    ttl = parsed.ttl if isinstance(parsed, ParsedFeed) else None
    return PollOutcome(polled_at=now, failed=refused, detail=trial.failure, headers=result.headers, ttl=ttl)


def _charset(result: Fetched) -> str:
    """How the document says it is written, and how it is read."""
    declared = declared_encodings(result.body, result.headers.get("content-type", ""))
    said = [f"{name} ({where})" for name, where in zip(declared, ("document", "header"), strict=True) if name]
    read = decode_bytes(result.body, declared).encoding
    return f"read as {read}, declared {', '.join(said) or 'nowhere'}"
