"""Digests behind the front door: what to report, composed, fixed in the store, then sent."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from tracker.app.views import DigestPreview, SentDigest
from tracker.delivery import FolderMailer, SmtpMailer, SmtpPolicy, to_mime
from tracker.digest import DigestPolicy, compose_digest, message_id_for, render_digest
from tracker.model import (
    Digest,
    Fate,
    Feed,
    FeedHealth,
    Item,
    ItemQuery,
    Message,
    Period,
    Watch,
)
from tracker.polling import assess_feed
from tracker.ports import Clock, Mailer, Store
from tracker.settings import DigestSettings, LoadedSettings, mail_password

__all__ = ["Reports"]

_FIRST_WINDOW = timedelta(days=7)
_CHART = timedelta(days=14)


class Reports:
    """Composes and sends the digests of an installation."""

    def __init__(self, store: Store, clock: Clock, loaded: LoadedSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = loaded.settings

    def preview(self, watch: Watch, since: datetime | None) -> DigestPreview:
        """Compose a digest now; nothing is stored or sent."""
        digest, message = self._compose(watch, since, unreported=False)
        return DigestPreview(digest=digest, message=message, mime=to_mime(message))

    def send(self, watches: Sequence[Watch], since: datetime | None) -> tuple[SentDigest, ...]:
        """Store a digest of each watch, then hand over everything still owed, older mail first."""
        for watch in watches:
            self._save(watch, since)
        return tuple(self._deliver())

    def _save(self, watch: Watch, since: datetime | None) -> None:
        chosen = self._chosen(watch)
        digest, message = self._compose(watch, since, unreported=True)
        if not message.recipients or (not digest.items and chosen.quiet_days == "none"):
            return
        local_date = digest.composed_at.astimezone(ZoneInfo(chosen.timezone)).date().isoformat()
        self._store.save_digest(digest, message, to_mime(message), local_date)

    def _deliver(self) -> list[SentDigest]:
        sent = []
        for owed in self._store.unsent():
            deliveries = self._mailer.send(owed.message, owed.mime, owed.recipients)
            self._store.mark_delivery(owed.id, deliveries, self._clock.now())
            sent.append(SentDigest(watch=owed.watch, subject=owed.message.subject, deliveries=deliveries))
        return sent

    def _compose(self, watch: Watch, since: datetime | None, *, unreported: bool) -> tuple[Digest, Message]:
        chosen, now = self._chosen(watch), self._clock.now()
        start = since or self._store.last_digest_end(watch.name) or now - _FIRST_WINDOW
        period = Period(from_at=start, to_at=now)
        digest = compose_digest(
            watch,
            self._items(watch, period, since, unreported=unreported),
            period=period,
            timezone=chosen.timezone,
            composed_at=now,
            borderline=self._borderline(watch, period),
            feeds=self._troubled(now),
            accounting={
                c.fate: c.count for c in self._store.fate_counts(since_at=start) if c.watch == watch.name
            },
        )
        local_date = now.astimezone(ZoneInfo(chosen.timezone)).date().isoformat()
        host = self._settings.mail.sender.rpartition("@")[2] or socket.getfqdn()
        message = render_digest(
            digest,
            message_id=message_id_for(watch.name, local_date, period, host),
            sender=self._settings.mail.sender,
            recipients=chosen.to,
            list_id=f"{watch.name}.{host}",
            last_days=self._last_days(watch, now, ZoneInfo(chosen.timezone)),
        )
        return digest, message

    def _last_days(self, watch: Watch, now: datetime, zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
        """How many items were kept on each of the last days, for the small chart."""
        kept = self._store.items(ItemQuery(watch=watch.name, since_at=now - _CHART))
        counts = Counter(item.first_seen_at.astimezone(zone).date() for item in kept)
        if len(counts) < 2:
            return ()  # one bar compares with nothing
        today = now.astimezone(zone).date()
        days = (today - timedelta(days=back) for back in reversed(range(_CHART.days)))
        return tuple((day, counts[day]) for day in days)

    def _items(
        self, watch: Watch, period: Period, since: datetime | None, *, unreported: bool
    ) -> tuple[Item, ...]:
        """What no digest has reported yet; a preview with `since` shows all that was kept from then on."""
        if since is not None and not unreported:
            return self._store.items(ItemQuery(watch=watch.name, since_at=since, until_at=period.to_at))
        items = self._store.unreported(watch.name, period)
        return tuple(item for item in items if since is None or item.first_seen_at >= since)

    def _borderline(self, watch: Watch, period: Period) -> tuple[Item, ...]:
        """The nearest misses of the window: a person's word on them teaches most."""
        query = ItemQuery(
            watch=watch.name,
            since_at=period.from_at,
            until_at=period.to_at,
            fate=Fate.BELOW_THRESHOLD,
            limit=DigestPolicy().borderline,
        )
        return self._store.items(query)

    def _troubled(self, now: datetime) -> tuple[Feed, ...]:
        """Feeds that need a person, each with its assessed condition and sentence."""
        rows = ((feed, *assess_feed(feed, now)) for feed in self._store.feeds())
        return tuple(
            replace(feed, state=replace(feed.state, health=health, problem=sentence))
            for feed, health, sentence in rows
            if health not in {FeedHealth.OK, FeedHealth.NEW}
        )

    def _chosen(self, watch: Watch) -> DigestSettings:
        return next(w.digest for w in self._settings.watch if w.name == watch.name)

    @cached_property
    def _mailer(self) -> Mailer:
        mail = self._settings.mail
        if mail.transport == "folder":
            return FolderMailer(mail.folder)
        return SmtpMailer(
            SmtpPolicy(
                host=mail.host, port=mail.port, security=mail.security, username=mail.username,
                password=lambda: mail_password(self._settings),
            )
        )  # fmt: skip
