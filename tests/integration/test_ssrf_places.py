"""The 145 forms where foreign documents can put them, followed through the whole program to the dial.

Entry links, all other addresses of a feed document, canonical addresses of pages, pages and robots.txt that announce
feeds, feed lists and webhooks. The program's own reading may drop a form before anybody would fetch it: what counts is
that none inside is dialled. The guards run the same campaigns without the guard at the dial.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from tests.builders import NOW, WATCH
from tests.integration.fake_world import PUBLIC, FakeWorld, hostile_forms
from tests.integration.scripted_server import KEEP, Asked, ScriptedServer, empty, ok, serving
from tracker.app import Tracker, open_tracker
from tracker.delivery import AlertTarget, Notifier
from tracker.model import Alert, DeliveryState
from tracker.ports import Fetcher, Sandbox
from tracker.settings import load_settings
from tracker.store import open_store

CONFIG = """
[[watch]]
name = "w"
seeds = "seeds"
[[watch.topic]]
name = "precursors"
phrases = ["precursor"]
"""
HOSTS = ("origin.test", *(f"site{number}.test" for number in range(37)))


@dataclass
class Place:
    """An installation in the made-up world, and a server whose answers are by host and path."""

    world: FakeWorld
    server: ScriptedServer
    tracker: Tracker
    fetcher: Fetcher
    pages: dict[str, bytes]

    def url(self, path: str, host: str = "origin.test") -> str:
        return f"http://{host}:{self.server.port}{path}"


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database; making its tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("blank") / "tracker.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def opened(tmp_path: Path, shared: Path, sandbox: Sandbox, blank: Path) -> Callable[..., object]:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/s.txt").write_text(
        "A seed\n\n" + "Officials met to control precursor chemicals. " * 20
    )
    (tmp_path / "tracker.toml").write_text(CONFIG)
    (tmp_path / "state").mkdir()
    (tmp_path / "state/tracker.db").write_bytes(blank.read_bytes())

    @contextmanager
    def make(*, guarded: bool = True) -> Iterator[Place]:
        pages: dict[str, bytes] = {}

        def answer(asked: Asked) -> list[object]:
            host = asked.headers["host"].partition(":")[0]
            return [pages.get(host + asked.path) or pages.get(asked.path) or empty("404 Not Found"), KEEP]

        with serving(answer) as server:
            world = FakeWorld(hostile_forms(), server, *HOSTS)
            with world.fetcher(guarded=guarded) as fetcher:
                loaded = load_settings(tmp_path / "tracker.toml", {}, tmp_path)
                with closing(open_tracker(loaded, fetcher=fetcher, sandbox=sandbox)) as tracker:
                    yield Place(world, server, tracker, fetcher, pages)

    return make


def written(forms: list[str]) -> list[str]:
    """As they may stand in markup."""
    return [escape(form, quote=True) for form in forms]


def rss(items: str, head: str = "", before: str = "") -> bytes:
    return ok(
        f"<?xml version='1.0'?>{before}<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom' "
        f"xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>"
        f"<channel><title>T</title>{head}{items}</channel></rss>".encode(),
        "Content-Type: application/rss+xml",
    )


def item(number: int, inner: str) -> str:
    now = datetime.now(UTC)
    words = " ".join(f"w{number}x{n}" for n in range(9))
    return (
        f"<item><title>{words}</title><guid isPermaLink='false'>g{number}</guid>"
        f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} GMT</pubDate>{inner}</item>"
    )


def entry_links(place: Place, forms: list[str]) -> int:
    items = "".join(item(n, f"<link>{form}</link>") for n, form in enumerate(written(forms)))
    place.pages["/feed"] = rss(items)
    place.tracker.add_feed(place.url("/feed"))
    report = place.tracker.fetch(everything=True)
    return sum(poll.new for poll in report.polls)


def other_addresses_of_a_feed(place: Place, forms: list[str]) -> int:
    """A feed for each form, which stands wherever a feed can name an address, but for its entry's link."""
    for number, form in enumerate(written(forms)):
        head = (
            f"<link>{form}</link><docs>{form}</docs><image><url>{form}</url><link>{form}</link></image>"
            f"<itunes:new-feed-url>{form}</itunes:new-feed-url><cloud domain='{form}' port='80' path='/'/>"
            + "".join(
                f"<atom:link rel='{rel}' href='{form}'/>"
                for rel in ("self", "next", "prev-archive", "alternate", "hub", "replies", "icon")
            )
        )
        inner = (
            f"<link>/story/{number}</link><enclosure url='{form}' length='9' type='audio/mpeg'/>"
            f"<media:thumbnail url='{form}'/><media:content url='{form}'/><comments>{form}</comments>"
            f"<source url='{form}'>x</source><description>&lt;img src='{escape(form)}'&gt;</description>"
        )
        before = f"<?xml-stylesheet href='{form}'?><!DOCTYPE rss SYSTEM '{form}'>"
        place.pages[f"/feed/{number}"] = rss(item(number, inner), head, before)
        place.tracker.add_feed(place.url(f"/feed/{number}"))
    return len(place.tracker.fetch(everything=True).polls)


