"""Words as the seeds write them."""

from __future__ import annotations

import pytest

from tracker.relevance import analyse
from tracker.relevance.concepts import concepts_of
from tracker.relevance.forms import form_of, forms_of

SEED = analyse(
    "Counternarcotics talks",
    "Counternarcotics officials met. The Daskal team's levies, and a levy on levies; counternarcotics again.",
    "en",
)


@pytest.mark.parametrize(
    ("term", "read"),
    [
        ("narcotic", "counternarcotics"),
        ("daskal", "Daskal"),
        ("official", "officials"),
        ("team", "team"),
        ("@CN", "China"),
        ("unheard", "unheard"),
    ],
)
def test_a_person_reads_a_word_as_the_seeds_write_it(term: str, read: str) -> None:
    assert form_of(term, forms_of([SEED], [term])) == read


def test_a_concept_reads_as_the_word_that_stands_for_it_most() -> None:
    (concept, *_) = concepts_of("levy")
    assert form_of(concept, forms_of([SEED], [concept])) == "levies"
    assert form_of(concept, {}) == concept.removeprefix("~")


def test_only_words_written_otherwise_are_kept() -> None:
    assert forms_of([SEED], ["team", "narcotic"]) == {"narcotic": "counternarcotics"}
