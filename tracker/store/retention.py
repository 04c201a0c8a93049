"""Retention: texts that are no longer wanted go, and everything by which an article is known again stays.

What goes: the text, the bytes prepared for comparison, the by-line, and the article's place in the near-duplicate
index. What stays: address, key, content hash, title, score, fate, family, story, judgement and digest. So a feed that
still lists an entry, or another that lists the page, meets an article that is known; families and stories keep
their members; and "seen N = kept a + copy b + ..." adds up for ever.

A family goes as a whole, when its newest member is old enough and its story has been quiet as long. Examples that a
person judged stay, because they go on teaching.

An alert goes when the families that it told of have gone, so that nothing is told twice; never while it is owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, select, tuple_, update

from tracker.model import ArticleId, Fate, TextGrade
from tracker.neardup.prepared import Prepared, prepare
from tracker.store import schema
from tracker.store.alerts import STORY_TOLD
from tracker.store.engine import Database, is_one_of
from tracker.store.outbox import is_owed
from tracker.store.rows import micros

__all__ = ["Keeping", "Pruned", "Pruning"]

_AT_ONCE: Final = 100
"""Articles in one transaction: some 50 ms, so that a poll beside it hardly waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long what is kept, by the age of a family's newest member; None: for ever.

    `kept` is for families of which some member was kept for a watch, `others` for all other ones, `polls` for the
    history of polls.
    """

    kept: timedelta | None = None
    others: timedelta | None = None
    polls: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What went, or would go: texts of articles kept for a watch and of others, lines about polls, and alerts."""

    kept: int = 0
    others: int = 0
    polls: int = 0
    alerts: int = 0


class Pruning:
    """The part of the store that forgets."""

    _database: Database

    def prune(self, keeping: Keeping, now: datetime, *, dry_run: bool = False, limit: int = 10_000) -> Pruned:
        """Delete what is older than wanted, at most `limit` texts, in short transactions; or only count it."""
        if dry_run:
            with self._database.read() as connection:
                return Pruned(
                    kept=_count(connection, keeping.kept, now, was_kept=True),
                    others=_count(connection, keeping.others, now, was_kept=False),
                    polls=_old_polls(connection, keeping.polls, now),
                    alerts=_count_alerts(connection, keeping.kept, now),
                )
        kept = self._forget(keeping.kept, now, limit, was_kept=True)
        others = self._forget(keeping.others, now, limit - kept, was_kept=False)
        polls, alerts = self._forget_polls(keeping.polls, now), self._forget_alerts(keeping.kept, now)
        return Pruned(kept=kept, others=others, polls=polls, alerts=alerts)

    def _forget(self, age: timedelta | None, now: datetime, limit: int, *, was_kept: bool) -> int:
        done = 0
        while age is not None and done < limit:
            with self._database.write(exclusive=True) as connection:
                portion = min(_AT_ONCE, limit - done)
                found = connection.execute(_old(now - age, was_kept=was_kept).limit(portion)).all()
                _delete_texts(connection, [ArticleId(row.id) for row in found], age)
            done += len(found)
            if len(found) < portion:
                break
        return done

    def _forget_polls(self, age: timedelta | None, now: datetime) -> int:
        if age is None:
            return 0
        with self._database.write() as connection:
            return connection.execute(delete(schema.poll).where(_is_old_poll(now - age))).rowcount

    def _forget_alerts(self, age: timedelta | None, now: datetime) -> int:
        if age is None:
            return 0
        with self._database.write(exclusive=True) as connection:
            ids = [row.id for row in connection.execute(_old_alerts(_told_before(age, now)))]
            for part in (schema.alert_item.c.alert_id, schema.alert.c.id):
                connection.execute(delete(part.table).where(is_one_of(connection, part, ids)))
        return len(ids)


def _told_before(age: timedelta, now: datetime) -> datetime:
    """Alerts are remembered for as long as they keep a story from being told again."""
    return now - max(age, STORY_TOLD)


