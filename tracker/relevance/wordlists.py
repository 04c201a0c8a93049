"""How often words are used in the languages at large: the lists of wordfreq, packed. The one home of wordfreq.

wordfreq itself keeps a list as a dictionary of strings, up to 60 MB a language; packed it takes 2.4 MB, and a fetch
that meets eight languages a quarter of a gigabyte less. Lists are read on first use, about half a second each.
"""

from __future__ import annotations

import gzip
import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["WordList", "frequency_of_word", "zipf_of_phrase"]

_STEPS = 1 << 10
"""A frequency of 10^(-n/100) is kept as n; lists end at n = 800."""
_MASK = (1 << 64) - _STEPS
_LEAST = 1e-9


class WordList:
    """Frequencies by word, packed: a sorted array of numbers, the upper 54 bits a word's hash, the lower ten its step.

    Of a word that is listed twice the lower frequency counts. One that is not listed is taken for one that is once in
    10^10 times. Words are hashed as UTF-8: as strings "oh" and "桯" have one hash. The hashes are this process's own.
    """

    def __init__(self, words_by_step: Iterable[Sequence[bytes]]) -> None:
        packed: list[int] = []
        for step, words in enumerate(words_by_step):
            packed += [hash(word) & _MASK | step for word in words]
        packed.sort()
        self._packed = array("Q", packed)

    def get(self, word: str) -> float:
        """Return the share of a word among all words written; 0 for one that is not listed."""
        key = hash(word.encode("utf-8", "surrogatepass")) & _MASK
        at = bisect_right(self._packed, key | (_STEPS - 1)) - 1
        if at < 0 or self._packed[at] & _MASK != key:
            return 0.0
        return 10 ** (-(self._packed[at] % _STEPS) / 100)


@cache
def _listed(language: str, size: str) -> WordList:
    """Read a list piece by piece (the format: `wordfreq.read_cBpack`): whole it is a hundred megabytes of strings."""
    import wordfreq  # a fifth of a second, paid only by whoever scores

    msgpack: Any = import_module("msgpack")  # wordfreq needs it, too
    with gzip.open(wordfreq.available_languages(size)[language]) as file:
        pieces = msgpack.Unpacker(file, raw=True)
        count = pieces.read_array_header() - 1
        header = pieces.unpack()
        assert header == {b"format": b"cB", b"version": 1}
        return WordList(pieces.unpack() for _ in range(count))


def frequency_of_word(word: str, language: str, size: str = "best") -> float:
    """Return the share of a word, looked up as it is; 0 when nobody knows it."""
    return _listed(language, size).get(word)


def zipf_of_phrase(phrase: str, language: str, size: str = "best") -> float:
    """Return the zipf frequency of a word or phrase as `wordfreq.zipf_frequency` does; 0 when a word is not known.

    Phrases are as frequent as 1 / (1/f + 1/f + ...) of their words; digits count by their shape and as years.
    """
    from wordfreq.numbers import digit_freq, smash_numbers
    from wordfreq.tokens import lossy_tokenize

    inverse = 0.0
    for token in lossy_tokenize(phrase, language):
        shape = smash_numbers(token)
        share = frequency_of_word(shape, language, size) * (digit_freq(token) if shape != token else 1.0)
        if not share:
            return 0.0
        inverse += 1.0 / share
    share = max(1.0 / inverse, _LEAST) if inverse else _LEAST
    rounded = round(share, math.floor(-math.log10(share)) + 3)
    return round(math.log10(rounded) + 9, 2)
