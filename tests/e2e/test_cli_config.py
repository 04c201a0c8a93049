"""The command line as a person meets it first: help, init, mistakes in the configuration, exit codes."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.patience import PATIENCE_S

HEAVY = {
    "sqlalchemy",
    "trafilatura",
    "httpx",
    "apscheduler",
    "pydantic",
    "rich",
    "asyncio",
    "tree_sitter",
    "lxml",
}
MISTAKES = """\
[http]
alow_hosts = []

[mail]
port = "many"

[[watch]]
name = "w"
threshold = 7
[watch.digest]
timezone = "America/NewYork"
"""


def tracker(*words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("TRACKER_", "XDG_"))}
    return subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), "HOME": str(cwd), **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def imported(*words: str, cwd: Path) -> set[str]:
    """Top-level packages that a command imports."""
    code = f"import sys; sys.argv = {['tracker', *words]!r}; from tracker.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line
    }


def cpu_seconds(*words: str) -> float:
    """What the command itself costs in this run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, timeout=PATIENCE_S, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["fetch", "--help"], ["feeds", "--help"]])
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    assert not imported(*words, cwd=tmp_path) & HEAVY


def test_help_costs_little_more_than_the_argument_parser() -> None:
    ours = parser = 1e9
    for number in range(15):  # the least of some runs in turn; of more where a busy computer came between
        ours = min(ours, cpu_seconds("-m", "tracker", "--help"))
        parser = min(parser, cpu_seconds("-c", "import click"))
        if number >= 2 and ours < 2 * parser:
            return
    raise AssertionError(f"{ours:.2f} s and {parser:.2f} s")


def test_checking_the_configuration_opens_neither_store_nor_network(tmp_path: Path) -> None:
    assert not imported("config", "check", cwd=ROOT) & {
        "sqlalchemy",
        "httpx",
        "trafilatura",
        "asyncio",
        "tree_sitter",
    }


def test_the_help_of_each_command_says_what_the_table_says(tmp_path: Path) -> None:
    listed = re.findall(r"^  ([a-z]+)  +[A-Z]", tracker("--help", cwd=tmp_path).stdout, re.MULTILINE)
    assert {"init", "fetch", "items", "show", "why", "judge", "score", "digest", "config", "demo"} <= set(
        listed
    )
    for name in listed:
        done = tracker(name, "--help", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), name


def test_four_mistakes_are_told_at_once_each_with_its_line(folder: Path) -> None:
    (folder / "config/tracker.toml").write_text(MISTAKES)
    done = tracker("config", "check", cwd=folder)
    assert done.returncode == 3
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == 'config/tracker.toml:2: http.alow_hosts: unknown key (did you mean "allow_hosts"?)'
    assert [line.split(":")[1] for line in lines[:4]] == ["2", "5", "9", "11"]
    assert lines[4] == "tracker: The configuration has 4 mistakes."
    assert "Traceback" not in done.stderr


def test_every_command_that_needs_the_configuration_ends_with_3_when_it_is_wrong(folder: Path) -> None:
    (folder / "config/tracker.toml").write_text("[mail\n")
    for words in (["config", "show"], ["seeds", "list"]):
        done = tracker(*words, cwd=folder)
        assert done.returncode == 3, words
        assert "config/tracker.toml:1: this is not valid TOML" in done.stderr


def test_without_a_configuration_the_way_out_is_named(tmp_path: Path) -> None:
    done = tracker("config", "check", cwd=tmp_path)
    assert done.returncode == 3
    assert "tracker init" in done.stderr


def test_show_names_the_origin_of_each_value(folder: Path) -> None:
    (folder / "config/tracker.toml").write_text('[http]\ncontact = "me@example.org"\n')
    done = tracker("config", "show", cwd=folder, TRACKER_MAIL__PORT="587", TRACKER_MAIL__PASSWORD="hunter2")
    assert 'http.contact = "me@example.org"  # config/tracker.toml:2' in done.stdout
    assert "mail.port = 587  # environment TRACKER_MAIL__PORT" in done.stdout
    assert 'mail.host = "localhost"  # default' in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    as_json = json.loads(tracker("config", "show", "--json", cwd=folder).stdout)
    assert as_json["values"]["http.contact"] == {"value": "me@example.org", "origin": "config/tracker.toml:2"}


def test_the_place_of_a_global_option_does_not_matter(folder: Path) -> None:
    (folder / "config/other.toml").write_text('[http]\ncontact = "other"\n')
    for words in (
        ["--config", "config/other.toml", "config", "show"],
        ["config", "show", "--config", "config/other.toml"],
    ):
        assert 'http.contact = "other"' in tracker(*words, cwd=folder).stdout


def test_the_printed_schema_is_the_one_beside_the_shipped_configuration(tmp_path: Path) -> None:
    done = tracker("config", "schema", cwd=tmp_path)
    assert done.stdout == (ROOT / "config/tracker.schema.json").read_text(encoding="utf-8")


