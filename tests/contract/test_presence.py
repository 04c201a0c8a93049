"""One daemon at a time, pollers side by side, and threads that share a store: with real processes where it matters."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.builders import NOW, entry, record
from tests.conftest import ROOT
from tests.patience import until
from tracker.errors import LockHeld, StoreBusy, StoreError
from tracker.model import Presence
from tracker.store import SqlStore, locks, open_store

OURS = Presence(pid=123, host="x", since_at=NOW)
LEASE = timedelta(minutes=10)
CHILD = """
import sys, time
from datetime import timedelta
from tests.builders import NOW
from tracker.model import Presence
from tracker.store import open_store
store = open_store(sys.argv[1])
with {inside}:
    {then}
    print("ready", flush=True)
    sys.stdin.read()
"""
DAEMON = CHILD.format(inside="store.only_daemon(Presence(pid=77, host='there', since_at=NOW))", then="pass")
POLLER = CHILD.format(
    inside="store.polling()", then="store.claim_due(NOW, limit=1, lease=timedelta(minutes=10))"
)


@contextmanager
def running(program: str, store_url: str) -> Iterator[subprocess.Popen[str]]:
    """A child that has said it is ready; it ends when its standard input closes."""
    command = [sys.executable, "-c", program, store_url]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            yield child
        finally:
            child.kill()


def eventually_none(store: SqlStore) -> bool:
    """A PostgreSQL server needs a moment to see that a client is gone."""
    until(lambda: store.daemon() is None, "a daemon that is gone counts")
    return True


def test_a_second_daemon_is_refused_with_the_name_of_the_first(store: SqlStore, store_url: str) -> None:
    other = open_store(store_url)
    assert store.daemon() is None
    with store.only_daemon(OURS):
        assert other.daemon() == OURS
        with pytest.raises(LockHeld) as caught, other.only_daemon(Presence(pid=9, host="y", since_at=NOW)):
            pass
        assert str(caught.value) == (
            "Another tracker has been running on this state since 2026-11-20 12:00 UTC (process 123 on host x)."
        )
        assert caught.value.exit_code == 5
        assert caught.value.hint
        assert (store.is_only_daemon(), other.is_only_daemon()) == (True, False)
    assert eventually_none(other)
    assert store.is_only_daemon() is False
    with other.only_daemon(OURS):
        assert store.daemon() == OURS
    other.close()


def test_a_daemon_that_was_killed_does_not_count(store: SqlStore, store_url: str) -> None:
    with running(DAEMON, store_url) as child:
        assert store.daemon() == Presence(pid=77, host="there", since_at=NOW)
        child.kill()
        child.wait()
        assert eventually_none(store)
        with store.only_daemon(OURS):
            assert store.daemon() == OURS


def test_a_daemon_notices_that_its_lock_is_lost(store: SqlStore, store_url: str) -> None:
    with store.only_daemon(OURS):
        assert store.is_only_daemon()
        url = make_url(store_url)
        if url.drivername == "sqlite":
            Path(f"{url.database}.daemon").unlink()
        else:
            engine = create_engine(url.set(drivername="postgresql+psycopg"))
            with engine.begin() as connection:
                cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tracker %'"
                connection.execute(text(cut))
            engine.dispose()
        assert store.is_only_daemon() is False
        assert eventually_none(store)
        assert store.is_only_daemon() is False


def test_looking_for_the_daemon_keeps_none_from_starting(store: SqlStore, store_url: str) -> None:
    other, stop = open_store(store_url), threading.Event()

    def look() -> None:
        while not stop.is_set():
            other.daemon()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(20):
            with store.only_daemon(OURS):
                pass
            assert eventually_none(store)
    finally:
        stop.set()
        looking.join()
        other.close()


def test_pollers_side_by_side_free_only_the_leases_of_the_dead(store: SqlStore, store_url: str) -> None:
    for number in range(3):
        store.add_feed(f"https://h{number}.example/", title="", site_url=None, tags=(), now=NOW)

    def free() -> int:
        claims = store.claim_due(NOW, limit=9, lease=LEASE)
        store.release(claims)
        return len(claims)

    with running(POLLER, store_url) as first:
        with running(POLLER, store_url) as second, store.polling():
            assert free() == 1
            first.kill()  # whoever was alone at first is gone; the second polls on
            first.wait()
            assert free() == 1
            with running(POLLER, store_url):
                assert free() == 0, "the newcomer took one; it freed none, the second and we poll still"
            second.kill()
            second.wait()
        with store.polling():
            assert free() == (3 if "sqlite" in store_url else 0), "on PostgreSQL they run out by themselves"


def test_threads_of_one_process_write_in_turn(store: SqlStore) -> None:
    inside, most = 0, 0

    def write(thread: int) -> None:
        nonlocal inside, most
        for number in range(10):
            with store.ingesting() as session:
                inside += 1
                most = max(most, inside)
                session.record(record(entry=entry(key=f"{thread}-{number}"), article=None, relevance=()))
                inside -= 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (store.entry_count(), most) == (40, 1)


def test_one_threads_end_does_not_free_anothers_lock(tmp_path: Path) -> None:
    """The lock file alone would: its lock belongs to the open file, which the threads of a process share."""
    shared, other = locks.Turn(tmp_path / "lock"), locks.Turn(tmp_path / "lock")
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with shared.taken():
            entered.set()
            leave.wait()
            order.append("first")

    def take(turn: locks.Turn, name: str) -> None:
        with turn.taken():
            order.append(name)

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    entered.wait()
    threads += [
        threading.Thread(target=take, args=(shared, "same file")),
        threading.Thread(target=take, args=(other, "as another process")),
    ]
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.1)
    assert order == []
    leave.set()
    for thread in threads:
        thread.join()
    assert order[0] == "first"
    assert len(order) == 3
    shared.close()
    other.close()


def test_who_waits_too_long_is_told_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "BUSY_SECONDS", 0.05)
    one, other = locks.Turn(tmp_path / "lock"), locks.Turn(tmp_path / "lock")
    with one.taken():
        for turn in (one, other):  # another thread, another process
            with pytest.raises(StoreBusy), turn.taken():
                pass
    with other.taken():
        pass
    one.close()
    other.close()


def test_a_write_inside_a_write_is_refused_at_once(store: SqlStore) -> None:
    with store.ingesting() as session:
        session.record(record())
        with pytest.raises(StoreError, match="inside another"):  # who waits in vain meets StoreBusy
            store.tidy()
    assert store.entry_count() == 1
    store.tidy()
