"""How common words are before any stream was seen."""

from __future__ import annotations

import pytest

from tracker.relevance.prior import rarity, share, share_of_rate, zipf


def test_common_words_are_in_most_stories_and_rare_ones_in_few() -> None:
    assert share("the") == 0.97
    assert share("government") > share("refinery") > share("fentanyl") > share("qqqxyzzy")


def test_a_word_nobody_knows_has_the_smallest_prior() -> None:
    assert zipf("qqqxyzzy") == 0
    assert share("qqqxyzzy") == pytest.approx(2.5e-6, rel=0.01)


def test_a_stem_is_looked_up_in_the_plural_too() -> None:
    assert zipf("narcotic") == 0 or share("narcotic") > 0
    assert share("counternarcotic") >= share("qqqxyzzy")


def test_the_commonest_reading_among_the_languages_counts() -> None:
    assert share("gobierno", ("en", "es")) == share("gobierno", ("es",)) > share("gobierno", ("en",))


def test_a_language_without_a_list_knows_nothing() -> None:
    assert zipf("word", "xx") == 0


def test_chinese_words_are_looked_up_without_a_tokeniser() -> None:
    assert zipf("中国", "zh") > zipf("芬太尼", "zh") > 0


def test_a_foreign_word_in_a_phrase_is_as_common_as_in_its_own_language() -> None:
    assert rarity("grupo") < 3 < rarity("fentanilo")
    assert rarity("group") == rarity("group", ("en",))


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 1e-6), (1.0, 0.97), (1e-4, 0.0247)])
def test_a_rate_per_word_becomes_a_share_of_stories_within_bounds(rate: float, expected: float) -> None:
    assert share_of_rate(rate) == pytest.approx(expected, rel=0.01)
