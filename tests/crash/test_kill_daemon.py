"""kill -9 of a daemon that reads its configuration again or is about to end, then another start.

The signal comes while it polls, or when all is polled. It is killed at named steps of the reload and of the shutdown, at
every write and file after the signal, and at random moments. After each kill: what was told of is there, no half item
is, nobody seems to run, and the next daemon starts at once and leaves what one leaves that nobody disturbed.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns import of_full
from tests.crash.daemon_world import RELOADING, STOPPING, Daemon
from tests.crash.kill_world import World, differences, picture, rows, visible_keys
from tests.crash.test_kills import assert_sound
from tests.e2e.project import make_project
from tracker.demo.site import NewsroomSite
from tracker.feeds import OpmlFeed, render_opml
from tracker.store import open_store

FEEDS, MORE = slice(1, 2), slice(1, 3)
SIGNALS: dict[str, dict[str, Any]] = {
    "HUP": {"signal": "HUP", "opml": "feeds.opml", "feeds_before": 1, "feeds": 2},
    "TERM": {"signal": "TERM", "opml": "feeds.opml", "feeds_before": 1, "feeds": 1},
}
AGAIN: dict[str, dict[str, Any]] = {
    "HUP": {"opml": "more.opml", "feeds_before": 2, "feeds": 2},
    "TERM": {"opml": "feeds.opml", "feeds_before": 1, "feeds": 1},
}
WHEN = ("polling", "idle")


@dataclass
class Arena:
    """Where it happens: an installation that has polled nothing yet, and what a daemon leaves after each signal."""

    place: Path
    daemon: Daemon
    known: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def fresh(self) -> World:
        folder = self.place / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.place / "template", folder)
        return World(folder)

    def undisturbed(self, name: str, when: str) -> int:
        """How much a daemon does after the signal that nobody kills; it leaves the same whenever the signal comes."""
        world = self.fresh()
        assert not self.daemon.run(world, when=when, **SIGNALS[name])
        found = picture(world.store_url)
        assert not differences(found, self.known.setdefault(name, found))
        return int((world.folder / "passed").read_text())

    def calm(self, name: str) -> dict[str, list[str]]:
        """What a daemon leaves after a signal."""
        if name not in self.known:
            self.undisturbed(name, "polling")
        return self.known[name]

    def kill(self, name: str, when: str, **how: Any) -> bool:
        """Kill one daemon after a signal, look at what is left, start another, compare; whether it was killed."""
        calm, world = self.calm(name), self.fresh()
        killed = self.daemon.run(world, when=when, **SIGNALS[name], **how)
        self.check(world)
        assert not self.daemon.run(world, **AGAIN[name], careless=how.get("careless"))
        found = differences(picture(world.store_url), calm)
        assert not found, f"{name} {when} {how}: {found}"
        assert rows(world.store_url, "SELECT count(*) FROM feed WHERE lease_token IS NOT NULL") == [(0,)]
        self.seen.update({"runs": 1, f"killed after {name}": int(killed), "killed": int(killed)})
        return killed

    def check(self, world: World) -> None:
        """After the kill and before anything is mended."""
        assert_sound(world, is_migrated=True)
        with closing(open_store(world.store_url)) as store:
            assert store.daemon() is None, "a dead daemon seems to run"
        told = world.folder / "told"
        lost = set(json.loads(told.read_text()) if told.exists() else []) - set(visible_keys(world.store_url))
        assert not lost, f"told of and lost: {lost}"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    place, daemon = tmp_path_factory.mktemp("daemons"), Daemon()
    with NewsroomSite() as site, closing(daemon):
        folder = make_project(place / "template", site, feeds=site.feed_urls[FEEDS])
        more = [OpmlFeed(url=url) for url in site.feed_urls[MORE]]
        (folder / "config/more.opml").write_text(render_opml(more), encoding="utf-8")
        shutil.copytree(folder, place / "warm")
        daemon.warm(World(place / "warm"))
        open_store(World(folder).store_url).close()
        yield Arena(place, daemon)


NAMED = [("HUP", point) for point in RELOADING] + [("TERM", point) for point in STOPPING]


def at_named_points(
    arena: Arena, points: list[tuple[str, str]], when: tuple[str, ...], times: int = 1
) -> None:
    arena.seen = Counter()
    for (name, point), moment, _ in product(points, when, range(times)):
        assert arena.kill(name, moment, point=point), f"{name}: {point} was never reached"
    print(f"\n{len(points)} named points: {dict(arena.seen)}, 0 lost, 0 doubled, 0 stale locks")


@pytest.mark.parametrize(("name", "point"), [("HUP", "between_desks"), ("TERM", "work_ended")])
def test_a_daemon_killed_at_some_steps_after_a_signal_is_made_good(
    arena: Arena, name: str, point: str
) -> None:
    at_named_points(arena, [(name, point)], WHEN[:1])


@pytest.mark.campaign
def test_a_daemon_killed_three_times_at_every_step_after_a_signal_is_made_good(arena: Arena) -> None:
    at_named_points(arena, NAMED, WHEN, of_full(3))


@pytest.mark.campaign
def test_a_daemon_killed_at_every_write_after_a_signal_is_made_good(arena: Arena) -> None:
    arena.seen = Counter()
    passes = {(name, when): arena.undisturbed(name, when) for name, when in product(SIGNALS, WHEN)}
    for (name, when), count in passes.items():
        for number in random.Random(name).sample(range(1, count + 1), of_full(count)):
            arena.kill(name, when, die_at=number)
    print(f"\nkilled at each of {passes} writes, or a share of them: {dict(arena.seen)}, 0 lost, 0 doubled")
    assert arena.seen["killed"] > 0.6 * arena.seen["runs"]


def random_moments(arena: Arena, count: int) -> None:
    """At any moment of the first second after the signal, earlier ones oftener: a shutdown takes some 50 ms."""
    arena.seen, chance = Counter(), random.Random(20261122)
    for number in range(count):
        name, when = ("HUP", "TERM")[number % 2], chance.choice(WHEN)
        arena.kill(name, when, kill_after=min(1.0, chance.expovariate(8.0)))
    print(f"\nrandom moments: {dict(arena.seen)}, 0 lost, 0 doubled, 0 stale locks")


def test_a_daemon_killed_at_random_moments_after_a_signal_is_made_good(arena: Arena) -> None:
    random_moments(arena, 2)


@pytest.mark.campaign
def test_a_daemon_killed_at_200_random_moments_after_a_signal_is_made_good(arena: Arena) -> None:
    random_moments(arena, of_full(200))
    assert arena.seen["killed"] > 0.3 * arena.seen["runs"]


def test_a_lock_that_outlives_its_holder_is_found_out(arena: Arena) -> None:
    with pytest.raises(AssertionError, match="the daemon failed"):
        arena.kill("TERM", "idle", point="told_to", careless=True)
