"""Immediate alerts behind the front door: made of what no target knows yet, fixed in the store, then sent.

As with digests the store remembers before anything leaves, so that a kill at any moment loses none and repeats at most
those that were on their way. What an alert does not tell is in the next digest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from tracker.app.schedule import ALERTS, final, retry_at
from tracker.app.views import AlertStatus, SentAlert
from tracker.delivery import AlertTarget, Notifier
from tracker.digest.alert import alerting, bundles, compose_alert, is_quiet, trial_alert
from tracker.errors import ConfigError, UsageError
from tracker.model import Alert, Delivery, DeliveryState, Item, OwedAlert, Watch, WatchName
from tracker.ports import Clock, Fetcher, Store
from tracker.settings import AlertSettings, LoadedSettings, alert_address, watch_of
from tracker.settings.values import render_clock_time

__all__ = ["Alerts"]

_log = logging.getLogger(__name__)
_WINDOW: Final = timedelta(days=1)
"""What was first seen longer ago is no news: a digest has told it, or the target was not there yet."""
_HOUR: Final = timedelta(hours=1)
_STRONG: Final = 0.5  # no item is half-way from its line to 1 with less


class Alerts:
    """Makes and sends the alerts of an installation."""

    def __init__(
        self, store: Store, clock: Clock, loaded: LoadedSettings, fetcher: Callable[[], Fetcher]
    ) -> None:
        self._store = store
        self._clock = clock
        self._loaded = loaded
        self._targets = {one.name: one for one in loaded.settings.alert}
        self._notifier = Notifier(fetcher)

    def send(self, stop: Callable[[], bool]) -> tuple[SentAlert, ...]:
        """Make an alert of what is new, then send what is owed and may be tried, until `stop`."""
        for target in self._targets.values():
            self._make(target)
        owed = [one for one in self._store.owed_alerts() if self._may_try(one)]
        return tuple(self._deliver(stop)) if owed else ()

    def test(self, name: str | None) -> tuple[SentAlert, ...]:
        """Send a trial alert to one target, or to all, past the outbox and its rules. Raises `UsageError`."""
        if name is not None and name not in self._targets:
            known = f"There are: {', '.join(self._targets)}." if self._targets else "Add an [[alert]] table."
            raise UsageError(f"No alert target is called {name}.", hint=known)
        chosen = [target for target in self._targets.values() if name in {None, target.name}]
        return tuple(self._try_out(target) for target in chosen)

    def status(self) -> tuple[AlertStatus, ...]:
        """Each target: what it is told of, and how it fares."""
        owed = self._store.owed_alerts()
        now = self._clock.now()
        return tuple(
            AlertStatus(
                name=one.name,
                kind=one.kind,
                watches=tuple(watch.name for watch in self._watches(one)),
                threshold=str(one.threshold),
                per_hour=one.per_hour,
                quiet="-".join(map(render_clock_time, one.quiet)) if one.quiet else "",
                is_quiet=is_quiet(now, one.quiet, one.timezone),
                last_day=self._store.alerts_made(one.name, now - _WINDOW),
                owed=sum(waiting.alert.target == one.name for waiting in owed),
            )
            for one in self._targets.values()
        )

    def _make(self, target: AlertSettings) -> None:
        """Fix an alert of each story that the target does not know, within its hours and its measure."""
        now = self._clock.now()
        if is_quiet(now, target.quiet, target.timezone):
            return
        for watch in self._watches(target):
            room = target.per_hour - self._store.alerts_made(target.name, now - _HOUR)
            if room < 1:
                return
            for stories in bundles(self._news(watch.name, target, now), room):
                self._store.save_alert(compose_alert(stories, watch, target=target.name, made_at=now))

    def _news(self, watch: WatchName, target: AlertSettings, now: datetime) -> tuple[Item, ...]:
        asked = None if target.threshold == "strong" else target.threshold
        least = _STRONG if asked is None else asked
        items = self._store.untold(watch, target.name, since_at=now - _WINDOW, min_score=least)
        return alerting(items, asked)

    def _deliver(self, stop: Callable[[], bool]) -> Iterator[SentAlert]:
        """Send owed alerts, older ones first. Nobody else does meanwhile, so that none is sent twice."""
        with self._store.delivering("alerts"):
            for owed in self._store.owed_alerts():
                if stop():
                    return
                if self._may_try(owed):
                    yield self._hand_over(owed)

    def _may_try(self, owed: OwedAlert) -> bool:
        now, target = self._clock.now(), self._targets.get(owed.alert.target)
        due = (retry_at(owed, ALERTS) or now) <= now
        return due and not (target and is_quiet(now, target.quiet, target.timezone))

    def _hand_over(self, owed: OwedAlert) -> SentAlert:
        """Send one alert's fixed words, and record what became of it."""
        alert, attempt = owed.alert, owed.attempts + 1
        self._store.begin_alert(alert.key, attempt=attempt, now=self._clock.now())
        told = final(self._attempt(alert), attempt, ALERTS)
        self._store.mark_alert(alert.key, told, self._clock.now())
        if told.state is not DeliveryState.SENT:
            facts = {"target": alert.target, "state": told.state.value, "detail": told.detail}
            _log.warning("alert not sent", extra=facts)
        return SentAlert(watch=alert.watch, title=alert.title, delivery=told)

    def _attempt(self, alert: Alert) -> Delivery:
        settings = self._targets.get(alert.target)
        if settings is None:
            detail = "this target is no longer in the configuration"
            return Delivery(recipient=alert.target, state=DeliveryState.REFUSED, detail=detail)
        try:
            address = alert_address(self._loaded, settings)
        except ConfigError as error:
            detail = str(error.problems[0])
            return Delivery(recipient=alert.target, state=DeliveryState.DEFERRED, detail=detail)
        target = AlertTarget(name=settings.name, kind=settings.kind, url=address.url, secret=address.secret)
        return self._notifier.send(alert, target)

    def _try_out(self, target: AlertSettings) -> SentAlert:
        watch = next(self._watches(target), None)
        if watch is None:
            detail = f"no watch is called {', '.join(target.watches)}"
            missing = Delivery(recipient=target.name, state=DeliveryState.REFUSED, detail=detail)
            return SentAlert(watch=WatchName(""), title="", delivery=missing)
        alert = trial_alert(watch, target=target.name, made_at=self._clock.now())
        return SentAlert(watch=watch.name, title=alert.title, delivery=self._attempt(alert))

    def _watches(self, target: AlertSettings) -> Iterator[Watch]:
        """The watches a target is told of, as far as words need them: their seeds stay unread."""
        for one in self._loaded.settings.watch:
            if "*" in target.watches or one.name in target.watches:
                yield watch_of(one, ())
