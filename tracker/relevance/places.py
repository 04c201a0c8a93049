"""Countries as concepts: every way a text names one ("Chinese", "Beijing", "U.S.", "Pekín", "中国") is one word, @CN.

The table `places.tsv` beside this module was generated once and reviewed by hand; its columns are the ISO 3166 code
(EU for the Union), the kind of name, the language (und: any), the name and where capitals are asked for (any,
capital: at least the first letter, upper: all). The longest name that fits is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from tracker.relevance.prior import share_of_rate, zipf
from tracker.text.tokens import stem, words

__all__ = [
    "MARK",
    "Gazetteer",
    "PlaceRow",
    "PlaceWords",
    "code_of",
    "gazetteer",
    "members_of",
    "place_name",
    "place_share",
]

MARK: Final = "@"
"""First character of a country's concept word; no word of a text begins so."""
_COMMON_KINDS: Final = frozenset({"name", "short", "demonym", "capital"})
_SHOWN_AS: Final = {
    "AE": "United Arab Emirates",
    "BA": "Bosnia and Herzegovina",
    "CD": "DR Congo",
    "CG": "Congo-Brazzaville",
    "GB": "United Kingdom",
    "KP": "North Korea",
    "KR": "South Korea",
    "NL": "Netherlands",
    "PS": "Palestinian territories",
    "SA": "Saudi Arabia",
    "US": "United States",
    "VA": "Vatican",
}
"""Countries whose commonest name in the table is not the one a reader expects."""
_UNION: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_MEMBERS: Final = {"EU": frozenset(_UNION.split())}


class PlaceRow(NamedTuple):
    """One line of the table."""

    code: str
    kind: str
    language: str
    surface: str
    case: str


class PlaceWords(NamedTuple):
    """A name as it is looked for: its words in lower case and how its first word must be written."""

    words: tuple[str, ...]
    code: str
    case: str


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def _fits(word: str, case: str) -> bool:
    return case == "any" or (word.isupper() if case == "upper" else word[0].isupper())


class Gazetteer:
    """Names of countries to look for in the words of a text."""

    def __init__(self, rows: Iterable[PlaceRow]) -> None:
        self._by_first: dict[str, list[PlaceWords]] = {}
        for row in rows:
            found = tuple(_plain(word) for word in words(row.surface))
            self._by_first.setdefault(found[0], []).append(PlaceWords(found, row.code, row.case))
        for names in self._by_first.values():
            names.sort(key=lambda name: (-len(name.words), name.case))

    def starts(self, word: str) -> tuple[PlaceWords, ...]:
        """Return the names that may begin with this word as written, longest first; a plural s is overlooked."""
        plain = _plain(word)
        names = self._by_first.get(plain) or self._by_first.get(stem(plain), [])
        return tuple(name for name in names if _fits(word, name.case))

    @staticmethod
    def longest(names: Sequence[PlaceWords], text: Sequence[str], at: int) -> tuple[str, int] | None:
        """Return (code, number of words) of the first of `names` that stands at this place of a text."""
        following: tuple[str, ...] = ()
        for name in names:
            size = len(name.words)
            if size > 1:
                following = following or tuple(map(_plain, text[at : at + size]))
                if following[:size] != name.words:
                    continue
            return name.code, size
        return None


@cache
def _rows() -> tuple[PlaceRow, ...]:
    table = files("tracker.relevance").joinpath("places.tsv").read_text(encoding="utf-8")
    return tuple(PlaceRow(*line.split("\t")) for line in table.splitlines()[1:] if line)


@cache
def gazetteer(language: str) -> Gazetteer:
    """Return the names to look for in a text of this language: its own, the English ones, those of any language."""
    read = {"und", "en", language}
    return Gazetteer(row for row in _rows() if row.language in read)


@cache
def place_share(code: str) -> float:
    """Return the share of English stories expected to mention a country, from how common its names are."""
    surfaces = {
        row.surface.lower()
        for row in _rows()
        if row.code == code
        and row.language in {"en", "und"}
        and (row.kind in _COMMON_KINDS or " " not in row.surface)
    }
    known = [zipf(surface) for surface in surfaces]
    return share_of_rate(sum(10 ** (value - 9) for value in known if value))


@cache
def place_name(code: str) -> str:
    """Return a country's English name as a reader knows it; the code when the table has none."""
    if code in _SHOWN_AS:
        return _SHOWN_AS[code]
    surfaces = [
        row.surface
        for row in _rows()
        if row.code == code
        and row.language == "en"
        and row.kind in {"name", "short"}
        and row.case == "capital"
    ]
    shown = max(surfaces, key=zipf, default=code)
    return " ".join(
        part if part in {"and", "of", "the"} else part[0].upper() + part[1:] for part in shown.split()
    )


def members_of(code: str) -> frozenset[str]:
    """Return the countries that belong to a union; none for a country."""
    return _MEMBERS.get(code, frozenset())


def code_of(place: str) -> str | None:
    """Return the code of a country given as a code or by any name in the table; None when it is neither."""
    if any(row.code == place for row in _rows()):
        return place
    plain = place.lower()
    return next((row.code for row in _rows() if row.surface.lower() == plain), None)
