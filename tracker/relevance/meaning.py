"""Meaning: how close a text is to the nearest seed for a sentence encoder, where one is installed.

Dense vectors meet where words do not. Nothing here knows how they are made: an `Encoder` is handed in by whoever has a
model (`app/encoder.py`), and without one nothing is added to any score.

The constants are fitted to all-MiniLM-L6-v2 on three graded subjects and two news streams by
`python -m benchmarks.vectors` (docs/relevance.md has the gain on each): a coarse grid, where the mean over all kinds of
watches of average precision and F1 at the line is best. The best is flat: weights of 2 to 4 with shares of 0.65 to 0.75
are worth within 0.001 of it, and a weight of 3 moves no line far. Another model's cosines mean other things; so half of
what they are compared with is how close the seeds are to one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tracker.relevance.analysis import Analysed

__all__ = ["Encoder", "Meaning", "meaning_text", "score_meaning", "usual_closeness"]

Vector = tuple[float, ...]

_WEIGHT: Final = 3.0
_MOST: Final = 1.5
"""Log-odds that meaning adds or takes at most, so that it never decides against all words. Anything from 0.75 on fits
the data alike: few texts come that far."""
_USUAL_SHARE: Final = 0.75
"""How close, in units of what is expected of a seed, a text is for which meaning speaks neither way: a headline or a
paraphrase is less close to an article than the next article of the same paper."""
_EXPECTED: Final = 0.6
"""How close the seeds of the measured watches are to one another, on average: taken where there is but one, and for
half of what is expected of several. Five articles of one day are closer to one another than to anything written later.
"""
_READ: Final = 110
"""Words of the body that are read after the title; encoders cut near 256 pieces of words, and reading more did not
help."""


class Encoder(Protocol):
    """Turns texts into vectors of length one. `name` tells models apart: another one means other scores."""

    @property
    def name(self) -> str:
        """Name the model in a few characters that change with it."""
        ...

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        """Return the vector of each text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The seed whose meaning is nearest, its cosine, and the log-odds that gives."""

    nearest: int
    cosine: float
    term: float


def meaning_text(title: str, text: str) -> str:
    """Return what of an article is handed to the encoder."""
    return " ".join([title, *text.split(maxsplit=_READ)[:_READ]]).strip()


def _cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def usual_closeness(seeds: Sequence[Vector]) -> float:
    """Return the cosine to the nearest seed from which on meaning speaks for a text."""
    if len(seeds) < 2:
        return _USUAL_SHARE * _EXPECTED
    nearest = [
        max(_cosine(seed, other) for position, other in enumerate(seeds) if position != at)
        for at, seed in enumerate(seeds)
    ]
    return _USUAL_SHARE * (_EXPECTED + sum(nearest) / len(nearest)) / 2


def score_meaning(seeds: Sequence[Vector], usual: float, analysed: Analysed) -> Meaning | None:
    """Compare a text's meaning with the seeds'; None where either has no vector."""
    if not seeds or len(analysed.meaning) != len(seeds[0]):
        return None
    cosines = [_cosine(seed, analysed.meaning) for seed in seeds]
    best = max(range(len(cosines)), key=cosines.__getitem__)
    term = _WEIGHT * (cosines[best] - usual)
    return Meaning(nearest=best, cosine=cosines[best], term=max(-_MOST, min(_MOST, term)))
