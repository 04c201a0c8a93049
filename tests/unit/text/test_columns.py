"""Text in terminal columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.text.columns import display_width, fit, pad, wrap


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("芬太尼", 6), ("e\u0301", 1), ("", 0), ("👍", 2)])
def test_wide_characters_take_two_columns_and_marks_none(text: str, columns: int) -> None:
    assert display_width(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("芬太尼毒品", 6, "芬太…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ],
)
def test_a_cut_is_marked(text: str, width: int, cut: str) -> None:
    assert fit(text, width) == cut


@given(st.text(), st.integers(2, 40))
def test_padding_is_exact(text: str, width: int) -> None:
    assert display_width(pad(text, width)) == width


@given(st.text(), st.integers(2, 40))
def test_wrapping_loses_no_character_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(display_width(line) <= width for line in lines)