def pages_that_name_addresses(place: Place, forms: list[str]) -> int:
    """A page for each form, which stands wherever a page can name an address."""
    for number, form in enumerate(written(forms)):
        words = " ".join(
            f"Sentence {n} of page {number} is about precursor chemicals and their control."
            for n in range(20)
        )
        place.pages[f"/story/{number}"] = ok(
            f"<!DOCTYPE html SYSTEM '{form}'><html manifest='{form}'><head><base href='{form}'><title>Page {number}</title>"
            f"<link rel='canonical' href='{form}'><meta property='og:url' content='{form}'><link rel='icon' href='{form}'>"
            f"<meta property='og:image' content='{form}'><meta http-equiv='refresh' content='0;url={form}'>"
            f"<link rel='amphtml' href='{form}'><link rel='stylesheet' href='{form}'><script src='{form}'></script>"
            f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'url': form, 'headline': 'H'})}</script>"
            f"</head><body><article><h1>Page {number}</h1><p>{words}</p><img src='{form}'><iframe src='{form}'></iframe>"
            f"<object data='{form}'></object><video src='{form}'></video></article></body></html>".encode(),
            "Content-Type: text/html",
        )
    items = "".join(item(n, f"<link>/story/{n}</link>") for n in range(len(forms)))
    place.pages["/feed"] = rss(items)
    place.tracker.add_feed(place.url("/feed"))
    place.tracker.fetch(everything=True)
    return sum(asked.path.startswith("/story/") for asked in place.server.asked)


def announced_feeds(place: Place, forms: list[str]) -> int:
    """Pages of thirty announcements or links, beside one that is good, which keeps the search at the page."""
    place.pages["/good"] = rss(item(0, "<link>/story/0</link>"))
    seen = 0
    for start in range(0, len(forms), 29):
        some = written(forms[start : start + 29])
        for kind in (
            "<link rel='alternate' type='application/rss+xml' href='{}'>",
            "<a href='{}'>RSS feed</a>",
        ):
            links = "".join(kind.format(form) for form in ("/good", *some))
            place.pages[f"/{start}"] = ok(f"<html><head><title>x</title>{links}</head></html>".encode())
            seen += len(place.tracker.discover(place.url(f"/{start}")).found)
    return seen


def sitemaps_of_robots(place: Place, forms: list[str]) -> int:
    """Four Sitemap lines are followed at a site, so there are 37 sites; and each site's list of sitemaps names them."""
    place.pages["/"] = ok(b"<html><head><title>Home</title></head></html>")
    for number in range(37):
        some = forms[number * 4 : number * 4 + 4]
        lines = "\n".join(f"Sitemap: {form}" for form in some).encode()
        place.pages[f"site{number}.test/robots.txt"] = ok(
            b"User-agent: *\n" + lines + b"\nSitemap: /maps.xml\n"
        )
        place.pages[f"site{number}.test/maps.xml"] = ok(
            f"<sitemapindex>{''.join(f'<sitemap><loc>{form}</loc></sitemap>' for form in written(some))}</sitemapindex>".encode()
        )
        place.tracker.discover(place.url("/", f"site{number}.test"))
    return sum(asked.path == "/robots.txt" for asked in place.server.asked)


def feed_lists(place: Place, forms: list[str]) -> int:
    outlines = "".join(f'<outline type="rss" text="x" xmlUrl="{form}"/>' for form in written(forms))
    listed = f'<?xml version="1.0"?><opml version="2.0"><body>{outlines}</body></opml>'.encode()
    imported = place.tracker.import_opml(listed)
    place.tracker.fetch(everything=True)
    return imported.added + len(imported.problems)


def webhooks(place: Place, forms: list[str]) -> int:
    """The targets are a person's own; a mistake of his may not lead inside either, unless he allows the host."""
    notifier = Notifier(lambda: place.fetcher)
    told = Alert(key="k", target="n", watch=WATCH, made_at=NOW, title="t", text="t", body="{}", link="")
    sent = 0
    for form in forms:
        for kind in ("webhook", "ntfy"):
            state = notifier.send(told, AlertTarget(name="n", kind=kind, url=form)).state
            sent += 1
            assert state is DeliveryState.REFUSED or place.world.dialled or "public.test" in form, form
    return sent


CAMPAIGNS = {
    "entry links": (entry_links, 90),
    "other addresses of a feed": (other_addresses_of_a_feed, 145),
    "pages": (pages_that_name_addresses, 145),
    "announced feeds": (announced_feeds, 5),
    "sitemaps of robots.txt": (sitemaps_of_robots, 37),
    "feed lists": (feed_lists, 120),
    "webhooks": (webhooks, 290),
}
OPEN_TO_ALL = {"entry links", "announced feeds", "sitemaps of robots.txt", "feed lists", "webhooks"}


def dials(place: Place, name: str) -> list[str]:
    """Run one campaign; what was dialled."""
    campaign, least = CAMPAIGNS[name]
    reached = campaign(place, [form["url"] for form in hostile_forms()["urls"]])
    assert reached >= least, f"only {reached} of the campaign's documents were read"
    return list(place.world.dialled)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_no_document_leads_to_a_private_address(opened, name: str) -> None:
    with opened() as place:
        dialled = dials(place, name)
    print(f"{name}: 145 forms, {len(dialled)} dials, all to {set(dialled) or 'nothing'}")
    assert set(dialled) <= {PUBLIC}
    if name not in OPEN_TO_ALL:
        assert dialled == [], "what was not asked for is not fetched, wherever it leads"
    else:
        assert dialled, "the forms that lead to a public address show that the campaign arrives"


@pytest.mark.parametrize("name", ["entry links", "sitemaps of robots.txt", "webhooks"])
def test_without_the_guard_the_same_documents_lead_inside(opened, name: str) -> None:
    with opened(guarded=False) as place:
        dials(place, name)
        assert place.world.blocked_dials


def test_a_name_that_changes_its_answer_between_two_requests_gains_nothing(opened) -> None:
    """rebind.test answers with a public address first and a private one next: the second request is refused."""
    with opened() as place:
        items = "".join(item(n, f"<link>http://rebind.test/{n}</link>") for n in range(6))
        place.pages["/feed"] = rss(items)
        place.tracker.add_feed(place.url("/feed"))
        place.tracker.fetch(everything=True)
        assert place.world.dialled
        assert set(place.world.dialled) == {PUBLIC}
