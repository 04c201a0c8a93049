"""The page beside a running daemon: what is changed on the page, the daemon does from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.project import make_project
from tests.integration.test_daemon import Running, rows, start, until
from tests.integration.web.conftest import Client
from tracker.demo.site import NewsroomSite
from tracker.settings import load_settings
from tracker.web import open_page

__all__ = ["start"]  # a fixture


@pytest.fixture
def site() -> Iterator[NewsroomSite]:
    """A newsroom of its own."""
    with NewsroomSite() as opened:
        yield opened


def test_a_line_and_a_feed_from_the_page_reach_a_running_daemon(
    tmp_path: Path, site: NewsroomSite, start: Callable[..., Running]
) -> None:
    folder = make_project(tmp_path / "p", site, feeds=site.feed_urls[:2])
    daemon = start(folder, "run", "--no-web")
    daemon.says("feed polled", times=2)
    loaded = load_settings(folder / "config/tracker.toml", {}, folder)
    watch = loaded.settings.watch[0].name
    server = open_page(loaded, port=0)
    server.start()
    try:
        client = Client(server)
        client.sign_in()
        said = client.post(f"/watches/{watch}/line", f"csrf={client.csrf}&at=0.37")
        assert said.headers["location"] == f"/watches/{watch}?said=line", "and that the daemon was told"
        daemon.says("configuration taken up")
        until(lambda: "scored anew;" in client.get(f"/watches/{watch}").body, "the past scored anew")
        before = rows(folder, "SELECT max(id) FROM article")[0][0]
        added = client.post("/feeds/add", f"csrf={client.csrf}&url={site.feed_urls[4]}&untried=yes")
        assert added.status == 303
        daemon.says(f"feed polled feed={site.feed_urls[4]}")
        fresh = f"SELECT DISTINCT threshold FROM relevance WHERE article_id > {before}"
        until(lambda: rows(folder, fresh), "articles of the new feed")
        assert rows(folder, fresh) == [(0.37,)], "what the daemon scores from then on"
    finally:
        server.close()
    assert daemon.stop() == 0
