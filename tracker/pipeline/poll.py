"""One poll of all due feeds: fetch wide, decide and record narrow.

Feeds are finished in the order they were claimed, entries oldest first, so that which article is the original does not
depend on which server was quickest; those that the network did not let us reach come last, when it is known whether
it was our own. A feed's poll is acknowledged with its last entries: a crash or a stop means looking again, never
missing. One bad feed never stops the others.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import takewhile
from typing import TypeVar

from tracker.errors import StoreError
from tracker.model import Claim, Feed, PendingEntry, PollReport, Watch
from tracker.pipeline.acquire import Acquirer, FeedAnswer, awaited, never
from tracker.pipeline.decide import is_unreached, obeys_robots, uncounted, with_remarks
from tracker.pipeline.ingest import Draft, Ingested, Ingester
from tracker.pipeline.lease import Held
from tracker.pipeline.moves import checked_move, move
from tracker.pipeline.outcome import Counts, finished, judged
from tracker.pipeline.plan import Plan, Planner
from tracker.pipeline.wanted import Wanted, draft_of, with_page, without_page
from tracker.polling import (
    PollOutcome,
    PollPolicy,
    Sighting,
    hosts_unheard,
    is_long_lost,
    is_network_down,
)
from tracker.ports import Clock, IngestSession, Store
from tracker.urls import host_of

__all__ = ["Finished", "OwnNetwork", "Poller", "follows"]

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_BATCH = 20  # entries in one transaction: short enough that other commands take their turn
_PAGES_AHEAD = 150  # pages under way at once: enough for many hosts side by side, and bounded memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A feed's poll that has ended: its report and the entries it recorded, oldest first."""

    feed: Feed
    report: PollReport
    ingested: tuple[Ingested, ...] = ()


