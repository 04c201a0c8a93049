"""The language of a text, cheaply: its script decides, then what was declared, then its function words.

Good enough to know whether a text can be compared word for word with the seeds. It knows a dozen languages in Latin
letters; "" means it cannot tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

__all__ = ["language_of"]

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_FARTHER: Final = re.compile("[Ͱ-῿⺀-퟿]")
_SHARED_SCRIPTS: Final = {
    "ru": frozenset({"uk", "bg", "sr", "be", "mk", "kk", "mn"}),
    "ar": frozenset({"fa", "ur", "ps", "ug"}),
    "hi": frozenset({"mr", "ne"}),
    "ja": frozenset({"zh"}),
    "zh": frozenset({"ja", "yue"}),
}
"""Languages that may be declared for a text in the script of another; any other declaration is overruled."""
_FUNCTION_WORDS: Final = {
    "en": "the and of to in a an that is was were for with on by from has have had which their this are been it its "
    "as at be will would not but his her he she they who after or than about into more said over up out how what "
    "when why",
    "es": "el la los las del que por con para una su al como más pero fue entre sobre desde también según y en es lo",
    "de": "der das und den dem des mit von für auf ist im nicht ein eine einen einer sich auch nach bei zu zum wurde",
    "fr": "le la les des du et une dans pour qui est au aux par sur avec ce cette ont été plus selon se ne pas",
    "pt": "o os das dos em na que para com uma não ao pelo pela mais foi são também segundo e é um se da",
    "it": "il lo gli della delle dei del di che per con una è nel nella alla sono anche dal più stato e si un",
    "nl": "het een van en dat met voor op zijn niet aan te ook naar om bij uit werd heeft de wordt",
    "sv": "och att det som en på är av för till har inte ett från var vid kan den",
    "da": "og det som en på er af til har ikke et fra ved blev den der",
    "pl": "w na z że się nie jest od przez dla po jak oraz są który która i o",
    "cs": "se je že pro jako ale podle jsou byl která které také jeho bude než už v na z",
    "tr": "ve bir bu için ile olarak daha çok olan gibi kadar ancak sonra göre",
    "id": "yang dari untuk dengan pada ini itu tidak dalam akan oleh juga telah kepada",
}
_READ: Final = 100
_CERTAIN: Final = 3
_NOT_ENGLISH: Final = 1.5
"""How many votes it takes to tell a language, and how many times English's own another one must have."""

_languages_by_word: Final[dict[str, list[str]]] = {}
for _language, _listed in _FUNCTION_WORDS.items():
    for _word in _listed.split():
        _languages_by_word.setdefault(_word, []).append(_language)


def _script_language(sample: str) -> str:
    """Name the language whose script most of a sample is in; "" when that is Latin."""
    if not _FARTHER.search(sample):
        return ""
    half = sum(char.isalpha() for char in sample) / 2
    for language, letters in _SCRIPTS:
        # Kana betray Japanese among Han characters even when they are few.
        if len(letters.findall(sample)) > (half / 5 if language == "ja" else half):
            return language
    return ""


def _spoken(found: Sequence[str]) -> str:
    votes = Counter(
        language for word in found[:_READ] for language in _languages_by_word.get(word.lower(), ())
    )
    ranked = [*votes.most_common(2), ("", 0), ("", 0)]
    (best, most), (_, next_most) = ranked[:2]
    doubtful = most < _CERTAIN or most == next_most or (best != "en" and most < _NOT_ENGLISH * votes["en"])
    return "" if doubtful else best


def language_of(found: Sequence[str], declared: str | None) -> str:
    """Return the two-letter language of a text given as words, or "" when nothing tells it."""
    named = (declared or "").replace("_", "-").split("-")[0].strip().lower()
    script = _script_language("".join(found[:_READ]))
    if script:
        return named if named in _SHARED_SCRIPTS.get(script, ()) else script
    return named or _spoken(found)
