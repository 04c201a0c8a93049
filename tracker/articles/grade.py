"""What an extracted text is: the whole article, its beginning, a wall, or another page; and why one thinks so.

Judged by the words it shares with the headline and the feed's text, by its length against the feed's text, and by the
phrases of `walls.toml`. A page that answers 200 with a cookie notice is the commonest way a full text goes wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from tracker.model import TextGrade
from tracker.text.tokens import STOP_WORDS, is_spaceless, words

__all__ = ["Expectation", "Graded", "grade_text"]

_WALL_WORDS = 250  # a notice is short ...
_NOTICE_PHRASES = 3  # ... or repeats itself
_FULL_WORDS = 50
_COMPARED_CHARS = 20_000
_TAIL_CHARS = 1_500  # where a paywall stands
_UNRELATED = 0.25  # share of the headline's words in the text: below, it is about something else
_RELATED = 0.5
_MIN_HEADLINE_WORDS = 3
_PREFIX = 5  # letters compared of a word, so that inflected forms meet
_SHORTER_THAN_FEED = 0.7
_CUT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|[Rr]ead more|[Cc]ontinue reading|[Ww]eiterlesen|[Ll]ire la suite|[Ll]eer más)\W*$"
)
_NAMES = {
    "consent": "a cookie or consent notice",
    "login": "a sign-in form",
    "challenge": "a bot check or a block",
    "paywall": "a paywall",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the feed promised: the headline, its own text of the story, and the title the page bears."""

    title: str = ""
    feed_text: str = ""
    page_title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A grade and the sentence behind it; the reason of a full text is empty."""

    grade: TextGrade
    reason: str = ""


def grade_text(text: str, expected: Expectation) -> Graded:
    """Judge a text against what was expected of it."""
    if not text.strip():
        return Graded(grade=TextGrade.NONE, reason="there is no text")
    listed = words(text[:_COMPARED_CHARS])
    count, promises, present = _word_count(listed), _promises(expected), _features(listed)
    if _shared(promises, present, unknown=0.0) < _RELATED:
        phrases = _phrases_in(text)
        wall = _wall(phrases, count)
        if wall:
            return Graded(grade=TextGrade.WALL, reason=wall)
        if phrases["missing"] and count < _WALL_WORDS:
            reason = f"the page says it is missing (“{phrases['missing'][0]}”)"
            return Graded(grade=TextGrade.WRONG_PAGE, reason=reason)
    if _shared(promises, present | _features(words(expected.page_title)), unknown=1.0) < _UNRELATED:
        return Graded(grade=TextGrade.WRONG_PAGE, reason="the page shares hardly a word with the headline")
    teaser = _teaser(text, count, expected.feed_text)
    return Graded(grade=TextGrade.TEASER, reason=teaser) if teaser else Graded(grade=TextGrade.FULL)


def _wall(phrases: Mapping[str, list[str]], count: int) -> str:
    """What stands where the article should, by the phrases of a text that has little in common with it."""
    for kind in ("consent", "challenge", "login"):
        found = phrases[kind]
        is_notice = len(found) >= _NOTICE_PHRASES or (bool(found) and count < _WALL_WORDS)
        if is_notice:
            return f"the page shows {_NAMES[kind]} (“{found[0]}”)"
    if phrases["paywall"] and count < _FULL_WORDS:
        return f"the page shows {_NAMES['paywall']} (“{phrases['paywall'][0]}”)"
    return ""


def _teaser(text: str, count: int, feed_text: str) -> str:
    at_end = _found(_phrases()["paywall"], _folded(text[-_TAIL_CHARS:]))
    if at_end and count < 4 * _WALL_WORDS:
        return f"the text ends at a paywall (“{at_end[0]}”)"
    if len(feed_text) > 300 and len(text) < _SHORTER_THAN_FEED * len(feed_text):
        return "the text is shorter than the feed's own"
    if count < _FULL_WORDS:
        return f"the text has only {count} words"
    if count < _WALL_WORDS and _CUT.search(text):
        return "the text breaks off"
    return ""


def _promises(expected: Expectation) -> list[set[str]]:
    """The words of the headline and of the feed's text, each where there are enough to judge by."""
    told = (_headline(expected.title), expected.feed_text[:600])
    return [wanted for wanted in map(_features, map(words, told)) if len(wanted) >= _MIN_HEADLINE_WORDS]


def _shared(promises: list[set[str]], present: set[str], *, unknown: float) -> float:
    """Share of the headline's words (or the feed text's, whichever is more) that a text has."""
    return max((len(wanted & present) / len(wanted) for wanted in promises), default=unknown)


def _headline(title: str) -> str:
    """The title, unless it is a file name, an address or a number, which promises nothing."""
    is_sentence = any(map(str.isspace, title.strip())) or any(map(is_spaceless, title))
    return title if is_sentence else ""


def _features(listed: list[str]) -> set[str]:
    """Word beginnings, and pairs of characters in scripts without spaces; function words apart."""
    pairs = {
        one + two
        for one, two in pairwise(listed)
        if len(one) == 1 == len(two) and is_spaceless(one) and is_spaceless(two)
    }
    lowered = set(map(str.lower, listed))
    return pairs | {word[:_PREFIX] for word in lowered if len(word) > 2 and word not in STOP_WORDS}


def _word_count(listed: list[str]) -> int:
    """Count words; two characters of a script without spaces make one."""
    spaceless = sum(is_spaceless(word) for word in listed if len(word) == 1)
    return len(listed) - spaceless + spaceless // 2


def _phrases_in(text: str) -> dict[str, list[str]]:
    folded = _folded(text[:10_000])
    return {kind: _found(phrases, folded) for kind, phrases in _phrases().items()}


def _found(phrases: tuple[str, ...], folded: str) -> list[str]:
    return [phrase for phrase in phrases if phrase in folded]


def _folded(text: str) -> str:
    return text.lower().replace("’", "'")


@cache
def _phrases() -> Mapping[str, tuple[str, ...]]:
    table = tomllib.loads(files(__package__).joinpath("walls.toml").read_text("utf-8"))
    return {kind: tuple(phrases) for kind, phrases in table.items()}
