"""Every dependency looked at in turn, from the configuration to the mail server; nothing here changes anything.

Facts are gathered here and judged in `diagnosis.py` and `health.py`. What cannot even be looked at, because something
before it is broken, is left out: the broken thing is told.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import socket
import sqlite3
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tracker.app.diagnosis import (
    Answer,
    Finding,
    PathFacts,
    Space,
    fail,
    judge_clock,
    judge_line,
    judge_names,
    judge_paths,
    judge_requirements,
    judge_space,
    ok,
    unmet,
    warn,
)
from tracker.app.encoder import encoder_folder, load_encoder
from tracker.app.health import judge_daemon, judge_digests, judge_feeds
from tracker.app.schedule import DigestSchedule
from tracker.app.upkeep import pulse_of
from tracker.app.wiring import make_fetcher, make_sandbox, make_smtp
from tracker.errors import ConfigError, TrackerError
from tracker.model import ExtractedPage, Feed, FetchFailed, FetchRequest, FetchResult, ParsedFeed
from tracker.settings import LoadedSettings, check_installation, feed_access
from tracker.settings.seeds import read_seeds
from tracker.store import StoreFacts, open_store, store_facts

if TYPE_CHECKING:
    from tracker.store import SqlStore

__all__ = [
    "examine",
    "judge_config",
    "judge_mail",
    "judge_model",
    "judge_network",
    "judge_rights",
    "judge_sandbox",
    "judge_seeds",
    "judge_store",
    "judge_work",
    "space_of",
]

_HOSTS: Final = 3
_PATIENCE: Final = timedelta(seconds=10)
_NAME_S: Final = 5.0
_PACKAGE: Final = "subject-tracker"
_TOLD: Final = ("httpx", "sqlalchemy", "lxml", "trafilatura", "feedparser")
_FEED: Final = b'<rss version="2.0"><channel><title>t</title><item><title>One</title></item></channel></rss>'
_PAGE: Final = b"<html><body><article><h1>One</h1>%s</article></body></html>" % (
    b"<p>A page of the doctor's own, read to see whether pages can be read.</p>" * 8
)


def examine(loaded: LoadedSettings) -> Iterator[Finding]:
    """Look at everything, in the order in which one thing rests on another; each finding as soon as it is made."""
    yield judge_config(loaded)
    yield judge_seeds(loaded)
    yield judge_rights(loaded)
    yield _versions()
    folder = encoder_folder(loaded.root, loaded.settings.relevance.model)
    if folder:
        yield judge_model(folder)
    yield judge_sandbox(loaded)
    store = judge_store(loaded)
    yield store.finding
    yield judge_space(space_of(loaded.state), store.size)
    feeds: tuple[Feed, ...] = ()
    working: list[Finding] = []
    if store.is_usable:
        feeds, working = judge_work(loaded)
    yield from judge_network(loaded, feeds)
    yield judge_mail(loaded)
    yield from working


# ------------------------------------------------------------ this installation


def judge_config(loaded: LoadedSettings) -> Finding:
    """Compare the configuration with the files that it names."""
    found = check_installation(loaded)
    if found.problems:
        return fail("config", f"{found.problems[0]}.", "tracker config check")
    if not loaded.settings.watch:
        return fail("config", "No [[watch]] is configured, so nothing can be followed.", "tracker init")
    if found.remarks:
        return warn("config", f"{found.remarks[0]}.", "tracker config check")
    if not loaded.settings.http.contact:
        said = f"{loaded.config_path} has no http.contact: site owners cannot reach you."
        return warn("config", said, 'Set [http] contact = "you@example.org"')
    return ok("config", f"{loaded.config_path} has no mistakes.")


def judge_seeds(loaded: LoadedSettings) -> Finding:
    """Read the examples of every watch."""
    count, ignored = 0, list[str]()
    for watch in loaded.settings.watch:
        folder = read_seeds(watch.seeds or loaded.root / "seeds" / watch.name)
        if folder.problems:
            first = folder.problems[0]
            if not folder.seeds:
                return fail("seeds", f"{watch.name}: {first}", first.hint or "tracker seeds check")
            return warn("seeds", f"{watch.name}: {first}", "tracker seeds check")
        count += len(folder.seeds)
        ignored += [f"{watch.name}: {name}" for name in folder.ignored]
    said = f"{count} {'seed' if count == 1 else 'seeds'} can be read"
    if ignored:
        return warn("seeds", f"{said}; not read: {', '.join(ignored)}.", "tracker seeds check")
    return ok("seeds", f"{said}.")


def judge_model(folder: Path) -> Finding:
    """Load the sentence encoder."""
    try:
        encoder = load_encoder(folder)
    except ConfigError as error:
        return fail("model", f"{error}.", error.hint)
    return ok("model", f"{encoder.name} is loaded: meaning counts beside words.")


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container may run under a number without a name
        return str(os.geteuid())


def judge_rights(loaded: LoadedSettings) -> Finding:
    """Look at the files and folders that are read and written with the eyes of this user."""
    return judge_paths(tuple(_paths(loaded)), _user())


def _paths(loaded: LoadedSettings) -> Iterator[PathFacts]:
    """Files and folders that the program reads or writes."""
    settings = loaded.settings
    yield _path(loaded.config_path, "the configuration")
    if settings.feeds.opml.exists():
        yield _path(settings.feeds.opml, "the feed list")
    if loaded.state.exists() or settings.store.url.startswith("sqlite"):
        yield _path(loaded.state, "the state folder", is_written=True)
    if settings.store.url.startswith("sqlite:///"):
        database = Path(settings.store.url.removeprefix("sqlite:///"))
        for suffix in ("", "-wal", "-shm", ".lock", ".daemon", ".polling", ".mail"):
            file = Path(f"{database}{suffix}")
            if file.exists():
                yield _path(file, "the database and what stands beside it", is_written=True)
    if settings.mail.transport == "folder":
        yield _path(settings.mail.folder, "the folder for mail", is_written=True)
    for secret in _secret_files(loaded):
        yield _path(secret, "a secret", is_secret=True)


def _secret_files(loaded: LoadedSettings) -> Iterator[Path]:
    if loaded.settings.mail.password_file:
        yield loaded.settings.mail.password_file
    for feed in loaded.settings.feed:
        yield from ([feed.password_file] if feed.password_file else [])
        yield from feed.header_files.values()


def _path(path: Path, purpose: str, *, is_written: bool = False, is_secret: bool = False) -> PathFacts:
    there = path
    while is_written and not there.exists() and there != there.parent:
        there = there.parent  # what is not there yet is made
    found = there.stat() if os.access(there.parent, os.X_OK) and there.exists() else None
    return PathFacts(
        path=str(path),
        purpose=purpose,
        exists=path.exists(),
        may_read=os.access(there, os.R_OK),
        may_write=os.access(there, os.W_OK),
        is_written=is_written,
        is_secret=is_secret,
        is_open_to_others=bool(found and found.st_mode & (stat.S_IRGRP | stat.S_IROTH)),
        owner_differs=bool(found and there == path and found.st_uid != os.geteuid()),
    )


def space_of(folder: Path) -> Space:
    """What is left for a folder, or for the one in which it will be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    return Space(
        path=str(folder),
        free=shutil.disk_usage(folder).free,
        files=found.f_favail if found.f_files else None,
    )


