"""What a person's judgements change: the line between relevant and not moves; the ranking stays.

The shift of the log-odds is the one that makes the verdicts likeliest, held near zero by a normal prior of width one,
so that a click moves them by less than one and contradicting clicks cancel out. (More seeds, on the other hand, are
made by adding articles to a watch.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.model import Relevance, Verdict

__all__ = ["NOTHING_JUDGED", "Judged", "learn_from"]

_FARTHEST: Final = 10.0
"""No verdicts move the log-odds further than this."""
_HALVINGS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was learned: a shift in log-odds, and from how many verdicts."""

    shift: float = 0.0
    relevant: int = 0
    irrelevant: int = 0


NOTHING_JUDGED: Final = Judged()


def _likeliest(known: Sequence[tuple[float, bool]]) -> float:
    """Find the shift where the slope of the log-likelihood, which only falls, crosses zero."""
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = sum(right - 1 / (1 + math.exp(-log_odds - middle)) for log_odds, right in known) - middle
        low, high = (middle, high) if slope > 0 else (low, middle)
    return (low + high) / 2 if known else 0.0


def learn_from(verdicts: Iterable[tuple[Relevance, Verdict]]) -> Judged:
    """Learn from judged articles and the scores they had; shifts that were in those scores already are taken out."""
    wanted = {Verdict.RELEVANT: True, Verdict.IRRELEVANT: False}
    known = [
        (sum(reason.weight for reason in relevance.reasons if reason.kind != "judged"), wanted[verdict])
        for relevance, verdict in verdicts
        if verdict in wanted
    ]
    shift = _likeliest(known)
    return Judged(
        shift=shift,
        relevant=sum(right for _, right in known),
        irrelevant=sum(not right for _, right in known),
    )
