"""Which family an article joins, which member speaks for it, and whether it must be found by itself."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.model import ArticleId, FamilyId, Likeness, LikenessKind, StoredArticle, TextGrade
from tracker.neardup.policy import LikenessPolicy

__all__ = ["choose_lead", "is_worth_indexing", "join_family"]


def join_family(article_id: ArticleId, likeness: Likeness) -> FamilyId:
    """Return the family of a new article: that of its match, or one of its own."""
    if likeness.is_duplicate and likeness.family_id is not None:
        return likeness.family_id
    return FamilyId(article_id)


def choose_lead(members: Sequence[StoredArticle]) -> StoredArticle:
    """Choose the member a reader should open: a whole text before a cut one, then the first seen."""
    return min(members, key=lambda member: (_is_cut(member), member.first_seen_at, member.id))


def is_worth_indexing(likeness: Likeness, policy: LikenessPolicy) -> bool:
    """Whether an article's sketch finds texts that the sketch of its match does not.

    Equal and nearly equal copies add only length to the index, and a text carried by more outlets than
    `posting_cap` would make its own values count as stock phrases.
    """
    return not likeness.is_duplicate or likeness.similarity < policy.same_sketch


def _is_cut(member: StoredArticle) -> bool:
    return member.article.grade is not TextGrade.FULL or member.likeness.kind is LikenessKind.TRUNCATED