def _old_alerts(before: datetime, going: Select[tuple[int]] | None = None) -> Select[tuple[int]]:
    """Alerts made before, not owed, of whose families no text is left but, if given, such as are `going` as well."""
    alert, told, article = schema.alert.c, schema.alert_item.c, schema.article.c
    is_left = and_(
        told.alert_id == alert.id,
        article.family_id == told.family_id,
        article.grade != TextGrade.DELETED.value,
    )
    if going is not None:
        is_left = and_(is_left, article.id.not_in(going.order_by(None)))
    return select(alert.id).where(
        alert.made_at < micros(before), ~is_owed(schema.alert), ~exists().where(is_left)
    )


def _count_alerts(connection: Connection, age: timedelta | None, now: datetime) -> int:
    if age is None:
        return 0
    chosen = _old_alerts(_told_before(age, now), _old(now - age, was_kept=True)).subquery()
    return int(connection.execute(select(func.count()).select_from(chosen)).scalar_one())


def _old(before: datetime, *, was_kept: bool) -> Select[tuple[int]]:
    """Articles with a text, in families and stories to which nothing was added since `before`, oldest first."""
    article, story = schema.article.c, schema.story.c
    member = schema.article.alias("member").c
    young = exists().where(member.family_id == article.family_id, member.first_seen_at >= micros(before))
    open_story = exists().where(story.id == article.story_id, story.last_at >= micros(before))
    judged = exists().where(schema.judgement.c.article_id == article.id)
    pending = exists().where(schema.entry.c.article_id == article.id, schema.entry.c.payload.is_not(None))
    kept = _is_in_kept_family()
    return (
        select(article.id)
        .where(
            article.first_seen_at < micros(before),
            article.grade != TextGrade.DELETED.value,
            ~young, ~open_story, ~judged, ~pending,
            kept if was_kept else ~kept,
        )
        .order_by(article.first_seen_at)
    )  # fmt: skip


def _is_in_kept_family() -> ColumnElement[bool]:
    carrier, entry, fate = schema.article.alias("carrier").c, schema.entry.c, schema.fate.c
    return exists().where(
        carrier.family_id == schema.article.c.family_id,
        entry.article_id == carrier.id,
        and_(fate.entry_id == entry.id, fate.fate == Fate.KEPT.value),
    )


def _count(connection: Connection, age: timedelta | None, now: datetime, *, was_kept: bool) -> int:
    if age is None:
        return 0
    chosen = _old(now - age, was_kept=was_kept).order_by(None).subquery()
    return int(connection.execute(select(func.count()).select_from(chosen)).scalar_one())


def _delete_texts(connection: Connection, ids: Sequence[ArticleId], age: timedelta) -> None:
    if not ids:
        return
    t, chosen = schema.article.c, is_one_of(connection, schema.article.c.id, ids)
    for row in connection.execute(select(t.id, t.title, t.text, t.prepared).where(chosen)).all():
        _take_out_of_index(connection, row.id, row.title, row.text, row.prepared)
    gone = {
        "text": "",
        "byline": "",
        "prepared": None,
        "grade": TextGrade.DELETED.value,
        "note": f"its text was deleted after {age.days} days, as [retention] asks",
    }
    connection.execute(update(schema.article).where(chosen).values(**gone))


def _take_out_of_index(
    connection: Connection, article_id: int, title: str, text: str, packed: bytes | None
) -> None:
    """Delete its postings by value: the index is ordered by value, and has no order by article."""
    from tracker.neardup.features import wording_of
    from tracker.neardup.fingerprint import fingerprint_of

    prepared = (Prepared.unpack(packed) if packed else None) or prepare(title, text)
    pairs = [(value, article_id) for value in fingerprint_of(wording_of(prepared)).sketch]
    t = schema.sketch.c
    if pairs:
        connection.execute(delete(schema.sketch).where(tuple_(t.value, t.article_id).in_(pairs)))


def _is_old_poll(before: datetime) -> ColumnElement[bool]:
    return schema.poll.c.polled_at < micros(before)


def _old_polls(connection: Connection, age: timedelta | None, now: datetime) -> int:
    if age is None:
        return 0
    query = select(func.count()).select_from(schema.poll).where(_is_old_poll(now - age))
    return int(connection.execute(query).scalar_one())
