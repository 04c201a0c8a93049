"""One run beside others: a daemon that polls when asked, and processes that have lent feeds to themselves.

Who polls a feed is settled by leases in the store. Here a run waits for feeds that others poll, takes over what they
leave, and reads back what came in by their hands, so that nobody is told "nothing new" about news that just arrived.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker.app.run import Run
from tracker.app.views import Progress, RunReport
from tracker.model import Fate, Feed, FeedId, Item, ItemQuery, PollReport
from tracker.ports import Clock, Store

__all__ = ["Beside", "wanted_feeds", "with_others"]

_LOOK_S = 0.25
_ROUNDED = timedelta(milliseconds=2)  # a poll's stored duration is in whole milliseconds
_PATIENCE_S = (
    300.0  # without any poll ending: the longest one exchange, with all its pages, may keep us waiting
)


@dataclass(slots=True, kw_only=True)
class Beside:
    """Has feeds polled by whoever may. `poll` polls those that are free; `force`: also the ones not due."""

    store: Store
    clock: Clock
    run: Run
    poll: Callable[[Sequence[FeedId]], None]
    force: bool
    others: dict[FeedId, PollReport] = field(default_factory=dict)
    _asked: bool = False

    def poll_all(self, feeds: Sequence[Feed], *, ask: bool, rest: timedelta) -> tuple[PollReport, ...]:
        """Have the feeds polled; the polls that others made.

        `ask`: leave it to a daemon, should one run; it is asked for what it has left alone for `rest`, too.
        """
        started_at = self.run.started_at  # what is due then, the run may claim
        self._asked = ask and self.store.daemon() is not None
        wanted = wanted_feeds(
            self.store, feeds, started_at, force=self.force, rest=rest if self._asked else None
        )
        if self._asked:
            self.store.request_poll(wanted, started_at)
        else:
            self.poll(wanted)
        self._await(set(wanted), started_at)
        return tuple(self.others.values())

    def _await(self, wanted: set[FeedId], started_at: datetime) -> None:
        """Wait until every wanted feed is polled, by us where it becomes free; give up when nothing moves."""
        moved = time.monotonic()
        while missing := self._missing(wanted, started_at):
            done = len(self.run.polls) + len(self.others)
            if not (self._asked and self.store.daemon()):
                self.poll(sorted(missing))
            if len(self.run.polls) + len(self.others) > done:
                moved = time.monotonic()
            elif time.monotonic() - moved > _PATIENCE_S:
                said = f"{len(missing)} feeds are held by another process that does not finish; see tracker status."
                self.run.problems.append(said)
                return
            time.sleep(_LOOK_S)

    def _missing(self, wanted: set[FeedId], started_at: datetime) -> set[FeedId]:
        """What nobody has polled yet of those that can be polled; notes what others have."""
        ours = {poll.feed_id for poll in self.run.polls}
        open_ids = wanted - ours - self.others.keys()
        if not open_ids:
            return set()
        now = self.clock.now()
        # Feeds first: a poll's end and the feed's next time are stored together, so that no poll falls between.
        able = open_ids & self.store.due_feeds(now, force=self.force and not self._asked)
        for report in self.store.polls_since(started_at, ids=sorted(open_ids)):
            self._note(report, len(wanted))
        return able - self.others.keys()

    def _note(self, report: PollReport, total: int) -> None:
        self.others[report.feed_id] = report
        done = len(self.run.polls) + len(self.others)
        self.run.progress(Progress(done=done, total=total, label="polled by another process"))


def wanted_feeds(
    store: Store, feeds: Sequence[Feed], now: datetime, *, force: bool, rest: timedelta | None
) -> list[FeedId]:
    """Which of these a run has polled: what is due, with `force` all, and never what is to be left in peace.

    With `rest` a daemon is asked, and for more: for what it has left alone as long, but for what failed.
    """
    able = store.due_feeds(now, force=True)
    due = able if force else store.due_feeds(now)
    return [
        feed.id
        for feed in feeds
        if feed.id in due or (rest is not None and feed.id in able and _has_rested(feed, now, rest))
    ]


def _has_rested(feed: Feed, now: datetime, rest: timedelta) -> bool:
    polled_at = feed.state.last_polled_at
    return not feed.state.failures and (polled_at is None or now - polled_at >= rest)


def with_others(report: RunReport, others: Sequence[PollReport], store: Store) -> RunReport:
    """Add to a run's report what others polled meanwhile: their polls, and every entry those brought."""
    if not others:
        return report
    feeds = {feed.id: feed for feed in store.feeds()}
    since_at = min(report.started_at, *(poll.polled_at - poll.duration - _ROUNDED for poll in others))
    urls = {feeds[poll.feed_id].url for poll in others if poll.feed_id in feeds}
    found = store.items(ItemQuery(since_at=since_at, fate=None))
    items = [item for item in found if item.feed in urls and item.watch in report.fates]
    fates = {watch: Counter(counts) for watch, counts in report.fates.items()}
    for item in items:
        fates[item.watch][item.fate] += 1
    return replace(
        report,
        kept=_merged(report.kept, items, Fate.KEPT),
        folded=_merged(report.folded, items, Fate.COPY, Fate.VERSION),
        fates=fates,
        seen={watch: counts.total() for watch, counts in fates.items()},
        polls=(*report.polls, *others),
        feeds={**feeds, **report.feeds},
        elsewhere=len(others),
    )


def _merged(ours: Sequence[Item], theirs: Sequence[Item], *fates: Fate) -> tuple[Item, ...]:
    """Best first, as a run's own report is."""
    both = [*ours, *(item for item in theirs if item.fate in fates)]
    return tuple(sorted(both, key=lambda item: -1.0 if item.score is None else item.score, reverse=True))
