"""A backup made while others write, put back whole; what was sent since is not forgotten by a restore."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import NOW, WATCH, article, entry, record
from tests.contract.test_alerts import alert
from tests.contract.test_outbox import save
from tests.contract.test_topics import take_topics_away
from tracker.errors import LockHeld, StoreBusy, StoreError, UsageError
from tracker.model import (
    Delivery,
    DeliveryState,
    FamilyId,
    Fate,
    ItemQuery,
    Likeness,
    LikenessKind,
    Period,
    Presence,
    Record,
)
from tracker.store import SqlStore, migrate, open_store, restore
from tracker.store.locks import open_lock, try_lock

US = Presence(pid=os.getpid(), host="here", since_at=NOW)


def put(store: SqlStore, *numbers: int) -> None:
    with store.ingesting() as session:
        for number in numbers:
            url = f"https://example.org/{number}"
            session.record(
                record(entry=entry(key=f"k{number}", canonical_url=url, url=url), article=article(url=url))
            )


def seen(store: SqlStore) -> list[str]:
    return sorted(one.url for one in store.items(ItemQuery(fate=None)))


@pytest.fixture
def opened(store_url: str) -> Iterator[SqlStore]:
    with closing(open_store(store_url)) as store:
        store.add_feed("https://example.org/feed", title="F", site_url=None, tags=("a",), now=NOW)
        put(store, 1, 2, 3)
        yield store


def test_a_backup_is_one_file_with_all_that_was_stored(opened: SqlStore, tmp_path: Path) -> None:
    target = tmp_path / "b" / "copy.db"
    target.parent.mkdir()
    made = opened.back_up(target)
    assert (made.path, made.entries, made.articles, made.digests) == (target, 3, 3, 0)
    assert made.size == target.stat().st_size > 0
    assert target.stat().st_mode & 0o077 == 0, "others may not read it"
    with closing(open_store(f"sqlite:///{target}")) as copy:
        assert seen(copy) == seen(opened)
        assert copy.feeds() == opened.feeds()
        assert copy.flaws() == ((), ())


def test_no_other_file_is_left_beside_it(opened: SqlStore, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for _ in range(2):  # the second replaces the first
        opened.back_up(tmp_path / "b" / "copy.db")
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["copy.db"]


def test_a_backup_beside_a_writer_holds_one_instant(opened: SqlStore, store_url: str, tmp_path: Path) -> None:
    """Entries are written three at a time: a copy with a part of three would show a torn instant."""
    stop, numbers = threading.Event(), iter(range(10, 10_000))

    def write() -> None:
        with closing(open_store(store_url)) as beside:
            while not stop.is_set():
                put(beside, next(numbers), next(numbers), next(numbers))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [opened.back_up(tmp_path / f"{n}.copy") for n in range(5)]
    finally:
        stop.set()
        writer.join()
    counts = [one.entries for one in made]
    assert all(count % 3 == 0 for count in counts)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "the writer was not held up"


def test_what_is_restored_is_what_was_backed_up(opened: SqlStore, store_url: str, tmp_path: Path) -> None:
    opened.back_up(tmp_path / "copy")
    before = seen(opened)
    put(opened, 4, 5)
    opened.remove_feed("https://example.org/feed", now=NOW)
    done = restore(store_url, tmp_path / "copy", US, tmp_path / "aside")
    assert (done.backup.entries, done.was_damaged, done.carried, done.owed) == (3, False, 0, 0)
    with closing(open_store(store_url)) as restored:
        assert seen(restored) == before
        assert [feed.url for feed in restored.feeds()] == ["https://example.org/feed"]
        put(restored, 6)  # ids go on behind the restored ones
        assert restored.flaws() == ((), ())
    assert done.aside is not None
    with closing(open_store(f"sqlite:///{done.aside}")) as old:
        assert len(seen(old)) == 5, "what was there before is not lost"


def test_a_connection_that_was_open_sees_the_restored_state(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    opened.back_up(tmp_path / "copy")
    put(opened, 4)
    restore(store_url, tmp_path / "copy", US, tmp_path)
    assert len(seen(opened)) == 3
    put(opened, 5)
    assert len(seen(opened)) == 4


def test_a_digest_sent_after_the_backup_is_not_sent_again(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    """The backup knows one digest as owed; both it and a later one have been accepted when it is restored."""
    first = save(opened, 1, recipients=("b@x",))
    opened.back_up(tmp_path / "copy")
    items = opened.items(ItemQuery())
    second = save(opened, 2, recipients=("b@x", "c@x"), items=items)
    for digest, recipient in ((first, "b@x"), (second, "b@x"), (second, "c@x")):
        opened.mark_delivery(digest, [Delivery(recipient=recipient, state=DeliveryState.SENT)], NOW)
    done = restore(store_url, tmp_path / "copy", US, tmp_path)
    assert (done.carried, done.owed) == (1, 0)
    with closing(open_store(store_url)) as restored:
        assert restored.unsent() == ()
        assert restored.last_digest_end(WATCH) == NOW + timedelta(days=2)
        assert restored.unreported(WATCH, Period(from_at=NOW, to_at=NOW + timedelta(days=9))) == ()
        assert len(restored.threads(WATCH, limit=9)) == 2
        save(restored, 3)
        assert restored.flaws() == ((), ())


def test_what_was_sent_is_carried_over_from_a_database_of_an_older_form(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    """The restore is the first command of a newer version."""
    opened.back_up(tmp_path / "copy")
    sent = save(opened, 1, recipients=("b@x",), items=opened.items(ItemQuery()))
    opened.mark_delivery(sent, [Delivery(recipient="b@x", state=DeliveryState.SENT)], NOW)
    opened.close()
    take_topics_away(store_url)
    done = restore(store_url, tmp_path / "copy", US, tmp_path)
    assert (done.carried, done.owed) == (1, 0)
    with closing(open_store(store_url)) as restored:
        assert restored.unreported(WATCH, Period(from_at=NOW, to_at=NOW + timedelta(days=9))) == ()


def test_a_restore_that_is_undone_leaves_out_and_repeats_nothing(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    """After the first restore numbers are given anew: to an article, and to a digest that was told of it."""
    opened.back_up(tmp_path / "early")
    put(opened, 4)
    first = save(opened, 1, recipients=("b@x",), items=opened.items(ItemQuery())[:1])
    opened.mark_delivery(first, [Delivery(recipient="b@x", state=DeliveryState.SENT)], NOW)
    unreported = _unreported(opened)
    opened.back_up(tmp_path / "late")
    restore(store_url, tmp_path / "early", US, tmp_path)
    with closing(open_store(store_url)) as between:
        put(between, 5)
        save(
            between,
            2,
            recipients=("c@x",),
            items=[one for one in between.items(ItemQuery()) if one.url.endswith("/5")],
        )
    done = restore(store_url, tmp_path / "late", US, tmp_path)
    assert (done.carried, done.owed) == (1, 1)
    with closing(open_store(store_url)) as restored:
        assert [(owed.recipients, owed.message.message_id) for owed in restored.unsent()] == [
            (("c@x",), "<2@x>")
        ]
        assert _unreported(restored) == unreported
        assert restored.flaws() == ((), ())


def _unreported(store: SqlStore) -> list[str]:
    period = Period(from_at=NOW, to_at=NOW + timedelta(days=9))
    return sorted(item.url for item in store.unreported(WATCH, period))


def _tell(store: SqlStore, key: str, *addresses: str) -> None:
    """Alert of the families of these items."""
    items = store.untold(WATCH, "nobody", since_at=NOW - timedelta(days=1), min_score=0)
    told = tuple(item.family for item in items if item.url in addresses and item.family is not None)
    assert len(told) == len(addresses)
    assert store.save_alert(alert(key, families=told))
    store.mark_alert(key, Delivery(recipient="desk", state=DeliveryState.SENT), NOW)


def _untold(store: SqlStore) -> list[str]:
    found = store.untold(WATCH, "desk", since_at=NOW - timedelta(days=1), min_score=0)
    return sorted(item.url for item in found)


def _put_family(store: SqlStore, first: str, copy: str, kept: str) -> None:
    """A family of two, of which the one or the other is shown."""
    with store.ingesting() as session:
        stored = session.record(_in_family(first, kept, Likeness(kind=LikenessKind.ORIGINAL)))
        assert stored.article_id is not None
        family = FamilyId(stored.article_id)
        likeness = Likeness(kind=LikenessKind.VERSION, of=stored.article_id, family_id=family, similarity=0.9)
        session.record(_in_family(copy, kept, likeness))


def _in_family(url: str, kept: str, likeness: Likeness) -> Record:
    other = Fate.VERSION if likeness.is_duplicate else Fate.BELOW_THRESHOLD
    return record(
        entry=entry(key=url, canonical_url=url, url=url), article=article(url=url, canonical_url=url),
        likeness=likeness, fates={WATCH: Fate.KEPT if url == kept else other},
    )  # fmt: skip


FIRST, SECOND = "https://example.org/first", "https://example.org/second"


def test_what_was_told_after_its_family_was_split_is_not_told_again_within_the_family(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    """A person had said that it is no duplicate; the restored state knows nothing of that, until it is said again."""
    _put_family(opened, FIRST, SECOND, kept=SECOND)
    opened.back_up(tmp_path / "copy")
    number = opened.article(SECOND).id
    with opened.ingesting() as session:
        session.split(number, {WATCH: True}, NOW)
    before = _untold(opened)
    _tell(opened, "k1", SECOND)
    assert _untold(opened) == [url for url in before if url != SECOND]
    restore(store_url, tmp_path / "copy", US, tmp_path)
    with closing(open_store(store_url)) as restored:
        assert restored.article(SECOND).family_id == restored.article(FIRST).id
        assert _untold(restored) == [url for url in before if url != SECOND]
        with restored.ingesting() as session:
            session.split(number, {WATCH: True}, NOW)
        assert SECOND not in _untold(restored)


def test_what_was_told_as_one_of_a_family_is_not_told_again_where_it_stands_alone(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    """The restored state had the family split, the one that it replaces had not."""
    _put_family(opened, FIRST, SECOND, kept=SECOND)
    opened.back_up(tmp_path / "together")
    with opened.ingesting() as session:
        session.split(opened.article(SECOND).id, {WATCH: True}, NOW)
    opened.back_up(tmp_path / "apart")
    restore(store_url, tmp_path / "together", US, tmp_path)
    with closing(open_store(store_url)) as between:
        _tell(between, "k1", SECOND)
    restore(store_url, tmp_path / "apart", US, tmp_path)
    with closing(open_store(store_url)) as restored:
        assert restored.article(SECOND).family_id == restored.article(SECOND).id
        assert SECOND not in _untold(restored)


def test_what_a_backup_knew_to_be_told_is_known_although_the_state_it_replaces_lost_the_article(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    opened.back_up(tmp_path / "early")
    put(opened, 4)
    _tell(opened, "k1", "https://example.org/4")
    opened.back_up(tmp_path / "late")
    restore(store_url, tmp_path / "early", US, tmp_path)
    assert restore(store_url, tmp_path / "late", US, tmp_path).carried == 0
    with closing(open_store(store_url)) as restored:
        assert _untold(restored) == [f"https://example.org/{n}" for n in (1, 2, 3)]


def test_without_the_former_state_owed_mail_is_still_owed(
    opened: SqlStore, tmp_path: Path, store_url: str
) -> None:
    save(opened, recipients=("b@x", "c@x"))
    opened.back_up(tmp_path / "copy")
    done = restore(f"sqlite:///{tmp_path}/elsewhere/fresh.db", tmp_path / "copy", US, tmp_path / "elsewhere")
    assert (done.owed, done.aside) == (2, None)
    with closing(open_store(f"sqlite:///{tmp_path}/elsewhere/fresh.db")) as fresh:
        assert [owed.recipients for owed in fresh.unsent()] == [("b@x", "c@x")]


def test_another_installations_ledger_is_not_taken_over(
    opened: SqlStore, store_url: str, tmp_path: Path
) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/other.db")) as other:
        put(other, 77)
        other.back_up(tmp_path / "copy")
    save(opened)
    assert restore(store_url, tmp_path / "copy", US, tmp_path).carried == 0
    with closing(open_store(store_url)) as restored:
        assert restored.unsent() == ()


def test_a_restore_beside_a_daemon_is_refused(opened: SqlStore, store_url: str, tmp_path: Path) -> None:
    opened.back_up(tmp_path / "copy")
    put(opened, 4)
    with opened.only_daemon(US), pytest.raises(LockHeld):
        restore(store_url, tmp_path / "copy", US, tmp_path)
    assert len(seen(opened)) == 4


def test_a_backup_of_one_database_goes_into_the_other(
    opened: SqlStore, store_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From PostgreSQL to SQLite here; the way back is what every other test on PostgreSQL takes."""
    opened.back_up(tmp_path / "copy")
    there = f"sqlite:///{tmp_path}/there.db"
    restore(there, tmp_path / "copy", US, tmp_path)
    with closing(open_store(there)) as moved:
        assert seen(moved) == seen(opened)
        assert moved.article("1") == opened.article("1")


