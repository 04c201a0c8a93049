"""A clock that is set wrong and put right again: nothing is polled too late, lost, doubled or silent because of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import false

from tests.integration.polling_world import World, item, rss
from tests.integration.scripted_server import empty, ok, serving
from tracker.model import Fate
from tracker.sandbox import ProcessSandbox, SandboxPolicy
from tracker.store import leases

JUMPS = [
    *(timedelta(days=40), timedelta(days=2), timedelta(hours=7)),
    *(timedelta(hours=-7), timedelta(days=-40)),
]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    with closing(ProcessSandbox(SandboxPolicy(workers=1))) as opened:
        yield opened


@pytest.fixture
def world(tmp_path: Path, sandbox: ProcessSandbox) -> Iterator[World]:
    with serving([]) as server:
        made = World(tmp_path, server, sandbox)
        yield made
        made.store.close()


@pytest.mark.parametrize(
    ("jump", "answer"),
    [*((jump, "ok") for jump in JUMPS), (JUMPS[0], "429"), (JUMPS[0], "410")],
)
def test_after_a_jump_and_its_repair_every_feed_is_polled_again_within_a_day(
    world: World, jump: timedelta, answer: str
) -> None:
    """Also a feed that asked for rest or was gone while the clock was wrong: what it said then counted from then."""
    ill = {"429": empty("429 Too Many Requests", "Retry-After: 3600"), "410": empty("410 Gone")}
    items = [item(n, at=world.at - DAY + n * timedelta(hours=1)) for n in range(4)]
    world.answers["/feed"] = ok(rss(*items[:2]))
    world.follow()
    world.poll()
    world.at += jump
    world.answers["/feed"] = ill.get(answer, ok(rss(*items[:3])))
    world.poll(force=True)
    world.at -= jump  # put right
    world.answers["/feed"] = ok(rss(*items))
    for hours in (1, 5, 7, 12, 1):
        world.poll(force=False, hours=hours)
    assert sorted(found.url.rpartition("/")[2] for found in world.items()) == [
        f"{n}-of-the-week" for n in range(4)
    ]
    state = world.feed().state
    assert state.next_poll_at <= world.at + DAY * 1.1, "silent for as long as the clock was ahead"


@pytest.mark.parametrize("jump", JUMPS[:3], ids=str)
def test_a_page_that_was_to_be_tried_again_by_a_wrong_clock_is_tried_by_the_right_one(
    world: World, jump: timedelta
) -> None:
    world.answers["/feed"] = ok(rss(item(1, at=world.at)))
    world.answers["/story/1-of-the-week"] = empty("503 Service Unavailable")
    world.follow()
    world.at += jump
    world.poll()
    world.at -= jump
    del world.answers["/story/1-of-the-week"]
    for hours in (1, 23, 2):
        world.poll(force=False, hours=hours)
    (found,) = world.items()
    assert found.fate is not Fate.PENDING


def test_the_campaign_finds_a_claim_that_only_asks_whether_the_time_has_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_is_of_the_future", lambda _: false())
    with pytest.raises(AssertionError):
        test_after_a_jump_and_its_repair_every_feed_is_polled_again_within_a_day(
            world, timedelta(days=40), "ok"
        )
