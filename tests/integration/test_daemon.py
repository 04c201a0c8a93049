"""The daemon as a process among others: it polls, stops cleanly, re-reads, is killed, and every command works beside it."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.project import command, environment, kept, make_project, outcomes, tracker
from tests.patience import PATIENCE_S, until
from tracker.app import open_tracker
from tracker.demo.site import NewsroomSite
from tracker.feeds import OpmlFeed, render_opml
from tracker.model import FetchFailed, FetchReason, FetchRequest, FetchResult
from tracker.settings import load_settings

QUICK = {
    "TRACKER_DAEMON__TICK": "300ms",
    "TRACKER_DAEMON__GRACE": "1s",
    "TRACKER_POLLING__MIN_INTERVAL": "500ms",
}


class Running:
    """A command of the program at work in a project."""

    def __init__(self, folder: Path, *words: str, **environ: str) -> None:
        self.folder = folder
        self._log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command(*words),
                cwd=folder,
                env=environment() | QUICK | {"PYTHONPATH": str(ROOT)} | environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def says(self, words: str, times: int = 1) -> None:
        def is_said() -> bool:
            assert self.process.poll() is None or self.log.count(words) >= times, self.log
            return self.log.count(words) >= times

        until(is_said, f"{words!r} in {self.log}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        self.end()
        return self.process.returncode

    def end(self) -> str:
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return out


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    begun: list[Running] = []

    def begin(folder: Path, *words: str, **environ: str) -> Running:
        begun.append(Running(folder, *words, **environ))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="module")
def site() -> Iterator[NewsroomSite]:
    with NewsroomSite() as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path, site: NewsroomSite) -> Path:
    return make_project(tmp_path / "p", site, feeds=site.feed_urls[:2])


class Silence:
    """A server that takes connections and never answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.met = threading.Event()
        self._guests: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._guests.append(self._socket.accept()[0])
            except OSError:
                return
            self.met.set()

    def close(self) -> None:
        self._socket.close()
        for guest in self._guests:
            guest.close()


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "state/tracker.db")) as database:
        return database.execute(query).fetchall()


def leases(folder: Path) -> int:
    return int(rows(folder, "SELECT count(*) FROM feed WHERE lease_token IS NOT NULL")[0][0])


def add_silent_feed(folder: Path, silence: Silence) -> None:
    config = folder / "config/tracker.toml"
    text = config.read_text().replace("allow_hosts = [", f'allow_hosts = ["{silence.address}", ')
    config.write_text(text.replace('total_timeout = "5s"', 'total_timeout = "1h"'))
    opml = folder / "config/feeds.opml"
    silent = f'<outline type="rss" xmlUrl="http://{silence.address}/feed.xml"/></body>'
    opml.write_text(opml.read_text().replace("</body>", silent))


def test_it_polls_tells_its_supervisor_and_stops_at_once_when_idle(folder, start, tmp_path):
    heard: list[str] = []
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        listener = threading.Thread(target=lambda: _listen(supervisor, heard), daemon=True)
        listener.start()
        watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"}
        daemon = start(folder, "run", **watched, TRACKER_DAEMON__GRACE="1h")
        daemon.says("feed polled", times=2)
        status = json.loads(tracker(folder, "status", "--json"))
        assert status["daemon"]["pid"] == daemon.process.pid
        assert status["watches"][0]["next_digest_at"]
        assert "running, started " in tracker(folder, "status")
        second = start(folder, "run")
        second.end()
        assert second.process.returncode == 5
        assert f"process {daemon.process.pid}" in second.log
        code = daemon.stop()
        listener.join(PATIENCE_S)
    assert code == 0
    assert leases(folder) == 0
    assert heard[0] == "READY=1"
    assert "WATCHDOG=1" in heard
    assert any(re.match(r"STATUS=\d+ polls, 0 failed", one) for one in heard)
    assert json.loads(tracker(folder, "status", "--json"))["daemon"] is None
    assert "Traceback" not in daemon.log


def _listen(supervisor: socket.socket, heard: list[str]) -> None:
    while "STOPPING=1" not in heard:
        heard.append(supervisor.recv(500).decode())


