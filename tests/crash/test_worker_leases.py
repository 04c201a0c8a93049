"""kill -9 of a worker that holds leases: after these ran out another takes the feeds; nothing lost, nothing doubled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import NOW, entry, record, report, state
from tests.conftest import ROOT
from tracker.model import Claim, Feed, FeedId
from tracker.store import SqlStore, open_store

LEASE = timedelta(seconds=20)
FEEDS, ENTRIES = 6, 4
WORKER = """
import json, sys
from datetime import timedelta
from tests.builders import NOW, entry, record
from tracker.store import open_store

url, half_way = sys.argv[1], sys.argv[2] == "half-way"
store = open_store(url)
with store.polling():
    claims = store.claim_due(NOW, limit=4, lease=timedelta(seconds=20))
    with store.ingesting() as session:
        for number in range(2):
            key = f"{claims[0].feed.id}-{number}"
            session.record(record(feed_id=claims[0].feed.id, entry=entry(key=key), article=None, relevance=()))
    if half_way:
        with store.ingesting() as session:
            session.record(record(feed_id=claims[0].feed.id, entry=entry(key="lost"), article=None, relevance=()))
            print(json.dumps([[claim.feed.id, claim.token] for claim in claims]), flush=True)
            sys.stdin.read()
    print(json.dumps([[claim.feed.id, claim.token] for claim in claims]), flush=True)
    sys.stdin.read()
"""


@contextmanager
def killed_worker(empty_url: str, store: SqlStore, moment: str) -> Iterator[tuple[Claim, ...]]:
    """What a worker had been lent when it was killed."""
    feeds = {feed.id: feed for feed in store.feeds()}
    command = [sys.executable, "-c", WORKER, empty_url, moment]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        lent = json.loads(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    yield tuple(Claim(feed=feeds[number], token=token, until_at=NOW + LEASE) for number, token in lent)


def poll(store: SqlStore, made: Claim) -> bool:
    """Record every entry of a feed and end its poll, all at once."""
    with store.ingesting() as session:
        for number in range(ENTRIES):
            found = entry(key=f"{made.feed.id}-{number}")
            session.record(record(feed_id=made.feed.id, entry=found, article=None, relevance=()))
        return session.finish_poll(made, state(next_poll_at=NOW + timedelta(hours=1)), report(made.feed.id))


def added(store: SqlStore) -> list[Feed]:
    return [
        store.add_feed(f"https://h{number // 2}.example/{number}", title="", site_url=None, tags=(), now=NOW)
        for number in range(FEEDS)
    ]


@pytest.mark.parametrize("moment", ["between transactions", "half-way"])
def test_a_killed_workers_feeds_are_polled_by_another(empty_url: str, moment: str) -> None:
    store = open_store(empty_url)
    feeds = added(store)
    with killed_worker(empty_url, store, moment) as dead:
        assert [made.feed.id for made in dead] == [feed.id for feed in feeds[:4]]
        just_before = NOW + LEASE - timedelta(microseconds=1)
        others = store.claim_due(just_before, limit=99, lease=LEASE)
        assert [made.feed.id for made in others] == [feed.id for feed in feeds[4:]], (
            "the dead one's hosts wait"
        )
        taken = store.claim_due(NOW + LEASE, limit=99, lease=LEASE)
        assert [made.feed.id for made in taken] == [feed.id for feed in feeds[:4]]
        before = store.feeds()
        for late in dead:
            assert store.finish_poll(late, state(failures=9), report(late.feed.id)) is False
            store.release([late])
        assert store.feeds() == before
        assert store.claim_due(NOW + LEASE, limit=99, lease=LEASE) == (), "the late one freed nothing"
        assert all(poll(store, made) for made in (*taken, *others))
        assert not any(poll(store, late) for late in dead)
    assert store.entry_count() == FEEDS * ENTRIES
    assert {feed.id: len(store.polls(FeedId(feed.id), limit=9)) for feed in feeds} == {f.id: 1 for f in feeds}
    assert store.claim_due(NOW + 2 * LEASE, limit=99, lease=LEASE) == ()
    store.close()


def test_the_next_poller_alone_on_sqlite_need_not_wait(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.db"
    store = open_store(url)
    added(store)
    with killed_worker(url, store, "half-way") as dead:
        with store.polling():
            assert len(store.claim_due(NOW, limit=99, lease=LEASE)) == FEEDS
        assert not any(poll(store, late) for late in dead)
    store.close()
