"""Looks an article up among all that are stored and says what it is to them; stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from tracker.model import ArticleId, Fingerprint, IndexedText, Likeness, LikenessKind
from tracker.neardup.boilerplate import sentence_hashes
from tracker.neardup.compare import (
    Candidate,
    choose_candidates,
    compare_article,
    compare_equal,
    sentences_to_count,
)
from tracker.neardup.families import is_worth_indexing
from tracker.neardup.features import Wording, wording_of
from tracker.neardup.fingerprint import fingerprint_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared, prepare
from tracker.ports import IngestSession

__all__ = ["Found", "find_likeness", "is_like"]


class Found(NamedTuple):
    """The verdict, and what the store keeps of the article so that later ones can be compared with it.

    The fingerprint's sketch is empty when the family is found by the same values already.
    """

    likeness: Likeness
    fingerprint: Fingerprint
    prepared: bytes
    sentences: tuple[int, ...]


def find_likeness(
    session: IngestSession, title: str, text: str, published_at: datetime | None, policy: LikenessPolicy
) -> Found:
    """Compare an article with the stored ones that share enough with it, in at most seven short queries."""
    new = wording_of(prepare(title, text))
    fingerprint = fingerprint_of(new)
    lookup = _Lookup(session, new, fingerprint, published_at, policy)
    likeness = lookup.equal() or lookup.likest()
    if not is_worth_indexing(likeness, policy):
        fingerprint = replace(fingerprint, sketch=())
    return Found(likeness, fingerprint, new.prepared.pack(), sentence_hashes(new.prepared))


def is_like(
    session: IngestSession, article_id: ArticleId, title: str, text: str, policy: LikenessPolicy
) -> bool:
    """Whether an article has words or a headline in common with one that is stored, were it only a little."""
    stored = tuple(_candidate(found) for found in session.indexed_texts([article_id]))
    likeness = compare_article(wording_of(prepare(title, text)), None, stored, {}, policy)
    return likeness.kind is not LikenessKind.ORIGINAL


class _Lookup(NamedTuple):
    """One article's questions to the store."""

    session: IngestSession
    new: Wording
    fingerprint: Fingerprint
    published_at: datetime | None
    policy: LikenessPolicy

    def equal(self) -> Likeness | None:
        """An article with the very same words."""
        ids = self.session.exact_matches(self.fingerprint.exact_key) if self.new.prepared.words else ()
        candidates = self._candidates(ids[: self.policy.exact_checked])
        if not candidates:
            return None
        return compare_equal(self.new, self.published_at, candidates, self.policy)

    def likest(self) -> Likeness:
        """What the article is to those that share most with it."""
        values = self.fingerprint.sketch
        found = self.session.candidates(values, cap=self.policy.posting_cap) if values else ()
        likely, less_likely = choose_candidates(found, len(values), self.policy)
        nearest = self._likest_of(likely)
        if nearest.is_duplicate or not less_likely:
            return nearest
        other = self._likest_of(less_likely)
        return other if _rank(other) > _rank(nearest) else nearest

    def _likest_of(self, ids: Sequence[ArticleId]) -> Likeness:
        candidates = self._candidates(ids)
        if not candidates:
            return Likeness(kind=LikenessKind.ORIGINAL)
        sentences = sentences_to_count(self.new, candidates, self.policy)
        counts = self.session.sentence_counts(sentences) if sentences else {}
        return compare_article(self.new, self.published_at, candidates, counts, self.policy)

    def _candidates(self, ids: Sequence[ArticleId]) -> tuple[Candidate, ...]:
        return tuple(_candidate(text) for text in self.session.indexed_texts(ids)) if ids else ()


def _rank(likeness: Likeness) -> tuple[bool, bool, float]:
    """A match before something related before nothing; of equals the liker."""
    return likeness.is_duplicate, likeness.kind is not LikenessKind.ORIGINAL, likeness.similarity


def _candidate(text: IndexedText) -> Candidate:
    stored = Prepared.unpack(text.prepared) if text.prepared else None
    return Candidate(
        article_id=text.article_id,
        family_id=text.family_id,
        wording=wording_of(stored or prepare(text.title, text.text)),
        published_at=text.published_at,
    )
