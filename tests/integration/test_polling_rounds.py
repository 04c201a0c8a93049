"""How a round of polls goes on and ends: gaps, stops, lost leases, retries, logins, robots.txt."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.integration.polling_world import headline, item, rss, story_page
from tests.integration.scripted_server import HANG, empty, ok
from tracker.model import Access, Fate
from tracker.pipeline.acquire import Acquirer
from tracker.pipeline.poll import Poller


def document(*numbers, older="", at=None):
    link = f"<atom:link rel='next' href='{older}'/>" if older else ""
    return rss(*(item(n, at=at) for n in numbers), atom=link)


def poller(world):
    return Poller(
        store=world.store, ingester=world.ingester(), clock=world, policy=world.policy, watches=(world.watch,)
    )


def rounds(world, **options):
    """One round over all feeds: what was yielded."""
    claims = world.store.claim_due(world.at, limit=99, lease=world.policy.lease, force=True)
    with closing(world.fetcher()) as fetcher:
        acquirer = Acquirer(fetcher, world.sandbox, world.policy)
        return list(poller(world).poll(claims, acquirer, **options))


# ---------------------------------------------------------------- gaps


def with_gap(world, pages):
    """A feed that showed 1 and 2, and comes back with its document and older pages."""
    world.follow()
    world.answers["/feed"] = ok(document(1, 2))
    world.poll()
    world.answers |= {path: ok(body) for path, body in pages.items()}
    (report,) = world.poll(days=2)
    return report.new, world.feed().state.gaps, [path for path in world.server.paths if "story" not in path]


def test_after_a_gap_older_pages_are_read_until_something_known_shows(world):
    pages = {
        "/feed": document(9, 8, 7, older="/2"), "/2": document(6, 5, 4, older="/3"),
        "/3": document(3, 2, 1, older="/4"), "/4": document(0),
    }  # fmt: skip
    assert with_gap(world, pages) == (7, 0, ["/feed", "/2", "/3"])


def test_without_a_gap_no_older_page_is_read(world):
    assert with_gap(world, {"/feed": document(4, 3, 2, older="/2")}) == (2, 0, ["/feed"])


def test_five_older_pages_at_most_are_read_and_the_gap_stays(world):
    pages = {f"/{n}": document(*range(n * 10, n * 10 + 3), older=f"/{n + 1}") for n in range(2, 9)}
    new, gaps, asked = with_gap(world, {"/feed": document(13, 12, 11, older="/2"), **pages})
    assert (new, gaps, asked) == (18, 1, ["/feed", "/2", "/3", "/4", "/5", "/6"])


def test_older_pages_on_another_host_are_not_read(world):
    away = world.url("/2", "other.test")
    assert with_gap(world, {"/feed": document(9, 8, 7, older=away)}) == (3, 1, ["/feed"])


def test_pages_that_name_each_other_are_read_once(world):
    pages = {"/feed": document(9, 8, 7, older="/2"), "/2": document(6, 5, 4, older="/feed")}
    assert with_gap(world, pages) == (6, 1, ["/feed", "/2"])


# ---------------------------------------------------------------- stops


def test_a_long_feed_that_is_stopped_goes_on_where_it_was(world):
    world.follow()
    world.answers["/feed"] = ok(document(*range(120)))
    assert rounds(world, stop=lambda: len(world.items()) >= 50) == []
    kept = len(world.items())
    assert 50 <= kept < 120
    assert world.feed().state.last_polled_at is None
    (ended,) = rounds(world)
    assert ended.report.new == 120 - kept
    assert len(world.items()) == 120


def untouched(world):
    (feed,) = world.store.feeds()
    claims = world.store.claim_due(world.at, limit=9, lease=timedelta(hours=1))
    return feed.state.last_polled_at is None and world.store.entry_count() == 0 and len(claims) == 1


def test_a_stop_before_the_round_begins_nothing_and_gives_the_feeds_back(world):
    world.follow()
    claims = world.store.claim_due(world.at, limit=9, lease=timedelta(hours=1))
    nobody_to_ask = Acquirer(None, None, world.policy)
    assert list(poller(world).poll(claims, nobody_to_ask, stop=lambda: True)) == []
    assert untouched(world)


@pytest.mark.parametrize("path", ["/feed", "/story/1-of-the-week"])
def test_a_stop_while_something_is_under_way_gives_the_feed_back_unchanged(world, path):
    world.follow()
    world.answers |= {"/feed": ok(document(1, 2)), path: HANG}
    assert rounds(world, stop=lambda: bool(world.asked(path))) == []
    assert untouched(world)


@pytest.mark.parametrize("path", ["/feed", "/story/1-of-the-week"])
def test_exchanges_that_were_cut_off_are_no_failure(world, path):
    world.follow()
    world.answers |= {"/feed": ok(document(1, 2)), path: HANG}
    claims = world.store.claim_due(world.at, limit=9, lease=timedelta(hours=1))
    fetcher = world.fetcher()
    threading.Timer(1.0, fetcher.close).start()
    assert list(poller(world).poll(claims, Acquirer(fetcher, world.sandbox, world.policy))) == []
    assert untouched(world)


def test_a_stop_leaves_pages_to_be_tried_again_as_they_were(world):
    world.follow()
    world.answers |= {"/feed": ok(document(1)), "/story/1-of-the-week": empty("503 Busy")}
    world.poll()
    world.answers["/story/1-of-the-week"] = HANG
    world.at += timedelta(hours=1)
    (before,) = world.store.pending(world.at, limit=9)
    with closing(world.fetcher()) as fetcher:
        acquirer = Acquirer(fetcher, world.sandbox, world.policy)
        asked = world.server.asked
        asked.clear()
        assert poller(world).retry([before], acquirer, stop=lambda: bool(asked)) == ()
    assert world.store.pending(world.at, limit=9) == (before,)


def test_feeds_that_ended_before_the_stop_count(world):
    world.follow(world.url("/a"), world.url("/b"))
    world.answers |= {"/a": ok(rss()), "/b": HANG}
    parse, parsed, looks = world.sandbox.parse_feed, [], []

    def noted(*document: object) -> object:
        parsed.append(parse(*document))
        return parsed[-1]

    def stop() -> bool:
        """Once the one document is read and the other asked for; what follows the reading is over a look later."""
        if len(world.server.asked) == 2 and any(one.done() for one in parsed):
            looks.append(1)
        return len(looks) > 1

    world.sandbox = SimpleNamespace(parse_feed=noted)
    ended = rounds(world, stop=stop)
    assert [one.feed.url for one in ended] == [world.url("/a")]
    assert world.feed("/b").state.last_polled_at is None


# ---------------------------------------------------------------- leases


def test_a_poll_whose_lease_was_lost_counts_nothing_twice(world):
    world.follow()
    world.answers["/feed"] = ok(document(1, 2))
    late = world.store.claim_due(world.at, limit=9, lease=timedelta(minutes=1))
    world.at += timedelta(minutes=2)
    (first,) = rounds(world)
    world.answers["/feed"] = ok(document(3, 1, 2))
    with closing(world.fetcher()) as fetcher:
        (second,) = poller(world).poll(late, Acquirer(fetcher, world.sandbox, world.policy))
    assert (first.report.new, len(first.ingested)) == (2, 2)
    assert (second.report.code, second.report.new, second.ingested) == ("lease_lost", 0, ())
    assert len(world.store.polls(first.feed.id, limit=9)) == 1
    assert len(world.items()) == 3


def test_what_is_due_is_polled_once_in_a_run_and_the_rest_is_left(world, monkeypatch):
    monkeypatch.setattr("tracker.app.run.CLAIMS", 2)  # feeds in one portion
    world.follow(*(world.url(f"/{n}") for n in range(5)))
    world.answers |= {f"/{n}": ok(rss()) for n in range(5)}
    assert len(world.poll(force=False)) == 5
    assert world.poll(force=False, minutes=1) == []
    assert world.server.asked == []
    assert len(world.poll(force=True)) == 5


# ---------------------------------------------------------------- pages


def test_a_page_that_was_away_is_tried_again_and_once_had_no_more(world):
    world.follow()
    world.answers |= {"/feed": ok(document(1)), "/story/1-of-the-week": empty("503 Busy")}
    world.poll()
    assert [found.fate for found in world.items()] == [Fate.PENDING]
    del world.answers["/story/1-of-the-week"]
    world.poll(minutes=10)
    assert not world.asked("/story/1-of-the-week")
    world.poll(hours=1)
    assert [found.fate for found in world.items()] == [Fate.BELOW_THRESHOLD]
    world.poll(hours=1)
    assert not world.asked("/story/1-of-the-week")


def test_an_edited_story_whose_page_was_away_is_settled_once_and_as_an_edit(world):
    world.follow()
    world.answers["/feed"] = ok(document(1))
    world.poll()
    edited = rss(item(1, title=headline(1) + " updated"))
    world.answers |= {"/feed": ok(edited), "/story/1-of-the-week": empty("503 Busy")}
    world.poll(hours=2)
    assert Fate.PENDING in {found.fate for found in world.items()}
    world.answers["/story/1-of-the-week"] = ok(story_page("/another/text"))
    world.poll(hours=1)
    assert Fate.PENDING not in {found.fate for found in world.items()}
    world.poll(hours=1)
    assert not world.asked("/story/1-of-the-week")


@pytest.mark.parametrize(("respects", "fate"), [(True, Fate.REFUSED), (False, Fate.BELOW_THRESHOLD)])
def test_robots_txt_is_obeyed_unless_every_watch_of_the_feed_says_otherwise(world, respects, fate):
    world.respect_robots = True
    world.watch = replace(world.watch, respect_robots=respects)
    world.follow()
    world.answers |= {
        "/feed": ok(document(1)),
        "/robots.txt": ok(b"User-agent: *\nDisallow: /story/", "Content-Type: text/plain"),
    }
    world.poll()
    assert [found.fate for found in world.items()] == [fate]


def test_a_login_goes_with_feed_requests_and_with_no_page(world):
    world.follow()
    world.access = {world.url(): Access(username="anna", password="key")}
    world.answers["/feed"] = ok(document(1))
    world.poll()
    sent = {asked.path: "authorization" in asked.headers for asked in world.server.asked}
    assert sent == {"/feed": True, "/story/1-of-the-week": False}
