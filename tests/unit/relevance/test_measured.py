"""The figures the scorer was accepted with, on the evaluation data where that is present.

`alarms` per 100 of grades 0-1 at most. One line serves all subjects: before anything was seen it is high for the third.
The judge leaves a file open, hence the ignored warnings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.relevance_adapter import Scorer
from benchmarks.topic_eval import front_matter, judge, read_lines, run, topics_of


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "bare", "least", "alarms"),
    [
        ("topic", False, {"AP grade>=2": 0.93, "AP grade==3": 0.88, "recall of grade 3": 0.80}, 5),
        (
            "topic",
            True,
            {"AP grade>=2": 0.91, "AP grade==3": 0.80, "precision of passed (grade>=2)": 0.92},
            6,
        ),
        ("topic2", False, {"AP grade>=2": 0.88, "AP grade==3": 0.80, "recall of grade 3": 0.85}, 10),
        ("topic3", False, {"AP grade>=2": 0.87, "AP grade==3": 0.83, "recall of grade 3": 0.70}, 6),
    ],
)
def test_a_graded_topic_is_told_from_its_confusers_from_a_cold_start(
    shared: Path, name: str, bare: object, least: dict[str, float], alarms: float
) -> None:
    folder = shared / "data" / name
    seeds = sorted((shared / "seeds").glob("*.txt")) if name == "topic" else sorted(folder.glob("seed*.md"))
    scorer = Scorer([front_matter(path) for path in seeds], topics_of(folder, bare=bool(bare)))
    figures = judge(folder, run(scorer, read_lines(folder / "documents.jsonl"), show=False))
    assert {key: figures[key] for key in least if figures[key] < least[key]} == {}
    assert figures["false alarms per 100 grade 0-1"] <= alarms
