"""What changed between two versions of a text, word by word, with a few words around each change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

__all__ = ["Change", "changes_between"]

_AROUND: Final = 6
_MOST_WORDS: Final = 5_000
"""Only the beginning of longer texts is compared: the time grows with the square of their length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One piece: words that stayed, went or came. `skipped` says that unchanged words before it are left out."""

    kind: Literal["same", "removed", "added"]
    text: str
    skipped: bool = False


def changes_between(old: str, new: str) -> tuple[Change, ...]:
    """Compare two texts; empty when no word differs."""
    before, after = old.split()[:_MOST_WORDS], new.split()[:_MOST_WORDS]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    if all(tag == "equal" for tag, *_ in codes):
        return ()
    pieces: list[Change] = []
    for position, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            pieces.extend(_same(before[a:b], is_first=position == 0, is_last=position == len(codes) - 1))
        else:
            pieces.extend(_replaced(before[a:b], after[c:d]))
    return tuple(pieces)


def _same(words: list[str], *, is_first: bool, is_last: bool) -> Iterator[Change]:
    """Keep a few words beside a change."""
    if is_first and is_last:
        return
    if is_first:
        yield Change(kind="same", text=" ".join(words[-_AROUND:]), skipped=len(words) > _AROUND)
    elif is_last:
        yield Change(kind="same", text=" ".join(words[:_AROUND]))
        if len(words) > _AROUND:
            yield Change(kind="same", text="", skipped=True)
    elif len(words) <= 2 * _AROUND:
        yield Change(kind="same", text=" ".join(words))
    else:
        yield Change(kind="same", text=" ".join(words[:_AROUND]))
        yield Change(kind="same", text=" ".join(words[-_AROUND:]), skipped=True)


def _replaced(gone: list[str], come: list[str]) -> Iterator[Change]:
    if gone:
        yield Change(kind="removed", text=" ".join(gone))
    if come:
        yield Change(kind="added", text=" ".join(come))
