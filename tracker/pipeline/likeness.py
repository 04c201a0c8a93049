"""Looks an article up among all that are stored and says what it is to them; stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from tracker.model import ArticleId, Fingerprint, IndexedText, Likeness
from tracker.neardup.boilerplate import sentence_hashes
from tracker.neardup.compare import Candidate, choose_candidates, compare_article, compare_equal
from tracker.neardup.families import is_worth_indexing
from tracker.neardup.fingerprint import fingerprint_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared, prepare
from tracker.ports import IngestSession

__all__ = ["Found", "find_likeness"]


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
    """Compare an article with the stored ones that share enough with it, in at most five short queries."""
    new = prepare(title, text)
    fingerprint = fingerprint_of(new)
    likeness = _equal(session, new, fingerprint, published_at, policy)
    if likeness is None:
        likeness = _likest(session, new, fingerprint, published_at, policy)
    if not is_worth_indexing(likeness, policy):
        fingerprint = replace(fingerprint, sketch=())
    return Found(likeness, fingerprint, new.pack(), sentence_hashes(new))


def _equal(
    session: IngestSession,
    new: Prepared,
    fingerprint: Fingerprint,
    published_at: datetime | None,
    policy: LikenessPolicy,
) -> Likeness | None:
    if not new.words:
        return None
    ids = session.exact_matches(fingerprint.exact_key)[: policy.exact_checked]
    return compare_equal(new, published_at, _candidates(session, ids), policy) if ids else None


def _likest(
    session: IngestSession,
    new: Prepared,
    fingerprint: Fingerprint,
    published_at: datetime | None,
    policy: LikenessPolicy,
) -> Likeness:
    values = fingerprint.sketch
    found = session.candidates(values, cap=policy.posting_cap) if values else ()
    ids = choose_candidates(found, len(values), policy)
    candidates = _candidates(session, ids) if ids else ()
    hashes = {hash_ for text in (new, *(c.prepared for c in candidates)) for hash_ in sentence_hashes(text)}
    counts = session.sentence_counts(sorted(hashes)) if candidates else {}
    return compare_article(new, published_at, candidates, counts, policy)


def _candidates(session: IngestSession, ids: Sequence[ArticleId]) -> tuple[Candidate, ...]:
    return tuple(_candidate(text) for text in session.indexed_texts(ids))


def _candidate(text: IndexedText) -> Candidate:
    stored = Prepared.unpack(text.prepared) if text.prepared else None
    return Candidate(
        article_id=text.article_id,
        family_id=text.family_id,
        prepared=stored or prepare(text.title, text.text),
        published_at=text.published_at,
    )
