"""`tracker fetch --dry-run` says which feeds a fetch would ask for, to a person and to programs, and asks for none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.scripted_server import ScriptedServer, empty, serving
from tracker.app import open_tracker
from tracker.cli.fetch import command
from tracker.cli.session import Session
from tracker.errors import FeedNotFound
from tracker.settings import load_settings

CONFIG = """
[http]
allow_hosts = ["127.0.0.1:{port}"]
[[watch]]
name = "w"
seeds = "seeds"
"""


@pytest.fixture(scope="module")
def site() -> Iterator[ScriptedServer]:
    with serving(lambda _: [empty("404 Not Found")]) as server:
        yield server


@pytest.fixture
def fetch(tmp_path: Path, site: ScriptedServer) -> Callable[..., Result]:
    """The command, on three feeds: one is due, one is not, and the third's host wants to be left alone."""
    for name in ("config", "seeds", "state"):
        (tmp_path / name).mkdir()
    path = tmp_path / "config/tracker.toml"
    path.write_text(CONFIG.format(port=site.port))
    later = datetime.now(UTC) + timedelta(hours=9)
    with open_tracker(load_settings(path, {}, tmp_path)) as tracker:
        for name in ("due", "early", "resting"):
            tracker.add_feed(f"http://127.0.0.1:{site.port}/{name}")
    with closing(sqlite3.connect(tmp_path / "state/tracker.db")) as raw, raw:
        micros = int(later.timestamp() * 1_000_000)
        raw.execute("UPDATE feed SET next_poll_at = ? WHERE url LIKE '%/early'", [micros])
        raw.execute("UPDATE feed SET held_until = ? WHERE url LIKE '%/resting'", [micros])

    def run(*words: str) -> Result:
        done = CliRunner().invoke(command, ["--dry-run", *words], obj=Session(config=path))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert site.asked == [], "nothing is asked for"
        return done

    return run


def names(lines: str) -> list[str]:
    return [json.loads(line)["url"].rpartition("/")[2] for line in lines.splitlines()]


@pytest.mark.parametrize(
    ("words", "feeds"),
    [((), ["due"]), (("--all",), ["due", "early"]), (("--feed", "{base}/early"), ["early"])],
)
def test_what_would_be_polled_is_said_to_a_person_and_to_programs(fetch, site, words, feeds):
    words = [word.format(base=f"http://127.0.0.1:{site.port}") for word in words]
    lines = fetch(*words, "--jsonl")
    assert names(lines.stdout) == feeds
    assert "would be polled; nothing was." in lines.stderr
    document = json.loads(fetch(*words, "--json").stdout)
    assert [url.rpartition("/")[2] for url in document["would_poll"]] == feeds
    said = fetch(*words).stdout.splitlines()
    assert [line.rpartition("/")[2] for line in said[:-1]] == feeds
    assert said[-1] == f"{len(feeds)} of 3 feeds would be polled; nothing was."


def test_a_feed_that_is_not_followed_is_refused_as_by_a_real_fetch(fetch):
    with pytest.raises(FeedNotFound):
        fetch("--feed", "https://nowhere.example/")
