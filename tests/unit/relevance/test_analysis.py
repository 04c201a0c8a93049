"""A text as relevance counts it."""

from __future__ import annotations

import pytest

from tracker.relevance import analyse
from tracker.relevance.analysis import LEAD_WORDS, in_order


def test_title_words_weigh_four_and_body_words_one() -> None:
    analysed = analyse("Lithium accord", "Lithium prices rose.", "en")
    assert analysed.counts == {"lithium": 5, "accord": 4, "price": 1, "rose": 1}
    assert sum(analysed.counts.values()) == 11


def test_places_and_phrases_weigh_double_in_the_lead() -> None:
    late = "filler " * LEAD_WORDS
    early = analyse("", "China spoke.", "en")
    assert early.weight_of("@CN") == 2
    assert analyse("", late + "China spoke.", "en").weight_of("@CN") == 1
    assert analyse("China", "", "en").weight_of("@CN") == 4
    assert analyse("Chinese, China", "Beijing", "en").places == {"CN": 10}


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("counternarcotics", {"narcotic"}),
        ("antinarcotics", {"narcotic"}),
        ("anti-narcotics", {"narcotic"}),
        ("counter-narcotics", {"narcotic"}),
        ("counterterrorism", {"terrorism"}),
        ("counterpart", {"counterpart"}),
        ("antique", {"antique"}),
        ("anticipation", {"anticipation"}),
        ("counterfeit", {"counterfeit"}),
        ("non-proliferation", {"proliferation"}),
        ("fentanyl-related", {"fentanyl", "related"}),
    ],
)
def test_prefixes_are_cut_off_where_the_rest_is_a_commoner_word(written: str, counted: set[str]) -> None:
    assert set(analyse("", written, "en").counts) == counted


def test_only_the_first_four_hundred_words_are_read() -> None:
    analysed = analyse("", "filler " * 400 + "lithium", "en")
    assert analysed.length == 400
    assert "lithium" not in analysed.counts


def test_scripts_without_spaces_count_pairs_of_characters() -> None:
    analysed = analyse("", "中国的锂供应协议", "zh")
    assert analysed.body == ("@CN", "的", "锂", "供", "应", "协", "议")
    assert set(analysed.counts) == {"@CN", "的锂", "锂供", "供应", "应协", "协议"}


@pytest.mark.parametrize(("title", "text"), [("", ""), ("...", "!!!"), ("42", "the of and")])
def test_a_text_without_words_is_empty_and_harmless(title: str, text: str) -> None:
    analysed = analyse(title, text, None)
    assert analysed.counts == {}
    assert analysed.places == {}
    assert analysed.counts == analysed.terms == {}


def test_a_word_that_begins_like_a_country_stays_a_word() -> None:
    assert set(analyse("", "South wind, Saudi oil", "en").counts) == {"south", "wind", "@SA", "oil"}
    assert set(analyse("", "New York and White paper", "en").counts) >= {"york", "white", "paper"}


def test_where_a_script_has_no_spaces_the_lead_has_twice_as_many_characters() -> None:
    chinese, english = analyse("", "锂" * 120, "zh"), analyse("", "lithium " * 120, "en")
    assert (chinese.lead_size, english.lead_size) == (100, 50)


def test_pairs_are_words_next_to_each_other_or_with_one_between() -> None:
    pairs = analyse("", "lithium refinery brine", "en").pairs
    assert pairs == {"lithium refinery", "brine refinery", "brine lithium"}
    assert analyse("lithium", "refinery", "en").pairs == frozenset()  # title and body do not run on
    assert analyse("", "lithium lithium", "en").pairs == frozenset()


def test_words_of_one_meaning_make_the_same_pair() -> None:
    assert analyse("", "steel tariff", "en").pairs & analyse("", "steel levy", "en").pairs


def test_a_pair_is_told_in_the_order_of_the_text() -> None:
    analysed = analyse("", "refinery brine. Brine refinery", "en")
    assert analysed.pairs == {"brine refinery"}
    assert in_order("brine refinery", analysed) == ("refinery", "brine")
