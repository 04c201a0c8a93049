"""After its text was deleted an article is still known: to its feed, to other feeds, and when its page changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.polling_world import World, headline, item, rss, story_page
from tests.integration.scripted_server import ok
from tracker.model import Fate, TextGrade
from tracker.store import Keeping

KEEPING = Keeping(kept=timedelta(days=30), others=timedelta(days=30))


@pytest.fixture
def pruned(world: World) -> World:
    """A feed polled once, its texts deleted 60 days later, and still listing the same."""
    world.answers["/feed"] = ok(rss(*(item(n) for n in range(3))))
    world.follow()
    world.poll()
    assert len(world.items()) == 3
    world.at += timedelta(days=60)
    gone = world.store.prune(KEEPING, world.at)
    assert gone.kept + gone.others == 3
    return world


def test_what_the_feed_still_lists_is_not_new(pruned: World) -> None:
    pruned.answers["/feed"] = ok(rss(*(item(n) for n in range(4))))
    (poll,) = pruned.poll()
    assert (poll.listed, poll.new, poll.changed) == (4, 1, 0)
    assert {path for path in pruned.server.paths if path.startswith("/story")} == {"/story/3-of-the-week"}


def test_what_the_feed_lists_under_another_key_is_not_new(pruned: World) -> None:
    pruned.answers["/feed"] = ok(rss(*(item(n, guid=f"other-{n}") for n in range(3))))
    (poll,) = pruned.poll()
    assert poll.new == 0
    assert pruned.asked("/story/1-of-the-week") == []


def test_another_feed_with_the_same_page_is_one_more_carrier(pruned: World) -> None:
    pruned.answers["/second"] = ok(rss(item(1)))
    pruned.follow(pruned.url("/second"))
    pruned.poll()
    (again,) = [one for one in pruned.items() if one.feed == pruned.url("/second")]
    assert (again.fate, again.grade) == (Fate.COPY, TextGrade.DELETED)
    assert pruned.asked("/story/1-of-the-week") == [], "its page is not fetched again"


def test_a_page_that_changes_after_its_text_was_deleted_is_a_version(pruned: World) -> None:
    pruned.answers["/feed"] = ok(rss(item(1, title=f"Corrected: {headline(1)}")))
    pruned.answers["/story/1-of-the-week"] = ok(story_page("/story/99"), "Content-Type: text/html")
    pruned.poll()
    first, newest = sorted(
        (one for one in pruned.items() if "/story/1-" in one.url), key=lambda one: one.first_seen_at
    )
    assert newest.kind == "version"
    assert newest.family == first.family
    assert newest.text
    assert not first.text
    assert pruned.store.flaws() == ((), ())
