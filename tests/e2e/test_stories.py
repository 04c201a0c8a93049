"""Stories and coverage as a person asks for them, on the demo newsroom."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.project import tracker


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stories")
    tracker(folder, "demo", "--keep", "d")
    return folder


def ask(newsroom: Path, *words: str, expect: int = 0) -> str:
    return tracker(newsroom, "--config", "d/config/tracker.toml", *words, expect=expect)


def test_stories_hold_every_kept_item_once(newsroom: Path) -> None:
    stories = [json.loads(line) for line in ask(newsroom, "stories", "--jsonl").splitlines()]
    kept = [json.loads(line)["id"] for line in ask(newsroom, "items", "--jsonl").splitlines()]
    held = [item for story in stories for item in story["items"]]
    assert sorted(held) == sorted(set(kept))
    assert max(len(story["items"]) for story in stories) <= len(kept) / 2


def test_one_story_is_told_from_its_first_report_with_copies_apart(newsroom: Path) -> None:
    stories = json.loads(ask(newsroom, "stories", "--json"))["stories"]
    story = max(stories, key=lambda one: one["copies"])
    told = json.loads(ask(newsroom, "stories", str(story["id"]), "--json"))["timeline"]
    assert [report["is_first"] for report in told] == [True, *[False] * (len(told) - 1)]
    assert told == sorted(told, key=lambda report: report["at"])
    originals = [report["family"] for report in told if report["role"] == "original"]
    assert len(originals) == len(set(originals))
    assert {report["family"] for report in told} == set(originals)
    assert any(report["role"] == "copy" for report in told)
    shown = ask(newsroom, "stories", str(story["id"]))
    assert "(first, " in shown


def test_a_story_that_is_not_there_is_said_with_the_command_that_lists_them(newsroom: Path) -> None:
    ask(newsroom, "stories", "99999", expect=2)
    ask(newsroom, "stories", "x", expect=2)


@pytest.mark.parametrize("by", ["day", "outlet", "story"])
def test_coverage_counts_every_piece_whatever_the_bars_are_made_of(newsroom: Path, by: str) -> None:
    line = json.loads(ask(newsroom, "timeline", "--by", by, "--json"))
    items = [json.loads(row) for row in ask(newsroom, "items", "--jsonl").splitlines()]
    pieces = sum(1 + len(item["carriers"]) for item in items)
    assert sum(one["total"] for one in line["series"]) == pieces
    assert f"{pieces} pieces" in ask(newsroom, "timeline", "--by", by)


def test_the_picture_is_written_as_well_formed_svg(newsroom: Path) -> None:
    assert ask(newsroom, "timeline", "--svg", "coverage.svg") == ""
    root = ET.parse(newsroom / "coverage.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) > 5
