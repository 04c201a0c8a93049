"""One run of fetch or ingest, from claims to the report. Used by the front door only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from tracker.app.views import Progress, ProgressListener, RunReport
from tracker.model import (
    Article,
    Claim,
    Entry,
    Fate,
    Feed,
    FeedId,
    Item,
    ItemQuery,
    PollReport,
    TextGrade,
    TextSource,
    Watch,
    WatchName,
)
from tracker.pipeline.acquire import Acquirer
from tracker.pipeline.ingest import Draft, Ingested, Ingester
from tracker.pipeline.poll import Finished, Poller
from tracker.polling import PollPolicy
from tracker.ports import Clock, Fetcher, Sandbox, Store
from tracker.urls import canonical_url

__all__ = ["Run", "archive_draft", "silent"]

_BATCH = 20
_CLAIMS = 200  # feeds claimed at once: a run of thousands holds few leases at a time
_RETRIES = 200


def silent(_: Progress) -> None:
    """Listen to nothing."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run gathers; `report()` closes it."""

    store: Store
    ingester: Ingester
    clock: Clock
    watches: tuple[Watch, ...]
    policy: PollPolicy
    progress: ProgressListener = silent
    started_at: datetime = field(init=False)
    ingested: list[Ingested] = field(default_factory=list)
    polls: list[PollReport] = field(default_factory=list)
    feeds: dict[FeedId, Feed] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started_at = self.clock.now()

    def poll(
        self,
        fetcher: Fetcher,
        sandbox: Sandbox,
        *,
        only: Sequence[FeedId] | None,
        force: bool,
        backfill: timedelta | None,
    ) -> None:
        """Poll every due feed (all of `only` when forced), then pages that were to be tried again."""
        poller = Poller(self.store, self.ingester, self.clock, self.policy, self.watches)
        acquirer = Acquirer(fetcher, sandbox, self.policy)
        with self.store.polling():
            left = [feed.id for feed in self.store.feeds() if only is None or feed.id in set(only)]
            total = len(left)
            while left:
                chunk, left = left[:_CLAIMS], left[_CLAIMS:]
                for finished in poller.poll(self._claim(chunk, force=force), acquirer, backfill=backfill):
                    self._note(finished, total)
            pending = self.store.pending(self.clock.now(), limit=_RETRIES)
            self.ingested.extend(poller.retry(pending, acquirer))

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

    def _note(self, finished: Finished, total: int) -> None:
        self.polls.append(finished.report)
        self.feeds[finished.feed.id] = finished.feed
        self.ingested.extend(finished.ingested)
        self.progress(
            Progress(done=len(self.polls), total=total, label=finished.feed.title or finished.feed.url)
        )

    def _claim(self, chunk: Sequence[FeedId], *, force: bool) -> tuple[Claim, ...]:
        now = self.clock.now()
        return self.store.claim_due(now, limit=len(chunk), lease=self.policy.lease, only=chunk, force=force)

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


def archive_draft(row: Mapping[str, object], now: datetime) -> Draft | str:
    """An archive's row as a draft, or what is wrong with it."""
    title, text, url = (_field(row, name) for name in ("title", "text", "url"))
    if not (title or text):
        return "neither title nor text"
    reference = _field(row, "id") or None
    canonical = canonical_url(url) if url else None
    if not (canonical or reference):
        return "neither a usable url nor an id"
    published = _published(row.get("published"))
    if isinstance(published, str):
        return published
    key = f"archive:{reference or canonical}"
    language = _field(row, "lang") or None
    article = Article(
        url=url,
        canonical_url=canonical or key,
        title=title,
        text=text or title,
        outlet=_field(row, "outlet"),
        language=language,
        published_at=min(published, now) if published else None,
        source=TextSource.ARCHIVE,
        grade=TextGrade.FULL,
        external_id=reference,
    )
    entry = Entry(
        key=key, url=url or None, canonical_url=article.canonical_url, title=title, published_at=published
    )
    return Draft(feed_id=None, entry=entry, first_seen_at=now, article=article)


def _published(value: object) -> datetime | str | None:
    if value in {None, ""}:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return f"published is {str(value)[:40]!r}, which is no ISO 8601 date"
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        return f"published is {str(value)[:40]!r}, which is beyond the calendar"


def _field(row: Mapping[str, object], name: str) -> str:
    """A text field; half a surrogate pair, which JSON can hold and no text can, becomes a question mark."""
    return str(row.get(name) or "").strip().encode("utf-8", "replace").decode()
