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
from tracker.store.rows import micros

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


def change(tmp_path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(tmp_path / "state/tracker.db")) as raw, raw:
        assert raw.execute(statement, values).rowcount == 1


@pytest.fixture
def fetch(tmp_path: Path, site: ScriptedServer) -> Callable[..., Result]:
    """The command, on three feeds: one is due, one is not, and the third's host wants to be left alone."""
    site.asked.clear()
    for name in ("config", "seeds", "state"):
        (tmp_path / name).mkdir()
    path = tmp_path / "config/tracker.toml"
    path.write_text(CONFIG.format(port=site.port))
    (tmp_path / "seeds/one.txt").write_text(
        "A seed\n\n" + "Chemists at the port of Vermeer seized barrels. " * 9
    )
    later = datetime.now(UTC) + timedelta(hours=9)
    with open_tracker(load_settings(path, {}, tmp_path)) as tracker:
        for name in ("due", "early", "resting"):
            tracker.add_feed(f"http://127.0.0.1:{site.port}/{name}")
    change(tmp_path, "UPDATE feed SET next_poll_at = ? WHERE url LIKE '%/early'", micros(later))
    change(tmp_path, "UPDATE feed SET held_until = ? WHERE url LIKE '%/resting'", micros(later))

    def run(*words: str) -> Result:
        done = CliRunner().invoke(command, ["--dry-run", *words], obj=Session(config=path))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert site.asked == [], "nothing is asked for"
        return done

    return run


@pytest.mark.parametrize("words", [[], ["--all"]])
@pytest.mark.parametrize("planned", ["next_poll_at", "held_until", "lease_until"])
def test_what_a_clock_that_was_ahead_put_off_is_polled_as_the_dry_run_says(fetch, tmp_path, words, planned):
    """Both say the same feeds: one that is not due by the clock of today, and one whose last poll is yet to come."""
    ahead = datetime.now(UTC) + timedelta(days=40)
    change(tmp_path, f"UPDATE feed SET {planned} = ? WHERE url LIKE '%/due'", micros(ahead))
    change(tmp_path, "UPDATE feed SET lease_token = 'x' WHERE url LIKE '%/due'")
    change(
        tmp_path,
        "INSERT INTO poll (feed_id, polled_at, status, code, detail, listed, new, changed, duration_ms)"
        " SELECT id, ?, 'ok', '', '', 0, 0, 0, 0 FROM feed WHERE url LIKE '%/due'",
        micros(ahead - timedelta(hours=1)),
    )
    said = names(fetch(*words, "--jsonl").stdout)
    with open_tracker(load_settings(tmp_path / "config/tracker.toml", {}, tmp_path)) as tracker:
        report = tracker.fetch(everything=bool(words))
    polled = [report.feeds[poll.feed_id].url.rpartition("/")[2] for poll in report.polls]
    assert (sorted(said), sorted(polled)) == (["due", "early"][: 1 + len(words)],) * 2


def test_beside_a_daemon_what_was_left_alone_long_enough_is_said_too(fetch, tmp_path):
    """The daemon is asked for it; with --backfill it is not, and this command polls what is due."""
    with (
        open_tracker(load_settings(tmp_path / "config/tracker.toml", {}, tmp_path)) as tracker,
        tracker.only_daemon(),
    ):
        assert names(fetch("--jsonl").stdout) == ["due", "early"]
        assert names(fetch("--jsonl", "--backfill", "2d").stdout) == ["due"]


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
