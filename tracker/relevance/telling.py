"""Which words an explanation names, so that surfaces can set them off where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tracker.model import Reason
from tracker.text.tokens import base_word, words

__all__ = ["telling_words"]

_ASIDE: Final = re.compile(r"\([^)]*\)|: (?:both|all|one|the one|two|three|four|five) .*")
_ABSENT: Final = re.compile(r"; little or no|, no mention|no mention")


def telling_words(reasons: Sequence[Reason]) -> frozenset[str]:
    """Return the base forms of the words that the reasons name as found in the article."""
    found: set[str] = set()
    for reason in reasons:
        said = reason.text.partition(": ")[2]
        if reason.kind == "wording":
            said = said.rpartition("(")[2]
        elif reason.kind in {"topics", "places", "core"}:
            said = _ASIDE.sub("", _ABSENT.split(said)[0])
        else:
            continue
        found |= {base_word(word) for word in words(said)}
    return frozenset(found - {""})
