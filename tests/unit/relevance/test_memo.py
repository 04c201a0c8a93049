"""What was worked out is remembered, within bounds."""

from __future__ import annotations

from tracker.relevance.memo import Memo


def test_a_value_is_made_once_and_kept() -> None:
    asked: list[str] = []
    memo = Memo(lambda word: asked.append(word) or word.upper())
    assert [memo["a"], memo["b"], memo["a"]] == ["A", "B", "A"]
    assert asked == ["a", "b"]


def test_everything_is_forgotten_before_it_grows_too_large() -> None:
    memo = Memo(len, largest=2)
    assert [memo["a"], memo["bb"], memo["ccc"], memo["a"]] == [1, 2, 3, 1]
    assert len(memo) == 2
