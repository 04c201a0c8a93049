"""An endless stream of made-up news with the word statistics of real news, cheap enough for a million articles.

A text is a walk from word to word as real articles go (a chain of order one), broken by runs of five to twelve words
taken whole from real articles, the common ones far more often than the rare (a heavy tail, as stock phrases have); every
figure is drawn anew. So most word runs are new and some are everywhere, as in a real archive. Some articles end in the
footer of their site. Learns from the articles it is given; without any, from an invented language.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from zlib import crc32

from tracker.neardup.facts import Fact
from tracker.neardup.prepared import SPACED_WIDTH, Prepared, Sentence, prepare
from tracker.text.normalise import cased_sentences, normalise

__all__ = ["News", "Told", "invented_texts", "texts_of"]

_PHRASE_SHARE = 0.03  # of the steps; a phrase is eight words long in the mean
_TAIL = 30  # the commonest phrase is used as often as rank 1 of 1 / (rank + 30)
_FOOTER_SHARE = 0.05
_SITES = 400
_FEWEST_WORDS, _MOST_WORDS = 50, 1500
_MIN_SENTENCE = 4
_FACT_LISTS = 500
_REMEMBERED = 300_000  # tokens
_ENDS = re.compile(r"^[^\w]*")
_STOP = re.compile("[.!?]")


@dataclass(frozen=True, slots=True)
class Told:
    """One article: its words as printed, with their stops."""

    title: str
    tokens: Sequence[str]

    @property
    def text(self) -> str:
        """The text as printed."""
        return " ".join(self.tokens)


class News:
    """A source of articles; the same seed gives the same articles."""

    def __init__(self, texts: Iterable[str], seed: int) -> None:
        self._random = random.Random(seed)
        self._next: dict[str, list[str]] = defaultdict(list)
        phrases: list[list[str]] = []
        fact_lists: list[tuple[Fact, ...]] = []
        for text in texts:
            tokens = text.split()
            for one, other in pairwise(["", *tokens, ""]):
                self._next[one].append(other)
            phrases.extend(tokens[at : at + self._random.randint(5, 12)] for at in range(0, len(tokens), 15))
            if len(fact_lists) < _FACT_LISTS:
                fact_lists.append(_facts(text))
        self._random.shuffle(phrases)
        self._phrases = phrases
        self._weights = list(accumulate(1 / (rank + _TAIL) for rank in range(len(phrases))))
        self._fact_lists = fact_lists
        self.paragraphs = [self.paragraph(self._random.randint(40, 110)) for _ in range(_SITES)]

    def article(self) -> Told:
        """A new article."""
        chance = self._random
        length = int(min(_MOST_WORDS, max(_FEWEST_WORDS, chance.lognormvariate(5.3, 0.6))))
        tokens = self._walk(length)
        if chance.random() < _FOOTER_SHARE:
            tokens = [*tokens, *chance.choice(self.paragraphs).split()]
        return Told(" ".join(self._walk(9)), tokens)

    def paragraph(self, words: int) -> str:
        """Some new sentences."""
        return " ".join(self._walk(words))

    def outline(self, told: Told) -> Prepared:
        """What `prepare` makes of an article, at a fraction of its cost: all the same but for the facts.

        The facts are those of a real article of any kind; only pairs with much in common ask for them.
        """
        words: list[int] = []
        lowered: list[str] = []
        sentences: list[Sentence] = []
        first = 0
        for token in told.tokens:
            for crcs, lows, stops in _parts.get(token) or _taken_apart(token):
                words += crcs
                lowered += lows
                if stops and len(words) > first:
                    sentences.append(_sentence(lowered, first))
                    first = len(words)
        sentences.append(_sentence(lowered, first))
        return Prepared(
            title=tuple(told.title.lower().split()),
            words=tuple(words),
            width=SPACED_WIDTH,
            sentences=tuple(one for one in sentences if one.end - one.first >= _MIN_SENTENCE),
            facts=self._random.choice(self._fact_lists),
        )

    def _walk(self, length: int) -> list[str]:
        after, rnd = self._next, self._random.random
        tokens: list[str] = []
        token = ""
        while len(tokens) < length:
            if rnd() < _PHRASE_SHARE:
                tokens += self._random.choices(self._phrases, cum_weights=self._weights)[0]
                token = tokens[-1]
                continue
            following = after.get(token) or after[""]
            token = following[int(rnd() * len(following))]
            if token:
                tokens.append(token if token.isalpha() else self._fresh(token))
        return tokens

    def _fresh(self, token: str) -> str:
        if not any(map(str.isdigit, token)):
            return token
        return "".join(str(int(self._random.random() * 10)) if c.isdigit() else c for c in token)


def texts_of(folder: Path, each: int = 3) -> list[str]:
    """Every third article of the near-duplicate sets."""
    texts: list[str] = []
    for path in sorted(folder.glob("*.items.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts += [
                json.loads(line)["text"] or "" for number, line in enumerate(lines) if number % each == 0
            ]
    return texts


def invented_texts(seed: int, texts: int = 300) -> list[str]:
    """Texts in a language of made-up words, the common ones far more often than the rare; for machines without sets."""
    chance = random.Random(seed)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(20_000)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    sentences = (
        " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(6, 25))).capitalize() + "."
        for _ in range(texts * 15)
    )
    return [" ".join(next(sentences) for _ in range(15)) for _ in range(texts)]


def _facts(text: str) -> tuple[Fact, ...]:
    return prepare("", text).facts


def _sentence(lowered: Sequence[str], first: int) -> Sentence:
    return Sentence(crc32(" ".join(lowered[first:]).encode()), first, len(lowered))


_Part = tuple[tuple[int, ...], tuple[str, ...], bool]
_parts: dict[str, list[_Part]] = {}


def _taken_apart(token: str) -> list[_Part]:
    """The words of a token up to each stop in it: (hashes, words, whether a stop follows); remembered but for figures."""
    normal = normalise(token, keep_case=True)
    before, after = _ENDS.findall(normal)[0], _ENDS.findall(normal[::-1])[0]
    parts: list[_Part] = [((), (), True)] if _STOP.search(before) else []
    for part in cased_sentences(token):
        lowered = tuple(word.lower() for word in part)
        parts.append((tuple(crc32(word.encode()) for word in lowered), lowered, True))
    parts[-1:] = [(*part[:2], bool(_STOP.search(after))) for part in parts[-1:]]
    if token.isalpha() or len(_parts) < _REMEMBERED:
        _parts[token] = parts
    return parts
