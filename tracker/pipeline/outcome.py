"""What a feed's answer means: the poll's outcome, the feed's next state, and the report a person reads. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import (
    Claim,
    Feed,
    FeedState,
    Fetched,
    FetchFailed,
    FetchRequest,
    NotModified,
    ParsedFeed,
    PollReport,
    PollStatus,
    Refused,
    Validators,
)
from tracker.pipeline.acquire import FeedAnswer
from tracker.polling import PollOutcome, PollPolicy, Sighting, next_state

__all__ = ["Counts", "finished", "judged"]


def judged(
    answer: FeedAnswer,
    claim: Claim,
    sighting: Sighting | None,
    *,
    polled_at: datetime,
    is_offline: bool = False,
) -> PollOutcome:
    """The outcome of one poll. Validators are taken only from a complete response that is a feed."""
    result, jitter = answer.result, _jitter(claim)
    if isinstance(result, FetchFailed):
        return PollOutcome(
            polled_at=polled_at, failed=result.reason, detail=result.detail, headers={},
            retry_after=result.retry_after, protection=result.protection, is_offline=is_offline, jitter=jitter,
        )  # fmt: skip
    if isinstance(result, NotModified):
        return PollOutcome(polled_at=polled_at, headers=result.headers, not_modified=True, jitter=jitter)
    if isinstance(answer.parsed, Refused):
        refused = answer.parsed
        return PollOutcome(
            polled_at=polled_at, failed=refused.code, detail=refused.detail, headers={}, jitter=jitter
        )
    problem = result.degraded or _degraded(answer.parsed)
    return PollOutcome(
        polled_at=polled_at,
        sighting=sighting,
        complete=not problem,
        detail=problem,
        headers=result.headers,
        ttl=answer.parsed.ttl if answer.parsed else None,
        validators=_validators(result),
        body_hash=answer.body_hash,
        permanent_url=result.permanent_url,
        jitter=jitter,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a poll counted beside its outcome."""

    listed: int
    new: int
    changed: int
    duration: timedelta


def finished(
    feed: Feed, outcome: PollOutcome, policy: PollPolicy, counts: Counts
) -> tuple[FeedState, PollReport]:
    """The feed's next state and the poll's report."""
    status = PollStatus.NEW if counts.new or counts.changed else PollStatus.UNCHANGED
    if not outcome.complete:
        status = PollStatus.DEGRADED
    if outcome.failed:
        status = PollStatus.FAILED
    report = PollReport(
        feed_id=feed.id,
        polled_at=outcome.polled_at,
        status=status,
        code=str(outcome.failed or ("not_modified" if outcome.not_modified else "")),
        detail=outcome.detail,
        listed=counts.listed,
        new=counts.new,
        changed=counts.changed,
        duration=counts.duration,
    )
    return next_state(feed.state, outcome, policy), report


def _degraded(parsed: ParsedFeed | Refused | None) -> str:
    if isinstance(parsed, ParsedFeed) and parsed.degraded:
        return (
            "; ".join(problem.detail for problem in parsed.problems)
            or "the feed is damaged and was read in part"
        )
    return ""


def _validators(result: Fetched) -> Validators | None:
    """Validators hold for the exact address that was asked (a redirect's target is another resource)."""
    request: FetchRequest = result.request
    etag, modified = result.headers.get("etag"), result.headers.get("last-modified")
    return Validators(url=request.url, etag=etag, last_modified=modified) if etag or modified else None


def _jitter(claim: Claim) -> float:
    """0..1 from the lease's random token: the core holds no dice."""
    return int(claim.token[:8], 16) / 0xFFFFFFFF
