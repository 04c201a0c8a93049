"""What a reader of the page turns: lists a page at a time, near misses, the archive of digests, a word's history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from tracker.model import ArticleId, DigestId, Fate, Item, ItemQuery, Judgement, SavedDigest, WatchName
from tracker.ports import Store
from tracker.stories.timeline import StorySummary, stories_of

__all__ = ["Leaf", "Reading"]

_T = TypeVar("_T")
_NEAR: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Generic[_T]):
    """One page of a list, counted from 1."""

    rows: tuple[_T, ...]
    number: int
    has_more: bool


class Reading:
    """Reads lists in portions; stores nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def items(self, query: ItemQuery, number: int, size: int) -> Leaf[Item]:
        """One page of items."""
        asked = replace(query, limit=size + 1, offset=(number - 1) * size)
        return _leaf(self._store.items(asked), number, size)

    def kept(self, watches: Iterable[WatchName]) -> dict[WatchName, int]:
        """How many entries each of them has kept."""
        return {watch: self._store.kept_count(watch) for watch in watches}

    def near_misses(self, watch: WatchName, since_at: datetime | None = None) -> tuple[Item, ...]:
        """What stands nearest below the line, best first: a person's word on it teaches most."""
        line = self._store.latest_line(watch)
        query = ItemQuery(
            watch=watch, fate=Fate.BELOW_THRESHOLD, since_at=since_at, max_score=line, limit=_NEAR
        )
        return self._store.items(query)

    def choices(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Outlets and languages of what is stored, the most frequent first; for filters."""
        return self._store.outlets(), self._store.languages()

    def stories(self, watch: WatchName, number: int, size: int) -> Leaf[StorySummary]:
        """One page of a watch's stories, the one last heard of first."""
        ids = self._store.recent_stories(watch, limit=size + 1, offset=(number - 1) * size)
        shown = ids[:size]
        items = self._store.items(ItemQuery(watch=watch, stories=shown, brief=True)) if shown else ()
        return Leaf(rows=stories_of(items), number=number, has_more=len(ids) > size)

    def judgements(self, article_id: ArticleId) -> tuple[Judgement, ...]:
        """Every word of a person on an article, oldest first."""
        return self._store.judgements_of(article_id)

    def digests(self, watch: WatchName | None, number: int, size: int) -> Leaf[SavedDigest]:
        """One page of the archive, newest first."""
        return _leaf(
            self._store.saved_digests(watch, limit=size + 1, offset=(number - 1) * size), number, size
        )

    def digest(self, digest_id: DigestId) -> SavedDigest | None:
        """One digest of the archive, as mailed."""
        return self._store.saved_digest(digest_id)


def _leaf(found: Sequence[_T], number: int, size: int) -> Leaf[_T]:
    return Leaf(rows=tuple(found[:size]), number=number, has_more=len(found) > size)
