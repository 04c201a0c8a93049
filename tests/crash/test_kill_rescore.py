"""kill -9 during `tracker rescore`, then `tracker rescore` again: the same state as one that nobody disturbed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import command, environment, make_project, tracker
from tracker.demo.site import NewsroomSite

PARTLY = (0, 4)


def state(folder: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Every entry's fate, score and note."""
    rows = [json.loads(line) for line in tracker(folder, "items", "--fate", "any", "--jsonl").splitlines()]
    return {
        (row["feed"] or "", row["url"] + row["title"]): (
            row["fate"],
            round(row["score"] or 0, 9),
            row["note"],
        )
        for row in rows
    }


def fresh_scores(folder: Path, version: str) -> int:
    with sqlite3.connect(folder / "state/tracker.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        like = (f"{version}.%",)
        return int(
            database.execute("SELECT count(*) FROM relevance WHERE profile_version LIKE ?", like).fetchone()[
                0
            ]
        )


def killed(folder: Path, version: str, least: int) -> bool:
    """Start rescoring and kill it once so many scores are written; whether it was still running."""
    process = subprocess.Popen(
        command("rescore"),
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        if fresh_scores(folder, version) >= least:
            process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL
        time.sleep(0.01)
    return False


def run_campaign(tmp_path: Path, kills: int, feeds: int | None) -> None:
    chance = random.Random(20261122)
    with NewsroomSite() as site:
        before = make_project(tmp_path / "before", site, feeds=site.feed_urls[:feeds])
        tracker(before, "fetch", expect=PARTLY)
    config = before / "config/tracker.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('seeds = "seeds"', 'seeds = "seeds"\nthreshold = 0.9'), encoding="utf-8")
    calm = tmp_path / "calm"
    shutil.copytree(before, calm)
    (report,) = json.loads(tracker(calm, "rescore", "--json"))["watches"]
    assert report["leaving"]
    expected, part_way, hit = state(calm), 0, 0
    for number in range(kills):
        folder = tmp_path / f"killed{number}"
        shutil.copytree(before, folder)
        hit += killed(folder, report["version"], chance.randint(1, report["rescored"] // 2))
        done = fresh_scores(folder, report["version"])
        (rest,) = json.loads(tracker(folder, "rescore", "--json"))["watches"]
        assert done + rest["rescored"] == report["rescored"], "what was done is not done again"
        part_way += 0 < done < report["rescored"]
        assert state(folder) == expected, f"kill {number}"
        shutil.rmtree(folder)
    print(f"{kills} runs, {hit} killed, {part_way} of them half way: the same state each time")
    assert part_way, "or nothing was shown"


@pytest.mark.campaign
def test_a_killed_rescoring_goes_on_where_it_was(tmp_path: Path) -> None:
    run_campaign(tmp_path, 3, feeds=6)


@pytest.mark.campaign
def test_twenty_killed_rescorings_go_on(tmp_path: Path) -> None:
    run_campaign(tmp_path, 20, feeds=None)
