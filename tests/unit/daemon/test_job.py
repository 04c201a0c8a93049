"""A job goes on after whatever it meets, waits longer when trouble repeats, and is seen to hang."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tracker.daemon.job import Job, Work, rest_after
from tracker.errors import StoreError


class Desk:
    """A desk without a tracker: the work under test needs none."""

    def taken(self):
        from contextlib import nullcontext

        return nullcontext()

    def tracker(self):
        return None


def job(steps: Iterator[object], *, patience: timedelta = timedelta(minutes=15)) -> Job:
    def do(_tracker, beat):
        beat()
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    work = Work(name="poll", do=do, every=timedelta(0), patience=patience)
    return Job(work, Desk(), lambda: False)


def test_a_round_goes_on_while_there_is_more_to_do():
    one = job(iter([True, True, False]))
    one.run()
    assert (one.rounds, one.failures) == (3, 0)


def test_a_bug_is_logged_with_its_traceback_and_the_next_round_is_done(caplog):
    one = job(iter([ZeroDivisionError("by nought"), False]))
    one.run()
    assert one.failures == 1
    assert "poll failed" in caplog.text
    assert "ZeroDivisionError: by nought" in caplog.text
    one.run()
    assert (one.rounds, one.failures) == (1, 0)


def test_trouble_is_logged_as_its_sentence(caplog):
    one = job(iter([StoreError("The disk is full.", hint="Free some space.")]))
    one.run()
    assert caplog.records[0].problem == "The disk is full."
    assert caplog.records[0].exc_info is None


def test_trouble_that_repeats_is_left_alone_for_a_while():
    one = job(iter([StoreError("no"), StoreError("no"), AssertionError("called too early")]))
    for _ in range(5):
        one.run()
    assert one.failures == 2


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 0), (2, 5), (3, 10), (4, 20), (8, 300), (1000, 300)]
)
def test_the_pause_doubles_to_five_minutes(failures, seconds):
    assert rest_after(failures) == timedelta(seconds=seconds)


def test_work_without_a_sign_of_life_hangs_until_it_gives_one(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("tracker.daemon.job.time", SimpleNamespace(monotonic=lambda: now[0]))
    one = job(iter([False]), patience=timedelta(seconds=30))
    now[0] += 30
    assert not one.hangs
    now[0] += 1
    assert one.hangs
    one.run()
    assert not one.hangs


def test_nothing_new_begins_while_stopping():
    one = Job(Work(name="poll", do=lambda *_: pytest.fail("begun"), every=timedelta(0)), Desk(), lambda: True)
    one.run()
    assert one.rounds == 0
