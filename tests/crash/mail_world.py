"""An installation with kept items and a digest to send, and a process that sends it and may be killed.

Run as a program, it reads one job a line, forks a child that does it, and says the child's number and how it ended: so
a child costs no start of Python.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import threading
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.builders import NOW, article, entry, record, watch
from tests.crash.forking import Forker, serve
from tests.crash.kill_world import rows
from tests.patience import PATIENCE_S
from tracker.app.alerts import Alerts
from tracker.app.front import SystemClock
from tracker.app.reports import Reports
from tracker.app.views import SentAlert, SentDigest
from tracker.delivery import SmtpMailer, SmtpPolicy
from tracker.fetch import FetchPolicy, HttpFetcher
from tracker.model import (
    Delivery,
    DeliveryState,
    Likeness,
    LikenessKind,
    OwedAlert,
    OwedDigest,
    Undelivered,
)
from tracker.settings import load_settings
from tracker.store import open_store

RECIPIENTS = ("ann@news.example", "bo@news.example", "cy@news.example")
LONG = timedelta(seconds=PATIENCE_S)
CONFIG = """
[mail]
sender = "tracker@news.example"
[[watch]]
name = "w"
[watch.digest]
quiet_days = "none"
to = {to}
"""
ALERT = """
[[alert]]
name = "desk"
url = "http://127.0.0.1:{port}/hook"
per_hour = 100
"""


class EarlyAlerts(Alerts):
    """What must not be: marks alerts as sent before they are."""

    def _hand_over(self, owed: OwedAlert) -> SentAlert:
        hoped = Delivery(recipient=owed.alert.target, state=DeliveryState.SENT)
        self._store.mark_alert(owed.alert.key, hoped, self._clock.now())
        self._attempt(owed.alert)
        return SentAlert(watch=owed.alert.watch, title=owed.alert.title, delivery=hoped)


@dataclass(frozen=True)
class Standing:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class EarlyReports(Reports):
    """What must not be: marks mail as sent before it is."""

    def _hand_over(self, owed: OwedDigest) -> SentDigest:
        hoped = tuple(Delivery(recipient=r, state=DeliveryState.SENT) for r in owed.recipients)
        self._store.mark_delivery(owed.id, hoped, self._clock.now())
        self._mailer.send(owed.message, owed.mime, owed.recipients)
        return SentDigest(watch=owed.watch, subject=owed.message.subject, deliveries=hoped)


@dataclass(frozen=True)
class World:
    """One installation's folder, and its database where that is elsewhere."""

    folder: Path
    address: str = ""

    @property
    def url(self) -> str:
        return self.address or f"sqlite:///{self.folder}/tracker.db"

    def add_items(self, first: int, count: int) -> None:
        """Keep items called "Gate 7 lifted": the number is in the title only."""
        store = open_store(self.url)
        with store.ingesting() as session:
            for number in range(first, first + count):
                url = f"https://example.org/{number}"
                session.record(
                    record(
                        entry=entry(
                            key=url, guid=url, url=url, canonical_url=url, title=f"Gate {number} lifted"
                        ),
                        article=article(
                            url=url, title=f"Gate {number} lifted", text=f"Words of its own. {url}"
                        ),
                        likeness=Likeness(kind=LikenessKind.ORIGINAL),
                        first_seen_at=NOW + timedelta(minutes=number),
                    )
                )
        store.close()

    def send(
        self, port: int, *, kind: type[Reports] = Reports, compose: bool = True, **policy: Any
    ) -> tuple[SentDigest, ...]:
        """Compose and send, or send what is owed, in this process."""
        loaded = load_settings(self.folder / "tracker.toml", {}, self.folder)
        times = dict.fromkeys(("connect_timeout", "command_timeout", "final_timeout"), LONG)
        chosen = {"host": "127.0.0.1", "local_name": "news.example", **times, **policy}
        context = chosen.pop("context", None)
        mailer = SmtpMailer(SmtpPolicy(port=port, **chosen), context=context)
        store = open_store(self.url)
        try:
            return kind(store, SystemClock(), loaded, mailer=mailer).send((watch(),) if compose else (), None)
        finally:
            store.close()

    def alert(
        self, port: int, *, kind: type[Alerts] = Alerts, after: timedelta = timedelta(hours=1)
    ) -> tuple[SentAlert, ...]:
        """Make and send alerts to a receiver, or send what is owed, in this process."""
        (self.folder / "tracker.toml").write_text(CONFIG.format(to="[]") + ALERT.format(port=port))
        loaded = load_settings(self.folder / "tracker.toml", {}, self.folder)
        policy = FetchPolicy(allow_hosts=(f"127.0.0.1:{port}",), per_host_spacing=timedelta(0))
        store, fetcher = open_store(self.url), HttpFetcher(policy)
        try:
            return kind(store, Standing(NOW + after), loaded, lambda: fetcher).send(lambda: False)
        finally:
            fetcher.close()
            store.close()

    def alerts(self) -> dict[tuple[str, str], tuple[str, int]]:
        """State and count of unanswered attempts by target and key."""
        with closing(sqlite3.connect(self.folder / "tracker.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            query = "SELECT target, key, state, unknown FROM alert"
            return {(row[0], row[1]): (row[2], row[3]) for row in database.execute(query)}

    def deliveries(self) -> dict[tuple[str, str], tuple[str, int]]:
        """State and count of unanswered attempts by recipient and Message-ID."""
        query = "SELECT recipient, message_id, state, unknown FROM delivery JOIN digest ON id = digest_id"
        with closing(open_store(self.url)) as store:
            assert store.flaws() == ((), ())
        return {(row[0], row[1]): (row[2], row[3]) for row in rows(self.url, query)}

    def undelivered(self) -> tuple[Undelivered, ...]:
        """Whom the outbox has given up."""
        store = open_store(self.url)
        try:
            return store.undelivered(NOW)
        finally:
            store.close()


def make_template(folder: Path) -> World:
    """The installation that every case begins with a copy of."""
    folder.mkdir()
    made = World(folder)
    made.add_items(1, 4)
    return made


def copy_of(template: World, folder: Path, recipients: int) -> World:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.folder, folder)
    to = json.dumps(RECIPIENTS[:recipients])
    (folder / "tracker.toml").write_text(CONFIG.format(to=to))
    return World(folder)


def do_job(job: dict[str, Any]) -> None:
    """Send as the job says; with `die_at`, end at that one of the statements that write to the database."""
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1
        if passed == job.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    def count_write(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "BEGIN IMMEDIATE")):
            count()

    event.listen(Engine, "before_cursor_execute", count_write)
    event.listen(Engine, "after_cursor_execute", count_write)
    event.listen(Engine, "commit", lambda _: count())
    world, early = World(Path(job["folder"])), bool(job.get("early"))
    if job.get("alerts"):
        world.alert(job["port"], kind=EarlyAlerts if early else Alerts)
    else:
        world.send(job["port"], kind=EarlyReports if early else Reports)
    Path(job["folder"], "passed").write_text(str(passed))


