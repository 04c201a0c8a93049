"""The program's work on a store, done in a process that may be killed at any of its steps, and pictures of what is left.

Run as a program, it reads one job a line, forks a child that does it, and says the child's number and how it ended: so
a child costs no start of Python. Foreign documents are read in the child itself; the sandbox has tests of its own.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import contains
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from tests.crash.forking import Forker, serve
from tracker.app import Tracker, open_tracker
from tracker.articles.extract import extract_page
from tracker.errors import TrackerError
from tracker.feeds.parse import parse_feed
from tracker.fetch import client, exchange
from tracker.model import Presence, Record
from tracker.pipeline.scoring import Scoring
from tracker.settings import load_settings
from tracker.store import Keeping, open_store, restore, upgrade_store
from tracker.store.ingest import Session

WRITES = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "BEGIN IMMEDIATE",
    "CREATE",
    "ALTER",
    "DROP",
    "REINDEX",
    "VACUUM",
    "TRUNCATE",
    "COMMIT",
)
FILE_EVENTS = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree", "sqlite3.connect"}
)
SAID = 3
"""How a child ends that could not go on and said why in a sentence."""
LATER_WEIGHED = 0.02
PRUNE_AT = datetime(2031, 1, 1, tzinfo=UTC)


# ------------------------------------------------------------ the work


class Inline:
    """The sandbox's port without its children."""

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[Any]:
        return _done(parse_feed(body, url, content_type))

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[Any]:
        return _done(extract_page(body, url, content_type))

    def close(self) -> None:
        """Nothing is open."""


