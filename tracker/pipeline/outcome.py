"""What a feed's answer means: the poll's outcome, the feed's next state, and the report a person reads. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.model import (
    Claim,
    Feed,
    FeedState,
    Fetched,
    FetchFailed,
    FetchReason,
    NotModified,
    ParsedFeed,
    PollReport,
    PollStatus,
    Refused,
    Validators,
)
from tracker.pipeline.acquire import FeedAnswer
from tracker.polling import NETWORK_FAILURES, PollOutcome, PollPolicy, Sighting, next_state

__all__ = ["Counts", "finished", "judged"]

_DAMAGED = "bad_encoding"
_MOVED = "moved_notice"


def judged(
    answer: FeedAnswer,
    claim: Claim,
    sighting: Sighting | None,
    *,
    polled_at: datetime,
    is_offline: bool = False,
) -> PollOutcome:
    """The outcome of one poll. Validators are taken only from a complete response that is a feed.

    `is_offline` turns a failure to reach the host into one of our own network.
    """
    outcome = _outcome(answer, sighting, polled_at)
    return replace(
        outcome,
        is_offline=is_offline and outcome.failed in NETWORK_FAILURES,
        used_validators=answer.result.request.validators is not None,
        https_url=answer.https_url,
        jitter=_jitter(claim),
    )


def _outcome(answer: FeedAnswer, sighting: Sighting | None, polled_at: datetime) -> PollOutcome:
    result, parsed = answer.result, answer.parsed
    if isinstance(result, FetchFailed):
        return PollOutcome(
            polled_at=polled_at, failed=result.reason, detail=result.detail, headers={}, status=result.status,
            retry_after=result.retry_after, protection=result.protection,
        )  # fmt: skip
    if isinstance(result, NotModified):
        renewed = _renewed(result)
        return PollOutcome(polled_at=polled_at, headers=result.headers, not_modified=True, validators=renewed)
    if isinstance(parsed, Refused):
        return PollOutcome(polled_at=polled_at, failed=parsed.code, detail=parsed.detail, headers={})
    read = PollOutcome(
        polled_at=polled_at,
        headers=result.headers,
        validators=_validators(result),
        body_hash=answer.body_hash,
        permanent_url=result.permanent_url,
        complete=not result.degraded,
        detail=result.degraded,
    )
    return read if parsed is None else _with_document(read, parsed, sighting)


def _with_document(read: PollOutcome, parsed: ParsedFeed, sighting: Sighting | None) -> PollOutcome:
    """Add what the document says; a body of the same bytes as before was not parsed again."""
    problem = read.detail or _degraded(parsed)
    damage = next((problem.detail for problem in parsed.problems if problem.code == _DAMAGED), "")
    moved = next((problem.detail for problem in parsed.problems if problem.code == _MOVED), "")
    return replace(
        read,
        sighting=sighting,
        complete=not problem,
        detail=problem or damage,
        is_damaged=bool(damage),
        shares_entries=sighting is not None and bool(sighting.known or sighting.changed),
        notice=parsed.new_url or moved,
        ttl=parsed.ttl,
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
        status = PollStatus.RESTED if outcome.failed == FetchReason.RATE_LIMITED else PollStatus.FAILED
    report = PollReport(
        feed_id=feed.id,
        polled_at=outcome.polled_at,
        status=status,
        code=str(outcome.failed or ("not_modified" if outcome.not_modified else "")),
        detail=f"Our own network was down. {outcome.detail}" if outcome.is_offline else outcome.detail,
        listed=counts.listed,
        new=counts.new,
        changed=counts.changed,
        duration=counts.duration,
    )
    return next_state(feed.state, outcome, policy), report


def _degraded(parsed: ParsedFeed) -> str:
    if not parsed.degraded:
        return ""
    problems = "; ".join(problem.detail for problem in parsed.problems)
    return problems or "the feed is damaged and was read in part"


def _validators(result: Fetched) -> Validators | None:
    """Validators hold for the exact address that answered; behind a redirect that is not the one asked."""
    asked = result.request.url if result.permanent_url or result.url != result.request.url else ""
    etag, modified = result.headers.get("etag"), result.headers.get("last-modified")
    if not etag and not modified:
        return None
    url = result.url if asked else result.request.url
    return Validators(url=url, etag=etag, last_modified=modified, asked_url=asked)


def _renewed(result: NotModified) -> Validators | None:
    """What we sent, with the values that the 304 gives anew (RFC 9111 section 4.3.4)."""
    sent = result.request.validators
    if sent is None:
        return None
    etag, modified = result.headers.get("etag"), result.headers.get("last-modified")
    return replace(sent, etag=etag or sent.etag, last_modified=modified or sent.last_modified)


def _jitter(claim: Claim) -> float:
    """0..1 from the feed and the microsecond of the claim: spread like dice, and the same when a run is repeated."""
    return zlib.crc32(f"{claim.feed.url} {claim.until_at.isoformat()}".encode()) / 0xFFFFFFFF
