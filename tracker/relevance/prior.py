"""How common a word is in the language at large, before any stream was seen. The lists are in `wordlists.py`.

Frequencies are zipf values: log10 of occurrences per billion words (van Heuven et al. 2014).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from tracker.relevance.wordlists import frequency_of_word, zipf_of_phrase

__all__ = ["rarity", "share", "share_of_rate", "zipf"]

_UNKNOWN: Final = 1.0
_STORY_WORDS: Final = 250
"""Words a story is taken to have when a frequency per word becomes a share of stories."""
_LISTED: Final = frozenset(
    {"en", "es", "de", "fr", "pt", "it", "nl", "pl", "sv", "tr", "ru", "ar", "id", "zh"}
)
_NEIGHBOURS: Final = ("es", "de", "fr", "pt", "it")
_FAMILIAR: Final = 3.5
_UNSPLIT: Final = frozenset({"zh"})
"""Languages whose words wordfreq splits with packages we do not need: their table is read directly."""


@lru_cache(maxsize=1 << 16)
def zipf(word: str, language: str = "en", size: str = "best") -> float:
    """Return the zipf frequency of a lower-case word or phrase in a language; 0 when nobody knows it.

    `size` is "best" or "small": the small lists know words down to zipf 3 and load in a tenth of the time.
    """
    if language not in _LISTED:
        return 0.0
    if language in _UNSPLIT:
        frequency = frequency_of_word(word, language)
        return round(math.log10(frequency) + 9, 2) if frequency else 0.0
    return zipf_of_phrase(word, language, size)


def share_of_rate(rate: float) -> float:
    """Turn occurrences per word into the expected share of stories that hold the word at least once."""
    return min(0.97, max(1e-6, 1 - math.exp(-_STORY_WORDS * rate)))


def share(word: str, languages: tuple[str, ...] = ("en",)) -> float:
    """Return the share of stories expected to hold this word; the commonest reading among the languages counts."""
    known = max(zipf(word, language) or zipf(word + "s", language) for language in languages)
    return share_of_rate(10 ** ((known or _UNKNOWN) - 9))


def rarity(word: str, languages: tuple[str, ...] = ("en",)) -> float:
    """Return the prior idf, -ln(share), of a word of a phrase, which may be in another language than the seeds."""
    known = max(zipf(word, language) or zipf(word + "s", language) for language in languages)
    if known < _FAMILIAR:
        known = max(known, *(zipf(word, language, "small") for language in _NEIGHBOURS))
    return -math.log(share_of_rate(10 ** ((known or _UNKNOWN) - 9)))