def _versions() -> Finding:
    problems = [problem for line in _requirements() if (problem := unmet(line, _installed(line)))]
    told = [f"{name} {_installed(name)}" for name in _TOLD]
    ours = [
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"tracker {_installed(_PACKAGE)}",
    ]
    return judge_requirements(problems, ", ".join([*ours, *told]))


def _requirements() -> list[str]:
    try:
        return [line for line in requires(_PACKAGE) or [] if "extra ==" not in line]
    except PackageNotFoundError:  # run from a source folder that was never installed
        return []


def _installed(requirement: str) -> str | None:
    name = requirement.split(";", maxsplit=1)[0].strip()
    for sign in "<>=![ (":
        name = name.partition(sign)[0]
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def judge_sandbox(loaded: LoadedSettings) -> Finding:
    """Read a feed and a page in child processes, within the limits set."""
    began = monotonic()
    with closing(make_sandbox(loaded.settings)) as sandbox:
        feed = sandbox.parse_feed(_FEED, "http://doctor.invalid/", "text/xml")
        page = sandbox.extract_page(_PAGE, "http://doctor.invalid/", "text/html")
        answers = (feed.result(), page.result())
    for kind, what, answer in zip((ParsedFeed, ExtractedPage), ("feed", "page"), answers, strict=True):
        if not isinstance(answer, kind):
            said = f"A small {what} could not be read in a child process: {getattr(answer, 'detail', answer)}"
            return fail("sandbox", said, "Raise [sandbox] memory and deadline; then reinstall the libraries.")
    return ok("sandbox", f"A feed and a page were read in child processes in {monotonic() - began:.1f} s.")


# ------------------------------------------------------------ what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """The verdict on the database, its size in bytes, and whether the rest can be asked of it."""

    finding: Finding
    size: int = 0
    is_usable: bool = False


def judge_store(loaded: LoadedSettings) -> _Stored:
    """Open the database to read, compare its schema, and look for damage quickly."""
    try:
        facts = store_facts(loaded.settings.store.url)
    except TrackerError as error:
        return _Stored(finding=fail("store", str(error), error.hint))
    finding = _of_facts(facts)
    is_usable = facts.revision == facts.newest and not facts.problems
    return _Stored(finding=finding, size=facts.size + facts.log_size, is_usable=is_usable)


def _of_facts(facts: StoreFacts) -> Finding:
    if facts.problems:
        fix = "tracker db check; if it cannot mend it: tracker restore BACKUP"
        return fail("store", f"The database is damaged: {facts.problems[0]}", fix)
    if facts.revision is None:
        return ok("store", "There is no database yet; the first command makes it.")
    if not facts.is_known:
        said = f"The database was written by a newer tracker (schema {facts.revision}, here {facts.newest})."
        return fail("store", said, "pip install --upgrade subject-tracker")
    if facts.revision != facts.newest:
        said = f"The database has schema {facts.revision}; this version uses {facts.newest}."
        return warn("store", said, "tracker db upgrade")
    if facts.is_read_only:
        return warn("store", "The database can be read, but not written by this user.", _OWNER)
    size = f", {facts.size / 2**20:.1f} MB" if facts.size else ""
    return ok("store", f"{facts.dialect}, schema {facts.revision}{size}; no damage at a quick look.")


