"""How a text falls into words, in any script."""

from __future__ import annotations

import pytest

from tracker.text.tokens import STOP_WORDS, base_word, is_spaceless, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US-China talks, at last!", ["US", "China", "talks", "at", "last"]),
        ("The U.S. and AT&T don't", ["The", "U.S", "and", "AT&T", "don't"]),
        ("Xi’s visit", ["Xi’s", "visit"]),
        ("a_b", ["a", "b"]),
        ("37.6 percent in 2024", ["37.6", "percent", "in", "2024"]),
        ("", []),
        ("... --- !!!", []),
        ("中国芬太尼", ["中", "国", "芬", "太", "尼"]),
        ("FBI局长", ["FBI", "局", "长"]),
        ("ｆｅｎｔａｎｙｌ", ["fentanyl"]),
        ("pre\u00adcur\u00adsor", ["precursor"]),
        ("Pek\u0069\u0301n", ["Pekín"]),
    ],
)
def test_a_text_falls_into_words_as_written(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_vowel_signs_do_not_tear_a_hindi_word_apart() -> None:
    assert words("हिन्दी समाचार") == ["हिन्दी", "समाचार"]


def test_no_more_words_are_read_than_asked_for() -> None:
    assert words("one two three four", 2) == ["one", "two"]
    assert len(words("word " * 100_000, 400)) == 400


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("policies", "policy"),
        ("boxes", "box"),
        ("classes", "class"),
        ("churches", "church"),
        ("drugs", "drug"),
        ("status", "status"),
        ("crisis", "crisis"),
        ("congress", "congress"),
        ("gas", "gas"),
        ("precursor", "precursor"),
    ],
)
def test_the_plural_is_taken_off_lightly(plural: str, singular: str) -> None:
    assert stem(plural) == singular


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("Drugs", "drug"),
        ("China's", "china"),
        ("ministry’s", "ministry"),
        ("the", ""),
        ("Monday", ""),
        ("years", ""),
        ("x", ""),
        ("13", ""),
        ("37.6", ""),
        ("2024", "2024"),
        ("300m", "300m"),
        ("PFAS", "PFAS".lower()),
        ("EVs", "ev"),
    ],
)
def test_a_word_is_counted_in_one_form_or_not_at_all(written: str, counted: str) -> None:
    assert base_word(written) == counted


def test_stop_words_are_about_as_many_as_were_measured() -> None:
    assert 190 <= len(STOP_WORDS) <= 300
    assert {"the", "said", "friday", "anti"} <= STOP_WORDS
    assert not {"drug", "china", "war"} & STOP_WORDS


@pytest.mark.parametrize(
    ("char", "expected"), [("中", True), ("あ", True), ("ไ", True), ("a", False), ("é", False)]
)
def test_characters_of_scripts_without_spaces_are_known(char: str, expected: object) -> None:
    assert is_spaceless(char) is expected
    assert not is_spaceless("中国")
