"""Stories: what grouping keeps of them, who belongs to them, and where the id of a merged one leads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from tracker.model import FamilyId, StoredArticle, StoryId, StorySketch
from tracker.store import schema
from tracker.store.rows import instant, micros, stored_from_row

__all__ = ["StorySession", "story_sketch", "tell_family"]

_MOST_HOPS = 20  # a story merged into one that was merged later, and so on
_CHUNK = 400


class StorySession:
    """The part of `tracker.ports.IngestSession` that grouping uses."""

    _connection: Connection

    def open_stories(self, since_at: datetime, *, limit: int | None = None) -> tuple[StorySketch, ...]:
        """Stories added to since then, newest first, at most `limit`."""
        t = schema.story.c
        query = (
            select(t.id, t.terms, t.last_at).where(t.last_at >= micros(since_at)).order_by(t.last_at.desc())
        )
        rows = self._connection.execute(query if limit is None else query.limit(limit))
        return tuple(StorySketch(id=StoryId(r.id), terms=r.terms, last_at=instant(r.last_at)) for r in rows)

    def new_story(self, title: str, at: datetime) -> StoryId:
        """Open a story."""
        row = {"title": title, "terms": "{}", "opened_at": micros(at), "last_at": micros(at)}
        made = self._connection.execute(insert(schema.story).returning(schema.story.c.id), row)
        return StoryId(made.scalar_one())

    def story_of_family(self, family_id: FamilyId) -> StoryId | None:
        """The story that a family belongs to."""
        t = schema.article.c
        query = select(func.min(t.story_id)).where(t.family_id == family_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else StoryId(found)

    def told(self, story_id: StoryId, *, limit: int) -> tuple[StoredArticle, ...]:
        """The newest `limit` members without copies and versions of one another, oldest first."""
        article = schema.article
        first = (
            select(func.min(article.c.id)).where(article.c.story_id == story_id).group_by(article.c.family_id)
        )
        query = select(article).where(article.c.id.in_(first)).order_by(article.c.id.desc()).limit(limit)
        rows = self._connection.execute(query).mappings().all()
        return tuple(stored_from_row(row) for row in reversed(rows))

    def save_story(self, story_id: StoryId, terms: str, last_at: datetime) -> None:
        """Replace what grouping keeps of a story."""
        values = {"terms": terms, "last_at": micros(last_at)}
        self._connection.execute(update(schema.story).where(schema.story.c.id == story_id).values(**values))

    def move_told(
        self, from_id: StoryId, to_id: StoryId, *, families: Sequence[FamilyId] | None = None
    ) -> None:
        """Put these families of a story, or all, into another."""
        article = schema.article
        moving = update(article).where(article.c.story_id == from_id).values(story_id=to_id)
        if families is None:
            self._connection.execute(moving)
            return
        for start in range(0, len(families), _CHUNK):
            chosen = article.c.family_id.in_(families[start : start + _CHUNK])
            self._connection.execute(moving.where(chosen))


def tell_family(connection: Connection, family_id: FamilyId, story_id: StoryId) -> None:
    """Take the rest of a family along into a story: the text first seen may have stood under the line."""
    article = schema.article
    alone = (article.c.family_id == family_id, article.c.story_id.is_(None))
    connection.execute(update(article).where(*alone).values(story_id=story_id))


def story_sketch(connection: Connection, story_id: StoryId) -> StorySketch | None:
    """The story an id leads to now, through all the merges since; None if there never was one."""
    t = schema.story.c
    for _ in range(_MOST_HOPS):
        row = connection.execute(select(t.id, t.terms, t.last_at).where(t.id == story_id)).first()
        if row is None:
            return None
        into = json.loads(row.terms).get("into")
        if not isinstance(into, int):  # a weight, where a story of version 0.1 holds the word itself
            return StorySketch(id=StoryId(row.id), terms=row.terms, last_at=instant(row.last_at))
        story_id = StoryId(into)
    return None
