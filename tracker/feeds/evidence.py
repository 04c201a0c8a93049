"""What speaks for two entries being one story: their titles' words, and what their addresses have in common."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tracker.text.tokens import words

__all__ = ["is_alike", "is_same_place", "is_story_address", "leads_to_same"]

_SAME_TITLE = 0.5  # share of the words of the longer title; edited headlines keep more, other stories' less
_ID = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_DAY = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?")
_SLUG = re.compile(r"\d|[^/]*-[^/]*-|[^/]{20}")


def is_alike(one: str, other: str) -> bool:
    """Whether two titles share most of their words."""
    first, second = ({word.lower() for word in words(title)} for title in (one, other))
    if not first or not second:
        return first == second
    return len(first & second) >= _SAME_TITLE * max(len(first), len(second))


def is_story_address(canonical_url: str | None) -> bool:
    """Whether an address looks like that of one story (a number or a slug in it), not like a front page or section."""
    if not canonical_url:
        return False
    parts = urlsplit(canonical_url)
    return bool(_SLUG.search(f"{parts.path}?{parts.query}"))


def is_same_place(one: str | None, other: str | None) -> bool:
    """Whether both addresses carry the same number of a story: publishers rewrite the words around it."""
    mine, theirs = _story_number(one), _story_number(other)
    return mine is not None and mine == theirs


def leads_to_same(one: str | None, other: str | None) -> bool:
    """Whether two addresses differ in their host only, or in the words around the same number."""
    if not one or not other:
        return False
    return is_same_place(one, other) or (is_story_address(one) and _within_site(one) == _within_site(other))


def _within_site(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query


def _story_number(url: str | None) -> str | None:
    """The last number of five digits or more in path and query that is no date."""
    if not url:
        return None
    parts = urlsplit(url)
    numbers = [number for number in _ID.findall(f"{parts.path}?{parts.query}") if not _DAY.fullmatch(number)]
    return numbers[-1] if numbers else None
