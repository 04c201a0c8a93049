"""Take an article out of a family: what a person's "this is no duplicate" does to what is stored.

Whoever leaves, or becomes the first of those who are left, is indexed under its own sketch (a near copy is not, see
`neardup.families`), so that later copies find it by itself and are not folded into the family it left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, literal, select, update

from tracker.model import ArticleId, Fate, LikenessKind, WatchName
from tracker.neardup.prepared import Prepared, prepare
from tracker.store import bands, schema
from tracker.store.engine import upsert
from tracker.store.rows import micros, relevance_from_row

__all__ = ["index_alone", "promote", "split"]

_BY_HAND = "a person said that this is no duplicate"
_FIRST_LEFT = "a person said that the first of this family is no duplicate of it"


def split(conn: Connection, article_id: ArticleId, kept: Mapping[WatchName, bool], at: datetime) -> None:
    """Give an article a family of its own; its fates follow `kept`, whether it passes each watch.

    Where it is the first of its family, it keeps the family's number, and the others go on under the oldest of them.
    """
    article = schema.article.c
    family = conn.scalar(select(article.family_id).where(article.id == article_id))
    if family != article_id:
        _keep_told(conn, family, [article_id])
        _stand_alone(conn, article_id, _BY_HAND)
        _show(conn, article_id, kept, _BY_HAND, at)
        return
    members = select(article.id).where(article.family_id == family, article.id != article_id)
    if others := [ArticleId(member) for member in conn.scalars(members.order_by(article.id))]:
        _keep_told(conn, family, others)
        promote(conn, others, at)


def promote(conn: Connection, members: Sequence[ArticleId], at: datetime) -> None:
    """Make a family of these members, oldest first; the first is shown where it passes a watch."""
    first, article, relevance = members[0], schema.article.c, schema.relevance
    _stand_alone(conn, first, _FIRST_LEFT)
    rows = conn.execute(select(relevance).where(relevance.c.article_id == first)).mappings()
    judged = [relevance_from_row(row) for row in rows]
    _show(conn, first, {one.watch: one.passes for one in judged}, _FIRST_LEFT, at)
    rest = update(schema.article).where(article.id.in_(members[1:]))
    conn.execute(rest.values(family_id=first, duplicate_of=first))


def index_alone(conn: Connection, article_id: ArticleId) -> None:
    """Index an article under its own sketch, whatever family it is in."""
    from tracker.neardup.features import wording_of
    from tracker.neardup.fingerprint import fingerprint_of

    article = schema.article.c
    query = select(article.title, article.text, article.prepared).where(article.id == article_id)
    title, text, packed = conn.execute(query).one()
    prepared = (Prepared.unpack(packed) if packed else None) or prepare(title, text)
    bands.add_sketch(conn, article_id, fingerprint_of(wording_of(prepared)))


def _keep_told(conn: Connection, family: int | None, leaving: Sequence[ArticleId]) -> None:
    """An alert that told of one of those who leave told of their new family: its address does not ring again."""
    told, entry, fate = schema.alert_item, schema.entry.c, schema.fate.c
    shown = select(fate.watch).join(schema.entry, entry.id == fate.entry_id)
    shown = shown.where(entry.article_id.in_(leaving), fate.fate == Fate.KEPT.value)
    known = select(told.c.target, told.c.watch, literal(leaving[0]), told.c.alert_id, told.c.at)
    known = known.where(told.c.family_id == family, told.c.watch.in_(shown))
    carried = upsert(conn, told).from_select(["target", "watch", "family_id", "alert_id", "at"], known)
    conn.execute(carried.on_conflict_do_nothing())


def _stand_alone(conn: Connection, article_id: ArticleId, reason: str) -> None:
    alone = {
        "family_id": article_id,
        "kind": LikenessKind.ORIGINAL.value,
        "duplicate_of": None,
        "similarity": 0.0,
    }
    where = schema.article.c.id == article_id
    conn.execute(update(schema.article).where(where).values(**alone, likeness_reasons=json.dumps([reason])))
    index_alone(conn, article_id)


def _show(
    conn: Connection, article_id: ArticleId, kept: Mapping[WatchName, bool], note: str, at: datetime
) -> None:
    """Let the article's first entry be kept, or not, where it was folded away."""
    entry, fate = schema.entry.c, schema.fate
    entries = list(conn.scalars(select(entry.id).where(entry.article_id == article_id)))
    folded = fate.c.fate.in_((Fate.COPY.value, Fate.VERSION.value))
    for watch, passes in kept.items():
        chosen = Fate.KEPT if passes else Fate.BELOW_THRESHOLD
        first = and_(fate.c.entry_id == min(entries, default=0), fate.c.watch == watch, folded)
        values = {"fate": chosen.value, "note": note, "decided_at": micros(at)}
        conn.execute(update(fate).where(first).values(**values))
