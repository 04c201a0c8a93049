"""Sentences that belong to the site."""

from __future__ import annotations

from collections import Counter

from tests.unit.neardup.samples import FOOTER, OTHER_TEXT, POLICY, TEXT
from tracker.neardup.boilerplate import COLUMNS, boilerplate, count_of, own_words, sentence_hashes, slots_of
from tracker.neardup.prepared import prepare


def test_every_sentence_has_one_counter_in_each_row() -> None:
    for sentence in sentence_hashes(prepare("", TEXT + FOOTER)):
        first, second = slots_of(sentence)
        assert 0 <= first < COLUMNS <= second < 2 * COLUMNS


def test_sentences_that_meet_in_one_row_part_in_the_other() -> None:
    one, other = 5, 5 + COLUMNS
    assert slots_of(one)[0] == slots_of(other)[0]
    assert slots_of(one)[1] != slots_of(other)[1]


def test_a_sentence_is_counted_no_less_often_than_it_was_seen() -> None:
    counters: Counter[int] = Counter()
    seen = Counter({n * 7919: n % 4 for n in range(3000)})
    for sentence, times in seen.items():
        for slot in slots_of(sentence):
            counters[slot] += times
    assert all(count_of(sentence, counters) >= times for sentence, times in seen.items())
    assert count_of(1, {}) == 0


def test_a_sentence_seen_often_enough_is_boilerplate() -> None:
    assert boilerplate({1: 2, 2: 3, 3: 40}, POLICY) == {2, 3}


def test_an_articles_own_words_are_those_outside_the_hidden_sentences() -> None:
    article, footer, both = (prepare("", text) for text in (OTHER_TEXT, FOOTER, f"{OTHER_TEXT}\n{FOOTER}"))
    assert own_words(both, sentence_hashes(footer)) == article.words
    assert own_words(both, sentence_hashes(article)) == footer.words
    assert own_words(both, ()) == both.words
    assert own_words(both, sentence_hashes(both)) == ()


def test_a_sentence_said_twice_is_one_hash() -> None:
    assert (
        len(sentence_hashes(prepare("", "It rained all day. It rained all day. It snowed all night."))) == 2
    )
