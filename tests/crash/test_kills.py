"""kill -9 during everything that writes: what was stored is stored, whole, and the next run makes good what is missing.

Killed are fetching, taking in an archive, scoring anew, bringing the database up to date, backing up, putting back and
pruning: at named points, before and after every write, and at random moments. After each kill: all that the process
had told of is there, every rule of `tracker db check` holds, and the same command run again leaves what a run leaves
that nobody disturbed. Digests and alerts are killed in test_kill_digest.py and test_kill_alerts.py.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.builders import NOW
from tests.campaigns import of_full
from tests.crash.kill_world import POINTS, WORK, Worker, World, differences, picture, visible_keys
from tests.e2e.project import make_project
from tracker.demo.site import NewsroomSite
from tracker.store import migrate as history
from tracker.store import open_store
from tracker.store.backup import verified
from tracker.store.engine import connect
from tracker.store.rows import micros

RESTART_S = 5.0
FEEDS = slice(1, 2)


@dataclass
class Ledger:
    """What a campaign has seen."""

    runs: int = 0
    killed: int = 0
    told: int = 0
    part_way: int = 0
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.runs} runs, {self.killed} kills, {self.part_way} of them part way; {self.told} items told of, 0 lost,"
            f" 0 doubled, 0 halves, 0 other outcomes; slowest restart with all its work {self.slowest:.1f} s; {dict(self.kinds)}"
        )


@dataclass
class Arena:
    """Where it happens: templates of installations by the work that begins there, and what that work leaves."""

    place: Path
    worker: Worker
    before: dict[str, World]
    calm: dict[str, dict[str, list[str]]]
    former: dict[str, dict[str, list[str]]]
    seconds: dict[str, float]
    passes: dict[str, int]
    ledger: Ledger = field(default_factory=Ledger)

    def fresh(self, do: str) -> World:
        folder = self.place / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.before[do].folder, folder)
        return World(folder)

    def learn(self, do: str) -> None:
        """Do the work undisturbed."""
        world = self.fresh(do)
        self.former[do] = picture(world.store_url) if do != "migrate" else {}
        started = time.monotonic()
        assert not self.worker.run(do, world)
        self.seconds[do] = time.monotonic() - started
        self.passes[do] = int((world.folder / "passed").read_text())
        self.calm[do] = picture(world.store_url)

    def kill(self, do: str, **how: object) -> bool:
        """Kill one run, look at what is left, run again, compare; whether it was killed."""
        world = self.fresh(do)
        killed = self.worker.run(do, world, **how)
        self.check(do, world, killed=killed)
        self.ledger.runs += 1
        self.ledger.killed += killed
        self.ledger.kinds[do] += killed
        started = time.monotonic()
        assert not self.worker.run(do, world)
        self.ledger.slowest = max(self.ledger.slowest, time.monotonic() - started)
        found = differences(picture(world.store_url), self.calm[do])
        assert not found, f"{do} {how}: {found}"
        return killed

    def check(self, do: str, world: World, *, killed: bool) -> None:
        """After the kill and before anything is mended."""
        assert_sound(world, is_migrated=do != "migrate")
        if do == "migrate":
            return
        there = visible_keys(world.store_url)
        noted = world.folder / "told"
        told = json.loads(noted.read_text()) if noted.exists() else []
        lost = set(told) - set(there)
        assert not lost, f"told of and lost: {lost}"
        self.ledger.told += len(told)
        drawn = picture(world.store_url)
        is_done, is_begun = drawn == self.calm[do], drawn != self.former[do]
        self.ledger.part_way += killed and is_begun and not is_done
        if do in {"backup", "restore"}:
            assert is_done or not is_begun, "the old state or the new one, and nothing between"
            verified(world.folder / "backup.db")


def assert_sound(world: World, *, is_migrated: bool) -> None:
    with closing(sqlite3.connect(world.store_url.removeprefix("sqlite:///"))) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    if is_migrated:
        with closing(open_store(world.store_url)) as store:
            assert store.flaws() == ((), ()), "a half item"


def old_database(url: str) -> None:
    """A database of the first version, with feeds, entries and articles."""
    kept, history.HEAD = history.HEAD, "0001"
    try:
        database = connect(url)
        history.bring_up_to_date(database)
        database.close()
    finally:
        history.HEAD = kept
    at = micros(NOW)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw, raw:
        for number in range(1, 41):
            raw.execute(
                "INSERT INTO feed (id, url, title, tags, added_at, origin, next_poll_at, state) VALUES"
                " (?, ?, '', '[]', ?, 'added', ?, '{}')",
                (number, f"https://host{number % 7}.example/{number}", at, at),
            )
            raw.execute(
                "INSERT INTO entry (feed_id, feed_key, key, revision, title, content_hash, first_seen_at, attempts)"
                " VALUES (?, ?, ?, 0, 'T', 'h', ?, 1)",
                (number, number, f"k{number}", at),
            )


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    place = tmp_path_factory.mktemp("kills")
    with NewsroomSite() as site, ExitStack() as stack:
        worker = Worker()
        stack.callback(worker.close)

        def project(name: str) -> World:
            return World(make_project(place / name, site, feeds=site.feed_urls[FEEDS]))

        def copied(world: World, name: str) -> World:
            shutil.copytree(world.folder, place / name)
            return World(place / name)

        empty, full, old = project("empty"), project("full"), project("old")
        open_store(empty.store_url).close()
        old_database(old.store_url)
        for work in ("fetch", "ingest", "rescore"):
            worker.warm(work, full)
        early = copied(empty, "early")
        worker.run("fetch", early)
        worker.run("backup", early)
        changed = copied(full, "changed")
        config = changed.folder / "config/tracker.toml"
        config.write_text(config.read_text().replace('seeds = "seeds"', 'seeds = "seeds"\nthreshold = 0.9'))
        later = copied(full, "later")
        shutil.copy(early.folder / "backup.db", later.folder / "backup.db")
        before = {
            "fetch": empty, "ingest": early, "rescore": changed, "migrate": old, "backup": later, "restore": later, "prune": full,
        }  # fmt: skip
        made = Arena(place, worker, before, {}, {}, {}, {})
        for do in WORK:
            made.learn(do)
        yield made


AMID_WRITING = [point for point in POINTS if "tx" in point or "commit" in point or "validators" in point]


@pytest.mark.parametrize("point", [*AMID_WRITING, "mid_body"])
def test_fetching_killed_at_a_named_point_is_made_good(arena: Arena, point: str) -> None:
    assert arena.kill("fetch", point=point), "the point was never reached"


@pytest.mark.campaign
def test_fetching_killed_three_times_at_every_named_point_is_made_good(arena: Arena) -> None:
    arena.ledger = Ledger()
    for point in POINTS:
        for _ in range(of_full(3)):
            assert arena.kill("fetch", point=point), f"{point} was never reached"
    print(f"\n{len(POINTS)} named points: {arena.ledger}")


def test_whatever_is_killed_at_some_of_its_writes_is_made_good(arena: Arena) -> None:
    arena.ledger = Ledger()
    chance = random.Random(7)
    for do in ("ingest", "rescore", "migrate", "backup", "restore", "prune"):
        passes = range(1, arena.passes[do] + 1)
        for number in chance.sample(passes, 1):
            assert arena.kill(do, die_at=number), (do, number)
    print(arena.ledger)
    assert set(arena.ledger.kinds) == {"ingest", "rescore", "migrate", "backup", "restore", "prune"}


@pytest.mark.campaign
def test_whatever_is_killed_at_every_single_write_is_made_good(arena: Arena) -> None:
    arena.ledger = Ledger()
    for do in WORK:
        passes = range(1, arena.passes[do] + 1)
        for number in random.Random(do).sample(passes, of_full(len(passes))):
            arena.kill(do, die_at=number)
    print(f"\nkilled at each of {arena.passes} writes, or a share of them: {arena.ledger}")
    assert arena.ledger.killed == arena.ledger.runs


SHARE = {"fetch": 150, "ingest": 120, "rescore": 60, "migrate": 50, "backup": 40, "restore": 40, "prune": 40}


def random_moments(arena: Arena, share: dict[str, int]) -> None:
    arena.ledger = Ledger()
    chance = random.Random(20261122)
    moments = [do for do, count in share.items() for _ in range(count)]
    chance.shuffle(moments)
    try:
        for number, do in enumerate(moments):
            arena.kill(do, kill_after=chance.uniform(0.01, arena.seconds[do]), checkpoints=number % 4 == 0)
    finally:
        print(f"\nrandom moments: {arena.ledger}")


def test_whatever_is_killed_at_a_random_moment_is_made_good(arena: Arena) -> None:
    random_moments(arena, {"fetch": 2, "ingest": 1, "backup": 1, "restore": 1})
    assert arena.ledger.killed >= 2


@pytest.mark.campaign
def test_500_random_moments_are_made_good(arena: Arena) -> None:
    random_moments(arena, {do: of_full(count) for do, count in SHARE.items()})
    assert arena.ledger.killed > 0.6 * arena.ledger.runs


def careless_runs(arena: Arena, **how: object) -> None:
    for number in range(2, 8):
        arena.kill("ingest", die_at=arena.passes["ingest"] * number // 10, **how)


def test_items_told_of_before_they_are_committed_are_found_lost(arena: Arena) -> None:
    with pytest.raises(AssertionError, match="told of and lost"):
        careless_runs(arena, careless="told early")


def test_writing_without_transactions_is_found_out(arena: Arena) -> None:
    with pytest.raises(AssertionError, match=r"a half item|ingest \{'die_at'"):
        careless_runs(arena, careless="no transactions")
