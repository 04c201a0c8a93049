"""Feeds found from a site's address, followed, tried and shown: a real installation against a scripted site."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.integration.scripted_server import ScriptedServer, Step, empty, ok, redirect, serving
from tracker.app import Tracker, open_tracker
from tracker.cli.feeds import command
from tracker.cli.session import Session
from tracker.errors import FeedExists, TrackerError, UsageError
from tracker.model import Fate, ItemQuery
from tracker.settings import load_settings

CONFIG = """
[http]
contact = "tests@example.org"
allow_hosts = ["127.0.0.1:{port}"]
per_host_spacing = "0s"
total_timeout = "60s"
[sandbox]
workers = 2
[[watch]]
name = "w"
seeds = "seeds"
[[watch.topic]]
name = "precursors"
phrases = ["precursor"]
"""
Pages = dict[str, bytes | list[Step]]


def rss(title: str, *stories: str) -> bytes:
    items = "".join(f"<item><title>{story}</title><link>/{story}</link></item>" for story in stories)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def page(*links: tuple[str, str]) -> bytes:
    heads = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{t}" href="{h}">' for h, t in links
    )
    return f"<!doctype html><html><head><title>Home</title>{heads}</head><body>Hello</body></html>".encode()


class Site:
    """A scripted site and an installation that may reach it."""

    def __init__(self, server: ScriptedServer, folder: Path) -> None:
        self.server = server
        self.base = f"http://127.0.0.1:{server.port}"
        self.folder = folder
        for name in ("config", "seeds", "state"):
            (folder / name).mkdir()
        (folder / "config/tracker.toml").write_text(CONFIG.format(port=server.port))
        (folder / "seeds/s.txt").write_text(
            "A seed\n\n" + "Officials met to control precursor chemicals. " * 20
        )

    def open(self) -> Tracker:
        return open_tracker(load_settings(self.folder / "config/tracker.toml", {}, self.folder))

    def run(self, *words: str) -> tuple[int, str]:
        session = Session(config=self.folder / "config/tracker.toml")
        done = CliRunner().invoke(command, words, obj=session)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, click.unstyle(done.output)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[[Pages], Site]]:
    opened = []

    def make(pages: Mapping[str, bytes | list[Step]]) -> Site:
        def answer(asked) -> list[Step]:
            found = pages.get(asked.path, empty("404 Not Found"))
            if isinstance(found, list):
                return found
            return [found if found.startswith(b"HTTP/") else ok(found)]

        server = serving(answer)
        opened.append(server)
        return Site(server.__enter__(), tmp_path)

    yield make
    for server in opened:
        server.__exit__(None, None, None)


NEWS = rss("The news", "one", "two", "three")
WORLD = rss("World", "four", "five")
COMMENTS = rss("Comments for The news", "hi", "ho")


def test_all_places_are_looked_at_and_each_feed_is_listed_once(site):
    robots = b"User-agent: *\nDisallow: /\nSitemap: /maps.xml\n"
    index = b"<?xml version='1.0'?><sitemapindex><sitemap><loc>%s</loc></sitemap></sitemapindex>"
    news = (Path(__file__).parents[1] / "data/feeds/sitemap_news.xml").read_bytes()
    pages: Pages = {
        "/": page(("/comments/feed/", "Comments"), ("/rss", "News"), ("/missing", "Gone")),
        "/comments/feed/": COMMENTS, "/rss": NEWS, "/feed/": NEWS, "/feed": redirect("/feed/"),
        "/index.xml": WORLD, "/robots.txt": robots, "/news.xml.gz": ok(gzip.compress(news), "Content-Type: application/x-gzip"),
    }  # fmt: skip
    here = site(pages)
    pages["/maps.xml"] = index % f"{here.base}/news.xml.gz".encode()
    with here.open() as tracker:
        tracker.add_feed(f"{here.base}/index.xml")
        found = tracker.discover(here.base)
    assert not found.is_feed
    assert [(one.title, one.format, one.entries, one.origin, one.is_followed) for one in found.found] == [
        ("The news", "rss", 3, "announced", False),
        ("The Daily", "sitemap", 1, "robots.txt", False),
        ("World", "rss", 2, "usual place", True),
        ("Comments for The news", "rss", 2, "announced", False),
    ]
    assert {one.rpartition("/f")[2] for one in found.found[0].also} == {"eed/", "eed"}
    asked = here.server.paths
    assert len(asked) == len(set(asked)) + 1, "every address once; /feed/ again by its redirect"
    assert len(asked) <= 30


def test_the_address_of_a_feed_is_said_to_be_one(site):
    here = site({"/rss": NEWS})
    code, said = here.run("discover", f"{here.base}/rss")
    assert code == 0
    assert "is itself a feed" in said
    assert "3 entries" in said
    assert here.server.paths == ["/rss"]


def test_a_site_without_feeds_and_a_server_that_does_not_answer_are_told_apart(site):
    here = site({"/": page()})
    code, said = here.run("discover", here.base)
    assert (code, "No feed was found" in said) == (0, True)
    with pytest.raises(TrackerError, match=r"127\.0\.0\.1:1"):
        here.run("discover", "http://127.0.0.1:1/")


def test_adding_a_page_with_one_feed_follows_that_feed(site):
    here = site(
        {
            "/": page(("/comments/feed/", "Comments"), ("/rss", "News")),
            "/comments/feed/": COMMENTS,
            "/rss": NEWS,
        }
    )
    code, said = here.run("add", here.base, "--tag", "wire")
    assert code == 0
    assert f"{here.base}/ is a web page; its feed was found. Following {here.base}/rss (The news)" in said
    with here.open() as tracker:
        ((feed, _, _),) = tracker.feeds()
    assert (feed.url, feed.title, feed.tags) == (f"{here.base}/rss", "The news", ("wire",))
    assert "/robots.txt" not in here.server.paths, "what the page announces is enough"


def test_adding_a_page_with_several_feeds_lists_them_and_follows_none(site):
    here = site(
        {"/": page(("/rss", "News"), ("/world?a=1&amp;b=2", "World")), "/rss": NEWS, "/world?a=1&b=2": WORLD}
    )
    code, said = here.run("add", here.base)
    assert code == 1
    assert f"tracker feeds add {here.base}/rss" in said
    assert f"tracker feeds add '{here.base}/world?a=1&b=2'" in said
    code, said = here.run("add", here.base, "--json")
    assert code == 1
    assert [one["entries"] for one in json.loads(said)["choice"]] == [3, 2]
    with here.open() as tracker:
        assert tracker.feeds() == ()


def test_adding_a_page_without_feeds_is_an_error_that_says_what_the_page_is(site):
    here = site({"/": page()})
    with pytest.raises(TrackerError, match=r"a web page \(“Home”\).*no feed was found") as caught:
        here.run("add", here.base)
    assert caught.value.exit_code == 1


def test_what_cannot_be_reached_is_followed_only_unchecked(site):
    here = site({})
    with pytest.raises(TrackerError) as caught:
        here.run("add", f"{here.base}/missing")
    assert (caught.value.exit_code, "--no-check" in caught.value.hint) == (1, True)
    with pytest.raises(UsageError, match=r'add "127\.0\.0\.1:1" to allow_hosts') as caught:
        here.run("add", "http://127.0.0.1:1/feed")
    assert caught.value.hint == "", "unchecked it would be refused at every poll"
    for address in (f"{here.base}/missing", "http://127.0.0.1:1/feed"):
        assert here.run("add", address, "--no-check")[0] == 0
    with here.open() as tracker:
        assert len(tracker.feeds()) == 2


INSIDE = ("http://192.168.1.5/story", "http://localhost/story", "http://a.example:22/story")


def test_only_who_typed_an_address_is_told_how_to_open_it(site):
    """Whoever writes a feed chooses its links: the refusal of one must not talk the reader into opening it."""
    text = "Officials met to control precursor chemicals in the two ports. " * 4
    bare = [f"<item><title>Bare {n}</title><link>{link}</link></item>" for n, link in enumerate(INSIDE)]
    full = [
        f"<item><title>Full {n}</title><link>{link}/2</link><description>{n} {text}</description></item>"
        for n, link in enumerate(INSIDE)
    ]
    document = f'<rss version="2.0"><channel><title>T</title>{"".join(bare + full)}</channel></rss>'
    here = site({"/feed": document.encode()})
    with here.open() as tracker:
        tracker.add_feed(f"{here.base}/feed")
        tracker.fetch(everything=True)
        found = tracker.items(ItemQuery(fate=None))
        refused = {one.url: one for one in found if one.fate is Fate.REFUSED}
        said = [tracker.show(one.id).article.article.note for one in found if one.fate is not Fate.REFUSED]
        assert (set(refused), len(said)) == (set(INSIDE), 3), "without a text of its own, and with one"
        answers = [tracker.why(url) for url in refused]
        assert [answer.command for answer in answers] == [""] * 3, "nothing of ours would ask for it"
        said += [one.note for one in refused.values()] + [answer.sentence for answer in answers]
        assert all("The link leads " in one and "allow_hosts" not in one for one in said), said
        for link in INSIDE:
            assert " to allow_hosts." in tracker.score_url(link)[2]


@pytest.mark.parametrize("address", ["ftp://a.test/f", "", "no such thing", "javascript:alert(1)"])
def test_what_is_no_address_is_a_mistake_of_usage(site, address):
    here = site({})
    for words in (["add", address], ["add", address, "--no-check"], ["discover", address], ["test", address]):
        with pytest.raises(UsageError, match="not a web address"):
            here.run(*words)


def test_an_address_that_leads_for_good_to_a_followed_feed_is_not_followed_twice(site):
    here = site({"/old": redirect("/rss", "301 Moved Permanently"), "/rss": NEWS})
    here.run("add", f"{here.base}/rss")
    with pytest.raises(FeedExists, match=r"has moved to .*/rss.*followed already"):
        here.run("add", f"{here.base}/old")
    here.run("remove", f"{here.base}/rss")
    code, said = here.run("add", f"{here.base}/old")
    assert code == 0
    assert "has moved to" in said
    with here.open() as tracker:
        assert [feed.url for feed, _, _ in tracker.feeds()] == [f"{here.base}/rss"]
    with pytest.raises(FeedExists, match="followed already"):
        here.run("add", f"{here.base}/rss")


def test_a_trial_tells_where_it_led_what_came_and_what_would_be_next(site):
    headers = ("Content-Type: text/xml; charset=iso-8859-1", 'ETag: "a"', "Cache-Control: max-age=18000")
    body = rss("Café", "one").replace(b"<item>", b"<ttl>5</ttl><item>", 1)
    here = site({"/a": redirect("/b"), "/b": ok(body, *headers)})
    with here.open() as tracker:
        tried = tracker.test_feed(f"{here.base}/a")
        assert tracker.feeds() == ()
    assert (tried.ok, tried.format, tried.title, len(tried.entries)) == (True, "rss", "Café", 1)
    assert (tried.final_url, tried.moved_to, tried.status) == (f"{here.base}/b", None, 200)
    assert tried.charset == "read as utf-8, declared iso-8859-1 (header)"
    assert tried.caching == {"etag": '"a"', "cache-control": "max-age=18000"}
    assert timedelta(hours=5) <= tried.next_poll_in < timedelta(hours=6)
    code, said = here.run("test", f"{here.base}/a")
    assert code == 0
    for words in ("ok  Café: 1 entry", f"answered by   {here.base}/b", "max-age=18000", "5 h after this one"):
        assert words in said
    code, said = here.run("test", f"{here.base}/nothing")
    assert code == 1
    assert "failed" in said


def test_a_packed_list_of_sitemaps_is_refused_naming_the_one_with_news(site):
    index = b"<sitemapindex><sitemap><loc>https://paper.test/a.xml</loc></sitemap><sitemap><loc>https://paper.test/news/1.xml</loc></sitemap></sitemapindex>"
    here = site({"/sitemap.xml.gz": ok(gzip.compress(index), "Content-Type: application/octet-stream")})
    code, said = here.run("test", f"{here.base}/sitemap.xml.gz", "--json")
    assert code == 1
    assert "tracker feeds add https://paper.test/news/1.xml" in json.loads(said)["sentence"]


def test_a_feed_is_shown_in_full_and_brought_back_after_a_move(site):
    here = site({"/rss": NEWS})
    url = f"{here.base}/rss"
    here.run("add", url, "--tag", "wire", "--tag", "asia")
    with here.open() as tracker:
        tracker.fetch(urls=[url])
    code, said = here.run("show", url)
    assert code == 0
    for words in ("The news", "wire, asia", "Polls:", "3 listed, 3 new"):
        assert words in said
    shown = json.loads(here.run("show", url, "--json")[1])
    assert (shown["url"], shown["moves"], len(shown["polls"])) == (url, [], 1)
    with here.open() as tracker:
        ((feed, _, _),) = tracker.feeds()
        tracker._store.move_feed(feed, f"{here.base}/new", reason="a permanent redirect", now=feed.added_at)
    assert "a permanent redirect" in here.run("show", f"{here.base}/new")[1]
    assert here.run("undo-move", f"{here.base}/new")[0] == 0
    code, said = here.run("list", "--json")
    assert [one["url"] for one in json.loads(said)["feeds"]] == [url]


def test_lists_go_out_and_come_in_line_by_line(site, tmp_path):
    here = site({})
    for path in ("/a", "/b"):
        here.run("add", here.base + path, "--no-check", "--tag", "wire")
    file = tmp_path / "list.opml"
    assert json.loads(here.run("export", str(file), "--json")[1]) == {"feeds": 2, "file": str(file)}
    file.write_text(
        file.read_text().replace("</body>", '<outline type="rss" text="x" xmlUrl="ftp://x/"/></body>')
    )
    assert json.loads(here.run("remove", f"{here.base}/b", "--json")[1]) == {"removed": f"{here.base}/b"}
    code, said = here.run("import", str(file))
    assert code == 4  # one line of it is no address
    assert f"added    {here.base}/b\nknown    {here.base}/a\nproblem  line " in said
    assert said.endswith("1 feed added, 1 known already.\n")
    assert json.loads(here.run("reset", f"{here.base}/a", "--json")[1]) == {
        "reset": f"{here.base}/a",
        "rest_lifted": False,
    }


def test_the_address_a_followed_feed_is_moving_to_is_not_followed_beside_it(site):
    here = site({"/old": redirect("/rss", "301 Moved Permanently"), "/rss": NEWS})
    here.run("add", f"{here.base}/old", "--no-check")
    with here.open() as tracker:
        tracker.fetch(everything=True)
    with pytest.raises(FeedExists, match=r"/old, which is followed, has moved to .*/rss"):
        here.run("add", f"{here.base}/rss")
