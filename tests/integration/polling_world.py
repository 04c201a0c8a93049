"""An installation on scripted sites: the real fetcher, store and sandbox, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.builders import NOW, watch
from tests.integration.scripted_server import KEEP, Asked, ScriptedServer, empty, everything_is_here, ok
from tracker.app import run as runs
from tracker.app.run import Run
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.model import Access, Feed, Item, ItemQuery, PollReport, Watch
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.acquire import never
from tracker.pipeline.ingest import Ingester
from tracker.pipeline.scoring import Scoring
from tracker.polling import PollPolicy
from tracker.ports import Sandbox
from tracker.relevance import RelevancePolicy
from tracker.store import SqlStore, open_store
from tracker.stories import StoryPolicy

__all__ = ["World", "headline", "item", "rss", "story_page"]

WORDS = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven",
    "islet", "jetty", "knoll", "ledge", "marsh", "nadir", "oasis", "prism",
]  # fmt: skip


def headline(n: int) -> str:
    """A title that shares hardly a word with any other number's."""
    return " ".join(WORDS[(n * step) % len(WORDS)] + str(n) for step in (1, 3, 5, 7))


def item(
    n: int, *, guid: str | None = None, path: str | None = None, title: str = "", at: datetime | None = NOW
) -> str:
    """The nth story as an RSS item; `at` None: undated."""
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    link = f"<link>{path or f'/story/{n}-of-the-week'}</link>"
    key = f"<guid isPermaLink='false'>{guid or f'guid-{n}'}</guid>"
    return f"<item><title>{title or headline(n)}</title>{link}{key}{date}</item>"


def rss(*items: str, head: str = "", atom: str = "") -> bytes:
    """A feed document."""
    space = " xmlns:atom='http://www.w3.org/2005/Atom'"
    return f"<?xml version='1.0'?><rss version='2.0'{space}><channel><title>T</title>{atom}{head}{''.join(items)}</channel></rss>".encode()


def story_page(path: str) -> bytes:
    """A page with a text of its own."""
    text = " ".join(f"{word}{path.strip('/').replace('/', '')}" for word in WORDS)
    return f"<html><head><title>Weekly</title></head><body><article><p>{text}. {text}.</p></article></body></html>".encode()


@cache
def _blank_database() -> bytes:
    """A database without rows, to be copied: making the tables takes longer than most tests."""
    with TemporaryDirectory() as folder:
        open_store(f"sqlite:///{folder}/tracker.db").close()
        return Path(folder, "tracker.db").read_bytes()


class World:
    """Feeds at `http://HOST:PORT/PATH`; `answers` are by path, a function of the request or fixed bytes."""

    def __init__(
        self, folder: Path, server: ScriptedServer, sandbox: Sandbox, *, respect_robots: bool = False
    ) -> None:
        (folder / "tracker.db").write_bytes(_blank_database())
        self.at = NOW
        self.answers: dict[str, object] = {}  # bytes, another step of a script, or a function of the request
        self.access: Mapping[str, Access] = {}
        self.watch: Watch = watch()
        self.hosts = [f"{name}.test" for name in ("site", "other", "third", "fourth", "fifth")]
        self.server = server
        self.sandbox = sandbox
        self.respect_robots = respect_robots
        self.store: SqlStore = open_store(f"sqlite:///{folder}/tracker.db")
        self.policy = PollPolicy()
        server.script = self._script

    def now(self) -> datetime:
        return self.at

    def url(self, path: str = "/feed", host: str = "site.test") -> str:
        return f"http://{host}:{self.server.port}{path}"

    def follow(self, *urls: str) -> Feed:
        for url in urls or (self.url(),):
            feed = self.store.add_feed(url, title="", site_url=None, tags=(), now=self.at)
        return feed

    def feed(self, path: str = "/feed", host: str = "site.test") -> Feed:
        return self.store.feed_by_url(self.url(path, host))

    def ingester(self) -> Ingester:
        scoring = Scoring(self.store, self, (self.watch,), RelevancePolicy())
        return Ingester(scoring, LikenessPolicy(), StoryPolicy())

    def fetcher(self) -> HttpFetcher:
        policy = FetchPolicy(
            allow_hosts=tuple(f"{host}:{port}" for host in self.hosts for port in (self.server.port, 9)),
            per_host_spacing=timedelta(0),
            respect_robots=self.respect_robots,
        )
        return HttpFetcher(policy, network=Network(resolver=everything_is_here))

    def run(self, **after: float) -> Run:
        self.at += timedelta(**after)
        return Run(
            store=self.store, ingester=self.ingester(), clock=self, watches=(self.watch,), policy=self.policy,
            access=self.access,
        )  # fmt: skip

    def poll(
        self, *, force: bool = True, backfill: timedelta | None = None, **after: float
    ) -> list[PollReport]:
        """Poll every feed, or those due, once that much time has passed; what was asked before is forgotten."""
        self.server.asked.clear()
        run = self.run(**after)
        with closing(self.fetcher()) as fetcher, self.store.polling():
            if force:
                portions = run.named([feed.id for feed in self.store.feeds()], force=True)
            else:
                due = self.store.claim_due(self.at, limit=runs.CLAIMS, lease=self.policy.lease)
                portions = run.due(due, limit=None, stop=never)
            run.poll(fetcher, self.sandbox, portions, backfill=backfill)
        return run.polls

    def items(self) -> list[Item]:
        return list(self.store.items(ItemQuery(fate=None, by="time")))

    def asked(self, path: str) -> list[Asked]:
        return [asked for asked in self.server.asked if asked.path == path]

    def _script(self, asked: Asked) -> Iterator[object]:
        answer = self.answers.get(asked.path)
        if answer is None:
            is_story = asked.path.startswith("/story/")
            answer = (
                ok(story_page(asked.path), "Content-Type: text/html") if is_story else empty("404 Not Found")
            )
        yield answer(asked) if callable(answer) else answer
        yield KEEP
