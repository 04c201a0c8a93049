"""What a poll costs that finds nothing new, and a tick that finds nothing due.

    python benchmarks/poll_cost.py                                    ours, in memory and over loopback
    python benchmarks/poll_cost.py --peer /path/to/venv/bin/python    beside `reader`, installed in that environment

Every feed has one entry and answers 304 from the second poll on. CPU is that of the polling process alone; the server
is a process of its own. Ours does what `tracker run` does in a poll: claim, exchange, decide, store, acknowledge.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.citizenship.cast import FeedSpec
from benchmarks.citizenship.clock import StandingClock
from benchmarks.citizenship.log import Log
from benchmarks.citizenship.loopback import HourlyFetcher
from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.simulation import WATCH, InProcessSandbox, Run, in_memory
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.acquire import Acquirer
from tracker.pipeline.ingest import Ingester
from tracker.pipeline.poll import Poller
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.store import open_store
from tracker.stories import StoryPolicy

_BATCH = 200
_DOCUMENT = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title><item><title>One {n}</title>"
    "<guid isPermaLink='false'>{n}</guid><description>The only entry of feed {n}.</description></item></channel></rss>"
)
_PEER = """
import sys, time, os
os.environ["http_proxy"] = "http://127.0.0.1:" + sys.argv[1]
from reader import make_reader
reader = make_reader(sys.argv[3])
for n in range(int(sys.argv[2])):
    reader.add_feed(f"http://site{n}.example.com/feed/{n}.xml")
reader.update_feeds(workers=12, scheduled=False)
cpu, wall = time.process_time(), time.monotonic()
reader.update_feeds(workers=12, scheduled=False)
print(time.process_time() - cpu, time.monotonic() - wall)
"""


async def _serve() -> None:
    """Answer 304 to whoever brings validators; prints the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                number = re.search(rb"/feed/(\d+)\.xml", head)
                if b"if-none-match" in head.lower():
                    writer.write(b'HTTP/1.1 304 -\r\nETag: "1"\r\n\r\n')
                    continue
                body = _DOCUMENT.format(n=int(number[1]) if number else 0).encode()
                writer.write(
                    b'HTTP/1.1 200 -\r\nETag: "1"\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n%s'
                    % (len(body), body)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def all_polled(run: Run) -> tuple[float, float, int]:
    """Poll every feed once: CPU seconds, wall seconds, polls."""
    scoring = Scoring(run.store, run.time, (WATCH,), RelevancePolicy())
    ingester = Ingester(scoring, LikenessPolicy(), StoryPolicy())
    poller = Poller(store=run.store, ingester=ingester, clock=run.time, policy=run.policy, watches=(WATCH,))
    cpu, wall, polls = time.process_time(), time.monotonic(), 0
    with run.store.polling():
        while claims := run.store.claim_due(run.time.now(), limit=_BATCH, lease=run.policy.lease):
            acquirer = Acquirer(run.fetcher, InProcessSandbox(), run.policy)
            polls += sum(1 for _ in poller.poll(claims, acquirer))
    return time.process_time() - cpu, time.monotonic() - wall, polls


def measured(run: Run) -> tuple[float, float, int]:
    """The second round: all feeds again, an hour later, all 304."""
    run.follow()
    all_polled(run)
    run.time.sleep_until(run.time.seconds + 3600)
    run.store.request_poll([feed.id for feed in run.store.feeds()], run.time.now())
    return all_polled(run)


def cast_of(count: int) -> list[FeedSpec]:
    return [
        FeedSpec(number=n, group="still", host=f"site{n}.example.com", times=[-3600.0], modified=False)
        for n in range(count)
    ]


def memory_round(count: int, folder: Path) -> tuple[float, float, int]:
    with closing(Log(folder / "log")) as log, in_memory(Origin(cast_of(count), log), folder) as run:
        return measured(run)


def loopback_round(count: int, folder: Path, port: int) -> tuple[float, float, int]:
    clock = StandingClock()
    with (
        closing(Log(folder / "log")) as log,
        closing(open_store(f"sqlite:///{folder / 'x.db'}")) as store,
        closing(HourlyFetcher(clock, port)) as fetcher,
    ):
        run = Run(origin=Origin(cast_of(count), log), store=store, time=clock, fetcher=fetcher)
        return measured(run)


def peer_round(python: str, count: int, folder: Path, port: int) -> tuple[float, float, int]:
    words = [python, "-c", _PEER, str(port), str(count), str(folder / "peer.db")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    cpu, wall = done.stdout.split()[-2:]
    return float(cpu), float(wall), count


def idle_tick(count: int, folder: Path) -> float:
    """The median time, in seconds, of looking for due feeds among `count` of which none is."""
    clock = StandingClock()
    path = folder / "idle.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.add_feed("http://site.example.com/0", title="", site_url=None, tags=(), now=clock.now())
        _multiply(path, count)
        times = []
        for _ in range(25):
            begun = time.perf_counter()
            claims = store.claim_due(clock.now(), limit=_BATCH, lease=timedelta(minutes=30))
            times.append(time.perf_counter() - begun)
            assert not claims
    return statistics.median(times)


def _multiply(path: Path, count: int) -> None:
    """Copy the one feed `count` times with addresses of their own, none due before tomorrow."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(feed)")]
        varied = {
            "id": "?1",
            "url": "'http://site' || ?1 || '.example.com/'",
            "host": "'site' || ?1 || '.example.com'",
        }
        values = ", ".join(varied.get(name, name) for name in names)
        statement = f"INSERT INTO feed ({', '.join(names)}) SELECT {values} FROM feed WHERE id = 1"
        connection.executemany(statement, ((n,) for n in range(2, count + 1)))
        connection.execute("UPDATE feed SET next_poll_at = next_poll_at + 86400000000")


def show(name: str, round_: tuple[float, float, int]) -> float:
    cpu, wall, polls = round_
    print(
        f"{name:32}{polls:8d} polls{cpu / polls * 1000:9.2f} ms CPU a poll{polls / wall:9.0f} feeds a second"
    )
    return cpu / polls


def in_folder(work: Callable[[Path], tuple[float, float, int]]) -> tuple[float, float, int]:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        return work(Path(name))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument(
        "--loopback-feeds", type=int, default=2_000, help="how many over loopback, and for the peer"
    )
    parser.add_argument("--idle-feeds", type=int, default=100_000)
    parser.add_argument("--peer", help="the Python of an environment in which `reader` is installed")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.serve:
        asyncio.run(_serve())
        return 0
    logging.getLogger("tracker").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        seconds = idle_tick(chosen.idle_feeds, Path(name))
    print(f"a tick over {chosen.idle_feeds} feeds of which none is due: {seconds * 1000:.1f} ms")
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        ours = show("over loopback", in_folder(lambda f: loopback_round(chosen.loopback_feeds, f, port)))
        if chosen.peer:
            peer = show(
                "reader", in_folder(lambda f: peer_round(chosen.peer, chosen.loopback_feeds, f, port))
            )
            print(f"ours costs {ours / peer:.2f} times what reader costs")
    finally:
        server.terminate()
        server.wait()
    show("in memory", in_folder(lambda f: memory_round(chosen.feeds, f)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
