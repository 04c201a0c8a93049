"""A disk that is full, read-only, damaged or gone: nothing acknowledged is lost, and what is wrong is said in a sentence.

Full disks are made twice: by a limit on the size of files, and by a small file system where the tests may mount one.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.builders import article, entry, record
from tests.campaigns import of_full
from tests.crash.kill_world import Worker, World, archive_rows, differences, picture, visible_keys
from tests.crash.test_kills import assert_sound
from tests.e2e.project import command, environment, make_project
from tests.patience import PATIENCE_S, until
from tracker.demo.site import NewsroomSite
from tracker.errors import StoreError, TrackerError
from tracker.model import Presence
from tracker.store import open_store, restore

US = Presence(pid=os.getpid(), host="here", since_at=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture(scope="module")
def site() -> Iterator[NewsroomSite]:
    with NewsroomSite() as opened:
        yield opened


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, site: NewsroomSite) -> World:
    world = World(make_project(tmp_path_factory.mktemp("disk") / "empty", site, feeds=site.feed_urls[1:2]))
    open_store(world.store_url).close()
    return world


@pytest.fixture(scope="module")
def worker(empty: World) -> Iterator[Worker]:
    started = Worker()
    warm = World(empty.folder.parent / "warm")
    shutil.copytree(empty.folder, warm.folder)
    started.warm("ingest", warm)
    yield started
    started.close()


@pytest.fixture(scope="module")
def calm(empty: World, worker: Worker) -> tuple[World, dict[str, list[str]]]:
    """An installation that took in the archive undisturbed."""
    world = copied(empty, empty.folder.parent / "calm")
    worker.run("ingest", world)
    return world, picture(world.store_url)


def copied(world: World, folder: Path) -> World:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.folder, folder)
    return World(folder)


# ------------------------------------------------------------ full


def full_at(worker: Worker, empty: World, folder: Path, size: int, wanted: dict[str, list[str]]) -> bool:
    """Take the archive in with files of at most that size, look, make room, go on; whether the size was too small."""
    world = copied(empty, folder)
    failed = worker.run("ingest", world, file_size=size, may_fail=True)
    assert_sound(world, is_migrated=True)
    told = world.folder / "told"
    lost = set(json.loads(told.read_text())) - set(visible_keys(world.store_url)) if told.exists() else set()
    assert not lost, f"told of and lost on a full disk: {lost}"
    worker.run("ingest", world)
    found = differences(picture(world.store_url), wanted)
    assert not found, f"{size} bytes: {found}"
    return failed


def sizes(empty: World, calm: World, count: int) -> list[int]:
    """From what is there already to what will be there."""
    first = (empty.folder / "state/tracker.db").stat().st_size
    last = (calm.folder / "state/tracker.db").stat().st_size + 400_000
    return [first + (last - first) * number // count for number in range(count)]


def full_campaign(
    worker: Worker, empty: World, calm: tuple[World, dict[str, list[str]]], folder: Path, count: int
) -> None:
    failed = [full_at(worker, empty, folder, size, calm[1]) for size in sizes(empty, calm[0], count)]
    print(
        f"\n{count} sizes of a full disk: {sum(failed)} runs broken off, 0 items lost, all made good afterwards"
    )
    assert any(failed), "or nothing was ever full"


def test_on_a_full_disk_nothing_told_of_is_lost(worker, empty, calm, tmp_path) -> None:
    full_campaign(worker, empty, calm, tmp_path / "full", 2)


@pytest.mark.campaign
def test_at_fifty_sizes_of_a_full_disk_nothing_told_of_is_lost(worker, empty, calm, tmp_path) -> None:
    full_campaign(worker, empty, calm, tmp_path / "full", of_full(50))


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of that size; skipped where the tests may not mount one."""
    place = Path(tempfile.mkdtemp(prefix="tracker-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tracker-test", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip("a small file system cannot be mounted here; the limit on file sizes stands in for it")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def test_on_a_file_system_without_space_the_command_says_so_and_the_next_run_makes_it_good(
    worker, empty, calm
) -> None:
    with small_disk(4) as place:
        world = copied(empty, place / "p")
        filler = place / "filler"
        free = shutil.disk_usage(place).free
        filler.write_bytes(bytes(max(0, free - 250_000)))
        rows = place / "rows.jsonl"
        rows.write_text("\n".join(json.dumps(row) for row in archive_rows()))
        done = subprocess.run(
            command("ingest", str(rows)),
            cwd=world.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode not in {0, -signal.SIGKILL}
        assert "disk" in done.stderr.lower(), done.stderr
        assert "Traceback" not in done.stderr
        assert_sound(world, is_migrated=False)
        filler.unlink()
        worker.run("ingest", world)
        assert not differences(picture(world.store_url), calm[1])


# ------------------------------------------------------------ read-only


def test_in_a_read_only_folder_every_write_is_refused_in_a_sentence_and_reading_goes_on(calm) -> None:
    place = Path(tempfile.mkdtemp(prefix="tracker-ro-"))
    try:
        world = copied(calm[0], place / "p")
        place.chmod(0o755)
        for path in [world.folder, *world.folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        pid = os.fork()
        if pid == 0:  # nobody may write here; root always may, so that the child must not be root
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                code = _read_only(world)
            except BaseException:  # noqa: BLE001 - a child of a test ends here, whatever it was
                traceback.print_exc()
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        for path in [place, *place.rglob("*")]:
            path.chmod(0o700)
        shutil.rmtree(place)


def _read_only(world: World) -> int:
    with closing(open_store(world.store_url)) as store:
        try:
            with store.ingesting() as session:
                session.record(record(entry=entry(), article=article()))
        except StoreError as error:
            return 0 if error.hint and store.entry_count() > 20 else 2
    return 3


# ------------------------------------------------------------ damaged


@pytest.fixture(scope="module")
def with_log(empty: World, worker: Worker, calm: tuple[World, dict[str, list[str]]]) -> World:
    """An installation whose process was killed with much of what it stored still in the write-ahead log."""
    world = copied(empty, empty.folder.parent / "log")
    last = int((calm[0].folder / "passed").read_text())
    assert worker.run("ingest", world, die_at=last - 3)
    assert (world.folder / "state/tracker.db-wal").stat().st_size > 50_000
    return world


def damage(world: World, chance: random.Random, kind: str) -> None:
    database, log = world.folder / "state/tracker.db", world.folder / "state/tracker.db-wal"
    target = log if kind.startswith("log") else database
    size = target.stat().st_size
    if kind.endswith("cut"):
        os.truncate(target, chance.randrange(1, size))
        return
    with target.open("r+b") as file:
        for _ in range(1 if kind.endswith("flipped") else 400):
            at = chance.randrange(size)
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ (1 << chance.randrange(8))]))


def judged(world: World, kind: str) -> str:
    """What the program says of a damaged database, which is never a traceback."""
    try:
        with closing(open_store(world.store_url)) as store:
            flaws, _ = store.flaws()
            store.feeds()
    except TrackerError as error:
        return "refused" if error.hint else f"refused without a remedy: {error}"
    if kind.startswith("log"):
        assert not flaws, f"a damaged log gives back what was before, whole: {flaws}"
    return "flaws told" if flaws else "whole"


def damage_campaign(with_log: World, calm: World, folder: Path, count: int) -> Counter[str]:
    chance, seen = random.Random(11), Counter[str]()
    with closing(open_store(calm.store_url)) as store:
        store.back_up(folder / "backup.db")
    for kind in ("log cut", "log flipped", "log shot", "database cut", "database flipped", "database shot"):
        for _ in range(count):
            world = copied(with_log if kind.startswith("log") else calm, folder / "damaged")
            damage(world, chance, kind)
            said = judged(world, kind)
            seen[f"{kind}: {said}"] += 1
            if said != "whole":
                restore(world.store_url, folder / "backup.db", US, world.folder / "state")
                assert_sound(world, is_migrated=True)
                assert not differences(picture(world.store_url), picture(calm.store_url)), "restored"
    print(
        f"\ndamage, {count} of each kind: {dict(sorted(seen.items()))}; every refused or flawed one was restored from a backup"
    )
    return seen


def test_a_damaged_file_is_told_of_and_can_be_restored(with_log, calm, tmp_path) -> None:
    seen = damage_campaign(with_log, calm[0], tmp_path, 2)
    assert seen["database cut: whole"] == 0
    assert not [said for said in seen if "without a remedy" in said]
    assert sum(seen[f"{kind}: whole"] for kind in ("log cut", "log flipped", "log shot")) == 6


@pytest.mark.campaign
def test_twenty_of_each_damage_are_told_of_and_can_be_restored(with_log, calm, tmp_path) -> None:
    damage_campaign(with_log, calm[0], tmp_path, of_full(20))


# ------------------------------------------------------------ gone


def test_a_database_that_is_deleted_or_exchanged_ends_the_daemons_hold(empty, tmp_path) -> None:
    for number, deed in enumerate(
        (Path.unlink, lambda path: Path(shutil.copy(path, f"{path}.new")).replace(path))
    ):
        world = copied(empty, tmp_path / f"p{number}")
        with closing(open_store(world.store_url)) as store, store.only_daemon(US):
            assert store.is_only_daemon()
            deed(world.folder / "state/tracker.db")
            assert not store.is_only_daemon(), "it would write into a file that nobody finds"


@pytest.mark.campaign
def test_a_daemon_whose_database_is_deleted_ends_with_a_sentence_and_its_successor_begins_anew(
    empty, tmp_path
) -> None:
    world = copied(empty, tmp_path / "p")
    log = tmp_path / "log"
    for round_ in range(2):
        with log.open("wb") as sink:
            daemon = subprocess.Popen(
                command("run"), cwd=world.folder, env=environment(), stdout=sink, stderr=sink
            )
        try:
            until(lambda: log.read_text().count("daemon started"))
            until(lambda: visible_keys(world.store_url))
            if round_ == 0:
                for path in (world.folder / "state").glob("tracker.db*"):
                    path.unlink()
                assert daemon.wait(PATIENCE_S) == 1
                assert "database" in log.read_text()
            else:
                daemon.send_signal(signal.SIGTERM)
                assert daemon.wait(PATIENCE_S) == 0
        finally:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
    assert_sound(world, is_migrated=True)


# ------------------------------------------------------------ guards


def test_the_campaign_of_full_disks_finds_items_that_were_told_of_too_early(
    worker, empty, calm, tmp_path
) -> None:
    lost: set[str] = set()
    for size in sizes(empty, calm[0], 8):
        world = copied(empty, tmp_path / "early")
        worker.run("ingest", world, file_size=size, may_fail=True, careless="told early")
        lost |= set(json.loads((world.folder / "told").read_text())) - set(visible_keys(world.store_url))
    assert lost


def test_the_judge_of_damage_finds_a_half_item(calm, tmp_path) -> None:
    world = copied(calm[0], tmp_path / "half")
    with closing(sqlite3.connect(world.folder / "state/tracker.db")) as raw, raw:
        raw.execute("DELETE FROM fate WHERE entry_id IN (SELECT id FROM entry LIMIT 1)")
    with pytest.raises(AssertionError):
        judged(world, "log cut")
