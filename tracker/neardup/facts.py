"""Facts of a text: what stands in the slots that two reports made from one template fill differently.

A slot is a run of figures, number words, dates or names; it is known by the two words on either side, so that the
same slot is found again in another text. Two reports of one template agree in all words and differ in the slots.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import compress, count
from operator import ne, or_
from typing import NamedTuple
from zlib import crc32

__all__ = ["Fact", "facts_of", "figures_in", "numbers_in"]


class Fact(NamedTuple):
    """One filled slot: hash of the words around it, and the words that fill it."""

    key: int
    value: str


_NUMBERS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion mln bln trln
dozen half quarter first second third fourth fifth sixth seventh eighth ninth tenth
〇 零 一 二 三 四 五 六 七 八 九 十 百 千 万 萬 亿 億 兆 两 兩
dos tres cuatro cinco seis siete ocho nueve diez cien mil millón millones
deux trois quatre cinq sept huit neuf dix cent mille millions milliard milliards
zwei drei vier fünf sechs sieben acht neun zehn hundert tausend millionen milliarde milliarden
"""
_DATES = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
lunes martes miércoles jueves viernes sábado domingo
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
lundi mardi mercredi jeudi vendredi samedi dimanche
januar februar märz juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
"""
_FACT_WORDS = frozenset((_NUMBERS + _DATES).split())
_MAX_VALUE = 80  # characters: names are compared with each other, and a list of names is no name
_DIGIT = re.compile(r"\d")
_MAX_CAPITALS = 0.6  # of the words: beyond it (headlines, wire text in capitals) a capital says nothing


def facts_of(words: Sequence[str], lowered: Sequence[str], starts: Collection[int]) -> list[Fact]:
    """Find the facts of a text given as words with and without capitals; `starts` are where sentences begin."""
    marked = [
        False,
        False,
        *_marked(words, lowered, starts),
        False,
        False,
    ]  # two beyond each end, for the frame
    frame = ["", "", *lowered, "", ""]
    return [_fact(frame, marked, first, end) for first, end in _runs(marked)]


def numbers_in(facts: Iterable[Fact]) -> set[str]:
    """Return the words of the facts that are whole numbers and nothing else."""
    return set(filter(str.isdigit, " ".join([fact.value for fact in facts]).split()))


def figures_in(words: Iterable[str]) -> set[str]:
    """Return the words that are figures, Chinese ones too, with or without a unit (`26bn`).

    A name with a letter misread as a digit is no figure.
    """
    mixed = (word for word in words if not word.isascii() or not word.isalpha())
    return {word for word in mixed if 2 * sum(map(str.isnumeric, word)) >= len(word)}


def _fact(frame: Sequence[str], marked: Sequence[bool], first: int, end: int) -> Fact:
    """Read the slot [first, end); a neighbouring slot is part of the frame as "#", whatever fills it."""
    before = "#" if marked[first - 2] else frame[first - 2]
    after = "#" if marked[end + 1] else frame[end + 1]
    around = f"{before} {frame[first - 1]}|{frame[end]} {after}"
    return Fact(crc32(around.encode()), " ".join(frame[first:end])[:_MAX_VALUE])


def _runs(marked: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in compress(count(), marked):
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _marked(words: Sequence[str], lowered: Sequence[str], starts: Collection[int]) -> list[bool]:
    known = set(lowered)
    slots = known & _FACT_WORDS
    slots.update([word for word in known if not word.isalpha() and _DIGIT.search(word)])
    capitals = list(map(ne, words, lowered))
    if sum(capitals) > _MAX_CAPITALS * len(words):
        return [word in slots for word in lowered]
    for start in starts:
        capitals[start] = False
    return list(map(or_, capitals, map(slots.__contains__, lowered)))