@dataclass(slots=True)
class OwnNetwork:
    """Whether our own network is down, as the latest round found it, and the hosts tried since anybody answered."""

    is_down: bool = False
    unheard: frozenset[str] = frozenset()

    def hear(self, results_by_host: Mapping[str, bool]) -> None:
        """Take in a round: each host with whether it gave any answer."""
        self.unheard = hosts_unheard(self.unheard, results_by_host)
        self.is_down = is_network_down(results_by_host, self.unheard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Polls feeds with one store; `network` remembers from poller to poller whether our own network works."""

    store: Store
    ingester: Ingester
    clock: Clock
    policy: PollPolicy
    watches: tuple[Watch, ...]
    network: OwnNetwork = field(default_factory=OwnNetwork)

    def poll(
        self,
        claims: Sequence[Claim],
        acquirer: Acquirer,
        *,
        backfill: timedelta | None = None,
        stop: Callable[[], bool] = never,
    ) -> Iterator[Finished]:
        """Poll claimed feeds; yields each as it is stored. A feed that meets a bug is logged and reported.

        Leases are renewed while the work is long. Once `stop` turns true nothing new begins. A feed that could not
        be finished is given back without a poll, and not yielded: whoever claims it next asks again.
        """
        held = Held(self.store, self.clock, self.policy.lease, claims)
        planner = Planner(
            store=self.store, clock=self.clock, acquirer=acquirer, backfill=backfill, stop=held.keeping(stop)
        )
        try:
            for ended in filter(None, self._round(claims, planner)):
                held.end(ended.feed.id)
                held.keep()
                yield ended
        finally:
            held.give_back()

    def retry(
        self, pending: Sequence[PendingEntry], acquirer: Acquirer, *, stop: Callable[[], bool] = never
    ) -> tuple[Ingested, ...]:
        """Try again the pages that could not be had before. What a stop cuts off stays as it was."""
        feeds = {feed.id: feed for feed in self.store.feeds()} if pending else {}
        begun = [
            (feeds[due.feed_id], self._begun(feeds[due.feed_id], (_again(due),), acquirer))
            for due in takewhile(lambda _: not stop(), pending)
            if due.feed_id in feeds
        ]
        records: list[Ingested] = []
        for feed, wanted in begun:
            try:
                drafts = self._drafts(feed, wanted, stop)
                records += self._record(feed, drafts, _always)[0] if drafts else ()
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - around one page: a bug is recorded and stops nothing else
                _log.exception("page failed", extra={"feed": feed.url})
                self.ingester.reload()
                note = f"Reading this page met an error in the program ({type(error).__name__}: {error})."
                records += self._record(feed, [without_page(one, feed, note) for one in wanted], _always)[0]
        return tuple(records)

    def _round(self, claims: Sequence[Claim], planner: Planner) -> Iterator[Finished | None]:
        """Finish what can be finished; None stands for a feed that a stop cut off."""
        stop, now = planner.stop, self.clock.now()
        wished = takewhile(lambda _: not stop(), claims)
        begun = deque((claim, planner.acquirer.feed(claim.feed, now)) for claim in wished)
        plans: deque[Plan] = deque()
        unreached: list[Plan] = []
        answers: Counter[str] = Counter()
        while begun:  # what is done with is let go at once: a portion's documents and pages are large
            claim, future = begun.popleft()
            plan = self._safely(claim, partial(self._plan, claim, future, planner))
            if not isinstance(plan, Plan):
                yield plan
                continue
            is_lost = is_unreached(plan.answer.result)
            if not (is_lost and is_long_lost(claim.feed.state.failures)):
                answers[host_of(claim.feed.url)] += not is_lost
            (unreached if is_lost else plans).append(plan)
            while sum(len(waiting.wanted) for waiting in plans) > _PAGES_AHEAD and len(plans) > 1:
                yield self._finish_safely(plans.popleft(), stop)
        self.network.hear({host: count > 0 for host, count in answers.items()})
        plans += unreached
        while plans:
            yield self._finish_safely(plans.popleft(), stop)

    def _plan(self, claim: Claim, future: Future[FeedAnswer], planner: Planner) -> Plan | None:
        """Read a feed's answer and start its pages; None when a stop came between."""
        answer = awaited(future, planner.stop)
        plan = None if answer is None or answer.is_cut else planner.plan(claim, answer)
        if plan is None or (plan.wanted and planner.stop()):
            return None
        return replace(plan, wanted=self._begun(claim.feed, plan.wanted, planner.acquirer))

    def _begun(self, feed: Feed, wanted: Sequence[Wanted], acquirer: Acquirer) -> tuple[Wanted, ...]:
        obey = obeys_robots(self._following(feed))
        return tuple(with_page(one, acquirer, obey_robots=obey) for one in wanted)

    def _safely(self, claim: Claim, step: Callable[[], _T]) -> _T | Finished:
        """A bug in one feed ends that feed's poll only, with a traceback in the log."""
        started_at = self.clock.now()
        try:
            return step()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - around one feed: a bug is reported and stops nothing else
            _log.exception("poll failed", extra={"feed": claim.feed.url})
            self.ingester.reload()
            detail = f"Reading this feed met an error in the program ({type(error).__name__}: {error})."
        now = self.clock.now()
        outcome = PollOutcome(polled_at=now, failed="bug", detail=detail, headers={})
        counts = Counts(listed=0, new=0, changed=0, duration=now - started_at)
        state, report = finished(claim.feed, outcome, self.policy, counts)
        self.store.finish_poll(claim, state, report)
        return Finished(feed=claim.feed, report=report)

    def _finish_safely(self, plan: Plan, stop: Callable[[], bool]) -> Finished | None:
        return self._safely(plan.claim, partial(self._finish, plan, stop))

    def _finish(self, plan: Plan, stop: Callable[[], bool]) -> Finished | None:
        """Record a feed's entries and acknowledge its poll; None, and no poll, when a stop came between."""
        claim, feed = plan.claim, plan.claim.feed
        early = self._record_early(feed, plan.wanted, stop)
        drafts = None if early is None else self._drafts(feed, plan.wanted[len(early) :], stop)
        if early is None or drafts is None:
            return None
        now, seen = self.clock.now(), plan.sighting or Sighting()
        is_offline = self.network.is_down and is_unreached(plan.answer.result)
        outcome = judged(plan.answer, claim, plan.sighting, polled_at=now, is_offline=is_offline)
        counts = Counts(
            listed=seen.listed, new=seen.new, changed=seen.changed, duration=now - plan.started_at
        )
        state, report = finished(feed, outcome, self.policy, counts)
        report = with_remarks(report, plan.answer.parsed)
        state, new_url = checked_move(self.store, feed, state, self.policy)
        ingested, is_ours = self._record(
            feed, drafts, lambda session: session.finish_poll(claim, state, report)
        )
        if not is_ours:
            _log.warning("poll not counted: the lease was lost", extra={"feed": feed.url})
            return Finished(feed=feed, report=uncounted(report))
        if new_url is not None:
            move(self.store, feed, new_url, now)
        said = {"detail": report.detail} if report.detail else {}
        _log.info(
            "feed polled", extra={"feed": feed.url, "status": report.status.value, "new": report.new, **said}
        )
        return Finished(feed=feed, report=report, ingested=(*early, *ingested))

    def _record_early(
        self, feed: Feed, wanted: Sequence[Wanted], stop: Callable[[], bool]
    ) -> tuple[Ingested, ...] | None:
        """Record all but the last of a long feed's entries as their pages come; None when a stop came between.

        At one page a second a feed of thousands takes an hour: who is stopped meanwhile goes on where this ended.
        """
        records: list[Ingested] = []
        while len(wanted) - len(records) > _BATCH:
            portion = wanted[len(records) : len(records) + _BATCH]
            drafts = None if stop() else self._drafts(feed, portion, stop)
            if drafts is None:
                return None
            records += self._record(feed, drafts, _always)[0]
        return tuple(records)

    def _drafts(
        self, feed: Feed, wanted: Sequence[Wanted], stop: Callable[[], bool]
    ) -> tuple[Draft, ...] | None:
        """The entries with their pages, as far as they could be had; None when a stop came between."""
        drafts = []
        for one in wanted:
            page = awaited(one.page, stop) if one.page else None
            if one.page and (page is None or page.is_cut):
                return None
            drafts.append(draft_of(one, page, feed, self.policy, self.clock.now()))
        return tuple(drafts)

    def _record(
        self, feed: Feed, drafts: Sequence[Draft], acknowledge: Callable[[IngestSession], bool]
    ) -> tuple[tuple[Ingested, ...], bool]:
        """Record drafts, the last of them in one transaction with the acknowledgement; also what that answered."""
        watches = self._following(feed)
        if drafts:
            self.ingester.refresh()
        records: list[Ingested] = []
        is_ours = True
        batches = [drafts[i : i + _BATCH] for i in range(0, len(drafts), _BATCH)] or [()]
        for number, batch in enumerate(batches, start=1):
            with self.store.ingesting() as session:
                records.extend(self.ingester.ingest(session, draft, watches) for draft in batch)
                if number == len(batches):
                    is_ours = acknowledge(session)
        return tuple(records), is_ours

    def _following(self, feed: Feed) -> tuple[Watch, ...]:
        return tuple(watch for watch in self.watches if follows(watch, feed))


def follows(watch: Watch, feed: Feed) -> bool:
    """Whether a watch reads a feed: all feeds, or one of its tags."""
    return "*" in watch.feeds or bool(set(watch.feeds) & set(feed.tags))


def _always(_: IngestSession) -> bool:
    """Acknowledge nothing: pages tried again belong to no poll, and those before a poll's end do not end it."""
    return True


def _again(due: PendingEntry) -> Wanted:
    return Wanted(
        entry=due.entry, revision=due.revision, first_seen_at=due.first_seen_at, attempts=due.attempts
    )
