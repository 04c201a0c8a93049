"""What the clock asks for: polls, digests, maintenance, each one round of the front door with a line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.app import RunReport, SentAlert, SentDigest, Tracker
from tracker.daemon.job import Beat, Work
from tracker.model import DeliveryState

__all__ = ["PORTION", "Rounds"]

PORTION = 100
"""Feeds polled in one piece of work: a reload waits for no more, and memory holds no more."""

_log = logging.getLogger(__name__)
_ALERTS_EVERY = timedelta(seconds=5)
_DIGESTS_EVERY = timedelta(seconds=20)
_MAINTENANCE_EVERY = timedelta(hours=1)
_PRUNING_EVERY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Rounds:
    """The four kinds of work, and what they came to since the start.

    `is_stopping`: begin nothing new. `is_cut`: leave what is under way.
    """

    is_stopping: Callable[[], bool]
    is_cut: Callable[[], bool]
    polled: int = 0
    rested: int = 0
    failed: int = 0
    kept: int = 0
    mails: int = 0
    unsent: int = 0
    pruned_at: float | None = None  # of a monotonic clock
    alerted: int = 0
    unalerted: int = 0

    def poll(self, tick: timedelta, *, limit: int | None = PORTION) -> Work:
        """Poll what is due, the longest due first, `limit` feeds in a piece."""

        def do(tracker: Tracker, beat: Beat) -> bool:
            report = tracker.poll_due(stop=self.is_cut, progress=lambda _: beat(), limit=limit)
            self._note_polls(report)
            return bool(report.polls) and limit is not None

        return Work(name="poll", do=do, every=tick)

    def alerts(self) -> Work:
        """Send alerts of what is new, and try owed ones again."""

        def do(tracker: Tracker, beat: Beat) -> bool:
            def stop() -> bool:
                beat()  # asked before each alert
                return self.is_stopping()

            for sent in tracker.send_alerts(stop=stop):
                self._note_alert(sent)
            return False

        return Work(name="alerts", do=do, every=_ALERTS_EVERY)

    def digests(self) -> Work:
        """Compose and send what is due, and try owed mail again."""

        def do(tracker: Tracker, beat: Beat) -> bool:
            def stop() -> bool:
                beat()  # asked before each mail
                return self.is_stopping()

            for sent in tracker.send_due_digests(stop=stop):
                self._note_mail(sent)
            return False

        return Work(name="digest", do=do, every=_DIGESTS_EVERY)

    def maintenance(self, renew: Callable[[], None]) -> Work:
        """Keep the store in shape, then call `renew`."""

        def do(tracker: Tracker, _: Beat) -> bool:
            tracker.maintain()
            self._prune(tracker)
            renew()
            return False

        return Work(name="maintenance", do=do, every=_MAINTENANCE_EVERY)

    def renewal(self, renew: Callable[[], None]) -> Work:
        """Only call `renew`: a worker keeps nothing in shape, but reads again what a person changed."""

        def do(_: Tracker, __: Beat) -> bool:
            renew()
            return False

        return Work(name="renewal", do=do, every=_MAINTENANCE_EVERY)

    @property
    def is_partly_failed(self) -> bool:
        """Whether some feed, mail or alert did not come through."""
        return bool(self.failed or self.unsent or self.unalerted)

    def _prune(self, tracker: Tracker) -> None:
        """Once a day, and once after each start: delete what [retention] does not keep."""
        if self.pruned_at is not None and time.monotonic() - self.pruned_at < _PRUNING_EVERY.total_seconds():
            return
        gone = tracker.prune()
        self.pruned_at = time.monotonic()
        if gone.kept or gone.others or gone.polls or gone.alerts:
            texts = {"texts_of_kept": gone.kept, "other_texts": gone.others}
            _log.info("pruned", extra={**texts, "polls": gone.polls, "alerts": gone.alerts})

    def summary(self) -> str:
        """What was done, in one line."""
        mails = f"; {_counted(self.mails, 'mail')} sent" if self.mails else ""
        owed = f", {self.unsent} not yet" if self.unsent else ""
        alerts = f"; {_counted(self.alerted, 'alert')} sent" if self.alerted else ""
        waiting = f"; {_counted(self.unalerted, 'alert')} not sent" if self.unalerted else ""
        rested = f", {self.rested} rested" if self.rested else ""
        polls = f"{self.polled} polls, {self.failed} failed{rested}; {self.kept} new items"
        return f"{polls}{mails}{owed}{alerts}{waiting}"

    def _note_polls(self, report: RunReport) -> None:
        self.polled += len(report.polls)
        self.failed += report.failed
        self.rested += report.rested
        self.kept += len(report.kept)

    def _note_alert(self, sent: SentAlert) -> None:
        is_sent = sent.delivery.state is DeliveryState.SENT
        self.alerted += is_sent
        self.unalerted += not is_sent
        if is_sent:
            _log.info("alert sent", extra={"watch": sent.watch, "target": sent.delivery.recipient})

    def _note_mail(self, sent: SentDigest) -> None:
        accepted = sum(delivery.state is DeliveryState.SENT for delivery in sent.deliveries)
        self.mails += accepted
        self.unsent += len(sent.deliveries) - accepted
        facts = {"watch": sent.watch, "sent": accepted, "not_sent": len(sent.deliveries) - accepted}
        _log.info("digest sent" if accepted else "digest not sent", extra=facts)


def _counted(count: int, one: str) -> str:
    return f"{count} {one if count == 1 else one + 's'}"
