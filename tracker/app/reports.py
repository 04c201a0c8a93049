"""Digests behind the front door: what to report, composed, fixed in the store, then sent."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from html import escape
from zoneinfo import ZoneInfo

from tracker.app.schedule import MAIL, final, retry_at
from tracker.app.views import DigestPreview, SentDigest
from tracker.app.wiring import make_mailer
from tracker.delivery import to_mime
from tracker.digest import DigestPolicy, compose_digest, message_id_for, render_digest, what_changed
from tracker.model import (
    Delivery,
    Digest,
    Fate,
    Feed,
    Item,
    ItemQuery,
    LikenessKind,
    Message,
    OwedDigest,
    Period,
    Undelivered,
    Watch,
    WatchName,
)
from tracker.polling import assess_feed
from tracker.ports import Clock, Mailer, Store
from tracker.settings import DigestSettings, LoadedSettings

__all__ = ["Reports"]

_FIRST_WINDOW = timedelta(days=7)
_CHART = timedelta(days=30)
_REFERENCES = 5  # a mail program finds the thread by any of them that it still has


class Reports:
    """Composes and sends the digests of an installation; `mailer` replaces the one that the settings name."""

    def __init__(
        self, store: Store, clock: Clock, loaded: LoadedSettings, *, mailer: Mailer | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = loaded.settings
        self._given = mailer

    def preview(self, watch: Watch, since: datetime | None) -> DigestPreview:
        """Compose a digest now; nothing is stored or sent."""
        digest, message = self._compose(watch, since, unreported=False)
        return DigestPreview(digest=digest, message=message, mime=to_mime(message))

    def send(self, watches: Sequence[Watch], since: datetime | None) -> tuple[SentDigest, ...]:
        """Store a digest of each watch, then hand over everything still owed, older mail first.

        With `since`, a watch of which all was reported already gets none: it would say that nothing was new.
        """
        for watch in watches:
            digest, message = self._compose(watch, since, unreported=True)
            is_told = not digest.items and since is not None
            if message.recipients and not (is_told or self._is_quiet(digest) or self._repeats(digest)):
                self._save(digest, message)
        return tuple(self._deliver(lambda _: True))

    def send_due(
        self, due: Sequence[tuple[Watch, Period]], stop: Callable[[], bool]
    ) -> tuple[SentDigest, ...]:
        """Store the digest of each window, then hand over what is owed and may be tried again, until `stop`.

        A quiet day that wants no mail is stored without recipients: its window is closed like any other.
        """
        now, sent = self._clock.now(), list[SentDigest]()

        def deliver() -> None:
            sent.extend(self._deliver(lambda owed: not stop() and (retry_at(owed) or now) <= now))

        with ExitStack() as steps:  # last in, first out; each is done whatever befell the others
            steps.callback(deliver)
            for watch, period in reversed(due):
                steps.callback(self._save_due, watch, period)
        return tuple(sent)

    def send_test(self, recipient: str) -> Delivery:
        """Send one short mail at once, outside of the ledger of digests; what became of it. Raises `MailError`."""
        now, sender = self._clock.now(), self._settings.mail.sender
        host = sender.rpartition("@")[2] or socket.getfqdn()
        said = f"This is a test of tracker on {socket.gethostname()}, made at {now:%Y-%m-%d %H:%M} UTC. Mail works."
        message = Message(
            message_id=f"<test.{now:%Y%m%d%H%M%S%f}@{host}>",
            sender=sender,
            recipients=(recipient,),
            subject="Test mail from tracker",
            plain=f"{said}\n",
            html=f"<!doctype html><p>{escape(said)}</p>",
            sent_at=now,
        )
        (delivery,) = self._mailer.send(message, to_mime(message), message.recipients, lambda _: None)
        return delivery

    def _save_due(self, watch: Watch, period: Period) -> None:
        digest, message = self._compose(watch, None, unreported=True, period=period)
        self._save(digest, replace(message, recipients=()) if self._is_quiet(digest) else message)

    def _repeats(self, digest: Digest) -> bool:
        """Whether it would say "nothing new" behind a digest of the same day, or behind one that has not left yet."""
        if digest.items:
            return False
        last = self._store.last_digest_end(digest.watch)
        is_told = last is not None and _local_date(digest) == _date_of(last, digest)
        return is_told or any(owed.watch == digest.watch for owed in self._store.unsent())

    def _is_quiet(self, digest: Digest) -> bool:
        return not digest.items and self._chosen(digest.watch).quiet_days == "none"

    def _save(self, digest: Digest, message: Message) -> None:
        self._store.save_digest(digest, message, to_mime(message), _local_date(digest))

    def _deliver(self, may_try: Callable[[OwedDigest], bool]) -> Iterator[SentDigest]:
        """Send owed digests, older ones first. Nobody else delivers meanwhile, so that none is sent twice."""
        with self._store.delivering():
            for owed in self._store.unsent():
                if may_try(owed):
                    yield self._hand_over(owed)

    def _hand_over(self, owed: OwedDigest) -> SentDigest:
        """Send one digest's fixed bytes to those who have not had them, and record what became of them."""
        attempt = owed.attempts + 1

        def handing_over(recipients: Sequence[str]) -> None:
            self._store.begin_delivery(owed.id, recipients, attempt=attempt, now=self._clock.now())

        deliveries = self._mailer.send(owed.message, owed.mime, owed.recipients, handing_over)
        told = tuple(final(delivery, attempt, MAIL) for delivery in deliveries)
        self._store.mark_delivery(owed.id, told, self._clock.now())
        return SentDigest(watch=owed.watch, subject=owed.message.subject, deliveries=told)

    def _compose(
        self, watch: Watch, since: datetime | None, *, unreported: bool, period: Period | None = None
    ) -> tuple[Digest, Message]:
        chosen, now = self._chosen(watch.name), self._clock.now()
        if period is None:
            start = since or self._store.last_digest_end(watch.name, before=now) or now - _FIRST_WINDOW
            period = Period(from_at=start, to_at=now)
        digest = compose_digest(
            watch,
            self._with_changes(self._items(watch, period, since, unreported=unreported)),
            period=period,
            timezone=chosen.timezone,
            composed_at=now,
            borderline=self._borderline(watch, period),
            feeds=self._troubled(now),
            undelivered=self._lost(watch.name, period),
            accounting={
                c.fate: c.count
                for c in self._store.fate_counts(since_at=period.from_at)
                if c.watch == watch.name
            },
        )
        host = self._settings.mail.sender.rpartition("@")[2] or socket.getfqdn()
        message = render_digest(
            digest,
            message_id=message_id_for(watch.name, _local_date(digest), period, host),
            sender=self._settings.mail.sender,
            recipients=chosen.to,
            list_id=f"{watch.name}.{host}",
            references=self._store.threads(watch.name, limit=_REFERENCES),
            last_days=self._last_days(watch, now, ZoneInfo(chosen.timezone)),
        )
        return digest, message

    def _last_days(self, watch: Watch, now: datetime, zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
        """How many items were kept on each of the last days, for the small chart."""
        kept = self._store.kept_times(watch.name, now - _CHART)
        counts = Counter(at.astimezone(zone).date() for at in kept)
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

    def _with_changes(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """Say of each version what its text changed."""
        versions = {
            c.article_id: c.of_id
            for item in items
            for c in item.carriers
            if c.kind == LikenessKind.VERSION.value and c.article_id is not None and c.of_id is not None
        }
        texts = self._store.texts(sorted({*versions, *versions.values()}))
        changes = {
            new: what_changed(texts[old], texts[new])
            for new, old in versions.items()
            if {new, old} <= texts.keys()
        }
        return tuple(
            replace(
                item,
                carriers=tuple(
                    replace(c, change=changes.get(c.article_id, "") if c.article_id else "")
                    for c in item.carriers
                ),
            )
            for item in items
        )

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
            if not health.is_well
        )

    def _lost(self, watch: WatchName, period: Period) -> tuple[Undelivered, ...]:
        """Digests and alerts of a watch that were given up in a window, so that each is told once."""
        lost = self._store.undelivered(period.from_at)
        return tuple(one for one in lost if one.watch == watch and one.at < period.to_at)

    def _chosen(self, watch: WatchName) -> DigestSettings:
        return next(w.digest for w in self._settings.watch if w.name == watch)

    @cached_property
    def _mailer(self) -> Mailer:
        if self._given is not None:
            return self._given
        return make_mailer(self._settings)


def _local_date(digest: Digest) -> str:
    """The date on which it was composed, where its readers are."""
    return _date_of(digest.composed_at, digest)


def _date_of(at: datetime, digest: Digest) -> str:
    return at.astimezone(ZoneInfo(digest.timezone)).date().isoformat()
