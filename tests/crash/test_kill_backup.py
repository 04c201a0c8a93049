"""kill -9 during a backup leaves the former one or the new one whole; during a restore, the old state or the new one."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import NOW, article, entry, record
from tests.conftest import ROOT
from tracker.store import SqlStore, open_store

WORK = """
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tracker.model import Presence
from tracker.store import open_store, restore

what, url, copy = sys.argv[1], sys.argv[2], Path(sys.argv[3])
us = Presence(pid=1, host="here", since_at=datetime(2026, 11, 20, tzinfo=UTC))
print("ready", flush=True)
if what == "backup":
    with closing(open_store(url)) as store:
        store.back_up(copy)
elif what == "careless":  # under its own name from the first byte on
    copy.write_bytes(b"")
    for piece in iter(lambda file=open(url.removeprefix("sqlite:///"), "rb"): file.read(4096), b""):
        with copy.open("ab") as out:
            out.write(piece)
else:
    restore(url, copy, us, copy.parent)
print("done", flush=True)
"""


def fill(store: SqlStore, first: int, count: int) -> None:
    with store.ingesting() as session:
        for number in range(first, first + count):
            url = f"https://example.org/{number}"
            text = " ".join(f"word{number * k % 9973}" for k in range(300))
            made = record(
                entry=entry(key=f"k{number}", canonical_url=url, url=url), first_seen_at=NOW,
                article=article(url=url, text=text),
            )  # fmt: skip
            session.record(made)


def entries(path: Path) -> int:
    """How much is in a file that must be whole."""
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert store.flaws() == ((), ())
        return store.entry_count()


def killed(what: str, database: Path, copy: Path, delay: float | None) -> float:
    """Start the work and kill it after so many seconds, or let it end; how long it took."""
    words = [sys.executable, "-c", WORK, what, f"sqlite:///{database}", str(copy)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        if delay is None:
            assert process.stdout.readline() == "done\n"
        else:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        return time.monotonic() - began


def run_backups(folder: Path, kills: int, what: str = "backup", size: int = 300) -> int:
    """How many kills fell while a copy was being written."""
    chance, database = random.Random(11), folder / "tracker.db"
    copy = folder / "out" / "copy"
    copy.parent.mkdir()
    with closing(open_store(f"sqlite:///{database}")) as store:
        fill(store, 0, size)
        store.back_up(copy)
        fill(store, size, size // 4)
    whole = killed(what, database, folder / "timing", None)
    midway = 0
    for _ in range(kills):
        killed(what, database, copy, chance.uniform(0, whole))
        midway += (copy.parent / ".copy.part").exists()
        assert entries(copy) in {size, size + size // 4}
        for beside in copy.parent.glob("copy.*"):
            beside.unlink()
    killed("backup", database, copy, None)
    assert entries(copy) == size + size // 4
    assert not (copy.parent / ".copy.part").exists(), "what a killed backup left is gone after the next"
    return midway


def run_restores(folder: Path, kills: int, size: int = 300) -> tuple[int, int]:
    """How many kills left the old state, and how many the new one."""
    chance, origin, copy = random.Random(12), folder / "origin.db", folder / "copy"
    with closing(open_store(f"sqlite:///{origin}")) as store:
        fill(store, 0, size)
        store.back_up(copy)
        fill(store, size, size // 4)
    database = folder / "state" / "tracker.db"
    database.parent.mkdir()
    shutil.copy(origin, database)
    whole, old, new = killed("restore", database, copy, None), 0, 0
    for _ in range(kills):
        shutil.rmtree(database.parent)
        database.parent.mkdir()
        shutil.copy(origin, database)
        killed("restore", database, copy, chance.uniform(whole / 3, 1.2 * whole))
        left = entries(database)
        assert left in {size, size + size // 4}
        old, new = old + (left == size + size // 4), new + (left == size)
        killed("restore", database, copy, None)
        assert entries(database) == size
    return old, new


def test_a_killed_backup_leaves_no_half_file_under_its_name(tmp_path: Path) -> None:
    run_backups(tmp_path, 3)


def test_a_killed_restore_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    old, new = run_restores(tmp_path, 2)
    assert old + new == 2


def test_a_careless_backup_would_be_found_out(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r".") as told:
        run_backups(tmp_path, 8, "careless")
    assert "375" in str(told.value) or "damaged" in str(told.value) or "database" in str(told.value)


@pytest.mark.campaign
def test_a_hundred_killed_backups_and_forty_killed_restores(tmp_path: Path) -> None:
    for name in ("b", "r"):
        (tmp_path / name).mkdir()
    midway = run_backups(tmp_path / "b", 100, size=2000)
    old, new = run_restores(tmp_path / "r", 40, size=1200)
    print(
        f"100 kills of a backup, {midway} in the middle: 0 half files; 40 of a restore: {old} old, {new} new, 0 torn"
    )
    assert midway > 10
    assert old