def test_init_writes_a_project_that_is_right_and_never_overwrites(tmp_path: Path) -> None:
    done = tracker("init", "new", "--name", "wind-power", cwd=tmp_path)
    assert done.returncode == 0
    assert all(step in done.stdout for step in ("name topics", "tracker seeds check", "tracker profile"))
    config = tmp_path / "new/config/tracker.toml"
    assert tracker("config", "check", cwd=tmp_path / "new").returncode == 0
    config.write_text(config.read_text() + "# mine\n")
    assert "kept" in tracker("init", "new", "--name", "other", cwd=tmp_path).stdout
    assert config.read_text().endswith("# mine\n")


def test_a_fresh_project_says_where_seeds_go(tmp_path: Path) -> None:
    tracker("init", ".", "--name", "wind", cwd=tmp_path)
    done = tracker("seeds", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "seeds/wind") in done.stderr


def test_a_text_added_as_seed_is_listed(tmp_path: Path) -> None:
    tracker("init", ".", "--name", "wind", cwd=tmp_path)
    source = tmp_path / "article.txt"
    source.write_text(
        "Ministers agree on wind farms\n\n" + "They will stand off the coast, officials said. " * 5
    )
    assert tracker("seeds", "add", str(source), cwd=tmp_path).returncode == 0
    assert (tmp_path / "seeds/wind/ministers-agree-on-wind-farms.txt").exists()
    listed = json.loads(tracker("seeds", "list", "--json", cwd=tmp_path).stdout)
    assert [seed["title"] for seed in listed["wind"]] == ["Ministers agree on wind farms"]
    short = tmp_path / "short.txt"
    short.write_text("Too short")
    assert tracker("seeds", "add", str(short), cwd=tmp_path).returncode == 2


def test_one_bad_seed_hides_no_good_one_and_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    tracker("init", ".", "--name", "wind", cwd=tmp_path)
    seeds = tmp_path / "seeds/wind"
    (seeds / "good.txt").write_text(
        "Ministers agree\n\n" + "They will stand off the coast, officials said. " * 5
    )
    (seeds / "article.pdf").write_bytes(b"%PDF-1.7")
    checked = tracker("seeds", "check", cwd=tmp_path)
    assert "not read  article.pdf" in checked.stdout
    assert checked.returncode == 0
    (seeds / "bad.txt").write_text("Too short")
    for command in ("list", "check"):
        done = tracker("seeds", command, cwd=tmp_path)
        assert done.returncode == 2
        assert "good.txt" in done.stdout
        assert "bad.txt has only 2 words" in done.stderr
        assert "1 other seed can be used." in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["fetchh"], "Did you mean 'fetch'?"),
        (["items", "--fate", "eaten"], "--fate"),
        (["items", "--since", "soon"], "2026-11-20"),
        (["fetch", "--backfill", "long"], "duration"),
        (["judge", "7", "maybe"], "irrelevant"),
        (["init", "--name", "A b"], "--name my-subject"),
        (["ingest", "none.jsonl"], "none.jsonl cannot be read"),
        (["feeds", "import", "none.opml"], "none.opml cannot be read"),
    ],
)
def test_a_wrong_use_ends_with_2_and_says_what_is_right(words: list[str], told: str, tmp_path: Path) -> None:
    done = tracker(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unexpected_error_is_one_sentence_and_its_traceback_is_kept(folder: Path) -> None:
    """A bug is planted inside a command, because none is known."""
    code = (
        "import sys; sys.argv = ['tracker', 'config', 'check']\n"
        "import tracker.cli.config as module\n"
        "def broken(loaded): raise ZeroDivisionError('oh')\n"
        "module._remarks = broken\n"
        "from tracker.cli import main\n"
        "main()\n"
    )
    (folder / "config/tracker.toml").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError: oh" in done.stderr
    log = folder / "state/tracker.log"
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()


def test_a_reader_that_stops_early_gets_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m tracker config schema | head -c 10",
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.stderr == ""


def test_no_colour_codes_reach_a_pipe_or_a_person_who_wants_none(folder: Path) -> None:
    (folder / "config/tracker.toml").write_text("")
    done = tracker("config", "show", cwd=folder)
    assert "\x1b" not in done.stdout


HEARING = """import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["tracker", "ingest", "-"]
runpy.run_module("tracker", run_name="__main__")"""
"""What is begun in the background of a shell without job control ignores Ctrl-C, and so do its children."""


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TRACKER_CONFIG": str(_slow_pipe(tmp_path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Traceback" not in told


def _slow_pipe(folder: Path) -> Path:
    """A configuration that never arrives: opening a pipe waits for its writer."""
    path = folder / "slow.toml"
    os.mkfifo(path)
    return path