class Sender:
    """Sends in a process of its own, which `kill` ends at once."""

    def __init__(self) -> None:
        self._forker = Forker("tests.crash.mail_world")
        self._pid = 0
        self._known = threading.Event()

    def run(self, world: World, port: int, *, may_fail: bool = False, **job: Any) -> bool:
        """Do one job; whether it was killed. `may_fail`: it may find that another was quicker."""
        self._pid = self._forker.start({"folder": str(world.folder), "port": port, **job})
        self._known.set()
        status = self._forker.status()
        self._known.clear()
        assert status in {0, -signal.SIGKILL, int(may_fail)}, f"the sender failed: {status}"
        return status == -signal.SIGKILL

    def kill(self) -> None:
        """End the child that runs; nothing when none does."""
        if self._known.is_set():
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        self._forker.close()


def expected_copies(
    before: Counter[tuple[str, str]], deliveries: dict[tuple[str, str], tuple[str, int]]
) -> Counter[tuple[str, str]]:
    """What the promise says each recipient has in the end, from what the office and the outbox hold after a kill."""
    return Counter({key: before[key] + (state != "sent") for key, (state, _) in deliveries.items()})


def check_kill(before: Counter[tuple[str, str]], deliveries: dict[tuple[str, str], tuple[str, int]]) -> None:
    """Nothing has gone out that the outbox does not know of, and nothing is marked that has not gone out."""
    for key, (state, unknown) in deliveries.items():
        least, most = {"owed": (0, 0), "handed": (0, unknown), "sent": (1, max(1, unknown))}[state]
        assert least <= before[key] <= most, f"{key}: {before[key]} copies, marked {state}, {unknown} unknown"
    assert set(before) <= set(deliveries), "mail went out that was never stored"


if __name__ == "__main__":
    serve(do_job)
