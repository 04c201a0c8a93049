"""kill -9 during `tracker fetch`, then `tracker fetch` again: the same items as a run that nobody disturbed.

The command as it is, with all its processes; what stands in `test_kills.py` is the short form of every push.
"""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.project import command, environment, make_project, outcomes, tracker
from tracker.demo.site import NewsroomSite

PARTLY = (0, 4)  # some of the newsroom's feeds are broken on purpose


def killed_run(folder: Path, after: float) -> bool:
    """Start a fetch and kill it; whether it was still running."""
    process = subprocess.Popen(
        command("fetch"), cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def integrity(folder: Path) -> str:
    with sqlite3.connect(folder / "state/tracker.db") as database:
        foreign = database.execute("PRAGMA foreign_key_check").fetchall()
        return str(database.execute("PRAGMA integrity_check").fetchone()[0]) + (
            "" if not foreign else f" {foreign}"
        )


def run_campaign(tmp_path: Path, kills: int, first_feeds: int | None = None) -> None:
    chance = random.Random(20261122)
    with NewsroomSite() as site:
        feeds = site.feed_urls[:first_feeds]
        calm = make_project(tmp_path / "calm", site, feeds=feeds)
        started = time.monotonic()
        tracker(calm, "fetch", expect=PARTLY)
        length = time.monotonic() - started
        expected = outcomes(calm)
        hit = 0
        for number in range(kills):
            folder = make_project(tmp_path / f"killed{number}", site, feeds=feeds)
            hit += killed_run(folder, chance.uniform(0.4, 0.9 * length))
            tracker(folder, "fetch", expect=PARTLY)
            found = outcomes(folder)
            assert found.keys() == expected.keys(), f"kill {number}: lost or doubled entries"
            differing = {key: (found[key], expected[key]) for key in expected if found[key] != expected[key]}
            assert not differing, f"kill {number}: {differing}"
            assert integrity(folder) == "ok"
            shutil.rmtree(folder)
    print(f"{kills} runs, {hit} killed, {len(expected)} entries each: 0 lost, 0 doubled, 0 other fates")
    assert hit >= kills // 3, "enough runs must really have been killed"


@pytest.mark.campaign
def test_thirty_killed_fetches_are_made_good(tmp_path: Path) -> None:
    run_campaign(tmp_path, 30)
