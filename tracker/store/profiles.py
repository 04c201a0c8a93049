"""Profiles, word statistics of the stream, and judgements: the `ProfileStore` port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from tracker.model import ArticleId, Judgement, Profile, Verdict, WatchName
from tracker.store import schema
from tracker.store.engine import Database
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
        """The newest verdict per article, oldest first."""
        t = schema.judgement.c
        with self._database.read() as connection:
            rows = connection.execute(select(schema.judgement).where(t.watch == watch).order_by(t.id)).all()
        newest = {row.article_id: row for row in rows}
        return tuple(
            Judgement(
                article_id=ArticleId(row.article_id),
                watch=watch,
                verdict=Verdict(row.verdict),
                judged_at=instant(row.judged_at),
            )
            for row in newest.values()
        )

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
