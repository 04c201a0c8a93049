"""Several `tracker worker` processes on one database: every feed once a round, and nothing lost with one that is killed.

Bounded in time, and not timed: every wait is for something that must happen, with patience for a busy machine.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.project import command, environment
from tracker.feeds import OpmlFeed, render_opml
from tracker.model import FeedId, ItemQuery, PollStatus
from tracker.store import SqlStore, open_store

PATIENCE = 120.0
HOSTS = 12
FEEDS = 2 * HOSTS  # two of each host: a host is one worker's at a time
CONFIG = """
[store]
url = "{store}"
[http]
contact = "tests@example.org"
allow_hosts = [{hosts}]
per_host_spacing = "0s"
[daemon]
tick = "300ms"
grace = "1s"
[sandbox]
workers = 1
[[watch]]
name = "w"
title = "A subject"
seeds = "seeds"
"""


class Origin(ThreadingHTTPServer):
    """Feeds of one entry at 127.0.0.1 and its neighbours; no answer leaves before the gate is open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("", 0), _Answers)
        self.gate = threading.Event()
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()

    @property
    def urls(self) -> list[str]:
        return [self._url(n) for n in range(FEEDS)]

    @property
    def hosts(self) -> list[str]:
        return [f"127.0.0.{host + 1}:{self.server_port}" for host in range(HOSTS)]

    def _url(self, number: int) -> str:
        return f"http://{self.hosts[number % HOSTS]}/{number}.xml"

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that is killed closes its connections: no news."""


class _Answers(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        url = f"http://{self.headers['Host']}{self.path}"
        self.server.asked[url] += 1
        self.server.gate.wait(PATIENCE)
        number = self.path.strip("/").removesuffix(".xml")
        text = f"The only story of feed {number}, which nobody else has told so far."
        item = f"<item><guid isPermaLink='false'>g{number}</guid><title>Story {number}</title><description>{text}</description></item>"
        body = f"<rss version='2.0'><channel><title>Feed {number}</title>{item}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.answered[url] += 1

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield served
        served.gate.set()
        served.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, origin: Origin, empty_url: str) -> Path:
    for name in ("config", "seeds"):
        (tmp_path / name).mkdir()
    hosts = ", ".join(f'"{host}"' for host in origin.hosts)
    (tmp_path / "config/tracker.toml").write_text(CONFIG.format(store=empty_url, hosts=hosts))
    (tmp_path / "config/feeds.opml").write_text(render_opml([OpmlFeed(url=url) for url in origin.urls]))
    seed = "Officials met to speak of precursor chemicals. " * 20
    (tmp_path / "seeds/one.txt").write_text(f"A seed\n\n{seed}")
    return tmp_path


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "workers.log").open("ab") as log:
        process = subprocess.Popen(command("worker"), cwd=folder, env=environment(), stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(is_true: Callable[[], bool], what: str, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain: {what}\n{(folder / 'workers.log').read_text()}"
        time.sleep(0.1)


def polls(store: SqlStore) -> Counter[FeedId]:
    """How often each feed's poll has ended, all of them well."""
    ended = store.polls_since(datetime(2020, 1, 1, tzinfo=UTC))
    assert {poll.status for poll in ended} <= {PollStatus.NEW, PollStatus.UNCHANGED}
    return Counter(poll.feed_id for poll in ended)


def let_leases_end(store: SqlStore, empty_url: str) -> None:
    """What half an hour does on PostgreSQL, where nobody knows that the other one is dead."""
    if empty_url.startswith("postgresql"):
        now = datetime.now(UTC) + timedelta(hours=1)
        late = store.claim_due(now, limit=FEEDS, lease=timedelta(minutes=1), force=True)
        assert len(late) == FEEDS, "all leases of the dead one have run out by then"
        store.release(late)


def test_workers_share_the_feeds_and_make_good_one_that_is_killed(
    folder: Path, origin: Origin, empty_url: str
) -> None:
    with worker(folder) as doomed:
        until(lambda: bool(origin.asked), "the first worker asks", folder)
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
    with closing(open_store(empty_url)) as store:
        assert polls(store) == Counter(), "it was killed before anything was answered"
        let_leases_end(store, empty_url)
        origin.gate.set()
        before = origin.answered.copy()
        with worker(folder) as one, worker(folder) as two:
            for round_number in (1, 2):
                every_feed = {feed.id: round_number for feed in store.feeds()}
                until(lambda: polls(store).total() >= FEEDS * round_number, "all polled", folder)  # noqa: B023
                assert polls(store) == every_feed
                if round_number == 1:
                    store.request_poll(list(every_feed), datetime.now(UTC))
            for process in (one, two):
                process.send_signal(signal.SIGTERM)
            assert [process.wait(PATIENCE) for process in (one, two)] == [0, 0]
        assert len(polls(store)) == FEEDS
        assert set(polls(store).values()) == {2}, "nobody polled after the last look"
        titles = Counter(item.title for item in store.items(ItemQuery(fate=None, limit=10 * FEEDS)))
        assert titles == {f"Story {number}": 1 for number in range(FEEDS)}
    asked = origin.answered - before
    assert set(asked) == set(origin.urls)
    assert max(asked.values()) <= 2, "no feed was asked for twice in a round"
