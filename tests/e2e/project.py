"""A project folder on the demo newsroom, and the installed command run in it as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE_S
from tracker.demo.site import NewsroomSite
from tracker.feeds import OpmlFeed, render_opml

CONFIG = """
[http]
contact = "tests@example.org"
allow_hosts = ["{site}"]
per_host_spacing = "0s"
total_timeout = "5s"
[mail]
transport = "folder"
sender = "tracker@example.org"
[sandbox]
workers = 2
[[watch]]
name = "drugs"
title = "US-China counternarcotics cooperation"
seeds = "seeds"
[[watch.topic]]
name = "fentanyl"
phrases = ["fentanyl", "synthetic opioid", "narcotics", "counternarcotics", "drugs"]
[[watch.topic]]
name = "precursor chemicals"
phrases = ["precursor chemicals", "precursor"]
[watch.digest]
timezone = "America/New_York"
to = ["analyst@example.org"]
"""


def make_project(folder: Path, site: NewsroomSite, *, feeds: Sequence[str] | None = None) -> Path:
    """Write configuration, feed list and seeds for a newsroom."""
    for name in ("config", "seeds", "state"):
        (folder / name).mkdir(parents=True)
    (folder / "config/tracker.toml").write_text(CONFIG.format(site=site.host_port), encoding="utf-8")
    listed = [OpmlFeed(url=url) for url in (site.feed_urls if feeds is None else feeds)]
    (folder / "config/feeds.opml").write_text(render_opml(listed), encoding="utf-8")
    for name, text in site.newsroom.seeds.items():
        (folder / "seeds" / name).write_text(text, encoding="utf-8")
    return folder


def command(*words: str) -> list[str]:
    """The command line of this very interpreter."""
    return [sys.executable, "-m", "tracker", *words]


def environment() -> dict[str, str]:
    """Ours without what would change the program's behaviour."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}


def tracker(folder: Path, *words: str, expect: int | Sequence[int] = 0) -> str:
    """Run a command in a project; its standard output."""
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    wanted = [expect] if isinstance(expect, int) else list(expect)
    assert done.returncode in wanted, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def outcomes(folder: Path) -> dict[tuple[str, str], str]:
    """Every entry's fate, by feed and address."""
    rows = tracker(folder, "items", "--fate", "any", "--jsonl").splitlines()
    found = [json.loads(row) for row in rows]
    by_entry = {(row["feed"] or "", row["url"] + row["title"]): row["fate"] for row in found}
    assert len(by_entry) == len(found), "an entry is listed twice"
    return by_entry


def kept(folder: Path) -> list[dict[str, Any]]:
    """The kept items."""
    return [json.loads(row) for row in tracker(folder, "items", "--jsonl").splitlines()]
