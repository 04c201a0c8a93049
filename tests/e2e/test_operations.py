"""The commands that look after an installation, run as a person would."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import NOW
from tests.e2e.one_process import commands
from tests.e2e.project import command, environment, make_project, tracker
from tests.ordinary_user import obey_permissions
from tracker.demo.site import NewsroomSite
from tracker.store import open_store

ALL = ("items", "--fate", "any", "--jsonl")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has polled three feeds of the newsroom once."""
    folder = tmp_path_factory.mktemp("operations") / "p"
    with NewsroomSite() as site:
        make_project(folder, site, feeds=site.feed_urls[:3])
        tracker(folder, "fetch", expect=(0, 4))
    config = folder / "config/tracker.toml"
    config.write_text(config.read_text().replace("to = [", 'quiet_days = "none"\nto = ['))
    return folder


@pytest.fixture
def project(fetched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fetched, tmp_path / "p"))


def fates(jsonl: str) -> list[tuple[str, str]]:
    return sorted((row["id"], row["fate"]) for row in map(json.loads, jsonl.splitlines()))


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "state/tracker.db")) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()


# ------------------------------------------------------------ backup and restore


def test_a_restored_installation_works_and_repeats_no_digest(project: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    items, sent, made = commands(project, ALL, ["digest", "--send"], ["backup", copy])
    assert [one.code for one in (items, sent, made)] == [0, 0, 0]
    assert "verified" in made.out
    (mail,) = (project / "state/outbox").glob("*.eml")
    there = Path(shutil.copytree(project, tmp_path / "there", ignore=shutil.ignore_patterns("state")))
    restored, again, resent, checked = commands(
        there, ["restore", copy], ALL, ["digest", "--send"], ["db", "check"]
    )
    assert restored.code == 0
    assert fates(again.out) == fates(items.out) != []
    assert "Nothing to send" in resent.out
    assert not (there / "state/outbox").exists()
    assert mail.exists()
    assert checked.out.startswith("No damage")


def test_a_backup_into_a_folder_is_named_by_its_time(project: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (made,) = commands(project, ["backup", str(tmp_path / "backups"), "--json"])
    (file,) = (tmp_path / "backups").iterdir()
    assert file.name.startswith("tracker-2")
    assert made.json["path"] == str(file)
    assert made.json["entries"] > 0


def test_a_damaged_database_is_told_and_brought_back(project: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.db")
    _, before = commands(project, ["backup", copy], ALL)
    (project / "state/tracker.db").write_bytes(b"overwritten by something else " * 500)
    refused, unwell, restored, after, absent = commands(
        project, ["items"], ["health", "--json"], ["restore", copy], ALL, ["restore", "absent.db"]
    )
    assert refused.code == 1
    assert "backup" in refused.err
    assert (unwell.code, unwell.json["findings"][0]["check"]) == (1, "store")
    assert "damaged" in restored.out
    assert fates(after.out) == fates(before.out)
    assert absent.code == 2


# ------------------------------------------------------------ checks and retention


def test_the_database_is_checked_upgraded_and_mended(project: Path) -> None:
    sound, upgraded = commands(project, ["db", "check", "--json"], ["db", "upgrade"])
    assert sound.json == {"ok": True, "flaws": [], "mended": []}
    assert "up to date" in upgraded.out
    change(project, "INSERT INTO sketch VALUES (5, 99999)")
    found, mended = commands(project, ["db", "check"], ["db", "check", "--repair"])
    assert found.code == 1
    assert "tracker db check --repair" in found.out
    assert (mended.code, "mended" in mended.out) == (0, True)


def test_what_retention_would_delete_is_counted_before_it_goes(project: Path) -> None:
    config = project / "config/tracker.toml"
    config.write_text('[retention]\nkept = "30d"\nothers = "30d"\n' + config.read_text())
    past = 90 * 86_400_000_000
    change(
        project,
        f"UPDATE article SET first_seen_at = first_seen_at - {past}",
        f"UPDATE story SET last_at = last_at - {past}",
    )
    prune = ("db", "prune")
    before, counted, told, again, after, listed = commands(
        project, ALL, [*prune, "--dry-run", "--json"], prune, [*prune, "--json"], ALL, ["items", "--jsonl"]
    )
    assert counted.json["kept"] > 0
    assert counted.json["others"] > 0
    assert "Deleted" in told.out
    assert (again.json["kept"], again.json["others"]) == (0, 0)
    assert fates(after.out) == fates(before.out), "fates are for ever"
    known = json.loads(listed.out.splitlines()[0])["id"]
    shown, judged = commands(project, ["show", known], ["judge", known, "relevant"])
    assert "deleted" in shown.out
    assert judged.code == 2, "nothing can be learned from what cannot be read"
    assert "cannot be judged" in judged.err


def test_an_age_that_is_too_short_is_a_mistake(project: Path) -> None:
    config = project / "config/tracker.toml"
    config.write_text('[retention]\nothers = "1h"\n' + config.read_text())
    (done,) = commands(project, ["db", "prune"])
    assert done.code == 3
    assert '"7d"' in done.err


# ------------------------------------------------------------ doctor, health, status


def test_the_doctor_ends_with_3_on_a_wrong_configuration(project: Path) -> None:
    config = project / "config/tracker.toml"
    config.write_text(config.read_text().replace('transport = "folder"', 'transport = "pigeon"'))
    (done,) = commands(project, ["doctor", "--json"])
    assert (done.code, done.json["status"]) == (3, "fail")
    assert [one["check"] for one in done.json["checks"]] == ["config"]


def test_the_doctor_sends_a_test_mail_and_tells_what_is_wrong(project: Path) -> None:
    done, status = commands(project, ["doctor", "--send-test", "me@example.org"], ["status", "--json"])
    assert done.code == 1, "the newsroom is closed"
    lines = {line.split()[1]: line.split()[0] for line in done.out.splitlines() if line[:1] != " "}
    assert (lines["store"], lines["sandbox"], lines["network"], lines["test"]) == ("ok", "ok", "fail", "ok")
    (mail,) = (project / "state/outbox").glob("*.eml")
    assert b"me@example.org" in mail.read_bytes()
    assert status.json["owed"] == [], "it stands outside of the ledger"


def test_health_and_status_are_for_monitors_and_people(project: Path) -> None:
    config = project / "config/tracker.toml"
    config.write_text(config.read_text().replace('transport = "folder"', 'host = "127.0.0.1"\nport = 9'))
    failing, bearable, sent, told, fields = commands(
        project,
        ["health", "--json"],
        ["health", "--no-daemon"],
        ["digest", "--send"],
        ["status"],
        ["status", "--json"],
    )
    assert (failing.code, failing.json["status"]) == (1, "fail")
    assert failing.json["findings"][0]["check"] == "daemon"
    assert failing.json["feeds"] == 3
    assert bearable.code == 0
    assert sent.code == 4
    assert "digest owed:" in told.out
    assert "to analyst@example.org; tried 1 time" in told.out
    (owed,) = fields.json["owed"]
    assert (owed["recipients"], owed["attempts"]) == (["analyst@example.org"], 1)


# ------------------------------------------------------------ a state folder that may only be read


@pytest.fixture(params=["at rest", "beside a writer"])
def read_only(project: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The state folder without a right to write; with a log beside the database where somebody else has it open."""
    state, store = project / "state", None
    if request.param == "beside a writer":
        store = open_store(f"sqlite:///{state}/tracker.db")
        store.request_poll([feed.id for feed in store.feeds()], NOW)
        assert (state / "tracker.db-wal").stat().st_size
    for path in (*state.iterdir(), state):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    yield project
    for path in (state, *state.iterdir()):
        path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o200)
    if store:
        store.close()


def test_a_state_that_may_only_be_read_is_read_and_not_changed(read_only: Path, tmp_path: Path) -> None:
    held = sorted((read_only / "state").iterdir())
    reading = (
        ["items"], ALL, ["status"], ["digest"], ["digest", "--preview", str(tmp_path / "preview")], ["stories"],
        ["timeline"], ["show", "1"], ["health", "--no-daemon"],
    )  # fmt: skip
    writing = (["fetch", "--all"], ["judge", "1", "relevant"], ["digest", "--send"], ["db", "prune"])
    done = commands(read_only, *reading, *writing, preexec_fn=obey_permissions)
    for words, one in zip(reading, done, strict=False):
        assert (one.code, one.err) == (0, ""), (words, one.err)
        assert one.out, words
    for words, one in zip(writing, done[len(reading) :], strict=True):
        assert one.code == 1, words
        assert "read-only" in one.err or "cannot be" in one.err, (words, one.err)
        assert "unexpected" not in one.err
    assert sorted((read_only / "state").iterdir()) == held, "nothing was made there"


# ------------------------------------------------------------ a full output


@pytest.mark.parametrize("words", [["items", "--json"], ["config", "schema"]])
def test_a_full_output_is_a_plain_error(project: Path, words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            command(*words),
            cwd=project,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "tracker: the output could not be written: No space left on device.\n"
    assert not (project / "state/tracker.log").exists(), "it is no bug of ours"
