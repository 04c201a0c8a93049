"""From an answer to an outcome: what each kind of answer may teach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tests.unit.polling.values import POLICY, document, feed
from tracker.model import (
    Claim,
    FeedFormat,
    FeedState,
    Fetched,
    FetchFailed,
    FetchReason,
    FetchRequest,
    NotModified,
    ParsedFeed,
    ParseProblem,
    PollStatus,
    Refused,
    Validators,
)
from tracker.pipeline.acquire import FeedAnswer
from tracker.pipeline.outcome import Counts, finished, judged
from tracker.polling import PollOutcome, Sighting

URL, TARGET = "https://example.org/feed", "https://cdn.example/feed"
SENT = Validators(url=URL, etag='"1"', last_modified="Fri, 20 Nov 2026 09:00:00 GMT")
ASKED = FetchRequest(url=URL, purpose="feed", validators=SENT)
CLAIM = Claim(feed=feed(FeedState(validators=SENT)), token="7fffffff", until_at=NOW)


def fetched(**changed: Any) -> Fetched:
    fields = {"request": ASKED, "url": URL, "status": 200, "headers": {"etag": '"2"'}, "body": b"x"}
    return Fetched(**{**fields, **changed})


def answered(
    result: Any, parsed: Any = None, sighting: Sighting | None = None, **changed: Any
) -> PollOutcome:
    answer = FeedAnswer(result=result, parsed=parsed, body_hash="h")
    return judged(answer, CLAIM, sighting, polled_at=NOW, **changed)


def parsed(*problems: str, **changed: Any) -> ParsedFeed:
    named = tuple(ParseProblem(code=code, detail=f"it is {code}") for code in problems)
    return ParsedFeed(format=FeedFormat.RSS, problems=named, **changed)


def test_a_304_keeps_what_was_sent_and_takes_what_it_renews() -> None:
    assert answered(NotModified(request=ASKED, url=URL)).validators == SENT
    renewed = answered(NotModified(request=ASKED, url=URL, headers={"etag": '"3"'})).validators
    assert renewed == Validators(url=URL, etag='"3"', last_modified=SENT.last_modified)


def test_the_same_bytes_as_before_still_bring_the_new_validators() -> None:
    outcome = answered(fetched())
    assert outcome.validators == Validators(url=URL, etag='"2"')
    assert (outcome.sighting, outcome.complete, outcome.body_hash) == (None, True, "h")


def test_validators_from_behind_a_redirect_are_kept_for_the_address_that_gave_them() -> None:
    outcome = answered(fetched(url=TARGET, permanent_url=TARGET))
    assert outcome.validators == Validators(url=TARGET, etag='"2"', asked_url=URL)
    assert outcome.permanent_url == TARGET


def test_html_in_place_of_a_feed_brings_no_validators() -> None:
    outcome = answered(fetched(), Refused(code="not_a_feed", detail="this is a sign-in page"))
    assert (outcome.failed, outcome.validators, outcome.body_hash) == ("not_a_feed", None, "")


def test_a_document_cut_short_is_not_complete() -> None:
    assert not answered(fetched(degraded="cut"), parsed()).complete
    assert not answered(fetched(), parsed("cut_off", degraded=True)).complete


def test_wrong_charset_is_damage_and_is_said() -> None:
    outcome = answered(fetched(), parsed("bad_encoding"), document(known=3))
    assert (outcome.is_damaged, outcome.complete, outcome.detail) == (True, True, "it is bad_encoding")


@pytest.mark.parametrize(
    ("found", "notice"),
    [
        (parsed(new_url=TARGET), TARGET),
        (parsed("moved_notice"), "it is moved_notice"),
        (parsed(), ""),
    ],
)
def test_feed_moved_notice_in_the_document_is_passed_on_in_words(found: ParsedFeed, notice: str) -> None:
    outcome = answered(fetched(), found, document(known=3))
    assert (outcome.notice, outcome.permanent_url) == (notice, None)


@pytest.mark.parametrize(("known", "changed", "shares"), [(1, 0, True), (0, 1, True), (0, 0, False)])
def test_a_document_shares_entries_when_it_lists_one_known_before(
    known: int, changed: int, *, shares: bool
) -> None:
    sighting = Sighting(listed=5, new=5 - known - changed, known=known, changed=changed)
    assert answered(fetched(), parsed(), sighting).shares_entries is shares


def test_only_a_host_that_was_not_reached_is_blamed_on_our_own_network() -> None:
    lost = FetchFailed(request=ASKED, reason=FetchReason.DNS, detail="No such host.")
    refused = FetchFailed(request=ASKED, reason=FetchReason.NOT_FOUND, detail="404.", status=404)
    assert answered(lost, is_offline=True).is_offline
    assert not answered(lost).is_offline
    assert not answered(refused, is_offline=True).is_offline
    assert answered(refused).status == 404


def test_the_report_of_an_outage_says_whose_it_was() -> None:
    lost = FetchFailed(request=ASKED, reason=FetchReason.DNS, detail="No such host.")
    counts = Counts(listed=0, new=0, changed=0, duration=timedelta(0))
    state, report = finished(CLAIM.feed, answered(lost, is_offline=True), POLICY, counts)
    assert (report.status, report.code, state.failures) == (PollStatus.FAILED, "dns", 0)
    assert report.detail == "Our own network was down. No such host."


def test_an_answer_over_https_in_place_of_a_dead_http_address_is_named() -> None:
    answer = FeedAnswer(result=fetched(), parsed=parsed(), https_url=URL)
    assert judged(answer, CLAIM, document(known=3), polled_at=NOW).https_url == URL


def test_jitter_is_the_same_for_the_same_claim_and_spread_over_feeds_and_times() -> None:
    assert answered(fetched()).jitter == answered(fetched()).jitter
    claims = [replace(CLAIM, until_at=CLAIM.until_at + timedelta(minutes=n)) for n in range(400)]
    drawn = sorted(
        judged(FeedAnswer(result=fetched()), claim, None, polled_at=NOW).jitter for claim in claims
    )
    assert all(abs(value - n / 400) < 0.1 for n, value in enumerate(drawn))  # Kolmogorov-Smirnov: 1 in 1,000


def test_a_host_that_asks_for_rest_is_told_as_rested_and_a_refusal_as_a_failure() -> None:
    counts = Counts(listed=0, new=0, changed=0, duration=timedelta(0))
    for reason, status in (
        (FetchReason.RATE_LIMITED, PollStatus.RESTED),
        (FetchReason.FORBIDDEN, PollStatus.FAILED),
    ):
        answer = answered(FetchFailed(request=ASKED, reason=reason, detail="Not now."))
        state, report = finished(CLAIM.feed, answer, POLICY, counts)
        assert (report.status, report.detail, state.failures) == (status, "Not now.", 1)