_OWNER: Final = "Run it as the user of the daemon, or make the state folder writable."


def judge_work(loaded: LoadedSettings) -> tuple[tuple[Feed, ...], list[Finding]]:
    """The feeds, and how polling, feeds and digests do."""
    try:
        with closing(open_store(loaded.settings.store.url)) as store:
            return store.feeds(), _doing(loaded, store)
    except TrackerError as error:
        return (), [fail("daemon", str(error), error.hint)]


def _doing(loaded: LoadedSettings, store: SqlStore) -> list[Finding]:
    clock = _Clock()
    pulse = pulse_of(store, DigestSchedule(store, clock), loaded.settings, clock.now())
    return [judge_feeds(pulse), judge_digests(pulse), judge_daemon(pulse, wants_daemon=False)]


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


# ------------------------------------------------------------ the network


def judge_network(loaded: LoadedSettings, feeds: Sequence[Feed]) -> Iterator[Finding]:
    """Look names up, ask the feeds of a few hosts, and compare the clock with theirs."""
    chosen = _to_ask(feeds, datetime.now(UTC))
    answers = _asked(loaded, chosen)
    mail = loaded.settings.mail
    names = {urlsplit(feed.url).hostname or "" for feed in chosen}
    names |= {mail.host} if mail.transport == "smtp" else set()
    yield judge_names(_known(name for name in names if name))
    yield judge_line(answers)
    yield judge_clock([answer.ahead for answer in answers if answer.ahead is not None])


def _to_ask(feeds: Sequence[Feed], now: datetime) -> list[Feed]:
    """A feed of each of a few hosts, those first that answered last; never one whose host asked for rest."""
    rested = [feed for feed in feeds if not (feed.state.held_until and feed.state.held_until > now)]
    rested.sort(key=lambda feed: feed.state.last_success_at or feed.added_at, reverse=True)
    by_host: dict[str, Feed] = {}
    for feed in rested:
        by_host.setdefault(urlsplit(feed.url).netloc.rpartition("@")[2], feed)
    return list(by_host.values())[:_HOSTS]


def _asked(loaded: LoadedSettings, feeds: Sequence[Feed]) -> list[Answer]:
    """Ask each feed once, as a poll would, and keep nothing of it."""
    http = loaded.settings.http
    quick = http.model_copy(update={"total_timeout": min(http.total_timeout, _PATIENCE)})
    settings = loaded.settings.model_copy(update={"http": quick})
    try:
        access = feed_access(loaded)
    except ConfigError:  # told where secrets are checked
        access = {}
    answers = []
    with closing(make_fetcher(settings)) as fetcher:
        for feed in feeds:
            request = FetchRequest(
                url=feed.url,
                purpose="feed",
                validators=feed.state.validators,
                access=access.get(feed.url),
            )
            began = datetime.now(UTC)
            answers.append(_answer(feed, fetcher.submit(request).result(), began, datetime.now(UTC)))
    return answers


def _answer(feed: Feed, result: FetchResult, began: datetime, ended: datetime) -> Answer:
    host = urlsplit(feed.url).hostname or feed.url
    if isinstance(result, FetchFailed):
        return Answer(host=host, reason=result.reason, detail=result.detail)
    told = result.headers.get("date", "")
    if "age" in result.headers or not told:  # out of a cache, it tells another time
        return Answer(host=host)
    try:
        at = parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return Answer(host=host)
    return Answer(host=host, ahead=at - (began + (ended - began) / 2))


def _known(names: Iterable[str]) -> dict[str, bool]:
    """Which names have an address; look-ups that get stuck are left behind."""
    known: dict[str, bool] = dict.fromkeys(names, False)

    def look_up(name: str) -> None:
        try:
            known[name] = bool(socket.getaddrinfo(name, None))
        except (OSError, UnicodeError):
            known[name] = False

    threads = [threading.Thread(target=look_up, args=(name,), daemon=True) for name in known]
    deadline = monotonic() + _NAME_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    return dict(known)


def judge_mail(loaded: LoadedSettings) -> Finding:
    """Connect to the mail server, encrypt and log in as for a mail; sends nothing."""
    mail = loaded.settings.mail
    if not any(watch.digest.to for watch in loaded.settings.watch):
        return ok("mail", "Nobody is to get a digest, so no mail server is needed.")
    if mail.transport == "folder":
        return ok("mail", f"Mail is written to {mail.folder}.")
    try:
        greeting = make_smtp(loaded.settings, _PATIENCE).try_out()
    except TrackerError as error:
        return fail("mail", str(error), error.hint)
    login = f" and the login of {mail.username}" if mail.username else ""
    return ok("mail", f"{mail.host}:{mail.port} accepts us{login} ({greeting}).")
