"""Results kept for a while: fresh ones handed out, older ones once more while they are read anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.patience import PATIENCE_S
from tracker.app.lately import Lately


class Figures:
    """Counts how often it was read, at the time of a clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self.reads, self.read_anew = 0.0, 0, threading.Event()

    def clock(self) -> float:
        return self.now

    def read(self) -> int:
        self.reads += 1
        if self.reads > 1:
            self.read_anew.set()
        return self.reads


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def lately(figures: Figures) -> Iterator[Lately]:
    made = Lately(figures.clock)
    yield made
    made.close()


def test_what_was_read_within_a_minute_is_handed_out(lately: Lately, figures: Figures) -> None:
    assert lately.get(("a",), figures.read) == 1
    figures.now = 59
    assert lately.get(("a",), figures.read) == 1
    assert lately.get(("b",), figures.read) == 2


def test_what_is_older_is_handed_out_once_more_and_read_anew_behind(lately: Lately, figures: Figures) -> None:
    lately.get(("a",), figures.read)
    figures.now = 61
    assert lately.get(("a",), figures.read) == 1
    assert figures.read_anew.wait(PATIENCE_S)
    lately.close()  # the thread has put it in place
    assert lately.get(("a",), figures.read) == 2
    assert figures.reads == 2


def test_what_is_too_old_is_read_before_it_is_shown(lately: Lately, figures: Figures) -> None:
    lately.get(("a",), figures.read)
    figures.now = 601
    assert lately.get(("a",), figures.read) == 2


def test_what_was_forgotten_is_read_anew_and_nothing_else(lately: Lately, figures: Figures) -> None:
    lately.get(("a",), figures.read)
    lately.get(("b",), figures.read)
    lately.forget(("a",))
    assert lately.get(("a",), figures.read) == 3
    assert lately.get(("b",), figures.read) == 2
    lately.forget()
    assert lately.get(("b",), figures.read) == 4


def test_what_was_forgotten_while_it_was_read_is_not_kept(lately: Lately, figures: Figures) -> None:
    def reading() -> int:
        lately.forget(("a",))
        return figures.read()

    assert lately.get(("a",), reading) == 1
    assert lately.get(("a",), figures.read) == 2


def test_closed_it_still_answers(lately: Lately, figures: Figures) -> None:
    lately.get(("a",), figures.read)
    lately.close()
    figures.now = 61
    assert lately.get(("a",), figures.read) == 1
    assert figures.reads == 1
