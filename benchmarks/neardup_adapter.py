"""Near-duplicate detection behind a real store file, as the evaluation programs ask for it.

    python ../shared/eval/neardup_eval.py --data ../shared/data/neardup --detector benchmarks.adapters:detector

Every item goes the way of a polled entry: compared in the compare-then-record transaction, then recorded. As in a poll,
fifty items share a transaction.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tracker.model import Article, ArticleId, Entry, IndexedText, Likeness, Record, TextGrade, TextSource
from tracker.neardup.policy import LikenessPolicy
from tracker.pipeline.likeness import Found, find_likeness
from tracker.store import open_store

__all__ = ["Detector", "detector"]

_BATCH = 50
_START_AT = datetime(2025, 1, 1, tzinfo=UTC)


class Detector:
    """Answers whose copy an item is, and remembers it."""

    def __init__(self, folder: Path, policy: LikenessPolicy | None = None) -> None:
        self._policy = policy or LikenessPolicy()
        self._store = open_store(f"sqlite:///{folder / 'x.db'}")
        self._block = ExitStack()
        self._session: Any = None
        self._added = 0
        self._name_by_id: dict[int, str] = {}
        self._verified = 0
        self._looked_up: tuple[str, Found] | None = None

    def check(self, item: dict[str, Any]) -> tuple[str | None, float, str]:
        """(id of the item this one folds into or None, similarity 0..1, kind)."""
        likeness = self.likeness(item)
        of = self._name_by_id[likeness.of] if likeness.is_duplicate and likeness.of else None
        return of, likeness.similarity if of else 0.0, likeness.kind.value

    def likeness(self, item: dict[str, Any]) -> Likeness:
        """The whole verdict, related items and reasons included."""
        if self._session is None:
            self._session = _Counted(self._block.enter_context(self._store.ingesting()), self)
        found = find_likeness(
            self._session, item["title"] or "", item["text"] or "", _instant(item), self._policy
        )
        self._looked_up = (item["id"], found)
        return found.likeness

    def add(self, item: dict[str, Any]) -> None:
        """Record the item just checked."""
        assert self._looked_up is not None
        assert self._looked_up[0] == item["id"]
        article_id = self._session.record(self._record(item, self._looked_up[1])).article_id
        self._name_by_id[article_id] = item["id"]
        self._added += 1
        if self._added % _BATCH == 0:
            self._block.close()
            self._session = None

    def name(self, article_id: int | None) -> str | None:
        """The item stored under an article id."""
        return self._name_by_id.get(article_id) if article_id else None

    def count_verified(self, candidates: int) -> None:
        """Add to the number of stored items looked at closely."""
        self._verified += candidates

    def stats(self) -> dict[str, int]:
        """Running totals."""
        return {"candidates_verified": self._verified}

    def close(self) -> None:
        """Commit and close the store."""
        self._block.close()
        self._store.close()

    def _record(self, item: dict[str, Any], found: Found) -> Record:
        url = f"{item['url']}#{item['id']}"  # some items of the sets share an address; the sets mean the text
        published_at = _instant(item)
        return Record(
            feed_id=None,
            entry=Entry(
                key=item["id"],
                url=url,
                canonical_url=url,
                title=item["title"] or "",
                published_at=published_at,
            ),
            first_seen_at=_START_AT + timedelta(seconds=self._added),
            fates={},
            article=Article(
                url=url,
                canonical_url=url,
                title=item["title"] or "",
                text=item["text"] or "",
                published_at=published_at,
                source=TextSource.ARCHIVE,
                grade=TextGrade.FULL,
                external_id=item["id"],
            ),
            fingerprint=found.fingerprint,
            prepared=found.prepared,
            likeness=found.likeness,
            sentences=found.sentences,
        )


class _Counted:
    """An ingest session that reports how many stored texts were read for comparison."""

    def __init__(self, session: Any, detector: Detector) -> None:
        self._session = session
        self._detector = detector

    def indexed_texts(self, ids: Sequence[ArticleId]) -> tuple[IndexedText, ...]:
        self._detector.count_verified(len(ids))
        return self._session.indexed_texts(ids)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def detector(path: str | None = None) -> Detector:
    """A detector with its database in the folder `path`, or in a new temporary one."""
    return Detector(Path(path) if path else Path(tempfile.mkdtemp(prefix="neardup-")))


def _instant(item: dict[str, Any]) -> datetime | None:
    if not item["published"]:
        return None
    at = datetime.fromisoformat(item["published"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
