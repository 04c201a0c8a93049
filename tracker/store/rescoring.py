"""What rescoring reads and writes: whose scores are stale, a family as one watch sees it, a new score and fate."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, select, update

from tracker.model import (
    ArticleId,
    EntryId,
    FamilyId,
    FamilyMember,
    Fate,
    Likeness,
    LikenessKind,
    Relevance,
    StoryId,
    TextGrade,
    WatchName,
)
from tracker.store import schema
from tracker.store.engine import Database, upsert
from tracker.store.rows import micros, relevance_from_row, relevance_to_row
from tracker.store.stories import tell_family
from tracker.store.topics import forget_topics, save_topics

__all__ = ["RescoreSession", "StaleScores"]

_DECIDED = (Fate.KEPT, Fate.BELOW_THRESHOLD, Fate.COPY, Fate.VERSION)
"""Fates that a score decides; of an article's entries, one with an earlier of these tells its fate."""


class StaleScores:
    """The part of `tracker.ports.ArticleStore` that rescoring uses."""

    _database: Database

    def stale_families(
        self, watch: WatchName, version: str, *, since_at: datetime | None, after: FamilyId, limit: int
    ) -> tuple[FamilyId, ...]:
        """Families beyond `after` with a score that another profile than `version` made."""
        family = schema.article.c.family_id
        query = select(family).distinct().select_from(_scored()).where(*_stale(watch, version, since_at))
        with self._database.read() as connection:
            found = connection.scalars(query.where(family > after).order_by(family).limit(limit))
            return tuple(FamilyId(number) for number in found)

    def stale_count(self, watch: WatchName, version: str, *, since_at: datetime | None) -> int:
        """How many such families there are."""
        count = select(func.count(func.distinct(schema.article.c.family_id))).select_from(_scored())
        with self._database.read() as connection:
            return int(connection.execute(count.where(*_stale(watch, version, since_at))).scalar_one())

    def scores(self, watch: WatchName, *, after: ArticleId) -> tuple[tuple[ArticleId, float, float], ...]:
        """Id, score and threshold of every article beyond `after` that duplicates no other and has its text."""
        article, relevance = schema.article.c, schema.relevance.c
        originals = article.kind.in_((LikenessKind.ORIGINAL.value, LikenessKind.RELATED.value))
        query = select(article.id, relevance.score, relevance.threshold).select_from(_scored())
        readable = article.grade != TextGrade.DELETED.value
        own = relevance.watch.concat("") == watch  # by the id: the index of watches would be read whole
        query = query.where(
            own if after else relevance.watch == watch, originals, readable, article.id > after
        )
        query = query.order_by(article.id)
        with self._database.read() as connection:
            return tuple((ArticleId(row[0]), row[1], row[2]) for row in connection.execute(query))


class RescoreSession:
    """The part of `tracker.ports.IngestSession` that rescoring uses."""

    _connection: Connection

    def members(self, family_id: FamilyId, watch: WatchName) -> tuple[FamilyMember, ...]:
        """The members of a family that a score decided on, oldest first."""
        article, entry, fate, relevance = schema.article, schema.entry, schema.fate, schema.relevance
        rank = case({kind.value: place for place, kind in enumerate(_DECIDED)}, value=fate.c.fate)
        own = fate.c.watch.concat("") == watch  # by the entry: the index of watches would be read whole
        query = (
            select(article, entry.c.id.label("entry_id"), fate.c.fate, *_relevance_columns())
            .select_from(article)
            .join(entry, entry.c.article_id == article.c.id)
            .join(fate, and_(fate.c.entry_id == entry.c.id, own))
            .outerjoin(relevance, and_(relevance.c.article_id == article.c.id, relevance.c.watch == watch))
            .where(article.c.family_id == family_id, fate.c.fate.in_([kind.value for kind in _DECIDED]))
            .order_by(article.c.id, rank, entry.c.id)
        )
        found: dict[int, FamilyMember] = {}
        for row in self._connection.execute(query).mappings():
            found.setdefault(row["id"], _member(row))
        return tuple(found.values())

    def rescored(
        self, member: FamilyMember, relevance: Relevance, fate: Fate, note: str, at: datetime
    ) -> None:
        """Replace a member's score and what became of it."""
        row = relevance_to_row(member.article_id, relevance)
        statement = upsert(self._connection, schema.relevance).values(**row)
        keys = ["article_id", "watch"]
        fresh = {name: statement.excluded[name] for name in row if name not in keys}
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh))
        if member.relevance is not None:
            forget_topics(self._connection, member.article_id, member.relevance)
        save_topics(self._connection, member.article_id, relevance)
        t = schema.fate.c
        values = {"fate": fate.value, "note": note, "decided_at": micros(at)}
        where = and_(t.entry_id == member.entry_id, t.watch == relevance.watch)
        self._connection.execute(update(schema.fate).where(where).values(**values))

    def join_story(self, family_id: FamilyId, story_id: StoryId) -> None:
        """Put those of a family that belong to no story yet into one."""
        tell_family(self._connection, family_id, story_id)


def _scored() -> Any:
    return schema.article.join(schema.relevance, schema.relevance.c.article_id == schema.article.c.id)


def _stale(watch: WatchName, version: str, since_at: datetime | None) -> list[ColumnElement[bool]]:
    """Scores of another version, in families that can be scored anew: retention has deleted no text of theirs."""
    t, other = schema.relevance.c, schema.article.alias("other").c
    forgotten = exists().where(
        other.family_id == schema.article.c.family_id, other.grade == TextGrade.DELETED.value
    )
    own = t.watch.concat("") == watch  # by the family: the index of watches would be read whole for a portion
    wanted = [own, t.profile_version.not_like(f"{version}.%"), ~forgotten]
    return wanted if since_at is None else [*wanted, schema.article.c.first_seen_at >= micros(since_at)]


def _relevance_columns() -> list[ColumnElement[Any]]:
    names = ("watch", "score", "threshold", "topics", "reasons", "profile_version")
    return [schema.relevance.c[name].label(f"scored_{name}") for name in names]


def _member(row: Any) -> FamilyMember:
    scored = {name.removeprefix("scored_"): row[name] for name in row if name.startswith("scored_")}
    likeness = Likeness(
        kind=LikenessKind(row["kind"]),
        of=None if row["duplicate_of"] is None else ArticleId(row["duplicate_of"]),
        family_id=FamilyId(row["family_id"]),
        similarity=row["similarity"],
        reasons=tuple(json.loads(row["likeness_reasons"])),
    )
    return FamilyMember(
        article_id=ArticleId(row["id"]),
        entry_id=EntryId(row["entry_id"]),
        likeness=likeness,
        story_id=None if row["story_id"] is None else StoryId(row["story_id"]),
        fate=Fate(row["fate"]),
        relevance=None if scored["watch"] is None else relevance_from_row(scored),
    )
