"""How the seeds write the words they are counted by, so that a person reads "counternarcotics" and not "narcotic"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tracker.relevance.analysis import BODY_WORDS, Analysed, normal_word
from tracker.relevance.concepts import CONCEPT, concepts_of
from tracker.relevance.places import MARK, place_name
from tracker.text.tokens import words

__all__ = ["form_of", "forms_of"]


def _usual(written: Counter[str]) -> str:
    """Return the commonest spelling; a word that also stands in small letters is no name."""
    spelling = max(written, key=lambda word: (written[word], word))
    return spelling.lower() if spelling.lower() in written else spelling


def forms_of(seeds: Sequence[Analysed], terms: Iterable[str]) -> dict[str, str]:
    """Return how seeds mostly write some words and concepts, where that is not how they are counted."""
    asked = frozenset(terms)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in seeds:
        title, text = seed.written
        for word in (*words(title), *words(text, BODY_WORDS)):
            normal = normal_word(word)
            for term in (normal, *concepts_of(normal)):
                if term in asked:
                    written[term][word.removesuffix("'s").removesuffix("’s")] += 1
    found = {term: _usual(spellings) for term, spellings in written.items()}
    return {term: form for term, form in sorted(found.items()) if form != term}


def form_of(term: str, forms: Mapping[str, str]) -> str:
    """Return what a person reads for a term: a country's name, the seeds' spelling, or the word as it is counted."""
    if term[0] == MARK:
        return place_name(term[1:])
    return forms.get(term, term.removeprefix(CONCEPT))
