"""Bad input gets one clear sentence, harms nothing else, and loses nothing already known."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.project import CONFIG, command, environment, tracker
from tests.patience import PATIENCE_S

GOOD = """<rss version="2.0"><channel><title>Good</title><item><title>Fentanyl precursor talks between China and the
United States</title><link>{base}/page</link><guid>1</guid></item></channel></rss>"""
PAGE = (
    "<html><body><article><h1>Talks</h1>"
    + "<p>Officials of China and the United States met on drugs.</p>" * 20
)
SURROGATE = '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"a\\ud800","title":"x \\udfff y"}]}'
GONE = """<rss version="2.0"><channel><title>g</title><item><title>404 fentanyl in China and the United States</title>
<link>{base}/nothing</link></item><item><title>Fentanyl inside, China, United States</title>
<link>http://169.254.169.254/meta</link></item></channel></rss>"""
BODIES = {
    "/good.xml": GOOD,
    "/page": PAGE,
    "/surrogate.json": SURROGATE,
    "/gone.xml": GONE,
    "/html": PAGE,
    "/empty": "",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        body = BODIES.get(self.path)
        self.send_response(200 if body is not None else 404)
        data = (body or "").replace("{base}", base).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


class _Site:
    def __init__(self, port: int) -> None:
        self.host_port = f"127.0.0.1:{port}"
        self.base = f"http://{self.host_port}"


@pytest.fixture(scope="module")
def site() -> Iterator[_Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield _Site(server.server_address[1])
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(site: _Site, tmp_path: Path) -> Path:
    for name in ("config", "seeds", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "config/tracker.toml").write_text(CONFIG.format(site=site.host_port))
    seed = "Officials of China and the United States met to control fentanyl precursor chemicals. " * 5
    for number in range(3):
        (tmp_path / f"seeds/s{number}.txt").write_text(f"China and the United States meet {number}\n\n{seed}")
    outlines = f'<outline type="rss" text="g" xmlUrl="{site.base}/good.xml"/>'
    (tmp_path / "config/feeds.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in tracker(folder, "items", "--fate", "any", "--jsonl").splitlines()]


def test_bad_feeds_are_named_and_the_good_one_is_read(project: Path, site: _Site) -> None:
    for path in ("/html", "/empty", "/missing", "/surrogate.json", "/gone.xml"):
        tracker(project, "feeds", "add", "--no-check", site.base + path)
    tracker(project, "feeds", "add", "--no-check", "http://nowhere.invalid/feed")
    done = run(project, "fetch")
    assert done.returncode == 4
    for said in ("not a feed", "(404)", "nowhere.invalid"):
        assert said in done.stdout.replace("\n", " ")
    fates = {str(row["title"])[:12]: row["fate"] for row in rows(project)}
    assert fates["Fentanyl pre"] == "kept"
    assert fates["404 fentanyl"] == "unreadable"
    assert fates["Fentanyl ins"] == "refused"
    assert "x" in {str(row["title"])[:1] for row in rows(project)}, "half a surrogate pair loses no entry"


def test_one_bad_seed_is_left_out_and_said(project: Path) -> None:
    (project / "seeds/bad.txt").write_bytes(os.urandom(4000))
    (project / "seeds/dangling.txt").symlink_to("/nowhere")
    (project / "seeds/short.txt").write_text("Too short.")
    done = run(project, "fetch")
    assert done.returncode == 0
    assert "kept 1" in done.stdout
    for name in ("bad.txt", "dangling.txt", "short.txt"):
        assert name in done.stderr
    check = run(project, "seeds", "check")
    assert check.returncode == 2
    assert check.stdout.count("bad ") == 3
    assert check.stdout.count("ok ") == 3


def test_an_empty_seeds_folder_stops_fetching_but_not_reading(project: Path) -> None:
    tracker(project, "fetch")
    for path in (project / "seeds").iterdir():
        path.unlink()
    done = run(project, "fetch")
    assert done.returncode == 2
    assert "There are no seeds in" in done.stderr
    assert len(rows(project)) == 1
    assert run(project, "status").returncode == 0


def test_a_broken_feed_list_changes_nothing(project: Path) -> None:
    tracker(project, "fetch")
    (project / "config/feeds.opml").write_text("<!DOCTYPE html><html><body>no list</body></html>")
    done = run(project, "feeds", "list")
    assert done.returncode == 0
    assert "good.xml" in done.stdout
    assert "feeds stay as they are" in done.stderr


def test_bad_archive_lines_are_named_and_the_rest_is_taken_in(project: Path) -> None:
    good = '{"id":"%s","url":"http://x.test/%s","title":"Fentanyl talks %s","text":"China and the US met.","published":"2026-11-01"}'
    lines = [
        good % ("a", 1, 1), "not json", "[1]", '{"id":"e"}', '{"id":"d","title":"t","published":"0001-01-01T00:00:00+14:00"}',
        '{"id":"s","url":"http://x.test/s","title":"half \\ud800","text":"a pair"}', good % ("b", 2, 2),
    ]  # fmt: skip
    (project / "a.jsonl").write_text("\n".join(lines))
    done = run(project, "ingest", "a.jsonl")
    assert done.returncode == 4
    for number in (2, 3, 4, 5):
        assert f"line {number}:" in done.stdout
    assert {row["id"] for row in rows(project)} == {"a", "b", "s"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda path: path.write_bytes(b"no database at all, just some words" * 40),
            "not a tracker database",
        ),
        (
            lambda path: sqlite3.connect(path).execute("CREATE TABLE foo (a)").connection.commit(),
            "another program",
        ),
    ],
)
def test_a_database_that_is_none_is_refused_with_a_remedy(project: Path, spoil: object, said: str) -> None:
    spoil(project / "state/tracker.db")  # type: ignore[operator]
    done = run(project, "items")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_database_from_a_newer_version_is_refused_and_untouched(project: Path) -> None:
    tracker(project, "fetch")
    path = project / "state/tracker.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run(project, "items")
    assert done.returncode == 1
    assert "newer" in done.stderr
    assert "9999" in done.stderr
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (1,)
