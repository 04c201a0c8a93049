"""What the model test drives: two scripted feeds that a person could write, a mail server, and an installation on them.

The installation is the real one, through its front door: settings from a file, SQLite, HTTP and SMTP over loopback, with
a clock that the test sets. Only the parsers run in this process instead of the sandbox's children.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from sqlalchemy import Engine, event

from tests.builders import NOW
from tests.crash.kill_world import Inline
from tests.crash.post_office import PostOffice
from tests.integration.polling_world import _blank_database
from tests.integration.scripted_server import KEEP, Asked, ScriptedServer, empty, ok
from tracker.app import Tracker, open_tracker
from tracker.app.changes import write_line
from tracker.app.upkeep import restore_backup
from tracker.fetch import HttpFetcher
from tracker.model import Item, ItemQuery
from tracker.settings import load_settings

FEEDS = ("/first", "/second")
TO = ("ann@news.example", "bo@news.example")
NORMAL = 0.5
CONFIG = """
[http]
contact = "tests@example.org"
[feeds]
opml = "feeds.opml"
[outputs]
feeds = []
[mail]
host = "127.0.0.1"
port = {port}
sender = "tracker@news.example"
[retention]
kept = "30d"
others = "20d"
polls = "20d"
[[watch]]
name = "w"
threshold = {line}
seeds = "seeds"
[[watch.topic]]
name = "precursor chemicals"
phrases = ["precursor chemicals"]
[watch.digest]
quiet_days = "none"
to = {to}
"""
SEED = "Customs officers seized a shipment of precursor chemicals that were to be made into fentanyl. " * 12
ON_SUBJECT = "Customs officers at {0} seized precursor chemicals from {1} bound for {2} {3}."
OFF_SUBJECT = "The football club of {0} beat {1} at home before {2} spectators of {3}."
NOT_NEWS = re.compile("JUST UNDER THE LINE|FEEDS THAT NEED YOU|NOT DELIVERED")
VERSIONS = re.compile(r"^ {7}Update .*(\n {14}.*)*", re.MULTILINE)
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


class Died(BaseException):
    """The process ends here: nothing more is committed."""


def word(*numbers: int) -> str:
    """A made-up word for these numbers, and for no others below 4,900."""
    n, base = 0, len(SYLLABLES)
    for number in numbers:
        n = n * 71 + number
    return "".join(SYLLABLES[n // base**k % base] for k in range(3)).capitalize() + "q"


def token(number: int) -> str:
    """A word that stands in no text."""
    return word(number)[:-1] + "x"


@dataclass(frozen=True)
class Text:
    """The words of a report: the number it has, how often it was rewritten, and whether it is on the subject."""

    number: int
    on_subject: bool
    rewritten: int = 0

    def __str__(self) -> str:
        pattern = ON_SUBJECT if self.on_subject else OFF_SUBJECT
        lines = [pattern.format(*(word(self.number, at * 4 + n) for n in range(1, 5))) for at in range(10)]
        added = [
            f"A spokesman added that {word(self.number, 60 + n)} would follow." for n in range(self.rewritten)
        ]
        return " ".join([*lines, *added])


@dataclass(frozen=True)
class Published:
    """An entry of a feed as it stands there now, and the page it leads to. `token` is a word of its title alone."""

    guid: str
    path: str
    token: str
    text: Text
    at: datetime

    @property
    def title(self) -> str:
        return f"{self.token} report: {'chemicals seized' if self.text.on_subject else 'match won'}"

    def item(self) -> str:
        return (
            f"<item><title>{self.title}</title>"
            f"<link>{self.path}</link><guid isPermaLink='false'>{self.guid}</guid>"
            f"<pubDate>{format_datetime(self.at)}</pubDate></item>"
        )

    def page(self) -> bytes:
        words = f"<title>{self.title}</title></head><body><article><p>{self.text}</p></article></body>"
        return f"<html lang='en'><head>{words}</html>".encode()


@dataclass
class Mail:
    """One message that the mail server took, for one recipient."""

    to: str
    message_id: str
    at: datetime
    tokens: frozenset[str]
    raw: bytes


@dataclass
class Installation:
    """An open tracker in a folder of its own, and what it can be told to do."""

    folder: Path
    server: ScriptedServer
    office: PostOffice
    fetcher: HttpFetcher
    at: datetime = NOW
    feeds: dict[str, list[Published]] = field(default_factory=lambda: {feed: [] for feed in FEEDS})
    pages: dict[str, Published] = field(default_factory=dict)
    tracker: Tracker = field(init=False)

    def __post_init__(self) -> None:
        for name in ("seeds", "state"):
            (self.folder / name).mkdir()
        to = "[" + ", ".join(f'"{one}"' for one in TO) + "]"
        config = CONFIG.format(port=self.office.port, line=NORMAL, to=to)
        (self.folder / "tracker.toml").write_text(config)
        (self.folder / "seeds/one.txt").write_text(SEED)
        (self.folder / "state/tracker.db").write_bytes(_blank_database())
        self.server.script = self._answer
        self.office.ledger.clear()
        self.behave()
        self.open()
        for feed in FEEDS:
            self.tracker.add_feed(self.url(feed))

    def now(self) -> datetime:
        return self.at

    def url(self, path: str) -> str:
        return f"http://site.test:{self.server.port}{path}"

    # ------------------------------------------------------------ the program

    def open(self) -> None:
        self.loaded = load_settings(self.folder / "tracker.toml", {}, self.folder)
        self.tracker = open_tracker(self.loaded, clock=self, fetcher=self.fetcher, sandbox=Inline())

    def close(self) -> None:
        self.tracker.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def set_line(self, line: float) -> None:
        write_line(self.loaded, "w", line)
        self.restart()

    def put_back(self, backup: Path) -> None:
        self.close()
        restore_backup(self.loaded, backup)
        self.open()

    def items(self) -> tuple[Item, ...]:
        return self.tracker.items(ItemQuery(fate=None, by="time"))

    # ------------------------------------------------------------ the world

    def publish(self, feed: str, one: Published) -> None:
        """List an entry in a feed, in place of the one that it had under the same guid; its page says the same."""
        others = [other for other in self.feeds[feed] if other.guid != one.guid]
        self.feeds[feed] = [*others, one]
        self.pages[one.path] = one

    def _answer(self, asked: Asked) -> Iterator[object]:
        if asked.path in self.feeds:
            items = "".join(one.item() for one in reversed(self.feeds[asked.path]))
            body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>{asked.path}</title>{items}</channel></rss>"
            yield ok(body.encode(), "Content-Type: application/rss+xml")
        elif asked.path in self.pages:
            yield ok(self.pages[asked.path].page(), "Content-Type: text/html")
        else:
            yield empty("404 Not Found")
        yield KEEP

    def behave(self, reached: Callable[[str], None] = lambda _: None, **answers: str) -> None:
        """Have the mail server answer so from now on."""
        self.office.answers, self.office.reached = answers, reached

    def mails(self) -> list[Mail]:
        """All that the mail server took."""
        return [
            Mail(
                to, copy.message_id, parsedate_to_datetime(copy.mail["Date"]), tokens_of(copy.plain), copy.raw
            )
            for copy in list(self.office.ledger)
            for to in copy.recipients
        ]


def tokens_of(plain: str) -> frozenset[str]:
    """The reports that a digest brings; near misses, versions and what is wrong are named, but not brought."""
    return frozenset(re.findall(r"\b([A-Z]\w+x)\s+report:", VERSIONS.sub("", NOT_NEWS.split(plain)[0])))


class Death:
    """The process dies instead of making the commit with number `at`, counted from now on; 0: it lives."""

    def __init__(self, at: int = 0) -> None:
        self.at = at

    @contextmanager
    def awaited(self) -> Iterator[None]:
        event.listen(Engine, "commit", self._count)
        try:
            yield
        finally:
            event.remove(Engine, "commit", self._count)

    def _count(self, _: object) -> None:
        self.at -= 1
        if self.at == 0:
            raise Died
