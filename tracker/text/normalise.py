"""One normal form for comparing text, so that the same words published twice are the same words here.

For comparing only: what comes out is never shown to a reader. The steps are those measured for near-duplicate
detection: character references and double-encoded UTF-8 are repaired, compatibility forms folded (Unicode NFKC,
UAX #15), invisible characters, apostrophes inside words and separators inside numbers dropped, capitals lowered.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["UNSPACED", "cased_sentences", "comparison_words", "normalise"]

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"  # radicals, kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Character class (inside brackets) of the scripts that put no spaces between words."""

_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u06d6-\u06ed"  # Latin, Hebrew, Arabic
    "\u0900-\u0963\u0966-\u0dff"  # Indic vowel signs; 0964 and 0965 are full stops
)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# The looked-for character comes first and the look-behind after it: three times faster than the other way round.
_APOSTROPHE = re.compile(r"['\u2019\u02bc](?<=\w.)(?=\w)")
_DIGIT_MARK = re.compile(r"[.,](?<=\d.)(?=\d)")
_SPECIAL_SCRIPT = re.compile(f"[{UNSPACED}{_MARKS}]")
_STOPS = re.compile("[.!?\n\u0964\u06d4\u061f\u3002]")  # with Indic, Urdu, Arabic and Chinese ones
_ASCII_WORD = re.compile("[A-Za-z0-9]+")
_ALPHABET_WORD = re.compile(r"[^\W_]+")
_ANY_WORD = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[{_MARKS}])+")


def _as_cp1252(byte: int) -> str:
    return bytes([byte]).decode("cp1252", errors="ignore") or chr(byte)


_BYTE_BY_CHAR = {_as_cp1252(byte): byte for byte in range(0x80, 0x100)}
_TAIL = "[" + re.escape("".join(_as_cp1252(byte) for byte in range(0x80, 0xC0))) + "]"
# Lead bytes C2, C3, C5 (accented Latin) and E2 (typographic punctuation): what news pages really double-encode.
_DOUBLE_ENCODED = re.compile(f"[\u00c2\u00c3\u00c5]{_TAIL}|\u00e2{_TAIL}{{2}}")


def _decoded_once_more(match: re.Match[str]) -> str:
    return bytes(_BYTE_BY_CHAR[char] for char in match.group()).decode("utf-8", errors="replace")


def normalise(text: str, *, keep_case: bool = False) -> str:
    """Return the form of `text` in which copies are equal; `keep_case` leaves capitals, for telling names."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _DOUBLE_ENCODED.sub(_decoded_once_more, text))
        text = _INVISIBLE.sub("", text)
    text = _DIGIT_MARK.sub("", _APOSTROPHE.sub("", text))
    return text if keep_case else text.lower()


def _word_pattern(normal: str) -> re.Pattern[str]:
    """Choose the fastest pattern that reads the words of this text right."""
    if normal.isascii():
        return _ASCII_WORD
    return _ANY_WORD if _SPECIAL_SCRIPT.search(normal) else _ALPHABET_WORD


def comparison_words(text: str) -> list[str]:
    """Return the words of a text as compared: runs of letters and digits in lower case, in order.

    In scripts without spaces every character is a word of its own.
    """
    normal = normalise(text)
    return _word_pattern(normal).findall(normal)


def cased_sentences(text: str) -> list[list[str]]:
    """Return the words of each sentence (text between stops or line ends) as above, but with their capitals.

    No sentence is empty.
    """
    normal = normalise(text, keep_case=True)
    pattern = _word_pattern(normal)
    return [words for sentence in _STOPS.split(normal) if (words := pattern.findall(sentence))]
