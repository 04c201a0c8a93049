"""One run of fetch or ingest, from claims to the report. Used by the front door only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from tracker.app.views import Progress, ProgressListener, RunReport
from tracker.model import Access, Claim, Fate, Feed, FeedId, Item, ItemQuery, PollReport, Watch, WatchName
from tracker.pipeline.acquire import Acquirer, never
from tracker.pipeline.archive import archive_draft
from tracker.pipeline.ingest import Draft, Ingested, Ingester
from tracker.pipeline.poll import Finished, OwnNetwork, Poller
from tracker.polling import PollPolicy
from tracker.ports import Clock, Fetcher, Sandbox, Store

__all__ = ["Run", "silent"]

_BATCH = 20
_CLAIMS = 200  # feeds claimed at once: a run of thousands holds few leases at a time
_RETRIES = 200


def silent(_: Progress) -> None:
    """Listen to nothing."""


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

    def poll(  # noqa: PLR0913 - four of them by name only
        self,
        fetcher: Fetcher,
        sandbox: Sandbox,
        *,
        only: Sequence[FeedId] | None,
        force: bool,
        backfill: timedelta | None,
        stop: Callable[[], bool] = never,
    ) -> None:
        """Poll every due feed (all of `only` when forced), then pages that were to be tried again.

        Once `stop` turns true nothing new begins; what was not finished is left for the next run. Each portion of
        feeds has an acquirer of its own, so that memory holds the pages of one portion only.
        """
        poller = Poller(
            store=self.store, ingester=self.ingester, clock=self.clock, policy=self.policy, watches=self.watches,
            network=self.network,
        )  # fmt: skip
        with self.store.polling():
            for claims in self._portions(only, force=force, stop=stop):
                acquirer = Acquirer(fetcher, sandbox, self.policy, self.access)
                for finished in poller.poll(claims, acquirer, backfill=backfill, stop=stop):
                    self._note(finished)
            if not (stop() or self.network.is_down):
                pending = self.store.pending(self.clock.now(), limit=_RETRIES)
                acquirer = Acquirer(fetcher, sandbox, self.policy, self.access)
                self.ingested.extend(poller.retry(pending, acquirer, stop=stop))

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

    def _portions(
        self, only: Sequence[FeedId] | None, *, force: bool, stop: Callable[[], bool]
    ) -> Iterator[tuple[Claim, ...]]:
        """Claim feeds portion by portion: the named ones, or what was due when the run began until none is left."""
        ids = [feed.id for feed in self.store.feeds()] if force and only is None else only
        if ids is None:
            yield from self._due(stop)
            return
        self.total += len(ids)
        for start in range(0, len(ids), _CLAIMS):
            if not stop():
                now, portion = self.clock.now(), ids[start : start + _CLAIMS]
                yield self.store.claim_due(
                    now, limit=_CLAIMS, lease=self.policy.lease, only=portion, force=force
                )

    def _due(self, stop: Callable[[], bool]) -> Iterator[tuple[Claim, ...]]:
        """Claim as of the run's start, so that nothing is due twice; each lease begins when it is given."""
        finished = -1
        while (
            len(self.polls) > finished and not stop()
        ):  # a portion of which nothing was finished is the last
            finished = len(self.polls)
            lease = self.policy.lease + (self.clock.now() - self.started_at)
            claims = self.store.claim_due(self.started_at, limit=_CLAIMS, lease=lease)
            self.total += len(claims)
            yield claims

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
