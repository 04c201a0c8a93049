"""Which stories were last heard of, in the order of `tracker.stories.timeline.stories_of`, without reading them whole.

A story was last told when the newest of its kept items was printed, or of the reports folded into those: a report is
dated by its publication, or by when it was first seen where that is earlier or nothing is known. What only the entry of
an item says of its publication counts for the item, not for the families that list it. Of the items that share one id,
the best alone counts. Raw SQL on a measured path (`benchmarks/web.py`): SQLite joins in the order that CROSS JOIN
gives, and reads indices alone but for the rows that count; PostgreSQL chooses for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from tracker.model import Fate, StoryId
from tracker.store.rows import micros

__all__ = ["last_told"]

_BY_FATE: Final = "fate f CROSS JOIN entry e CROSS JOIN article a"
_BY_STORY: Final = "article a CROSS JOIN entry e CROSS JOIN fate f"
_SINCE: Final = (  # +id, or a database looks for the lowest id along the ids, from the first on
    " AND a.story_id IN (SELECT a.story_id FROM fate f CROSS JOIN entry e CROSS JOIN article a"
    " WHERE f.watch IN :watches AND f.fate = :fate"
    " AND f.entry_id >= (SELECT min(+id) FROM entry WHERE first_seen_at >= :since)"
    " AND e.id = f.entry_id AND e.first_seen_at >= :since AND a.id = e.article_id)"
)
_LAST_TOLD: Final = (
    "WITH item AS (SELECT a.story_id, a.family_id, e.id, row_number() OVER"
    " (PARTITION BY a.story_id, coalesce(nullif(a.external_id, ''), CAST(a.id AS TEXT))"
    " ORDER BY coalesce(r.score, 0) DESC, e.first_seen_at, e.id DESC) AS place"
    " FROM {joined} LEFT JOIN relevance r ON r.article_id = a.id AND r.watch = f.watch"
    " WHERE f.watch IN :watches AND f.fate = :fate AND f.entry_id = e.id AND e.article_id = a.id"
    " AND a.story_id IS NOT NULL{since}),"
    " told AS (SELECT item.story_id, e.first_seen_at AS seen_at,"
    " coalesce(a.published_at, CASE WHEN e.id = item.id THEN e.published_at END) AS published_at"
    " FROM item CROSS JOIN article a CROSS JOIN entry e"
    " WHERE item.place = 1 AND a.family_id = item.family_id AND e.article_id = a.id)"
    " SELECT story_id FROM told GROUP BY story_id"
    " ORDER BY max(CASE WHEN published_at < seen_at THEN published_at ELSE seen_at END) DESC, story_id DESC"
    " LIMIT :limit"
)
_EVER, _LATELY = (  # all that was kept to begin with, or the few stories that were told since then
    text(_LAST_TOLD.format(joined=joined, since=since)).bindparams(bindparam("watches", expanding=True))
    for joined, since in ((_BY_FATE, ""), (_BY_STORY, _SINCE))
)
_ALL: Final = 2**62


def last_told(
    connection: Connection, watches: Sequence[str], *, since_at: datetime | None, limit: int | None
) -> tuple[StoryId, ...]:
    """Stories with an item that one of the watches kept since then, the one last heard of first; at most `limit`."""
    values: dict[str, Any] = {
        "watches": watches,
        "fate": Fate.KEPT.value,
        "limit": _ALL if limit is None else limit,
    }
    if since_at is not None:
        values["since"] = micros(since_at)
    found = connection.scalars(_EVER if since_at is None else _LATELY, values)
    return tuple(map(StoryId, found))
