"""Countries as concepts, whatever a text calls them."""

from __future__ import annotations

import pytest

from tracker.relevance.analysis import normal_words
from tracker.relevance.places import code_of, gazetteer, members_of, place_name, place_share
from tracker.text.tokens import words


def codes(text: str, language: str = "en") -> list[str]:
    return [word[1:] for word in normal_words(words(text), language) if word.startswith("@")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("China and the United States", ["CN", "US"]),
        ("US-China talks", ["US", "CN"]),
        ("the U.S. side", ["US"]),
        ("China's ministry", ["CN"]),
        ("Chinese and American officials", ["CN", "US"]),
        ("Americans in Beijing", ["US", "CN"]),
        ("the White House and the Kremlin", ["US", "RU"]),
        ("South Korea and North Korea", ["KR", "KP"]),
        ("New Mexico is not Mexico", ["US", "MX"]),
        ("Wuhan chemicals", ["CN"]),
        ("they told us about a turkey", []),
        ("fine china", []),
        ("the dea of it", []),
        ("DEA agents", ["US"]),
    ],
)
def test_every_way_to_name_a_country_is_one_concept(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Washington y Pekín", "es", ["US", "CN"]),
        ("empresas chinas y estadounidenses", "es", ["CN", "US"]),
        ("chinesische Firmen in den Vereinigten Staaten", "de", ["CN", "US"]),
        ("中国和美国", "zh", ["CN", "US"]),
        ("美國芬太尼前體", "zh", ["US"]),
        ("马里兰州", "zh", ["US"]),
    ],
)
def test_names_in_the_text_s_own_language_count(text: str, language: str, expected: list[str]) -> None:
    assert codes(text, language) == expected


def test_a_spanish_common_noun_is_no_country_in_an_english_text() -> None:
    assert codes("a china cabinet", "en") == []
    assert codes("porcelana china", "es") == ["CN"]


def test_the_longest_name_wins() -> None:
    found = words("People's Republic of China")
    names = gazetteer("en").starts(found[0])
    assert gazetteer("en").longest(names, found, 0) == ("CN", 4)


@pytest.mark.parametrize(
    ("place", "expected"),
    [("CN", "CN"), ("China", "CN"), ("united states", "US"), ("us", "US"), ("Atlantis", None)],
)
def test_a_place_can_be_given_as_code_or_name(place: str, expected: str | None) -> None:
    assert code_of(place) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("US", "United States"), ("CN", "China"), ("EU", "European Union"), ("KR", "South Korea"), ("ZZ", "ZZ")],
)
def test_a_country_is_shown_by_the_name_a_reader_expects(code: str, expected: str) -> None:
    assert place_name(code) == expected


def test_often_named_countries_are_expected_in_more_stories() -> None:
    assert place_share("US") > place_share("CN") > place_share("MX") > place_share("BT")
    assert 0.25 < place_share("US") < 0.6


def test_a_union_has_members_and_a_country_has_none() -> None:
    assert {"DE", "FR"} <= members_of("EU")
    assert members_of("DE") == frozenset()
