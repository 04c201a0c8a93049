"""One poll of all due feeds: fetch wide, decide and record narrow.

Feeds are finished in the order they were claimed, entries oldest first, so that which article is the original does not
depend on which server was quickest. A feed's poll is acknowledged last, with its last entries: a crash means looking
again, never missing. One bad feed never stops the others.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tracker.articles import choose_article
from tracker.errors import StoreError
from tracker.feeds import sift_entries
from tracker.model import (
    Claim,
    Entry,
    Fate,
    Feed,
    FeedId,
    FetchFailed,
    FetchReason,
    KnownArticle,
    ParsedFeed,
    PendingEntry,
    PollReport,
    Refused,
    TextSource,
    Watch,
)
from tracker.pipeline.acquire import Acquirer, FeedAnswer, PageAnswer
from tracker.pipeline.decide import PASSING_FAILURES, is_too_old
from tracker.pipeline.ingest import Draft, Ingested, Ingester
from tracker.pipeline.outcome import Counts, finished, judged
from tracker.polling import PollOutcome, PollPolicy, Sighting
from tracker.ports import Clock, Store

__all__ = ["Finished", "Poller", "follows"]

_log = logging.getLogger(__name__)
_BATCH = 20  # entries in one transaction: short enough that other commands take their turn
_PAGES_AHEAD = 150  # pages under way at once: enough for many hosts side by side, and bounded memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A feed's poll that has ended: its report and the entries it recorded, oldest first."""

    feed: Feed
    report: PollReport
    ingested: tuple[Ingested, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """An entry that needs judging, and the page on its way (None: nothing to fetch)."""

    entry: Entry
    revision: int
    first_seen_at: datetime
    attempts: int = 0
    known: KnownArticle | None = None
    too_old: bool = False
    page: Future[PageAnswer] | None = None


@dataclass(slots=True, kw_only=True)
class _Plan:
    """One claimed feed between its answer and its acknowledgement."""

    claim: Claim
    answer: FeedAnswer
    started_at: datetime
    wanted: list[_Wanted] = field(default_factory=list)
    listed: int = 0


class Poller:
    """Polls feeds with one store, one fetcher and one sandbox."""

    def __init__(
        self, store: Store, ingester: Ingester, clock: Clock, policy: PollPolicy, watches: Sequence[Watch]
    ) -> None:
        self._store = store
        self._ingester = ingester
        self._clock = clock
        self._policy = policy
        self._watches = tuple(watches)

    def poll(
        self, claims: Sequence[Claim], acquirer: Acquirer, *, backfill: timedelta | None = None
    ) -> Iterator[Finished]:
        """Poll claimed feeds; yields each as it is stored. A feed that meets a bug is logged and reported."""
        started = self._clock.now()
        answers = [(claim, acquirer.feed(claim.feed, started)) for claim in claims]
        plans: deque[_Plan] = deque()
        for claim, answer in answers:
            plans.append(self._plan(claim, answer, acquirer, backfill))
            while sum(len(plan.wanted) for plan in plans) > _PAGES_AHEAD and len(plans) > 1:
                yield self._finish_safely(plans.popleft())
        while plans:
            yield self._finish_safely(plans.popleft())

    def retry(self, pending: Sequence[PendingEntry], acquirer: Acquirer) -> tuple[Ingested, ...]:
        """Try again the pages that could not be had before."""
        feeds = {feed.id: feed for feed in self._store.feeds()}
        wanted = [
            (
                feeds[p.feed_id],
                _Wanted(entry=p.entry, revision=0, first_seen_at=p.first_seen_at, attempts=p.attempts),
            )
            for p in pending
            if p.feed_id in feeds
        ]
        for _, want in wanted:
            self._start_page(want, acquirer)
        records: list[Ingested] = []
        for feed, want in wanted:
            draft = self._draft(feed, want)
            with self._store.ingesting() as session:
                records.append(self._ingester.ingest(session, draft, self._following(feed)))
        return tuple(records)

    def _plan(
        self, claim: Claim, future: Future[FeedAnswer], acquirer: Acquirer, backfill: timedelta | None
    ) -> _Plan:
        answer = future.result()
        plan = _Plan(claim=claim, answer=answer, started_at=self._clock.now())
        if not isinstance(answer.parsed, ParsedFeed):
            return plan
        entries = answer.parsed.entries
        plan.listed = len(entries)
        plan.wanted = self._wanted(claim.feed, entries, backfill)
        self._recognise(plan.wanted)
        for want in plan.wanted:
            if want.known is None and not want.too_old:
                self._start_page(want, acquirer)
        return plan

    def _wanted(self, feed: Feed, entries: Sequence[Entry], backfill: timedelta | None) -> list[_Wanted]:
        """New and changed entries, oldest first; undated ones keep the feed's order, which is newest first."""
        known = self._store.known_entries(feed.id, entries)
        sifted = sift_entries(entries, known)
        now, first = self._clock.now(), feed.state.last_success_at is None
        revisions = {entry.key: entry.revision for entry in known.values()}
        wanted = [
            _Wanted(
                entry=entry,
                revision=revision,
                first_seen_at=now,
                too_old=is_too_old(entry, backfill=backfill, first_poll=first, now=now),
            )
            for entry, revision in (
                *((entry, 0) for entry in reversed(sifted.new)),
                *((entry, revisions[entry.key] + 1) for entry in reversed(sifted.changed)),
            )
        ]
        floor = datetime.min.replace(tzinfo=UTC)
        return sorted(wanted, key=lambda want: want.entry.published_at or floor)

    def _recognise(self, wanted: Sequence[_Wanted]) -> None:
        """Pages another feed brought already need no second fetch; a changed entry does."""
        urls = [want.entry.canonical_url for want in wanted if want.entry.canonical_url and not want.revision]
        known = self._store.known_urls(urls)
        for want in wanted:
            if want.entry.canonical_url and not want.revision:
                want.known = known.get(want.entry.canonical_url)

    def _start_page(self, want: _Wanted, acquirer: Acquirer) -> None:
        url = want.entry.url
        if url:
            key = f"{want.entry.canonical_url or url}#{want.revision}"
            want.page = acquirer.page(url, key)

    def _finish_safely(self, plan: _Plan) -> Finished:
        """A bug in one feed ends that feed's poll only, with a traceback in the log."""
        try:
            return self._finish(plan)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - around one feed: a bug is reported and stops nothing else
            _log.exception("poll failed", extra={"feed": plan.claim.feed.url})
            self._ingester.reload()
            return self._fail(
                plan, f"Reading this feed met an error in the program ({type(error).__name__}: {error})."
            )

    def _fail(self, plan: _Plan, detail: str) -> Finished:
        """End a poll as failed, so that the feed backs off and its condition is shown."""
        now, feed = self._clock.now(), plan.claim.feed
        outcome = PollOutcome(polled_at=now, failed="bug", detail=detail, headers={})
        counts = Counts(listed=plan.listed, new=0, changed=0, duration=now - plan.started_at)
        state, report = finished(feed, outcome, self._policy, counts)
        self._store.finish_poll(plan.claim, state, report)
        return Finished(feed=feed, report=report)

    def _finish(self, plan: _Plan) -> Finished:
        feed, watches = plan.claim.feed, self._following(plan.claim.feed)
        drafts = [self._draft(feed, want) for want in plan.wanted]
        fresh = sum(1 for want in plan.wanted if not want.revision)
        changed, now = len(drafts) - fresh, self._clock.now()
        sighting = (
            Sighting(listed=plan.listed, new=fresh, changed=changed, known=plan.listed - len(drafts))
            if isinstance(plan.answer.parsed, ParsedFeed)
            else None
        )
        outcome = judged(plan.answer, plan.claim, sighting, polled_at=now)
        counts = Counts(listed=plan.listed, new=fresh, changed=changed, duration=now - plan.started_at)
        state, report = finished(feed, outcome, self._policy, counts)
        if drafts:
            self._ingester.refresh()
        records: list[Ingested] = []
        batches = [drafts[i : i + _BATCH] for i in range(0, len(drafts), _BATCH)] or [[]]
        for number, batch in enumerate(batches, start=1):
            with self._store.ingesting() as session:
                records.extend(self._ingester.ingest(session, draft, watches) for draft in batch)
                if number == len(batches):
                    session.finish_poll(plan.claim, state, report)
        _log.info("feed polled", extra={"feed": feed.url, "status": report.status.value, "new": report.new})
        return Finished(feed=feed, report=report, ingested=tuple(records))

    def _draft(self, feed: Feed, want: _Wanted) -> Draft:
        """What is known of an entry once its page has come, or has not."""
        common = _Common(feed.id, want)
        if want.known is not None:
            return common.draft(known=want.known, fate=Fate.COPY)
        if want.too_old:
            return common.draft(
                fate=Fate.TOO_OLD, note="dated before the window asked for at the feed's first poll"
            )
        answer = want.page.result() if want.page else None
        page = answer.page if answer else None
        if (
            isinstance(page, FetchFailed)
            and page.reason in PASSING_FAILURES
            and want.attempts + 1 < self._policy.page_attempts
        ):
            retry_at = self._clock.now() + self._policy.page_retry * 2**want.attempts
            return common.draft(fate=Fate.PENDING, note=page.detail, retry_at=retry_at)
        article = choose_article(
            want.entry,
            page,
            final_url=answer.url if answer else want.entry.url,
            first_seen_at=want.first_seen_at,
            feed_title=feed.title,
            feed_language=None,
        )
        final = isinstance(page, FetchFailed) and page.reason not in PASSING_FAILURES
        if article is None or (final and article.source is TextSource.TITLE):
            return common.draft(**_unreadable(page))  # a headline over a page that is not there tells nothing
        return common.draft(article=article)

    def _following(self, feed: Feed) -> tuple[Watch, ...]:
        return tuple(watch for watch in self._watches if follows(watch, feed))


@dataclass(frozen=True, slots=True)
class _Common:
    """The fields all drafts of an entry share."""

    feed_id: FeedId
    want: _Wanted

    def draft(self, **outcome: object) -> Draft:
        want = self.want
        fields: dict[str, object] = {"article": None, **outcome}
        return Draft(
            feed_id=self.feed_id,
            entry=want.entry,
            revision=want.revision,
            first_seen_at=want.first_seen_at,
            attempts=want.attempts + 1,
            **fields,  # type: ignore[arg-type]
        )


def follows(watch: Watch, feed: Feed) -> bool:
    """Whether a watch reads a feed: all feeds, or one of its tags."""
    return "*" in watch.feeds or bool(set(watch.feeds) & set(feed.tags))


def _unreadable(page: object) -> dict[str, object]:
    blocked = {
        FetchReason.BLOCKED_ADDRESS,
        FetchReason.BLOCKED_SCHEME,
        FetchReason.BLOCKED_PORT,
        FetchReason.ROBOTS,
    }
    if isinstance(page, FetchFailed):
        return {"fate": Fate.REFUSED if page.reason in blocked else Fate.UNREADABLE, "note": page.detail}
    if isinstance(page, Refused):
        return {"fate": Fate.UNREADABLE, "note": page.detail}
    return {"fate": Fate.UNREADABLE, "note": "the feed gives neither text nor an address to open"}
