"""What readers list: entries joined with article, score and fate, and the carriers of each family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, select

from tracker.model import (
    ArticleId,
    Carrier,
    FamilyId,
    Fate,
    Item,
    ItemQuery,
    Likeness,
    LikenessKind,
    StoryId,
    TextGrade,
    TextSource,
    Verdict,
    WatchName,
)
from tracker.store import schema
from tracker.store.engine import Database
from tracker.store.picking import picked_entries
from tracker.store.rows import (
    instant,
    micros,
    optional_instant,
    reasons_from_json,
    topics_from_json,
)
from tracker.store.search import matching
from tracker.store.topics import topic_name

__all__ = ["Items", "items_where"]

_CHUNK = 400


class Items:
    """The reading half of `tracker.ports.ArticleStore`."""

    _database: Database

    def items(self, query: ItemQuery) -> tuple[Item, ...]:
        """Kept items with their carriers, or every entry with its fate."""
        with self._database.read() as connection:
            if query.limit is not None and query.entries is None and query.stories is None:
                return _portion(connection, query)
            conditions = _conditions(connection, query)
            most = None if query.limit is None else query.offset + query.limit
            found = tuple(
                item
                for part in _chosen(conditions, query)
                for item in items_where(connection, part, by=query.by, limit=most, brief=query.brief)
            )
        return found[query.offset :][: query.limit]

    def fates_of(self, canonical_url: str) -> tuple[Item, ...]:
        """Every entry that showed this address, with its fate."""
        with self._database.read() as connection:
            return items_where(
                connection, [schema.entry.c.canonical_url == canonical_url], by="time", limit=None
            )

    def items_of(self, article_id: ArticleId) -> tuple[Item, ...]:
        """Every entry that shows this article."""
        with self._database.read() as connection:
            return items_where(connection, [schema.entry.c.article_id == article_id], by="time", limit=None)

    def kept_times(self, watch: WatchName, since_at: datetime) -> tuple[datetime, ...]:
        """When each item kept since then was first seen, oldest first."""
        entry, fate = schema.entry.c, schema.fate.c
        query = (
            select(entry.first_seen_at)
            .join(schema.fate, fate.entry_id == entry.id)
            .where(fate.watch == watch, fate.fate == Fate.KEPT.value, entry.first_seen_at >= micros(since_at))
            .order_by(entry.first_seen_at)
        )
        with self._database.read() as connection:
            return tuple(instant(at) for at in connection.scalars(query))

    def original_scores(self, watch: WatchName, since_at: datetime) -> tuple[tuple[datetime, float], ...]:
        """First-seen instant and score of every article since then that duplicates no other."""
        article, relevance = schema.article.c, schema.relevance.c
        scored = and_(relevance.article_id == article.id, relevance.watch == watch)
        query = (  # an outer join, so that it begins with the few articles, whose texts an index spares
            select(article.first_seen_at, relevance.score)
            .select_from(schema.article)
            .outerjoin(schema.relevance, scored)
            .where(article.first_seen_at >= micros(since_at))
            .where(article.kind.in_((LikenessKind.ORIGINAL.value, LikenessKind.RELATED.value)))
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple((instant(at), score) for at, score in rows if score is not None)


def items_where(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    *,
    by: str,
    limit: int | None,
    brief: bool = False,
) -> tuple[Item, ...]:
    """The items that meet the conditions, best first or newest first; `brief` without texts and reasons."""
    query = _joined(brief=brief).where(*conditions).order_by(*_order(by))
    rows = connection.execute(query if limit is None else query.limit(limit)).all()
    return tuple(item for _, item in _completed(connection, rows))


def _completed(connection: Connection, rows: Sequence[Any]) -> Iterator[tuple[Any, Item]]:
    """Each row with the item it becomes."""
    references = _references(connection, (row.duplicate_of for row in rows))
    carriers = _carriers(connection, {row.family_id for row in rows if row.family_id is not None})
    judged = _verdicts(connection, {row.article_id for row in rows if row.article_id is not None})
    return ((row, _item(row, references, carriers, judged)) for row in rows)


def _order(by: str) -> tuple[ColumnElement[Any], ...]:
    entry, score = schema.entry.c, schema.relevance.c.score
    newest = (entry.first_seen_at.desc(), entry.id)
    return (func.coalesce(score, -1).desc(), *newest) if by == "score" else newest


def _portion(connection: Connection, query: ItemQuery) -> tuple[Item, ...]:
    """A part of a long list: which entries stand in it is found first, then all of those."""
    places = picked_entries(connection, query)
    watches, entries = {watch for _, watch in places}, {entry_id for entry_id, _ in places}
    wanted = _joined(brief=query.brief).where(
        schema.fate.c.watch.in_(sorted(watches)), schema.entry.c.id.in_(sorted(entries))
    )
    rows = connection.execute(wanted).all()
    found = {(row.entry_id, row.watch): item for row, item in _completed(connection, rows)}
    return tuple(found[place] for place in places)


def _conditions(connection: Connection, query: ItemQuery) -> list[ColumnElement[bool]]:
    entry, fate = schema.entry.c, schema.fate.c
    wanted: list[ColumnElement[bool]] = []
    if query.watch is not None:
        # where entries or stories are named, the few of these come before the index of all that a watch kept
        is_named = query.entries is not None or query.stories is not None
        wanted.append((fate.watch.concat("") if is_named else fate.watch) == query.watch)
    if query.fate is not None:
        wanted.append(fate.fate == query.fate.value)
    if query.since_at is not None:
        wanted.append(entry.first_seen_at >= micros(query.since_at))
    if query.until_at is not None:
        wanted.append(entry.first_seen_at < micros(query.until_at))
    wanted += _scored_between(query)
    if query.topic is not None:
        t = schema.topic.c
        named = (t.watch == fate.watch, t.name == topic_name(query.topic), t.article_id == entry.article_id)
        wanted.append(exists().where(*named))
    for name, value in (("outlet", query.outlet), ("language", query.language)):
        if value is not None:
            wanted.append(schema.article.c[name] == value)
    if query.text:
        wanted.append(matching(connection, query.text))
    return wanted


def _scored_between(query: ItemQuery) -> Iterator[ColumnElement[bool]]:
    score = schema.relevance.c.score
    if query.min_score is not None:
        yield score >= query.min_score
    if query.max_score is not None:
        yield score < query.max_score


def _chosen(
    conditions: Sequence[ColumnElement[bool]], query: ItemQuery
) -> Iterable[list[ColumnElement[bool]]]:
    """The conditions once for each portion of the named entries or stories; once if none are named."""
    entry, told = schema.entry.c, schema.article.alias("told").c
    if query.entries is not None:
        return ([*conditions, entry.id.in_(chunk)] for chunk in _chunks(sorted(query.entries)))
    if query.stories is not None:
        members = (
            select(told.id).where(told.story_id.in_(chunk)) for chunk in _chunks(sorted(query.stories))
        )
        return ([*conditions, entry.article_id.in_(chosen)] for chosen in members)
    return ([*conditions],)


def _columns(*, brief: bool) -> list[ColumnElement[Any]]:
    entry, fate, article, relevance, feed = (
        t.c for t in (schema.entry, schema.fate, schema.article, schema.relevance, schema.feed)
    )
    own = (
        "external_id",
        "language",
        "family_id",
        "story_id",
        "kind",
        "duplicate_of",
        "similarity",
        "source",
        "grade",
    )
    return [
        entry.id.label("entry_id"),
        entry.article_id,
        entry.first_seen_at,
        func.coalesce(article.url, entry.url, "").label("url"),
        func.coalesce(article.canonical_url, entry.canonical_url, "").label("canonical_url"),
        func.coalesce(article.title, entry.title).label("title"),
        (literal("") if brief else func.coalesce(article.text, "")).label("text"),
        func.coalesce(article.outlet, feed.title, "").label("outlet"),
        func.coalesce(article.published_at, entry.published_at).label("published_at"),
        *(article[name] for name in own),
        feed.url.label("feed_url"),
        *(fate[name] for name in ("watch", "fate", "note")),
        *(relevance[name] for name in ("score", "threshold", "topics")),
        (literal("") if brief else relevance.reasons).label("reasons"),
    ]


def _joined(*, brief: bool = False) -> Select[Any]:
    """Every entry with its fates, and what article, score and feed it has."""
    entry, fate, relevance = schema.entry, schema.fate, schema.relevance
    scored = and_(relevance.c.article_id == entry.c.article_id, relevance.c.watch == fate.c.watch)
    return (
        select(*_columns(brief=brief))
        .select_from(entry)
        .join(fate, fate.c.entry_id == entry.c.id)
        .outerjoin(schema.article, schema.article.c.id == entry.c.article_id)
        .outerjoin(relevance, scored)
        .outerjoin(schema.feed, schema.feed.c.id == entry.c.feed_id)
    )


def _item(
    row: Any,
    references: dict[int, str],
    carriers: dict[int, list[tuple[int, Carrier]]],
    judged: dict[tuple[int, str], Verdict],
) -> Item:
    article_id = None if row.article_id is None else ArticleId(row.article_id)
    others = carriers.get(row.family_id, ()) if row.family_id is not None else ()
    return Item(
        id=row.external_id or (str(article_id) if article_id is not None else f"e{row.entry_id}"),
        article_id=article_id,
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        text=row.text,
        outlet=row.outlet,
        feed=row.feed_url,
        published_at=optional_instant(row.published_at),
        first_seen_at=instant(row.first_seen_at),
        language=row.language,
        watch=WatchName(row.watch),
        score=row.score,
        threshold=row.threshold,
        topics=topics_from_json(row.topics) if row.topics else (),
        reasons=reasons_from_json(row.reasons) if row.reasons else (),
        fate=Fate(row.fate),
        note=row.note,
        kind=row.kind or "",
        **_likeness_fields(row, references),
        family=None if row.family_id is None else FamilyId(row.family_id),
        story=None if row.story_id is None else StoryId(row.story_id),
        carriers=tuple(carrier for entry_id, carrier in others if entry_id != row.entry_id),
        source=None if row.source is None else TextSource(row.source),
        grade=None if row.grade is None else TextGrade(row.grade),
        judged=judged.get((row.article_id, row.watch)),
    )


def _likeness_fields(row: Any, references: dict[int, str]) -> dict[str, Any]:
    """Only folded articles name what they duplicate; a `related` hint is not a duplicate."""
    if row.duplicate_of is None:
        return {"duplicate_of": None, "similarity": None}
    folded = Likeness(kind=LikenessKind(row.kind), of=row.duplicate_of).is_duplicate
    return {
        "duplicate_of": references.get(row.duplicate_of) if folded else None,
        "similarity": row.similarity,
    }


def _references(connection: Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """How a reader names each article."""
    t = schema.article.c
    return {
        row.id: row.external_id or str(row.id)
        for chunk in _chunks(sorted({i for i in ids if i is not None}))
        for row in connection.execute(select(t.id, t.external_id).where(t.id.in_(chunk)))
    }


def _carriers(connection: Connection, families: set[int]) -> dict[int, list[tuple[int, Carrier]]]:
    """Every entry of each family, oldest first, with its entry id."""
    article, entry, feed = schema.article, schema.entry, schema.feed
    found: dict[int, list[tuple[int, Carrier]]] = defaultdict(list)
    columns = (
        entry.c.id,
        entry.c.url,
        entry.c.first_seen_at,
        article.c.id.label("article_id"),
        article.c.duplicate_of,
        article.c.family_id,
        article.c.outlet,
        article.c.kind,
        article.c.title,
        article.c.feed_id,
        article.c.published_at,
        entry.c.feed_id.label("entry_feed"),
        feed.c.title.label("feed_title"),
    )
    for chunk in _chunks(sorted(families)):
        query = (
            select(*columns)
            .join(article, article.c.id == entry.c.article_id)
            .outerjoin(feed, feed.c.id == entry.c.feed_id)
            .where(article.c.family_id.in_(chunk))
            .order_by(entry.c.first_seen_at, entry.c.id)
        )
        for row in connection.execute(query):
            same_page = row.entry_feed != row.feed_id
            carrier = Carrier(
                outlet=(row.feed_title or row.outlet) if same_page else row.outlet,
                url=row.url or "",
                kind="same page" if same_page else row.kind,
                title=row.title,
                seen_at=instant(row.first_seen_at),
                published_at=optional_instant(row.published_at),
                article_id=ArticleId(row.article_id),
                of_id=None if row.duplicate_of is None else ArticleId(row.duplicate_of),
            )
            found[row.family_id].append((row.id, carrier))
    return found


def _verdicts(connection: Connection, ids: set[int]) -> dict[tuple[int, str], Verdict]:
    """The newest word on each article's relevance; on its being no duplicate where there is no other."""
    t = schema.judgement.c
    order = ((t.verdict == Verdict.NOT_DUPLICATE.value).desc(), t.id)
    return {
        (row.article_id, row.watch): Verdict(row.verdict)
        for chunk in _chunks(sorted(ids))
        for row in connection.execute(
            select(t.article_id, t.watch, t.verdict).where(t.article_id.in_(chunk)).order_by(*order)
        )
    }


def _chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