# ------------------------------------------------------------ wrong files


@pytest.mark.parametrize("content", [b"", b"not a backup", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_backup_changes_nothing(
    opened: SqlStore, store_url: str, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "wrong").write_bytes(content)
    with pytest.raises((UsageError, StoreError)):
        restore(store_url, tmp_path / "wrong", US, tmp_path)
    with pytest.raises(UsageError):
        restore(store_url, tmp_path / "absent", US, tmp_path)
    assert len(seen(opened)) == 3


def test_a_damaged_backup_is_refused(opened: SqlStore, store_url: str, tmp_path: Path) -> None:
    opened.back_up(tmp_path / "copy")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError):
        restore(store_url, tmp_path / "copy", US, tmp_path)
    assert len(seen(opened)) == 3


def test_a_backup_whose_schema_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/tracker.db")) as store:
        store.back_up(tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy", isolation_level=None)) as copy:
        copy.execute("PRAGMA writable_schema = ON")
        copy.execute("UPDATE sqlite_schema SET sql = CAST(x'435245415445208a8b' AS TEXT) WHERE name = 'feed'")
    with pytest.raises(StoreError, match="damaged"):
        restore(f"sqlite:///{tmp_path}/tracker.db", tmp_path / "copy", US, tmp_path)


def test_a_file_that_is_no_backup_is_not_overwritten(opened: SqlStore, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="no backup"):
        opened.back_up(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(UsageError, match="cannot be written"):
        opened.back_up(tmp_path / "absent" / "copy")


def test_what_is_no_file_is_not_replaced_by_one(opened: SqlStore, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path):
        with pytest.raises(UsageError, match="is not a file"):
            opened.back_up(place)
    assert pipe.is_fifo()


def test_two_backups_to_one_file_do_not_meet(opened: SqlStore, tmp_path: Path) -> None:
    with open_lock(tmp_path / ".copy.part") as other:
        assert try_lock(other)
        with pytest.raises(StoreBusy):
            opened.back_up(tmp_path / "copy")


# ------------------------------------------------------------ SQLite alone


def test_the_database_is_never_its_own_backup(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/tracker.db")
    with closing(store), pytest.raises(UsageError, match="itself"):
        store.back_up(tmp_path / "tracker.db")


def test_a_damaged_database_is_moved_aside_and_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.db"
    with closing(open_store(url)) as store:
        put(store, 1)
        store.back_up(tmp_path / "copy")
    (tmp_path / "tracker.db").write_bytes(b"SQLite format 3\0" + b"\x00" * 9000)
    (tmp_path / "tracker.db-wal").write_bytes(b"left over")
    done = restore(url, tmp_path / "copy", US, tmp_path)
    assert done.was_damaged
    assert done.aside is not None
    assert done.aside.read_bytes().endswith(b"\x00" * 9000)
    with closing(open_store(url)) as restored:
        assert len(seen(restored)) == 1
        assert restored.flaws() == ((), ())


def test_a_deleted_database_comes_back_without_the_log_that_was_left(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.db"
    with closing(open_store(url)) as store:
        put(store, 1)
        store.back_up(tmp_path / "copy")
        put(store, 2)
        log = (tmp_path / "tracker.db-wal").read_bytes()
    (tmp_path / "tracker.db").unlink()
    (tmp_path / "tracker.db-wal").write_bytes(log)
    restore(url, tmp_path / "copy", US, tmp_path)
    with closing(open_store(url)) as restored:
        assert len(seen(restored)) == 1
        assert restored.flaws() == ((), ())


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setattr(migrate, "HEAD", "0004")
        open_store(f"sqlite:///{tmp_path}/old.db").close()
    url = f"sqlite:///{tmp_path}/tracker.db"
    restore(url, tmp_path / "old.db", US, tmp_path)
    with closing(open_store(url)) as restored:
        put(restored, 1)
        assert seen(restored)
    with closing(sqlite3.connect(tmp_path / "old.db")) as original:
        (revision,) = original.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == "0004", "the backup itself is only read"


def test_a_backup_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.db"
    with closing(open_store(url)) as store:
        store.back_up(tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
        copy.commit()
    with pytest.raises(StoreError, match="newer tracker"):
        restore(url, tmp_path / "copy", US, tmp_path)


def test_a_full_disk_leaves_the_former_backup(tmp_path: Path) -> None:
    """The file size limit of the system stands for the disk: writing past it fails in the same place."""
    import resource
    import signal

    url = f"sqlite:///{tmp_path}/tracker.db"
    with closing(open_store(url)) as store:
        store.back_up(tmp_path / "copy")
        former = (tmp_path / "copy").read_bytes()
        put(store, *range(200))
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(former) // 2, old[1]))
        try:
            with pytest.raises(StoreError, match="full"):
                store.back_up(tmp_path / "copy")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
            signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "copy").read_bytes() == former
    assert not (tmp_path / ".copy.part").exists()
