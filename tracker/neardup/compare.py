"""Says whether a new article is the text of an earlier one: equal, a copy, cut short, a version, or only related."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import ArticleId, FamilyId, Likeness, LikenessKind
from tracker.neardup.boilerplate import boilerplate, sentence_hashes
from tracker.neardup.features import Wording, hide, overlap_of, pair_features
from tracker.neardup.kinds import kind_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.rules import agreement, little_in_common, objection, similarity
from tracker.neardup.titles import title_likeness, titles_meet

__all__ = ["Candidate", "choose_candidates", "compare_article", "compare_equal", "sentences_to_count"]

_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored article, ready for comparison."""

    article_id: ArticleId
    family_id: FamilyId
    wording: Wording
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A candidate with what the new article is to it, and why."""

    candidate: Candidate
    kind: LikenessKind
    similarity: float
    reasons: tuple[str, ...]

    def likeness(self) -> Likeness:
        """Link to the root of the candidate's family, naming the member compared with when it is another."""
        root = ArticleId(self.candidate.family_id)
        member = self.candidate.article_id
        compared = "" if member == root else f"; compared with member {member} of the family"
        return Likeness(
            kind=self.kind,
            of=root,
            family_id=self.candidate.family_id,
            similarity=self.similarity,
            reasons=(self.reasons[0] + compared, *self.reasons[1:]),
        )


def choose_candidates(
    found: Sequence[tuple[ArticleId, int]], values: int, policy: LikenessPolicy
) -> tuple[tuple[ArticleId, ...], tuple[ArticleId, ...]]:
    """Choose which of the articles found with (id, shared sketch values) to compare; `values` is the sketch's size.

    Those that share nearly as much as the one that shares most come first. The others are to be compared only if none
    of these folds: they cannot be liker, and of those that share a stock phrase by chance there are the more, the more
    is stored.
    """
    wanted = min(policy.shared_values, max(1, values // 3))
    likely = sorted((-shared, article_id) for article_id, shared in found if shared >= wanted)
    chosen = likely[: policy.verified]
    near = sum(policy.nearly_as_many * chosen[0][0] >= shared for shared, _ in chosen)
    ids = tuple(article_id for _, article_id in chosen)
    return ids[:near], ids[near:]


def sentences_to_count(
    new: Wording, candidates: Sequence[Candidate], policy: LikenessPolicy
) -> tuple[int, ...]:
    """Return the hashes of the sentences whose counts can matter: the pair's own, where enough is shared to fold."""
    close = [one.wording for one in candidates if overlap_of(new, one.wording).shared >= policy.min_shared]
    if not close:
        return ()
    return tuple(sorted({hash_ for wording in (new, *close) for hash_ in sentence_hashes(wording.prepared)}))


def compare_equal(
    new: Wording, published_at: datetime | None, candidates: Sequence[Candidate], policy: LikenessPolicy
) -> Likeness | None:
    """Link to the oldest candidate with the very same body words; if the text is short, titles have a say."""
    words = new.prepared.words
    if not words:
        return None
    reason = f"all {len(words)} words of the text are equal"
    for candidate in sorted(candidates, key=lambda candidate: candidate.article_id):
        if words == candidate.wording.prepared.words and _may_be_equal(new, published_at, candidate, policy):
            return _Judged(
                candidate=candidate, kind=LikenessKind.EXACT, similarity=1.0, reasons=(reason,)
            ).likeness()
    return None


def compare_article(
    new: Wording,
    published_at: datetime | None,
    candidates: Sequence[Candidate],
    sentence_counts: Mapping[int, int],
    policy: LikenessPolicy,
) -> Likeness:
    """Judge a new article against candidates; the likest one to which no rule objects wins, the older of equals.

    `sentence_counts` says how often sentences of either were seen elsewhere: what is boilerplate gives no evidence.
    Without a match, the nearest candidate may still be `RELATED`.
    """
    if equal := compare_equal(new, published_at, candidates, policy):
        return equal
    hidden = boilerplate(sentence_counts, policy)
    own = hide(new, hidden)
    judged = [_judge(own, published_at, candidate, hidden, policy) for candidate in candidates]
    folding = [one for one in judged if one.kind not in {LikenessKind.RELATED, LikenessKind.ORIGINAL}]
    related = [one for one in judged if one.kind is LikenessKind.RELATED]
    if not (folding or related):
        return Likeness(kind=LikenessKind.ORIGINAL)
    return min(folding or related, key=lambda one: (-one.similarity, one.candidate.article_id)).likeness()


def _judge(
    new: Wording,
    published_at: datetime | None,
    candidate: Candidate,
    hidden: Collection[int],
    policy: LikenessPolicy,
) -> _Judged:
    old = hide(candidate.wording, hidden)
    overlap = overlap_of(new, old)
    against = little_in_common(overlap, policy)
    reasons: tuple[str, ...]
    if against is None:
        pair = pair_features(new, old, overlap, _gap(published_at, candidate.published_at), policy)
        against = objection(pair, policy)
    if against is None:
        found = kind_of(new, old, pair, policy)
        kind, reasons = found.kind, (agreement(pair, found.hidden), found.why)
    else:
        title = title_likeness(new.prepared, old.prepared)
        is_near = overlap.containment >= policy.related_containment or title >= policy.related_title
        kind, reasons = LikenessKind.RELATED if is_near else LikenessKind.ORIGINAL, (against,)
    return _Judged(candidate=candidate, kind=kind, similarity=similarity(overlap, policy), reasons=reasons)


def _may_be_equal(
    new: Wording, published_at: datetime | None, candidate: Candidate, policy: LikenessPolicy
) -> bool:
    """R2 for equal bodies: short ones (a wall, a notice) need a like title, tiny ones the same title and day."""
    size, here, there = len(new.shingles), new.prepared, candidate.wording.prepared
    if size >= policy.short_size:
        return True
    if size < policy.tiny_size:
        return (
            here == there
            and (_gap(published_at, candidate.published_at) or _NO_TIME) < policy.other_issue_gap
        )
    return titles_meet(here, there, policy)


def _gap(one: datetime | None, other: datetime | None) -> timedelta | None:
    return abs(one - other) if one and other else None