def _done(value: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return future


@dataclass(frozen=True)
class World:
    """One installation's folder, and its database where that is elsewhere."""

    folder: Path
    url: str = ""

    @property
    def store_url(self) -> str:
        return self.url or f"sqlite:///{self.folder}/state/tracker.db"

    def open(self) -> Tracker:
        flags = {"TRACKER_STORE__URL": self.store_url}
        return open_tracker(
            load_settings(self.folder / "config/tracker.toml", flags, self.folder), sandbox=Inline()
        )


def fetch(world: World, told: Callable[..., None]) -> None:
    with world.open() as tracker:
        tracker.fetch(everything=True, progress=told)


def ingest(world: World, told: Callable[..., None]) -> None:
    with world.open() as tracker:
        tracker.ingest(archive_rows(), progress=told)


def rescore(world: World, told: Callable[..., None]) -> None:
    with world.open() as tracker:
        tracker.rescore()


def migrate(world: World, told: Callable[..., None]) -> None:
    upgrade_store(world.store_url)


def backup(world: World, told: Callable[..., None]) -> None:
    with closing(open_store(world.store_url)) as store:
        store.back_up(world.folder / "backup.db")


def put_back(world: World, told: Callable[..., None]) -> None:
    us = Presence(pid=os.getpid(), host="here", since_at=datetime(2026, 11, 22, tzinfo=UTC))
    restore(world.store_url, world.folder / "backup.db", us, world.folder / "state")


def prune(world: World, told: Callable[..., None]) -> None:
    age = timedelta(days=1)
    with closing(open_store(world.store_url)) as store:
        store.prune(Keeping(kept=age, others=age, polls=age), PRUNE_AT)


WORK = {
    "fetch": fetch, "ingest": ingest, "rescore": rescore, "migrate": migrate, "backup": backup, "restore": put_back,
    "prune": prune,
}  # fmt: skip


def archive_rows() -> list[dict[str, object]]:
    """Thirty articles, every fifth of which repeats the one before under another address, every seventh an old address."""
    rows = []
    for number in range(30):
        told = number - 1 if number % 5 == 4 else number
        words = " ".join(f"term{told}x{n} precursor chemicals shipment {told * 7 + n}" for n in range(40))
        address = number - 3 if number % 7 == 6 else number
        rows.append(
            {
                "url": f"https://paper{number % 3}.example/2026/11/{address}-story",
                "title": f"Report {told}: precursor shipment {told} seized",
                "text": f"Officials seized shipment {told}. {words}.",
                "published": f"2026-11-{1 + number % 20:02d}T08:00:00Z",
            }
        )
    return rows


# ------------------------------------------------------------ the child


def do_job(job: dict[str, Any]) -> None:
    """Work as the job says, and die where it says."""
    world = World(Path(job["folder"]), job["url"])
    passes = _Passes(job.get("die_at"))
    if job.get("file_size"):  # a write beyond it fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_size"], job["file_size"]))
    point = job.get("point")
    if point:
        POINTS[point](_die)
    else:
        _count(passes)
    if job.get("checkpoints"):
        event.listen(Engine, "connect", _checkpoint_always)
    if job.get("careless") == "no transactions":
        event.listen(Engine, "before_cursor_execute", _without_begin, retval=True)
    told = _early if job.get("careless") == "told early" else _told
    if told is _early:
        _tell_early(world)
    try:
        WORK[job["do"]](world, lambda _: told(world) if told is _told else None)
    except TrackerError as error:
        os._exit(SAID if error.hint else 1)
    (world.folder / "passed").write_text(str(passes.count))


class _Passes:
    def __init__(self, die_at: int | None) -> None:
        self.count = 0
        self.die_at = die_at
        self.lock = threading.Lock()

    def __call__(self) -> None:
        with self.lock:
            self.count += 1
            if self.count == self.die_at:
                _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _trace(seen: Callable[[str], None]) -> None:
    """Be called with every statement before it is run, whichever way it reaches the driver."""

    def at_connect(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(lambda statement: seen(statement.lstrip()))

    def at_statement(_connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if _connection.dialect.name != "sqlite":
            seen(statement.lstrip())

    event.listen(Engine, "connect", at_connect)
    event.listen(Engine, "before_cursor_execute", at_statement)


def _count(passed: Callable[[], None]) -> None:
    """Every write to the database, every commit, every file made, renamed or removed is a pass."""
    _trace(lambda statement: passed() if statement.startswith(WRITES) else None)
    sys.addaudithook(lambda name, _: passed() if name in FILE_EVENTS else None)


def _checkpoint_always(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA wal_autocheckpoint=1")


def _without_begin(
    _connection: object, _cursor: object, statement: str, parameters: Any, *_: object
) -> tuple[str, Any]:
    return ("SELECT 1" if statement == "BEGIN IMMEDIATE" else statement), parameters


def _told(world: World) -> None:
    """Note what another connection can see: whoever reads the program's output takes this for stored."""
    try:
        keys = visible_keys(world.store_url)
    except OperationalError:  # a PostgreSQL that is being restarted shows nobody anything
        return
    (world.folder / "told.part").write_text(json.dumps(keys))
    (world.folder / "told.part").rename(world.folder / "told")


def _early(_world: World) -> None: ...


def _tell_early(world: World) -> None:
    """What must not be: say that an item is stored once its row is written, and not once it is committed."""
    said: list[str] = []
    real = Session.record

    def record(self: Session, made: Record) -> Any:
        recorded = real(self, made)
        said.append(f"{made.feed_id or 0} {made.entry.key}")
        (world.folder / "told").write_text(json.dumps(said))
        return recorded

    Session.record = record  # type: ignore[method-assign]


# ------------------------------------------------------------ named points


def _before(owner: Any, name: str, die: Callable[[], None], *, after: bool = False) -> None:
    real = getattr(owner, name)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if not after:
            die()
        value = real(*args, **kwargs)
        die()
        return value

    setattr(owner, name, killed)


def _after(owner: Any, name: str, die: Callable[[], None]) -> None:
    _before(owner, name, die, after=True)


def _mid_body(die: Callable[[], None]) -> None:
    real = client._HttpxAnswer.chunks

    async def chunks(self: Any) -> Any:
        async for chunk in real(self):
            yield chunk[: len(chunk) // 2]
            die()

    client._HttpxAnswer.chunks = chunks  # type: ignore[method-assign]


def _soon(owner: Any, name: str, die: Callable[[], None]) -> None:
    """Two milliseconds into a call."""
    _before(owner, name, lambda: threading.Timer(0.002, die).start())


def _sql(begins: str, die: Callable[[], None], *, next_one: bool = False) -> None:
    """Before the first statement that begins so, or before the one that follows it."""
    seen = False

    def at(statement: str) -> None:
        nonlocal seen
        if statement.startswith(begins) if not next_one else seen:
            die()
        seen = seen or statement.startswith(begins)

    _trace(at)


def _commit_of(begins: str, die: Callable[[], None], *, after: bool) -> None:
    """Before the commit of the transaction with such a statement, or once its connection is given back."""
    seen = False

    def note(statement: str) -> None:
        nonlocal seen
        seen = seen or statement.startswith(begins)

    _trace(note)
    event.listen(Engine, "checkin" if after else "commit", lambda *_: die() if seen else None)


POINTS: dict[str, Callable[[Callable[[], None]], None]] = {
    "before_fetch": lambda die: _before(client.HttpFetcher, "submit", die),
    "after_headers": lambda die: _before(exchange, "read_body", die),
    "mid_body": _mid_body,
    "after_body_before_parse": lambda die: _before(Inline, "parse_feed", die),
    "after_parse_before_tx": lambda die: _after(Inline, "parse_feed", die),
    "in_tx_after_first_item": lambda die: _sql("INSERT INTO entry", die, next_one=True),
    "in_tx_before_commit": lambda die: _commit_of("INSERT INTO entry", die, after=False),
    "after_commit_items": lambda die: _commit_of("INSERT INTO entry", die, after=True),
    "before_validators_saved": lambda die: _sql("UPDATE feed SET next_poll_at", die),
    "after_validators_saved": lambda die: _commit_of("INSERT INTO poll", die, after=True),
    "before_extract": lambda die: _before(Inline, "extract_page", die),
    "in_extract": lambda die: _soon(Inline, "extract_page", die),
    "after_extract_before_tx": lambda die: _after(Inline, "extract_page", die),
    "in_tx_text": lambda die: _sql("INSERT INTO article", die, next_one=True),
    "after_score_before_tx": lambda die: _after(Scoring, "score", die),
    "in_tx_score": lambda die: _sql("INSERT INTO relevance", die, next_one=True),
    "in_tx_duplicate_link": lambda die: _sql("INSERT INTO sketch", die, next_one=True),
}


# ------------------------------------------------------------ the parent's side


class Worker:
    """Does jobs in a process of its own, which `kill` ends at once."""

    def __init__(self) -> None:
        self._forker = Forker("tests.crash.kill_world")

    def run(
        self, do: str, world: World, *, kill_after: float | None = None, may_fail: bool = False, **job: Any
    ) -> bool:
        """Do one job; whether it was killed, or failed. `kill_after` is in seconds from its start."""
        pid = self._forker.start({"do": do, "folder": str(world.folder), "url": world.url, **job})
        timer = threading.Timer(kill_after, _kill, [pid]) if kill_after is not None else None
        if timer:
            timer.start()
        status = self._forker.status()
        if timer:
            timer.cancel()
            timer.join()
        assert status in {0, -signal.SIGKILL, SAID if may_fail else 0}, f"{do} failed: {status}"
        return status != 0

    def warm(self, do: str, world: World) -> None:
        """Do a job in the process itself, so that what is loaded at first need is there for every child."""
        self._forker.start({"do": do, "folder": str(world.folder), "url": world.url, "here": True})
        assert self._forker.status() == 0

    def close(self) -> None:
        self._forker.close()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# ------------------------------------------------------------ pictures


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a connection beside the program's sees."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database
        with closing(sqlite3.connect(parsed.database, timeout=10)) as database:
            return [tuple(row) for row in database.execute(query)]
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def visible_keys(url: str) -> list[str]:
    return [f"{row[0]} {row[1]}" for row in rows(url, "SELECT feed_key, key FROM entry")]


PICTURE = {
    "feeds": "SELECT url, title FROM feed",
    "entries": "SELECT e.feed_key, e.key, e.revision, e.title, e.content_hash, a.canonical_url FROM entry e LEFT JOIN article a ON a.id = e.article_id",
    "fates": "SELECT e.feed_key, e.key, e.revision, f.watch, f.fate FROM fate f JOIN entry e ON e.id = f.entry_id",
    "articles": (
        "SELECT a.canonical_url, a.title, a.text, a.kind, o.canonical_url, h.canonical_url, a.grade FROM article a"
        " LEFT JOIN article o ON o.id = a.duplicate_of LEFT JOIN article h ON h.id = a.family_id"
    ),
    "scores": (
        "SELECT a.canonical_url, r.watch, substr(r.profile_version, 1, 16), r.score"
        " FROM relevance r JOIN article a ON a.id = r.article_id"
    ),
    "words counted": 'SELECT scope, "key", round(CAST(n AS numeric), 4) FROM background',
    "postings": "SELECT a.canonical_url, count(*) FROM sketch s JOIN article a ON a.id = s.article_id GROUP BY a.canonical_url",
}


def picture(url: str) -> dict[str, list[str]]:
    """All that a run leaves, without numbers and instants, which may differ; and which reports share a story."""
    drawn = {name: sorted(map(str, rows(url, query))) for name, query in PICTURE.items()}
    stories: dict[object, list[str]] = {}
    for story, address in rows(url, "SELECT story_id, canonical_url FROM article WHERE story_id IS NOT NULL"):
        stories.setdefault(story, []).append(str(address))
    return {**drawn, "stories": sorted(str(sorted(found)) for found in stories.values())}


def differences(found: dict[str, list[str]], wanted: dict[str, list[str]]) -> list[str]:
    """The first few lines that are in one picture only."""
    told: list[str] = []
    for name, lines in wanted.items():
        same = _scored_alike if name == "scores" else contains
        extra = [line for line in found[name] if not same(lines, line)]
        lost = [line for line in lines if not same(found[name], line)]
        told += [f"{name}: +{line[:300]}" for line in extra[:3]] + [
            f"{name}: -{line[:300]}" for line in lost[:3]
        ]
        if not extra and not lost and len(found[name]) != len(lines):
            told.append(f"{name}: {len(found[name])} rows in place of {len(lines)}")
    return told


def _scored_alike(lines: Sequence[str], line: str) -> bool:
    """Whether one of the lines says the same of the same article, but for what the moment of a run decides.

    A profile is built anew when a run begins with grown statistics, so a run in two parts weighs words a little later.
    """
    said, _, score = line.strip("()").rpartition(", ")
    others = (other.strip("()").rpartition(", ") for other in lines)
    return any(
        said == same and abs(float(score) - float(number)) <= LATER_WEIGHED for same, _, number in others
    )


if __name__ == "__main__":
    serve(do_job, lambda job: WORK[job["do"]](World(Path(job["folder"]), job["url"]), lambda _: None))
