"""Looking after what is stored: backup and restore, retention, checks, upgrade, and the pulse that monitors ask for.

Each function opens the database for itself, so that it works beside a daemon, and where nothing else can be opened.
"""

from __future__ import annotations

import os
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.app.installation import Installation
from tracker.app.schedule import DigestSchedule, retry_at
from tracker.app.views import OwedMail
from tracker.errors import UsageError
from tracker.model import Delivery, Feed, OwedDigest, Presence, WatchName
from tracker.ports import Store
from tracker.settings import LoadedSettings, RetentionSettings, Settings
from tracker.store import (
    Backup,
    Flaw,
    Keeping,
    Pruned,
    Restored,
    open_store,
    restore,
    upgrade_store,
)

if TYPE_CHECKING:
    from tracker.app.health import Health, Pulse

__all__ = [
    "GIVEN_UP_TOLD",
    "Upkeep",
    "back_up",
    "check_store",
    "owed_mail",
    "prune",
    "pulse_of",
    "restore_backup",
    "upgrade",
]

GIVEN_UP_TOLD = timedelta(days=14)
"""How long mail that was given up stays in reports."""


class Upkeep(Installation):
    """The part of the front door that keeps an installation in order."""

    def maintain(self) -> None:
        """Keep the store in shape; cheap when there is nothing to do."""
        self._store.tidy()

    def prune(self, *, dry_run: bool = False) -> Pruned:
        """Delete the texts and histories that [retention] does not keep, or only count them."""
        return prune(self._loaded, self._clock.now(), dry_run=dry_run)

    def backup(self, target: Path) -> Backup:
        """Write a verified backup of all that is stored, while everything runs."""
        return back_up(self._loaded, target)

    def health(self, *, wants_daemon: bool = True) -> Health:
        """Whether the work is done and in time, for a monitor; opens no network."""
        from tracker.app.health import health_of

        now = self._clock.now()
        pulse = pulse_of(self._store, self._schedule, self._settings, now)
        return health_of(pulse, wants_daemon=wants_daemon)

    def send_test(self, recipient: str = "") -> Delivery:
        """Send one test mail, without a recipient to the first one of a digest; what became of it."""
        named = [recipient] if recipient else [to for watch in self._settings.watch for to in watch.digest.to]
        if not named:
            raise UsageError("Nobody is to get a digest.", hint="Name an address, or set [watch.digest] to.")
        return self._reports.send_test(named[0])


def back_up(loaded: LoadedSettings, target: Path) -> Backup:
    """Write a verified backup while everything runs; into a folder under a name with the time. Raises `StoreError`."""
    if target.is_dir():
        target /= f"tracker-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    with closing(open_store(loaded.settings.store.url)) as store:
        return store.back_up(target)


def restore_backup(loaded: LoadedSettings, source: Path) -> Restored:
    """Put a backup back. Raises `UsageError`, `StoreError`, and `LockHeld` while a daemon runs."""
    us = Presence(pid=os.getpid(), host=socket.gethostname(), since_at=datetime.now(UTC))
    return restore(loaded.settings.store.url, source, us, loaded.state)


def check_store(loaded: LoadedSettings, *, repair: bool = False) -> tuple[tuple[Flaw, ...], tuple[str, ...]]:
    """What is wrong with what is stored, and what `repair` has mended of it. Raises `StoreError`."""
    with closing(open_store(loaded.settings.store.url)) as store:
        return store.flaws(repair=repair)


def prune(loaded: LoadedSettings, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Delete what [retention] does not keep, or only count it. Raises `StoreError`."""
    with closing(open_store(loaded.settings.store.url)) as store:
        return store.prune(_keeping(loaded.settings.retention), now, dry_run=dry_run)


def upgrade(loaded: LoadedSettings) -> tuple[str | None, str]:
    """Create or upgrade the database: its schema before and now. Raises `StoreError`."""
    return upgrade_store(loaded.settings.store.url)


def pulse_of(store: Store, schedule: DigestSchedule, settings: Settings, now: datetime) -> Pulse:
    """What the store says of the work that is done and of that which waits."""
    from tracker.app.health import Pulse
    from tracker.polling import assess_feed

    feeds = store.feeds()
    due = [since for feed in feeds if (since := _due_since(feed, now))]
    polled = [feed.state.last_polled_at for feed in feeds if feed.state.last_polled_at]
    waiting = [since for watch in settings.watch if (since := schedule.due_since(watch))]
    made = [end for watch in settings.watch if (end := store.last_digest_end(WatchName(watch.name)))]
    return Pulse(
        at=now,
        daemon=store.daemon(),
        feeds=tuple(assess_feed(feed, now)[0] for feed in feeds),
        last_poll_at=max(polled, default=None),
        due_since_at=min(due, default=None),
        digest_due_since_at=min(waiting, default=None),
        last_digest_at=max(made, default=None),
        owed=store.unsent(),
        given_up=store.undelivered(now - GIVEN_UP_TOLD),
    )


def owed_mail(owed: OwedDigest) -> OwedMail:
    """An owed digest as reports show it: without its bytes, with the time of the next attempt."""
    return OwedMail(
        watch=owed.watch, subject=owed.message.subject, recipients=owed.recipients, attempts=owed.attempts,
        tried_at=owed.tried_at, next_at=retry_at(owed), detail=owed.detail,
    )  # fmt: skip


def _due_since(feed: Feed, now: datetime) -> datetime | None:
    """Since when a feed could be polled; None while it is not due, or its host asked for rest."""
    state = feed.state
    due_at = max(state.next_poll_at or feed.added_at, state.held_until or feed.added_at)
    return due_at if due_at <= now else None


def _keeping(wanted: RetentionSettings) -> Keeping:
    return Keeping(kept=wanted.kept, others=wanted.others, polls=wanted.polls)
