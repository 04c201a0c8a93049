"""One installation on the demo newsroom with its page open, shared by the tests of what programs ask of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.project import make_project
from tests.integration.web.programs.newsroom_page import Opened
from tests.patience import PATIENCE_S
from tracker import load_settings, open_tracker
from tracker.demo.site import NewsroomSite
from tracker.web import open_page


@pytest.fixture(scope="package")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with NewsroomSite() as site:
        folder = make_project(tmp_path_factory.mktemp("page") / "p", site, feeds=site.feed_urls[:5])
        loaded = load_settings(folder / "config/tracker.toml", {}, folder)
        with open_tracker(loaded) as tracker:
            tracker.fetch(everything=True)
        server = open_page(loaded, port=0)
        server.start()
        token = server.link.partition("#t=")[2]
        base = server.address.rstrip("/")
        own = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
        with (
            httpx.Client(
                base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S
            ) as client,
            httpx.Client(base_url=base, headers=own, timeout=PATIENCE_S) as reader,
        ):
            assert reader.post("/login", data={"token": token}).status_code == 303
            yield Opened(site=site, folder=folder, server=server, client=client, reader=reader)
        server.close()
