"""The stream of events over a real server: it tells the state, then changes; it ends with its reader and its page."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator

import httpx

from tests.integration.web.programs.newsroom_page import Opened
from tests.patience import PATIENCE_S
from tracker import load_settings, open_tracker
from tracker.web import open_page


def states(answer: httpx.Response) -> Iterator[dict]:
    for line in answer.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_the_state_comes_at_once_and_a_poll_shows_its_progress(opened: Opened) -> None:
    with opened.client.stream("GET", "/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        told = states(answer)
        first = next(told)
        assert first["feeds"] == "5"
        assert first["kept"]["drugs"] == str(
            len(opened.client.get("/api/v1/items?limit=500").json()["items"])
        )
        assert first["job_over"] is True
        number = re.findall(r'href="/feeds/(\d+)"', opened.reader.get("/feeds").text)[0]
        assert opened.posted(f"/feeds/{number}/poll").status_code == 303
        deadline = time.monotonic() + PATIENCE_S
        ended = next(one for one in told if one["job_said"] or time.monotonic() > deadline)
        while not ended["job_over"] and time.monotonic() < deadline:
            ended = next(told)
        assert ended["job_over"] is True
        assert ended["job_said"].startswith("1 feed polled")


def test_only_so_many_listen_and_who_leaves_makes_room(opened: Opened) -> None:
    heard: list[httpx.Response] = []
    told: list[Iterator[dict]] = []
    clients = [
        httpx.Client(base_url=opened.base, headers=opened.client.headers, timeout=PATIENCE_S)
        for _ in range(9)
    ]
    streams = [client.stream("GET", "/live") for client in clients]
    try:
        for stream in streams[:8]:
            heard.append(stream.__enter__())
            told.append(states(heard[-1]))  # kept: a forgotten one closes its connection
            next(told[-1])
        assert [one.status_code for one in heard] == [200] * 8
        with opened.client.stream("GET", "/live") as ninth:
            assert ninth.status_code == 503
    finally:
        for client in clients:
            client.close()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with opened.client.stream("GET", "/live") as again:
            if again.status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError("those who left still take the room")


def test_a_stream_ends_when_the_page_closes(opened: Opened) -> None:
    loaded = load_settings(opened.folder / "config/tracker.toml", {}, opened.folder)
    server = open_page(loaded, port=0)
    server.start()
    headers = {"Authorization": f"Bearer {server.link.partition('#t=')[2]}"}
    ended = threading.Event()
    began = threading.Event()

    def listen() -> None:
        try:
            with httpx.stream("GET", f"{server.address}live", headers=headers, timeout=PATIENCE_S) as answer:
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        began.set()
        except httpx.TransportError:
            pass
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    assert began.wait(PATIENCE_S)
    server.close()
    assert ended.wait(PATIENCE_S / 2), "nothing else ends a stream that is told something every few seconds"
    with open_tracker(loaded) as tracker:  # nothing holds the database
        assert tracker.feeds()


def test_nobody_listens_without_the_token(opened: Opened) -> None:
    assert httpx.get(f"{opened.base}/live").status_code in {303, 401}
