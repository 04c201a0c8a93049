"""The past seen through a changed profile: new scores, and what enters and leaves what is kept.

Pure decisions over a family; the front door's `app/rescore.py` walks through the families. Whoever reads the kept
items should notice what changed and nothing else: a family that was kept stays kept under the same article as long as
that one passes. A person's own word on an article decides over its score, and over those of its copies and versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tracker.model import ArticleId, FamilyMember, Fate, Relevance, Verdict
from tracker.pipeline.decide import fate_of_article

__all__ = ["Redecided", "redecide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecided:
    """A family's member with its score and fate as they are to be."""

    member: FamilyMember
    relevance: Relevance
    fate: Fate
    note: str

    @property
    def enters(self) -> bool:
        """Whether it was not kept and now is."""
        return self.fate is Fate.KEPT and self.member.fate is not Fate.KEPT

    @property
    def leaves(self) -> bool:
        """Whether it was kept and now is not."""
        return self.fate is not Fate.KEPT and self.member.fate is Fate.KEPT


def redecide(
    members: Sequence[FamilyMember],
    scores: Mapping[ArticleId, Relevance],
    verdicts: Mapping[ArticleId, Verdict],
) -> tuple[Redecided, ...]:
    """Decide a family anew for one watch, its members oldest first; `scores` are the new ones, where there are any."""
    scored = [
        (member, score)
        for member in members
        if (score := scores.get(member.article_id, member.relevance)) is not None
    ]
    said = {verdicts[member.article_id] for member in members if member.article_id in verdicts}
    of_all = next(iter(said)) if len(said) == 1 else None
    shown = {
        member.article_id
        for member, score in scored
        if member.fate is Fate.KEPT and _passes(score, verdicts.get(member.article_id, of_all))
    }
    decided: list[Redecided] = []
    for member, score in scored:
        fate, note = _fate(member, score, verdicts.get(member.article_id, of_all), shown, decided)
        decided.append(Redecided(member=member, relevance=score, fate=fate, note=note))
    return tuple(decided)


def _passes(score: Relevance, verdict: Verdict | None) -> bool:
    return verdict is Verdict.RELEVANT or (score.passes and verdict is not Verdict.IRRELEVANT)


def _fate(
    member: FamilyMember,
    score: Relevance,
    verdict: Verdict | None,
    shown: Iterable[ArticleId],
    before: Sequence[Redecided],
) -> tuple[Fate, str]:
    passes = _passes(score, verdict)
    others = [article_id for article_id in shown if article_id != member.article_id]
    if passes and others and member.article_id not in shown and not member.likeness.is_duplicate:
        return Fate.COPY, f"its text is kept already as {others[0]}"
    kept = bool(others) or any(one.fate is Fate.KEPT for one in before)
    folded = [score.watch] if kept and member.article_id not in shown else []
    fate, note = fate_of_article(_as_judged(score, passes=passes), member.likeness, folded)
    if passes == score.passes or fate in {Fate.COPY, Fate.VERSION}:
        return fate, note
    said = "relevant" if passes else "not relevant"
    return fate, f"a person said that it is {said}; score {score.score:.2f}, line {score.threshold:.2f}"


def _as_judged(score: Relevance, *, passes: bool) -> Relevance:
    """The score moved to the side of the line where a person has put the article."""
    if passes == score.passes:
        return score
    return replace(score, score=1.0) if passes else replace(score, score=0.0, threshold=1.0)
