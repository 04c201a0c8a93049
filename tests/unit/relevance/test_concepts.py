"""Words that news uses for one another."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from tracker.relevance import analyse
from tracker.relevance.concepts import CONCEPT, concept_share, concepts_of
from tracker.relevance.prior import share

GROUPS = [
    line.split()
    for line in files("tracker.relevance").joinpath("concepts.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_every_group_has_several_words_and_a_name_of_its_own() -> None:
    assert all(len(set(group)) == len(group) > 1 for group in GROUPS)
    assert max(Counter(group[0] for group in GROUPS).values()) == 1


def test_the_table_is_written_in_the_form_words_are_counted_in() -> None:
    odd = [word for group in GROUPS for word in group if set(analyse("", word, "en").counts) != {word}]
    assert odd == []


def test_two_words_for_one_thing_meet() -> None:
    assert set(concepts_of("tariff")) & set(concepts_of("levy"))
    assert concepts_of("xylophone") == ()


def test_a_text_holds_the_concepts_of_its_words_once_per_mention() -> None:
    analysed = analyse("Tariff", "A levy and a levy.", "en")
    (concept,) = set(concepts_of("tariff")) & set(concepts_of("levy"))
    assert concept.startswith(CONCEPT)
    assert analysed.terms[concept] == 6
    assert analysed.head[concept] == 6
    assert analysed.lead[concept] == 2
    assert concept not in analysed.counts


@pytest.mark.parametrize("word", ["tariff", "vehicle", "court"])
def test_a_concept_is_commoner_than_each_of_its_words(word: str) -> None:
    for concept in concepts_of(word):
        assert share(word) <= concept_share(concept, ("en",)) <= 0.97
