"""The line as a person asks for it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from tests import builders
from tests.builders import NOW
from tracker.app.threshold import PRESETS, line_of, with_thresholds
from tracker.model import ScoreSums
from tracker.settings import WatchSettings


class Scores:
    """A store that knows scores of the last days, ten a day."""

    def __init__(self, scores: list[float]) -> None:
        self.rows = tuple((NOW - timedelta(hours=2.4 * n), score) for n, score in enumerate(scores))

    def original_scores(self, watch: str, since_at: datetime) -> tuple[tuple[datetime, float], ...]:
        return tuple(row for row in self.rows if row[0] >= since_at)

    def score_sums(self, watch: str, since_at: datetime, line: float) -> ScoreSums:
        rows = self.original_scores(watch, since_at)
        above = [score for _, score in rows if score >= line]
        oldest = min((at for at, _ in rows), default=None)
        return ScoreSums(oldest, len(rows), sum(score for _, score in rows), len(above), sum(above))

    def now(self) -> datetime:
        return NOW


HUNDRED = [(n * 37 % 100) / 100 for n in range(101)]  # ten days


def settings(threshold: object) -> WatchSettings:
    return WatchSettings.model_validate({"name": "w", "threshold": threshold})


def chosen(threshold: object, scores: list[float]) -> float | None:
    store = Scores(scores)
    (watch,) = with_thresholds([builders.watch()], [settings(threshold)], store, store)  # type: ignore[arg-type]
    return watch.threshold


def test_the_presets_are_ordered_and_as_far_apart_in_log_odds() -> None:
    odds = {word: math.log(line / (1 - line)) for word, line in PRESETS.items()}
    assert odds["normal"] == 0
    assert odds["strict"] == pytest.approx(-odds["wide"])
    assert odds["strict"] > 0


@pytest.mark.parametrize("word", ["strict", "normal", "wide"])
def test_a_word_is_a_line(word: str) -> None:
    assert chosen(word, []) == PRESETS[word]
    assert chosen(word, HUNDRED) == PRESETS[word]


def test_auto_leaves_the_line_to_the_profile() -> None:
    assert chosen("auto", HUNDRED) is None


@pytest.mark.parametrize("wrong", ["Strict", "loose", -1, 1.5, True, {"per_day": 0}, {"per_week": 3}])
def test_another_word_is_refused_with_the_right_ones(wrong: object) -> None:
    with pytest.raises(ValidationError, match='"strict", "normal", "wide"'):
        settings(wrong)


@pytest.mark.parametrize("per_day", [1, 3, 8])
def test_a_volume_lets_about_so_many_a_day_pass(per_day: int) -> None:
    line = chosen({"per_day": per_day}, HUNDRED)
    assert line is not None
    assert sum(score >= line for score in HUNDRED) == pytest.approx(10 * per_day, abs=2)
    assert line == round(line, 2), "a line that moved with every article would make every score stale"


def test_a_volume_without_history_leaves_the_default() -> None:
    assert chosen({"per_day": 5}, []) is None


def test_a_line_is_told_with_its_volume_and_what_it_should_find() -> None:
    store = Scores(HUNDRED)
    line = line_of(builders.watch(), 0.5, settings("auto"), store, store)  # type: ignore[arg-type]
    assert (line.asked, line.value) == ("auto", 0.5)
    assert line.per_day == pytest.approx(5, abs=0.2)
    assert line.expected_recall == pytest.approx(0.75, abs=0.02)
    assert line_of(builders.watch(), 0.5, settings({"per_day": 3}), Scores([]), store).asked == "3 a day"  # type: ignore[arg-type]
