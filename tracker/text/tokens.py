"""Words of a text, in any script.

A word is a run of letters, marks and digits, joined inside by full stops, apostrophes or ampersands ("U.S", "don't",
"AT&T"); hyphens split. In scripts written without spaces (Han, Kana, Thai, Lao, Burmese, Khmer)
every character is a word of its own, so that searching a sequence of words is searching a substring.
Looking at meaning is not done here: for words as relevance counts them see `relevance/analysis.py`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from tracker.text.normalise import UNSPACED

__all__ = ["STOP_WORDS", "base_word", "is_spaceless", "stem", "words"]

_SPACELESS: Final = re.compile(f"[{UNSPACED}]")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200d\ufeff]")
# \w leaves out combining marks, which would tear Hindi, Tamil, Arabic or Hebrew words apart at their vowel signs.
_LETTER: Final = r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0963\u0966-\u0dff]"
_WORD: Final = re.compile(rf"{_LETTER}+(?:[.'’&]{_LETTER}+)*")
_NUMBER: Final = re.compile(r"[\d.]+")
_LONGEST_WORD: Final = 64
"""Characters allowed per word when a text is cut before it is split; English has six, its space included."""

_STOP_WORDS: Final = """
    a about after again against ago all almost along already also although always am amid among an and
    another any anyone anything are around as ask asked at away back be became because become been before
    began behind being below between both but by came can cannot come could day did do does doing done don't
    down during each either else even ever every few for from further get give given go going got had has
    have having he he'd he'll he's her here hers herself him himself his how however i i'm if in including
    into is isn't it it's its itself just know last late later least less let like likely made make many may
    me might more most much must my near never new next no nor not nothing now of off often on once one only
    onto or other others our out over own per perhaps put rather said same saw say saying says see seen
    several shall she should since so some still such take taken tell than that that's the their them
    themselves then there these they they're thing this those though through thus to today together told
    tomorrow too took toward towards two under until up upon us use used using very via want was wasn't way
    we well went were what when where whether which while who whom whose why will with within without won't
    would yes yesterday yet year you your monday tuesday wednesday thursday friday saturday sunday january
    february march april june july august september october november december jan feb mar apr jun jul aug
    sept oct nov dec a.m p.m mr mrs ms dr anti counter non pro co pre reuters cnn npr bbc nbc cbs abc msnbc
    afp upi percent cent pct
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
"""Words that never count: function words, days, months, words of reporting, prefixes left alone by a hyphen,
agencies and broadcasters, and what others write as "%"."""


def words(text: str, limit: int | None = None) -> list[str]:
    """Split into words as written (case kept), at most `limit` of them."""
    if limit is not None:
        text = text[: limit * _LONGEST_WORD]
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
        text = _SPACELESS.sub(r" \g<0> ", text)
    found: list[str] = _WORD.findall(text.replace("_", " "))
    return found if limit is None else found[:limit]


def is_spaceless(word: str) -> bool:
    """Whether this is a character of a script written without spaces."""
    return len(word) == 1 and _SPACELESS.match(word) is not None


def stem(word: str) -> str:
    """Take the plural off a lower-case English word, lightly: policies, boxes and drugs become policy, box, drug."""
    if len(word) <= 3 or word[-1] != "s":
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word if word[-2] in "sui" else word[:-1]


def _acronym(word: str) -> str:
    """Return a short word in capitals in lower case, an "s" after it taken off: PFAS is no plural, EVs is one."""
    letters = word[:-1] if word[-1] == "s" else word
    return letters.lower() if len(letters) <= 4 and letters.isupper() else ""


@lru_cache(maxsize=1 << 16)
def base_word(word: str) -> str:
    """Return the form in which a word is counted, or "" for one that never counts (stop word, number, one letter).

    Lower case, without 's and without the plural; of numbers only four digits (years) count.
    """
    plain = word.lower().replace("’", "'").removesuffix("'s")
    if _NUMBER.fullmatch(plain):
        return plain if len(plain) == 4 and plain.isdigit() else ""
    if len(plain) < 2 or plain in STOP_WORDS:
        return ""
    stemmed = _acronym(word) or stem(plain)
    return "" if stemmed in STOP_WORDS else stemmed