@pytest.mark.parametrize("words", ["run", "worker"])
def test_work_that_does_not_end_is_cut_after_the_grace_and_given_back(folder, start, words):
    with closing(Silence()) as silence:
        add_silent_feed(folder, silence)
        daemon = start(folder, words)
        until(silence.met.is_set, "a connection")
        code = daemon.stop()  # the answer that it waits for would be late by an hour
    assert code == 0
    assert leases(folder) == 0
    polled = rows(
        folder,
        f"SELECT count(*) FROM poll p JOIN feed f ON f.id = p.feed_id WHERE f.url LIKE '%{silence.address}%'",
    )
    assert polled == [(0,)], "a feed that was cut off is not recorded as polled"


def test_a_second_signal_ends_it_at_once(folder, start):
    with closing(Silence()) as silence:
        add_silent_feed(folder, silence)
        daemon = start(folder, "run", TRACKER_DAEMON__GRACE="1h")
        until(silence.met.is_set, "a connection")
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        code = daemon.stop(signal.SIGINT)
    assert code == 130


def test_hup_takes_up_a_new_feed_and_survives_a_wrong_configuration(folder, site, start):
    daemon = start(folder, "run")
    daemon.says("feed polled", times=2)
    config = folder / "config/tracker.toml"
    right = config.read_text()
    config.write_text(right.replace("[http]", "[http]\nspeed = 3"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says("the old one stays")
    assert re.search(r"config/tracker.toml:\d+: http.speed", daemon.log)
    config.write_text(right)
    urls = site.feed_urls[:3]
    (folder / "config/feeds.opml").write_text(render_opml([OpmlFeed(url=url) for url in urls]))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.says("configuration taken up")
    daemon.says(f"feed polled feed={urls[2]}")
    assert daemon.stop() == 0


def test_killed_and_started_again_it_loses_and_doubles_nothing(folder, site, start, tmp_path):
    calm = make_project(tmp_path / "calm", site, feeds=site.feed_urls[:2])
    tracker(calm, "fetch")
    for what in ("start", "entries", "start"):
        daemon = start(folder, "run")
        if what == "entries":
            until(lambda: (folder / "state/tracker.db").exists() and _entries(folder), "the first entries")
        else:
            daemon.says("daemon started")
        daemon.process.kill()
        daemon.end()
    daemon = start(folder, "run")
    daemon.says("daemon started")
    until(lambda: _entries(folder) == _entries(calm), "all entries")
    assert daemon.stop() == 0
    assert outcomes(folder) == outcomes(calm)


def _entries(folder: Path) -> int:
    try:
        return int(rows(folder, "SELECT count(*) FROM entry")[0][0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def test_fetch_beside_it_shows_what_the_daemon_brings_in(folder, start):
    with NewsroomSite() as site:
        own = make_project(folder / "own", site, feeds=site.feed_urls[:4])
        daemon = start(own, "run")
        daemon.says("feed polled", times=4)
        site.open_second_batch()
        time.sleep(0.6)  # longer than min_interval
        shown = start(own, "fetch", "--json")
        report = json.loads(shown.end())
        assert "is asked to poll" in shown.log
        assert len(report["polls"]) == 4
        (account,) = report["accounting"].values()
        assert (
            account["seen"]
            == sum(account["fates"].values())
            == sum(poll["new"] + poll["changed"] for poll in report["polls"])
        )
        assert {item["url"] for item in report["items"]} <= {item["url"] for item in kept(own)}
        assert report["items"]
        assert daemon.log.count("feed polled") == 8, "the daemon polled, nobody else"
        tracker(own, "judge", str(report["items"][0]["id"]), "relevant")
        assert daemon.stop() == 0


def test_fetch_takes_over_from_a_daemon_that_dies(folder, start):
    with closing(Silence()) as silence:
        add_silent_feed(folder, silence)
        daemon = start(folder, "run")
        until(silence.met.is_set, "a connection")
        fetch = start(folder, "fetch", "--all", "--json", TRACKER_HTTP__TOTAL_TIMEOUT="1s")
        fetch.says("is asked to poll")
        daemon.process.kill()
        report = json.loads(fetch.end())
    assert fetch.process.returncode == 4
    assert {poll["status"] for poll in report["polls"]} >= {"failed"}
    assert len(report["polls"]) == 3


def test_a_second_fetch_waits_for_feeds_that_the_first_has_lent(folder, site, start):
    (folder / "config/feeds.opml").write_text(render_opml([OpmlFeed(url=site.feed_urls[0])]))
    loaded = load_settings(folder / "config/tracker.toml", {}, folder)
    with open_tracker(loaded) as opened:
        first = start(folder, "fetch", "--json", TRACKER_HTTP__PER_HOST_SPACING="100ms")
        until(lambda: leases(folder), "a lease")
        report = opened.fetch()
    ours = json.loads(first.end())
    assert (len(report.polls), report.elsewhere) == (1, 1)
    assert report.seen["drugs"] == ours["accounting"]["drugs"]["seen"] > 0
    assert {fate: n for fate, n in report.fates["drugs"].items() if n} == ours["accounting"]["drugs"]["fates"]
    assert [item.id for item in report.kept] == [item["id"] for item in ours["items"]]


def test_once_does_one_round_and_leaves_the_state_free(folder, site, start):
    broken = next(feed.url for feed in site.feeds if feed.spec.fault == "gone")
    once = start(folder, "run", "--once")
    once.end()
    assert once.process.returncode == 0, once.log
    assert re.search(r"2 polls, 0 failed; \d+ new items", once.log)
    (folder / "config/feeds.opml").write_text(render_opml([OpmlFeed(url=broken)]))
    again = start(folder, "run", "--once", "-q")
    again.end()
    assert again.process.returncode == 4, again.log
    assert leases(folder) == 0


class NoNetwork:
    """A fetcher that finds every host silent."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        self.asked.append(request)
        future: Future[FetchResult] = Future()
        future.set_result(FetchFailed(request=request, reason=FetchReason.NOT_FOUND, detail="nothing there"))
        return future

    def close(self) -> None:
        pytest.fail("who brought it closes it")


def test_a_library_user_brings_an_own_network(folder):
    network = NoNetwork()
    loaded = load_settings(folder / "config/tracker.toml", {}, folder)
    with open_tracker(loaded, fetcher=network) as opened:
        report = opened.poll_due()
        assert (len(report.polls), report.failed) == (2, 2)
        assert {request.purpose for request in network.asked} == {"feed"}
        assert opened.poll_due().polls == ()


TICKS = """
import sqlite3, sys, time
from pathlib import Path
from tracker import load_settings, open_tracker
with open_tracker(load_settings(Path("config/tracker.toml"), {}, Path.cwd())) as tracker:
    database = sqlite3.connect("state/tracker.db")
    database.execute("UPDATE feed SET next_poll_at = next_poll_at + 36000000000")  # due in ten hours
    database.commit()
    database.close()
    spent = []
    for _ in range(20):
        started = time.thread_time()
        assert not tracker.poll_due().polls and not tracker.send_due_digests()
        spent.append(time.thread_time() - started)
heavy = [name for name in ("httpx", "tracker.sandbox", "feedparser", "trafilatura", "apscheduler") if name in sys.modules]
print(min(spent), heavy)
"""


def idle_tick(folder: Path, feeds: int) -> float:
    """Least CPU time of a tick with nothing due; fails where it loads what only work needs."""
    opml = [OpmlFeed(url=f"https://host{n}.example/feed") for n in range(feeds)]
    (folder / "config/feeds.opml").write_text(render_opml(opml))
    done = subprocess.run(
        [sys.executable, "-c", TICKS], cwd=folder, env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    spent, _, heavy = done.stdout.strip().partition(" ")
    assert heavy == "[]"
    return float(spent)


def test_a_tick_with_nothing_due_loads_nothing_heavy_and_costs_no_more_with_many_feeds(folder):
    few, many = idle_tick(folder, 10), idle_tick(folder, 2000)
    assert many < 4 * few
