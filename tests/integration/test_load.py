"""A thousand feeds of which a hundred are hostile: each bad one harms itself, and nothing grows without bound.

The feeds are read in the real sandbox, over real HTTP; the pages of the stories are not extracted, which would only
measure the extractor. Deadlines are scaled: 5 s for an exchange, or 15 in the campaign, and 3 s for a parse.
"""

from __future__ import annotations

import gzip
import os
import threading
import time
from collections import Counter
from concurrent.futures import Future
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns import of_full
from tests.fuzz.own_cases import FEEDS
from tests.integration.polling_world import World, item, rss
from tests.integration.scripted_server import HANG, RESET, empty, everything_is_here, ok, redirect, serving
from tests.patience import PATIENCE_S
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.model import ExtractedPage, PollReport, PollStatus
from tracker.ports import Sandbox
from tracker.sandbox import ProcessSandbox, SandboxPolicy

ITEMS = 3
BOMB = gzip.compress(bytes(200 * 2**20), 9)
WHOLE = ok(rss(item(1)))
LARGE = {
    name: FEEDS[name](3000)
    for name in ("deep_content", "open_cdata", "long_attribute_value", "many_namespaces", "picture")
}
HOSTILE: tuple[list[object], ...] = (
    [HANG],
    [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<rss", *([b"x", 0.3] * 20)],
    [WHOLE[: len(WHOLE) // 2], RESET],
    [ok(BOMB, "Content-Encoding: gzip")],
    [redirect("/again")],
    [b"\x15\x03\x01\x00\x02\x02\x28" * 40],
    [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000],
    [b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000, HANG],
    [empty("500 Internal Server Error")],
    [empty("429 Too Many Requests", "Retry-After: 99999999")],
    [ok(b"")],
    *([ok(body)] for body in LARGE.values()),
)


class StubPages:
    """The real sandbox for feeds; pages have a text without being read."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.parse_feed = sandbox.parse_feed
        self.close = sandbox.close

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(ExtractedPage(text=f"The story at {url} has words of its own: {hash(url)}. " * 8))
        return future


class Crowd(World):
    """A world of many hosts, whose fetcher is told to be quick."""

    deadline = timedelta(seconds=15)

    def fetcher(self) -> HttpFetcher:
        policy = FetchPolicy(
            allow_hosts=tuple(f"{host}:{self.server.port}" for host in self.hosts),
            per_host_spacing=timedelta(0), respect_robots=False, total_deadline=self.deadline,
        )  # fmt: skip
        return HttpFetcher(policy, network=Network(resolver=everything_is_here))


def rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def crowd(
    folder: Path, feeds: int, *, harm: bool = False
) -> tuple[list[PollReport], Crowd, dict[str, float]]:
    """Follow so many feeds, every tenth of them hostile, and poll all of them twice."""
    before_threads, measured = threading.active_count(), {}
    with (
        serving([]) as server,
        closing(ProcessSandbox(SandboxPolicy(workers=2, deadline=timedelta(seconds=3)))) as sandbox,
    ):
        world = Crowd(folder, server, StubPages(sandbox))
        world.hosts = [f"h{number}.test" for number in range(feeds)]
        for number in range(feeds):
            honest = rss(*(item(number * ITEMS + n) for n in range(ITEMS)))
            kind = HOSTILE[number // 10 % len(HOSTILE)]
            world.answers[f"/feed/{number}"] = ok(honest) if number % 10 else kind
            world.store.add_feed(
                f"http://h{number}.test:{server.port}/feed/{number}",
                title="",
                site_url=None,
                tags=(),
                now=world.at,
            )
        server.script = lambda asked: _played(world, asked)
        if harm:
            server.script = lambda asked: _played(world, asked, delay=0.2)
        started, memory = time.monotonic(), rss_mb()
        reports = world.poll()
        measured["seconds"] = time.monotonic() - started
        files = open_files()
        world.poll(hours=30)
        measured["growth"] = rss_mb() - memory
        measured["files"] = open_files() - files
        measured["log"] = Path(f"{folder}/tracker.db-wal").stat().st_size / 2**20
    deadline = time.monotonic() + PATIENCE_S
    while threading.active_count() > before_threads and time.monotonic() < deadline:
        time.sleep(0.05)
    measured["threads"] = threading.active_count() - before_threads
    return reports, world, measured


def _played(world: World, asked: Any, delay: float = 0.0) -> Any:
    answer = world.answers.get(asked.path)
    if delay:
        yield delay
    yield from answer if isinstance(answer, list) else [answer or ok(b"<html><p>story</p></html>")]


def judge(reports: list[PollReport], world: Crowd, measured: dict[str, float], feeds: int) -> None:
    by_feed = {report.feed_id: report for report in reports}
    assert len(by_feed) == feeds, "every feed was polled, once"
    honest = [feed for feed in world.store.feeds() if int(feed.url.rpartition("/")[2]) % 10]
    hostile = [feed for feed in world.store.feeds() if feed not in honest]
    harmed = [
        feed.url
        for feed in honest
        if by_feed[feed.id].status is not PollStatus.NEW or by_feed[feed.id].new != ITEMS
    ]
    told = [by_feed[feed.id] for feed in honest if feed.url in harmed]
    assert harmed == [], f"{len(harmed)} honest feeds were harmed, {told[:3]}"
    silent = [
        feed.url
        for feed in hostile
        if not by_feed[feed.id].detail and by_feed[feed.id].status is not PollStatus.NEW
    ]
    assert silent == [], "a hostile feed ended without a sentence"
    stored = len(
        {found.url for found in world.items()}
        & {
            f"{f.url.rpartition('/feed')[0]}/story/{int(f.url.rpartition('/')[2]) * ITEMS + n}-of-the-week"
            for f in honest
            for n in range(ITEMS)
        }
    )
    codes = Counter(by_feed[feed.id].code or str(by_feed[feed.id].status) for feed in hostile)
    print(
        f"\n{feeds} feeds, {len(hostile)} hostile: {len(honest)} honest ones polled, {stored} of {len(honest) * ITEMS} items stored;"
        f" {measured['seconds']:.0f} s, memory +{measured['growth']:.0f} MB, files +{measured['files']:.0f},"
        f" threads +{measured['threads']:.0f}, log {measured['log']:.0f} MB; {dict(codes)}"
    )
    assert stored == len(honest) * ITEMS
    assert measured["growth"] < 150
    assert measured["files"] <= 4
    assert measured["threads"] <= 0
    assert measured["log"] <= 64


def test_of_forty_feeds_four_hostile_ones_harm_only_themselves(tmp_path: Path) -> None:
    reports, world, measured = crowd(tmp_path, 40)
    judge(reports, world, measured, 40)
    world.store.close()


@pytest.mark.campaign
def test_of_a_thousand_feeds_a_hundred_hostile_ones_harm_only_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crowd, "deadline", timedelta(seconds=60))
    feeds = of_full(1000)
    reports, world, measured = crowd(tmp_path, feeds)
    judge(reports, world, measured, feeds)
    world.store.close()


def test_the_judge_sees_an_honest_feed_that_was_harmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a deadline shorter than any answer, honest feeds fail like the others."""
    monkeypatch.setattr(Crowd, "deadline", timedelta(milliseconds=100))
    reports, world, measured = crowd(tmp_path, 20, harm=True)
    with pytest.raises(AssertionError, match="honest feeds were harmed"):
        judge(reports, world, measured, 20)
    world.store.close()
