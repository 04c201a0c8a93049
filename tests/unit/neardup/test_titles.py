"""What titles say of a pair."""

from __future__ import annotations

import pytest

from tests.unit.neardup.samples import (
    CHINESE_OTHER,
    CHINESE_TEXT,
    CHINESE_TITLE,
    OTHER_TITLE,
    POLICY,
    TEXT,
    TITLE,
    WALL,
)
from tracker.neardup.prepared import prepare
from tracker.neardup.titles import have_other_numbers, title_likeness, titles_meet


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        (TITLE, TITLE, 100, 100),
        ("", "", 100, 100),
        (f"Opinion | {TITLE}", TITLE, 100, 100),
        (TITLE, f"{TITLE} - The Lorn Mail", 100, 100),
        ("Tidal power plant opens in harbour city", TITLE, 80, 100),
        ("Turbines turn at last in Lorn", TITLE, 0, 50),
        (OTHER_TITLE, TITLE, 0, 45),
        ("", TITLE, 0, 0),
    ],
)
def test_titles_are_like_whatever_section_or_outlet_is_named(
    new: str, old: str, low: float, high: float
) -> None:
    assert low <= title_likeness(prepare(new, ""), prepare(old, "")) <= high


def test_chinese_titles_are_compared_character_by_character() -> None:
    new, old, other = (
        prepare(title, CHINESE_TEXT)
        for title in ("港口城市的潮汐电站投入运行", CHINESE_TITLE, "合唱学校搬进从前的海关大楼")
    )
    assert title_likeness(new, old) >= 60
    assert title_likeness(other, old) < 30


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ((TITLE, WALL), (f"News: {TITLE}", WALL), True),
        ((TITLE, WALL), (OTHER_TITLE, WALL), False),
        (("Mayor presses button", WALL), ("Something else entirely", TEXT), True),
        (("Something else entirely", TEXT), ("Mayor presses button", WALL), True),
        (("Yachts, quinces and a mayor", WALL), ("Nothing else entirely", TEXT), False),
        (("海关大楼里的学校", CHINESE_TEXT), ("合唱团搬家", CHINESE_OTHER), True),
        (("海关大楼里的学校", CHINESE_OTHER), ("合唱团搬家", CHINESE_TEXT), False),
    ],
)
def test_titles_meet_when_alike_or_when_one_says_what_the_other_article_tells(
    new: tuple[str, str], old: tuple[str, str], *, expected: bool
) -> None:
    assert titles_meet(prepare(*new), prepare(*old), POLICY) is expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("UPDATE 2 - Plant opens", "Plant opens", False),
        ("Q1 profit up", "Q2 profit up", True),
        ("Creek View is 72 % complete", "Creek View is 58 % complete", True),
        ("1,200 homes", "1200 homes", False),
        ("Plant opens", "Plant opens", False),
    ],
)
def test_title_numbers_differ_only_if_both_have_some(new: str, old: str, *, expected: bool) -> None:
    assert have_other_numbers(prepare(new, ""), prepare(old, "")) is expected
