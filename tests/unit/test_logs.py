"""Log lines."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.logs import configure_logs, log_to_file

LOG = logging.getLogger("tracker.test")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger("tracker")
    before = (root.handlers, root.level, root.propagate)
    yield
    root.handlers, root.level, root.propagate = before[0], before[1], before[2]


def test_a_text_line_has_the_event_and_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "text")
    LOG.info("poll failed", extra={"feed": 3, "detail": "no such host"})
    line = capsys.readouterr().err
    assert line.endswith(' info poll failed feed=3 detail="no such host"\n')


def test_a_json_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    LOG.warning("poll failed", extra={"feed": 3})
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["level"], told["feed"]) == ("poll failed", "warning", "3")
    assert told["at"].endswith("Z")


def test_less_severe_events_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "text")
    LOG.info("quiet")
    assert capsys.readouterr().err == ""


def test_a_foreign_fact_can_not_forge_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "text")
    LOG.info("poll", extra={"title": "a\n2026 error forged \x1b[2J"})
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "\x1b" not in told


def test_a_traceback_is_appended_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tracker.log"
    for number in (1, 2):
        try:
            int(f"number {number}")
        except ValueError as error:
            log_to_file(path, "unexpected error", error)
    text = path.read_text()
    assert text.count("Traceback") == 2
    assert "number 2" in text
