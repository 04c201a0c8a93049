"""The installed command with a target of alerts: a fetch tells it, a round of the daemon too, a trial at any time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import make_project, tracker
from tests.integration.scripted_server import KEEP, Asked, empty, ok, serving
from tracker.demo.pieces import Piece
from tracker.demo.site import NewsroomSite

TARGET = """
[[alert]]
name = "desk"
url = "http://127.0.0.1:{port}/hook"
threshold = 0
per_hour = 2
"""


@contextmanager
def project(folder: Path, *, status: str = "204 No Content") -> Iterator[tuple[Path, list[Asked]]]:
    """A project with one feed of today's news; what its target of alerts is sent."""
    with NewsroomSite() as site:
        made = make_project(folder, site, feeds=())
        feed = feed_of(site.newsroom.standing(1))
    told: list[Asked] = []

    def answer(asked: Asked) -> list[object]:
        if asked.path == "/hook":
            told.append(asked)
            return [empty(status), KEEP]
        return [
            ok(feed, "Content-Type: application/rss+xml") if asked.path == "/feed.xml" else empty("404 No")
        ]

    with serving(answer) as server:
        here = f"127.0.0.1:{server.port}"
        config = made / "config/tracker.toml"
        opened = config.read_text().replace('allow_hosts = ["', f'allow_hosts = ["{here}", "')
        config.write_text(opened + TARGET.format(port=server.port))
        tracker(made, "feeds", "add", f"http://{here}/feed.xml")
        yield made, told


def feed_of(pieces: Sequence[Piece]) -> bytes:
    now = format_datetime(datetime.now(UTC), usegmt=True)
    items = "".join(
        f"<item><title>{escape(piece.title)}</title><guid isPermaLink='false'>{piece.slug}</guid>"
        f"<pubDate>{now}</pubDate><description>{escape(' '.join(piece.paragraphs))}</description></item>"
        for piece in pieces[:8]
    )
    return f"<rss version='2.0'><channel><title>Today</title>{items}</channel></rss>".encode()


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Asked], dict[str, Any]]]:
    """A project after its first fetch."""
    with project(tmp_path_factory.mktemp("alerts") / "p") as (folder, told):
        report = json.loads(tracker(folder, "fetch", "--json"))
        yield folder, told, report


def test_a_fetch_tells_the_target_of_what_it_found(fetched):
    _, told, report = fetched
    documents = [json.loads(asked.body) for asked in told]
    assert 1 <= len(documents) <= 2
    titles = {item["title"] for item in report["items"]}
    assert {item["title"] for document in documents for item in document["items"]} <= titles
    assert all(item["score"] >= item["threshold"] for d in documents for item in d["items"])


def test_a_trial_arrives_and_the_lists_tell_of_the_target(fetched):
    folder, hook, _ = fetched
    before = len(hook)
    assert tracker(folder, "alerts", "test").startswith("desk  sent: accepted (204)")
    assert json.loads(hook[before].body)["test"] is True
    assert "desk: webhook, items of drugs with 0.0 or more, at most 2 an hour" in tracker(
        folder, "alerts", "list"
    )
    assert "desk: webhook" in tracker(folder, "status")
    (told,) = json.loads(tracker(folder, "status", "--json"))["alerts"]
    assert (told["name"], told["owed"]) == ("desk", 0)
    tracker(folder, "alerts", "test", "nobody", expect=2)


def test_a_round_of_the_daemon_tells_it_too_and_a_refusal_is_shown(tmp_path):
    with project(tmp_path / "p", status="410 Gone") as (folder, told):
        tracker(folder, "run", "--once", expect=4)
        assert told
        status = tracker(folder, "status")
        assert "alert not delivered: " in status
        assert "there is nothing at this address any more (410)" in " ".join(status.split())
        assert tracker(folder, "alerts", "test", expect=4).startswith("desk  refused: ")
