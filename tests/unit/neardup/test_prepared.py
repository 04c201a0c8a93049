"""A text taken apart and packed."""

from __future__ import annotations

from tests.unit.neardup.samples import CHINESE_TEXT, CHINESE_TITLE, TEXT, TITLE
from tracker.neardup.prepared import SCHEME, SPACED_WIDTH, UNSPACED_WIDTH, Prepared, prepare


def test_words_sentences_and_facts_are_found() -> None:
    prepared = prepare(TITLE, TEXT)
    assert prepared.title[:3] == ("harbour", "city", "opens")
    assert len(prepared.words) == len(TEXT.split())
    assert [(s.first, s.end) for s in prepared.sentences][:2] == [(0, 27), (27, 45)]
    assert "ines calder" in {fact.value for fact in prepared.facts}


def test_sentences_of_fewer_than_four_words_are_not_counted_on() -> None:
    assert [(s.first, s.end) for s in prepare("", "Sign up now. Get the stories that matter.").sentences] == [
        (3, 8)
    ]


def test_the_same_sentence_has_the_same_hash_anywhere() -> None:
    first, second = (
        prepare("", text).sentences
        for text in ("It rained all day. So what.", "Well, well! IT RAINED all day")
    )
    assert first[0].hash == second[0].hash


def test_scripts_without_spaces_are_read_by_characters_in_runs_of_five() -> None:
    prepared = prepare(CHINESE_TITLE, CHINESE_TEXT)
    assert prepared.width == UNSPACED_WIDTH == 5
    assert len(prepared.words) > 180
    assert prepare("Xi 习近平", "A text in English that names 习近平 once").width == SPACED_WIDTH == 3


def test_what_is_packed_comes_back_whole() -> None:
    for article in ((TITLE, TEXT), (CHINESE_TITLE, CHINESE_TEXT), ("", ""), ("Only a title", ""), ("", "12")):
        prepared = prepare(*article)
        assert Prepared.unpack(prepared.pack()) == prepared


def test_bytes_of_another_scheme_are_not_understood() -> None:
    packed = prepare(TITLE, TEXT).pack()
    assert packed[0] == SCHEME
    assert Prepared.unpack(bytes([SCHEME + 1]) + packed[1:]) is None
    assert Prepared.unpack(b"") is None


def test_a_packed_article_is_small() -> None:
    """About five bytes a word are kept beside every article: hashes of words, sentences and facts."""
    assert len(prepare(TITLE, TEXT).pack()) < 8 * len(TEXT.split())


def test_a_text_with_very_many_sentences_asks_for_a_bounded_number_of_counts() -> None:
    assert len(prepare("", "one two three four. " * 5000).sentences) == 1000
