"""What a later version of an article changed, in at most one line: figures first, then what was added or taken out.

Sentences that both versions have are set aside before words are compared, so the time grows with what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from tracker.digest.sentences import sentences_of
from tracker.text.display import clean_line

__all__ = ["what_changed"]

_READ_CHARS: Final = 20_000
_SENTENCES: Final = 200
_WORDS: Final = 400
"""Words compared at most: the time grows with their square."""
_PIECE: Final = 4
"""Words that a replacement may have to be told as "this to that"."""
_REPLACED: Final = 2
_QUOTED: Final = 90
_MOVED: Final = ("removed", "added")
_MARKS: Final = ".,;:!?\"'“”‘’()[]。，；：！？"


def what_changed(old: str, new: str, *, limit: int = 140) -> str:
    """Say in at most `limit` characters how the text of a version differs from the one before; "" for not at all.

    "12 to 15 dead" where figures were replaced, else the words replaced, else the first sentence added or removed.
    """
    before, after = (sentences_of(text, chars=_READ_CHARS, most=_SENTENCES) for text in (old, new))
    gone, come = _without(before, after), _without(after, before)
    old_words, new_words = _words(gone), _words(come)
    if old_words == new_words:
        return ""
    found: dict[str, str] = {}  # each replacement once, however many words it was found before
    for replacement, behind in _replacements(old_words, new_words):
        found.setdefault(replacement, f"{replacement}{behind}".strip(_MARKS))
    replaced = list(found.values())
    figures = [told for told in replaced if any(map(str.isdigit, told))]
    told = (figures or replaced)[:_REPLACED]
    added = len(after) - len(before)
    if not told:
        told = [_moved("added", come) if come else _moved("removed", gone)]
    elif added:
        told.append(f"{abs(added)} {'sentence' if abs(added) == 1 else 'sentences'} {_MOVED[added > 0]}")
    return clean_line("; ".join(told), limit)


def _without(sentences: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(others)
    return [sentence for sentence in sentences if sentence not in known]


def _words(sentences: Sequence[str]) -> list[str]:
    return " ".join(sentences).split()[:_WORDS]


def _replacements(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield "old to new" for each short replacement, and the word behind it, which says of what."""
    plain_old, plain_new = ([word.strip(_MARKS).casefold() for word in words] for words in (old, new))
    for kind, a, b, c, d in SequenceMatcher(None, plain_old, plain_new, autojunk=False).get_opcodes():
        if kind == "replace" and b - a <= _PIECE and d - c <= _PIECE:
            gone, come = _figure(old, a, b), _figure(new, c, d)
            last = come.stop
            is_told = last < len(new) and new[last - 1][-1:] not in _MARKS
            told = f"{' '.join(old[gone]).strip(_MARKS)} to {' '.join(new[come]).strip(_MARKS)}"
            yield told, f" {new[last]}" if is_told else ""


def _figure(words: Sequence[str], begin: int, end: int) -> slice:
    """Narrow a piece down to its figure where it has exactly one."""
    places = [n for n in range(begin, end) if any(map(str.isdigit, words[n]))]
    return slice(places[0], places[0] + 1) if len(places) == 1 else slice(begin, end)


def _moved(how: str, sentences: Sequence[str]) -> str:
    more = f" and {len(sentences) - 1} more" if len(sentences) > 1 else ""
    return f"{how} “{clean_line(sentences[0], _QUOTED)}”{more}"
