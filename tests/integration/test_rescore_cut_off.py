"""Ctrl-C while `tracker rescore` runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tracker.app import Progress, open_tracker
from tracker.cli.rescore import command
from tracker.cli.session import Session
from tracker.settings import load_settings

CONFIG = '[[watch]]\nname = "w"\nseeds = "seeds"\n'
ARTICLES, AT_ONCE = 23, 20


class Pressed(Session):
    """Somebody presses Ctrl-C as soon as it is said how far it came."""

    @contextmanager
    def progress(self) -> Iterator[Callable[[Progress], None]]:
        """Interrupt at the first word of it."""

        def press(_: Progress) -> None:
            raise KeyboardInterrupt

        yield press


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A project whose articles were scored against another line than that of today."""
    for name in ("config", "seeds"):
        (tmp_path / name).mkdir()
    (tmp_path / "seeds/one.txt").write_text("A seed\n\n" + "Chemists at the port seized barrels. " * 9)
    path = tmp_path / "config/tracker.toml"
    path.write_text(CONFIG)
    texts = (" ".join(f"word{number}x{place}" for place in range(60)) for number in range(ARTICLES))
    rows = [
        {"id": f"a{n}", "url": f"https://example.org/{n}", "title": f"Title {n}", "text": text,
         "published": "2026-11-20T00:00:00Z"}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    with open_tracker(load_settings(path, {}, tmp_path)) as tracker:
        assert tracker.ingest(rows).problems == ()
    path.write_text(f"{CONFIG}threshold = 0.9\n")
    return path


def press_while(config: Path, *words: str) -> str:
    """What is said after "Interrupted."."""
    done = CliRunner().invoke(command, words, obj=Pressed(config=config), standalone_mode=False)
    assert isinstance(done.exception, click.Abort), done.output
    return str(done.exception)


def rescored(config: Path, *words: str) -> int:
    done = CliRunner().invoke(command, ["--json", *words], obj=Session(config=config))
    report: dict[str, Any] = json.loads(done.stdout)
    (watch,) = report["watches"]
    return int(watch["rescored"])


def test_it_says_how_far_it_came_and_the_same_command_goes_on_from_there(config: Path) -> None:
    said = press_while(config)
    assert said == (
        f"{AT_ONCE} of {ARTICLES} families of w are scored anew; the same command goes on from there."
    )
    assert rescored(config) == ARTICLES - AT_ONCE
    assert rescored(config) == 0


def test_a_dry_run_that_is_cut_off_has_changed_nothing(config: Path) -> None:
    assert press_while(config, "--dry-run") == "Nothing was changed."
    assert rescored(config, "--dry-run") == ARTICLES
