"""One run of fetch or ingest, from claims to the report. Used by the front door only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from tracker.app.views import Progress, ProgressListener, RunReport, silent
from tracker.model import Access, Claim, Fate, Feed, FeedId, Item, ItemQuery, PollReport, Watch, WatchName
from tracker.pipeline.acquire import Acquirer, never
from tracker.pipeline.archive import archive_draft
from tracker.pipeline.ingest import Draft, Ingested, Ingester
from tracker.pipeline.poll import Finished, OwnNetwork, Poller
from tracker.polling import PollPolicy
from tracker.ports import Clock, Fetcher, Sandbox, Store

__all__ = ["CLAIMS", "Run"]

_BATCH = 20
CLAIMS = 200
"""Feeds claimed at once: a run of thousands holds few leases at a time."""
_RETRIES = 200
_ALL = 1_000_000


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run gathers; `report()` closes it. `access` tells by feed URL how a feed is reached."""

    store: Store
    ingester: Ingester
    clock: Clock
    watches: tuple[Watch, ...]
    policy: PollPolicy
    progress: ProgressListener = silent
    access: Mapping[str, Access] = field(default_factory=dict)
    network: OwnNetwork = field(default_factory=OwnNetwork)
    started_at: datetime = field(init=False)
    ingested: list[Ingested] = field(default_factory=list)
    polls: list[PollReport] = field(default_factory=list)
    feeds: dict[FeedId, Feed] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.started_at = self.clock.now()

    def poll(
        self,
        fetcher: Fetcher,
        sandbox: Sandbox,
        portions: Iterable[Sequence[Claim]],
        *,
        backfill: timedelta | None,
        stop: Callable[[], bool] = never,
    ) -> None:
        """Poll portions of claimed feeds, then pages that were to be tried again; inside `Store.polling`.

        Once `stop` turns true nothing new begins; what was not finished is left for the next run. Each portion of
        feeds has an acquirer of its own, so that memory holds the pages of one portion only.
        """
        poller = Poller(
            store=self.store, ingester=self.ingester, clock=self.clock, policy=self.policy, watches=self.watches,
            network=self.network,
        )  # fmt: skip
        for claims in portions:
            acquirer = Acquirer(fetcher, sandbox, self.policy, self.access)
            for finished in poller.poll(claims, acquirer, backfill=backfill, stop=stop):
                self._note(finished)
        if not (stop() or self.network.is_down):
            pending = self.store.pending(self.clock.now(), limit=_RETRIES)
            acquirer = Acquirer(fetcher, sandbox, self.policy, self.access)
            self.ingested.extend(poller.retry(pending, acquirer, stop=stop))

    def named(self, ids: Sequence[FeedId], *, force: bool) -> Iterator[tuple[Claim, ...]]:
        """Claim the named feeds that are due, or with `force` all of them, portion by portion."""
        self.total += len(ids)
        for start in range(0, len(ids), CLAIMS):
            now, portion = self.clock.now(), ids[start : start + CLAIMS]
            yield self.store.claim_due(now, limit=CLAIMS, lease=self.policy.lease, only=portion, force=force)

    def due(
        self, claims: Sequence[Claim], *, limit: int | None, stop: Callable[[], bool]
    ) -> Iterator[Sequence[Claim]]:
        """What was claimed, then what else is due, each feed once, up to `limit` feeds in all."""
        begun: set[FeedId] = set()
        while claims:
            begun.update(claim.feed.id for claim in claims)
            self.total += len(claims)
            yield claims
            left = (limit or _ALL) - len(begun)
            if left < 1 or stop():
                return
            claims = self.store.claim_due(self.clock.now(), limit=min(left, CLAIMS), lease=self.policy.lease)
            again = [claim for claim in claims if claim.feed.id in begun]  # due anew in a long run
            self.store.release(again)
            claims = [claim for claim in claims if claim.feed.id not in begun]

    def ingest(self, rows: Iterable[Mapping[str, object] | str]) -> None:
        """Store an archive's articles exactly as if polled, in their order. A row that is no article is a problem."""
        numbered = enumerate(rows, start=1)
        done = 0
        while batch := list(islice(numbered, _BATCH)):
            self.ingester.refresh()
            drafts = [self._draft(number, row) for number, row in batch]
            with self.store.ingesting() as session:
                kept = [self.ingester.ingest(session, draft, self.watches) for draft in drafts if draft]
            self.ingested.extend(kept)
            done += len(batch)
            self.progress(Progress(done=done, total=done, label="articles"))

    def report(self) -> RunReport:
        """Close the run: tidy the store, count fates, read back what was kept and folded."""
        if self.ingested:
            self.store.tidy()
        fates: dict[WatchName, Counter[Fate]] = {watch.name: Counter() for watch in self.watches}
        for entry in self.ingested:
            for watch, fate in entry.fates.items():
                fates[watch][fate] += 1
        return RunReport(
            started_at=self.started_at,
            finished_at=self.clock.now(),
            kept=self._items(Fate.KEPT),
            folded=self._items(Fate.COPY, Fate.VERSION),
            fates=fates,
            seen={watch: counts.total() for watch, counts in fates.items()},
            polls=tuple(self.polls),
            feeds=dict(self.feeds),
            problems=tuple(self.problems),
        )

    def _note(self, finished: Finished) -> None:
        self.polls.append(finished.report)
        self.feeds[finished.feed.id] = finished.feed
        self.ingested.extend(finished.ingested)
        label = finished.feed.title or finished.feed.url
        self.progress(Progress(done=len(self.polls), total=self.total, label=label))

    def _items(self, *fates: Fate) -> tuple[Item, ...]:
        """What this run gave one of these fates, best first."""
        entries = tuple(i.entry_id for i in self.ingested if any(fate in fates for fate in i.fates.values()))
        found = self.store.items(ItemQuery(entries=entries, fate=None)) if entries else ()
        return tuple(item for item in found if item.fate in fates)

    def _draft(self, number: int, row: Mapping[str, object] | str) -> Draft | None:
        draft = archive_draft(row, self.clock.now()) if isinstance(row, Mapping) else row
        if isinstance(draft, str):
            self.problems.append(f"line {number}: {draft}")
            return None
        return draft
