"""What an article is looked up by."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.neardup.samples import CHINESE_TEXT, OTHER_TEXT, PARAGRAPHS, TEXT, TITLE
from tracker.neardup.fingerprint import fingerprint, sketch

BITS_48 = 1 << 48
BITS_63 = 1 << 63


def shared(one: str, other: str) -> int:
    return len(set(fingerprint("", one).sketch) & set(fingerprint("", other).sketch))


def test_values_fit_the_columns_they_are_stored_in() -> None:
    made = fingerprint(TITLE, TEXT)
    assert all(0 <= value < BITS_48 for value in made.sketch)
    assert -BITS_63 <= made.exact_key < BITS_63
    assert all(low < high for low, high in pairwise(made.sketch))


def test_hashes_are_the_same_in_every_process_and_version() -> None:
    """Stored values outlive the program; a change here must come with a new scheme."""
    made = fingerprint("A title", "Seven small words make five runs here")
    assert made.scheme == 2
    assert made.exact_key == -7166736529377890214
    assert made.sketch == (152474051614158, 185273508646243, 205569828543655, 263604249093667)
    assert made.shingles == 5


@pytest.mark.parametrize(
    "printed",
    [
        TEXT.upper(),
        TEXT.replace("\n\n", "\n"),
        TEXT.replace(", ", " , "),
        TEXT.replace("'", "’"),
        f"  {TEXT}\u200b",
    ],
)
def test_the_exact_key_sees_only_words(printed: str) -> None:
    assert fingerprint("Another title", printed).exact_key == fingerprint(TITLE, TEXT).exact_key


def test_one_word_changes_the_exact_key() -> None:
    assert fingerprint("", TEXT.replace("flounder", "plaice")).exact_key != fingerprint("", TEXT).exact_key


def test_a_text_without_words_has_nothing_to_be_found_by() -> None:
    made = fingerprint("A title", " ... ")
    assert (made.exact_key, made.sketch, made.shingles) == (0, (), 0)


def test_a_text_cut_short_keeps_its_part_of_the_sketch() -> None:
    assert shared(TEXT, "\n\n".join(PARAGRAPHS[:2])) >= 10
    assert shared(TEXT, OTHER_TEXT) == 0


def test_a_lead_shares_values_with_an_article_ten_times_its_length() -> None:
    long_text = PARAGRAPHS[0] + " " + " ".join(f"Word{n} number{n % 7} thing{n % 11}." for n in range(800))
    assert shared(PARAGRAPHS[0], long_text) >= 8


def test_a_long_text_keeps_a_bounded_sketch() -> None:
    long_text = " ".join(f"word{n} thing{n % 13} place{n % 17}" for n in range(5000))
    assert 48 <= len(fingerprint("", long_text).sketch) <= 56


def test_chinese_texts_share_values_when_cut() -> None:
    half = CHINESE_TEXT[: len(CHINESE_TEXT) // 2]
    assert shared(CHINESE_TEXT, half) >= 10


def test_at_least_24_and_at_most_48_smallest_values_are_kept() -> None:
    step = (1 << 64) // 1000
    assert len(sketch([n * step for n in range(20)])) == 20
    assert len(sketch([n * step for n in range(100, 200)])) == 24
    assert len(sketch([n * step for n in range(1000)])) == 48
    assert len(sketch([n * step for n in range(40)])) == 40
