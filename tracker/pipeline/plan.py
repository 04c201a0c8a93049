"""What one poll has to do: a feed's document, with older pages of it after a gap, as entries to judge and a sighting.

Reads the store and the network, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.feeds.evidence import is_story_address
from tracker.model import Claim, Entry, Feed, Fetched, ParsedFeed
from tracker.pipeline.acquire import Acquirer, FeedAnswer, awaited
from tracker.pipeline.decide import is_too_old
from tracker.pipeline.survey import Survey, dated, survey_of
from tracker.pipeline.wanted import Wanted
from tracker.polling import Sighting
from tracker.polling.documents import is_gap
from tracker.ports import Clock, Store
from tracker.urls import host_of

__all__ = ["Plan", "Planner"]

_OLDER_PAGES = 5  # read at most after a gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One claimed feed between its answer and its acknowledgement; entries oldest first, not fetched yet."""

    claim: Claim
    answer: FeedAnswer
    started_at: datetime
    sighting: Sighting | None = None
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes the plans of one round of feeds. `backfill`: how old an entry of a first poll may be."""

    store: Store
    clock: Clock
    acquirer: Acquirer
    backfill: timedelta | None
    stop: Callable[[], bool]

    def plan(self, claim: Claim, answer: FeedAnswer) -> Plan | None:
        """The plan of one answer; None when `stop` turned true on the way."""
        now = self.clock.now()
        if not isinstance(answer.parsed, ParsedFeed):
            return Plan(claim=claim, answer=answer, started_at=now)
        survey = self._read(claim.feed, answer, now)
        if survey is None:
            return None
        wanted = self._wanted(claim.feed, survey, now)
        return Plan(claim=claim, answer=answer, started_at=now, sighting=survey.sighting, wanted=wanted)

    def _read(self, feed: Feed, answer: FeedAnswer, now: datetime) -> Survey | None:
        """Survey a document and, as long as it shows nothing known, the older pages it names (RFC 5005 section 3)."""
        entries, asked = _entries(answer), {feed.url}
        survey = self._survey(feed, entries, now)
        for _ in range(_OLDER_PAGES):
            url = _older_page(answer) if is_gap(feed.state, survey.sighting) else None
            if url is None or url in asked:
                break
            asked.add(url)
            older = awaited(self.acquirer.document(feed, url), self.stop)
            if older is None or older.is_cut:
                return None
            answer, entries = older, (*entries, *_entries(older))
            survey = self._survey(feed, entries, now)
        return survey

    def _survey(self, feed: Feed, entries: Sequence[Entry], now: datetime) -> Survey:
        return survey_of(entries, self.store.known_entries(feed.id, entries), now)

    def _wanted(self, feed: Feed, survey: Survey, now: datetime) -> tuple[Wanted, ...]:
        """Pages another feed brought already need no second fetch; a changed entry's and a front page do."""
        first = feed.state.last_success_at is None
        urls = [entry.canonical_url for entry, revision in survey.wanted if not revision]
        known = self.store.known_urls([url for url in urls if url and is_story_address(url)])
        return tuple(
            Wanted(
                entry=dated(entry, feed.state, now),
                revision=revision,
                first_seen_at=now,
                known=known.get(entry.canonical_url or "") if not revision else None,
                too_old=is_too_old(entry, backfill=self.backfill, first_poll=first, now=now),
            )
            for entry, revision in survey.wanted
        )


def _entries(answer: FeedAnswer) -> tuple[Entry, ...]:
    return answer.parsed.entries if isinstance(answer.parsed, ParsedFeed) else ()


def _older_page(answer: FeedAnswer) -> str | None:
    """Where the document says that its older entries are, if that is on its own host."""
    if not isinstance(answer.parsed, ParsedFeed) or not isinstance(answer.result, Fetched):
        return None
    url = answer.parsed.next_url
    return url if url and host_of(url) == host_of(answer.result.url) else None
