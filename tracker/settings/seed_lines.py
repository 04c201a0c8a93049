"""Which lines of the seed files are the articles', so that nothing is learned from the pages they were copied from.

Left out are what stands on pages in general (`text.furniture`), captions, a line that comes a second time, and one that
most seeds have word for word: what five articles share to the letter is their page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from tracker.model import Seed
from tracker.text.furniture import furniture_lines, is_caption
from tracker.text.tokens import words

__all__ = ["MIN_WORDS", "without_page_lines"]

MIN_WORDS: Final = 20
"""Fewer words than these say too little to learn from."""
_FEWEST_SHARE: Final = 3
_SHARE: Final = 0.5
"""A line is the page's when at least three seeds, and half of them, have it."""


def without_page_lines(seeds: Sequence[Seed]) -> tuple[Seed, ...]:
    """Return the seeds with the lines that are not the article's moved from `text` to `left_out`.

    A seed that would keep too few words to learn from keeps all its lines.
    """
    held = Counter(line for seed in seeds for line in set(_lines(seed.text)))
    least = max(_FEWEST_SHARE, _SHARE * len(seeds))
    shared = {line for line, count in held.items() if line and count >= least}
    return tuple(_cleared(seed, shared) for seed in seeds)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n")]


def _cleared(seed: Seed, shared: AbstractSet[str]) -> Seed:
    lines = seed.text.split("\n")
    dropped = furniture_lines(lines).union(_others(_lines(seed.text), shared))
    text = "\n".join(line for number, line in enumerate(lines) if number not in dropped).strip()
    left_out = tuple(line for number in sorted(dropped) if (line := lines[number].strip()))
    if not left_out or len(words(text)) < MIN_WORDS:
        return seed
    return replace(seed, text=text, left_out=left_out)


def _others(lines: Sequence[str], shared: AbstractSet[str]) -> Iterable[int]:
    """Return the numbers of captions, of lines that come again and of those that most seeds share."""
    seen: set[str] = set()
    for number, line in enumerate(lines):
        if line and (line in seen or line in shared or is_caption(line)):
            yield number
        seen.add(line)
