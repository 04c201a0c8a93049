"""Profiles, word statistics of the stream, judgements and the samples to judge: the `ProfileStore` port."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from tracker.model import ArticleId, Judgement, Profile, Sample, Stratum, Verdict, WatchName
from tracker.store import schema
from tracker.store.engine import Database, upsert
from tracker.store.rows import instant, micros

__all__ = ["Profiles"]


class Profiles:
    """See `tracker.ports.ProfileStore`."""

    _database: Database

    def profile(self, watch: WatchName) -> Profile | None:
        """The current profile of a watch."""
        t = schema.profile.c
        query = select(t.version, t.body).where(t.watch == watch).order_by(t.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Profile(watch=watch, version=row.version, body=row.body)

    def save_profile(self, profile: Profile, now: datetime) -> None:
        """Make it the current one; older versions stay, so an old score can be explained."""
        row = {
            "watch": profile.watch,
            "version": profile.version,
            "body": profile.body,
            "built_at": micros(now),
        }
        with self._database.write() as connection:
            connection.execute(insert(schema.profile).values(**row))

    def background(self) -> Mapping[tuple[str, str], float]:
        """(scope, key) -> n."""
        with self._database.read() as connection:
            return {(row.scope, row.key): row.n for row in connection.execute(select(schema.background))}

    def judgements(self, watch: WatchName) -> tuple[Judgement, ...]:
        """The newest word on each article's relevance, and on its being no duplicate; oldest first."""
        t = schema.judgement.c
        with self._database.read() as connection:
            rows = connection.execute(select(schema.judgement).where(t.watch == watch).order_by(t.id)).all()
        split = Verdict.NOT_DUPLICATE.value
        newest = {(row.article_id, row.verdict == split): row for row in rows}
        return tuple(_judgement(row) for row in sorted(newest.values(), key=lambda row: row.id))

    def add_judgement(self, judgement: Judgement) -> None:
        """Remember a verdict."""
        row = {
            "article_id": judgement.article_id,
            "watch": judgement.watch,
            "verdict": judgement.verdict.value,
            "judged_at": micros(judgement.judged_at),
        }
        with self._database.write() as connection:
            connection.execute(insert(schema.judgement).values(**row))

    def withdraw_judgement(self, article_id: ArticleId, watch: WatchName) -> Judgement | None:
        """Take back the newest word on an article's relevance; the one before it, if any, holds again."""
        t = schema.judgement.c
        mine = (t.article_id == article_id, t.watch == watch, t.verdict != Verdict.NOT_DUPLICATE.value)
        query = select(schema.judgement).where(*mine).order_by(t.id.desc()).limit(1)
        with self._database.write(exclusive=True) as connection:
            row = connection.execute(query).first()
            if row is not None:
                connection.execute(delete(schema.judgement).where(t.id == row.id))
        return None if row is None else _judgement(row)

    def samples(self, watch: WatchName) -> tuple[Sample, ...]:
        """What was drawn to be judged, oldest first."""
        t = schema.sample.c
        query = select(schema.sample).where(t.watch == watch).order_by(t.until_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Sample(
                watch=watch,
                until_id=ArticleId(row.until_id),
                drawn_at=instant(row.drawn_at),
                strata=tuple(Stratum(**{**s, "order": tuple(s["order"])}) for s in json.loads(row.strata)),
            )
            for row in rows
        )

    def save_sample(self, sample: Sample) -> None:
        """Remember a sample, in place of an earlier state of it."""
        row = {
            "watch": sample.watch,
            "until_id": sample.until_id,
            "drawn_at": micros(sample.drawn_at),
            "strata": json.dumps([asdict(stratum) for stratum in sample.strata]),
        }
        with self._database.write() as connection:
            statement = upsert(connection, schema.sample).values(**row)
            changed = {"strata": statement.excluded.strata}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["watch", "until_id"], set_=changed)
            )


def _judgement(row: Any) -> Judgement:
    return Judgement(
        article_id=ArticleId(row.article_id),
        watch=WatchName(row.watch),
        verdict=Verdict(row.verdict),
        judged_at=instant(row.judged_at),
    )
