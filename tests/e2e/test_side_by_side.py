"""While a long fetch runs, other commands in other terminals work and lose nothing."""

from __future__ import annotations

import itertools
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.project import command, environment, kept, make_project, outcomes, tracker
from tracker.demo.site import NewsroomSite


def call(folder: Path, number: int, words: list[str]) -> tuple[int, list[str], int, str]:
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return number, words, done.returncode, done.stderr


def run_campaign(tmp_path: Path, calls: int, first_feeds: int | None = None) -> None:
    with NewsroomSite() as site:
        feeds = site.feed_urls[:first_feeds]
        folder = make_project(tmp_path / "p", site, feeds=feeds[:2])
        tracker(folder, "fetch", expect=(0, 4))
        references = [row["id"] for row in kept(folder)]
        assert references
        opml = folder / "config/feeds.opml"
        everything = make_project(tmp_path / "all", site, feeds=feeds) / "config/feeds.opml"
        opml.write_text(everything.read_text())
        judged = itertools.cycle(references)
        kinds = (
            lambda n: ["items", "--jsonl"],
            lambda n: ["judge", next(judged), "relevant" if n % 2 else "irrelevant"],
            lambda n: ["feeds", "add", "--no-check", f"{site.base_url}/extra/{n}.xml"],
            lambda n: ["digest", "--preview", str(tmp_path / f"preview{n}")],
        )
        jobs = [kinds[n % 4](n) for n in range(calls)]
        fetching = subprocess.Popen(
            command("fetch", "--all"), cwd=folder, env=environment(), stdout=subprocess.PIPE
        )
        with ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(lambda job: call(folder, *job), enumerate(jobs)))
        fetching.communicate(timeout=120)
        failed = [one for one in ended if one[2] != 0]
        assert not failed, failed[:3]
        assert fetching.returncode in {0, 4}
        listed = tracker(folder, "feeds", "list")
        added = [job[-1] for job in jobs if job[0] == "feeds"]
        assert all(url in listed for url in added)
        alone = make_project(tmp_path / "alone", site, feeds=feeds)
        tracker(alone, "fetch", expect=(0, 4))
        assert outcomes(folder).keys() >= outcomes(alone).keys()
    print(
        f"{calls} calls beside a running fetch: 0 failed, {len(added)} feeds added and found, no entry lost"
    )


def test_other_commands_work_beside_a_running_fetch(tmp_path: Path) -> None:
    run_campaign(tmp_path, 4, first_feeds=5)


@pytest.mark.campaign
def test_two_hundred_calls_beside_a_running_fetch(tmp_path: Path) -> None:
    run_campaign(tmp_path, 200)
