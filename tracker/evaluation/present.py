"""A sample drawn earlier, seen as articles stand now: each stratum falls into what passes now and what does not.

A stratum's sample is a random part of it, so what of the sample passes now is a random part of what of the stratum
passes now: post-stratification, with sizes that are known (Cochran, Sampling Techniques, 3rd ed., section 5A.9). So
another line, or other scores, need no other sample. A person's word moves an article over the line, too, once the past
is scored anew; such an article speaks for those of its score, and is counted where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.evaluation.intervals import Counted
from tracker.model import ArticleId, Stratum

__all__ = ["Standing", "counted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an article stands now: its score, whether that passes, and whether it is kept, by whatever decided."""

    score: float
    passes: bool
    kept: bool


def counted(
    stratum: Stratum, present: Mapping[ArticleId, Standing], verdicts: Mapping[ArticleId, bool]
) -> tuple[Counted, ...]:
    """Count a stratum by where its articles stand; those that stand nowhere any more, as copies, are left out.

    `verdicts`: whether each judged article is relevant. Articles whose order was not kept are like the others.
    """
    judged = {one for one in stratum.order[: stratum.drawn] if one in verdicts}
    scale = stratum.size / max(1, len(stratum.order))
    cells = []
    for side in (True, False):
        members = [one for one in stratum.order if one in present and _side(one, present, verdicts) is side]
        if members:
            known = {one: verdicts[one] for one in members if one in judged}
            mean = sum(present[one].score for one in members) / len(members)
            crossed = side is not stratum.kept
            moved = [word for one, word in known.items() if present[one].kept is not side]
            cells.append(
                Counted(
                    kept=side,
                    size=round(scale * len(members)),
                    mean=stratum.mean if crossed else mean,
                    judged=len(known),
                    relevant=sum(known.values()),
                    moved=len(moved),
                    moved_relevant=sum(moved),
                    crossed=crossed,
                )
            )
    return tuple(cells)


def _side(
    article_id: ArticleId, present: Mapping[ArticleId, Standing], verdicts: Mapping[ArticleId, bool]
) -> bool:
    """By the score where a person's word may have decided otherwise: the word says nothing of the unjudged ones."""
    now = present[article_id]
    return now.passes if article_id in verdicts else now.kept
