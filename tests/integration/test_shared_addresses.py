"""Many articles at one address: a front page or a ticker holds one after the other, and none hides another."""

from __future__ import annotations

import random

from tests.integration.polling_world import rss
from tests.integration.scripted_server import ok
from tracker.model import Fate


def words(n: int, count: int = 60) -> list[str]:
    """Invented words, others for each number."""
    chance = random.Random(n)
    return ["".join(chance.choices("abcdefghijklmnoprstuvw", k=7)) for _ in range(count)]


def told(n: int, *, path: str = "/", more: str = "") -> str:
    """The nth story, whole in the feed, without a page of its own."""
    text = f"{' '.join(words(n))}. {more}"
    return (
        f"<item><title>{' '.join(words(n)[:6])}</title><link>{path}</link><guid isPermaLink='false'>g{n}</guid>"
        f"<description>{text}</description></item>"
    )


def stories_of(world):
    items = world.items()
    assert all(item.fate in {Fate.KEPT, Fate.BELOW_THRESHOLD} for item in items), [
        item.note for item in items
    ]
    return sorted(item.title for item in items)


def test_stories_that_all_link_to_the_front_page_are_stories_of_their_own(world):
    world.follow()
    world.answers["/feed"] = ok(rss(*(told(n) for n in range(1, 7))))
    world.poll()
    assert len(stories_of(world)) == 6


def test_what_later_stands_at_the_front_page_is_not_taken_for_what_stood_there(world):
    world.follow()
    for n in (1, 2, 3):
        world.answers["/feed"] = ok(rss(told(n)))
        world.poll(hours=2)
    assert len(stories_of(world)) == 3


def test_a_text_that_tells_on_at_the_same_address_is_a_version(world):
    world.follow(world.url(), world.url("/feed", "other.test"))
    where = world.url("/live-report-17")
    world.answers["/feed"] = ok(rss(told(1, path=where)))
    world.poll()
    world.answers["/feed"] = ok(rss(told(1, path=where, more=" ".join(words(2, 40)))))
    world.poll(hours=3)
    assert {item.fate for item in world.items() if item.kind} >= {Fate.VERSION}
