"""Word frequencies, packed: the same figures as wordfreq's own."""

from __future__ import annotations

import pytest
import wordfreq

from tracker.relevance.wordlists import WordList, zipf_of_phrase

SMALL = "small"


def test_a_listed_word_has_the_frequency_of_its_step():
    listed = WordList([[], [b"the"], [b"of", "é".encode()]])
    assert [listed.get(word) for word in ("the", "of", "é")] == [10**-0.01, 10**-0.02, 10**-0.02]


def test_a_word_that_is_not_listed_has_none():
    listed = WordList([[b"the"]])
    assert [listed.get(word) for word in ("", "zzz", "The", "\ud800")] == [0.0] * 4
    assert WordList([]).get("the") == 0.0


def test_words_whose_strings_have_one_hash_are_told_apart():
    """CPython hashes the bytes that a string is kept as: those of "oh" and of U+686F are the same."""
    listed = WordList([[b"oh"], ["\u686f".encode()]])
    assert listed.get("oh") == 1.0
    assert listed.get("\u686f") == 10**-0.01


def test_of_a_word_listed_twice_the_lower_frequency_counts():
    assert WordList([[b"pepe"], [b"pepe"]]).get("pepe") == 10**-0.01


@pytest.mark.parametrize("language", ["en", "es", "de"])
@pytest.mark.parametrize(
    "phrase",
    [
        "the",
        "precursor",
        "fentanilo",
        "straße",
        "don't",
        "u.s",
        "at&t",
        "covid-19",
        "2024",
        "12,000",
        "de la",
        "qzjx",
        "",
    ],
)
def test_a_phrase_is_as_frequent_as_wordfreq_says(phrase, language):
    assert zipf_of_phrase(phrase, language, SMALL) == wordfreq.zipf_frequency(
        phrase, language, wordlist=SMALL
    )


def test_every_thousandth_listed_word_is_as_frequent_as_wordfreq_says():
    words = list(wordfreq.get_frequency_dict("en", SMALL))[::1000]
    assert len(words) > 20
    assert [zipf_of_phrase(word, "en", SMALL) for word in words] == [
        wordfreq.zipf_frequency(word, "en", wordlist=SMALL) for word in words
    ]
