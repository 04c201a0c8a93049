"""The knobs of scoring, and the constants that turn wording into a probability.

The weights were measured together with the tokeniser and the formulas; whoever changes those fits these anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Calibration", "RelevancePolicy", "calibration_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevancePolicy:
    """How scores are made.

    `threshold`: where an item passes when its watch does not say. `gate`: how well the seeds must agree with their
    topics, and on their places, before both are asked of every item; `gate_slack`: how much less keeps it so.
    `prior_weight`: stories that the language's own word frequencies are worth beside the stream's. `name_weight`:
    weight of the topic names beside the seeds, shrinking with the root of their number. `rebuild_items`,
    `rebuild_share`: a profile is stale when the stream grew by both.
    """

    threshold: float = 0.5
    gate: float = 0.75
    gate_slack: float = 0.1
    prior_weight: float = 500.0
    name_weight: float = 0.6
    rebuild_items: int = 25
    rebuild_share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Log-odds of relevance = slope Z + cohesion ln(e + 0.01) + seeds ln k + offset; for one seed only two of them.

    Z is ln(wording + 0.01) plus the facet terms, e how like the seeds are to each other, k how many they are.
    """

    slope: float
    cohesion: float = 0.0
    seeds: float = 0.0
    offset: float


_FACET: Final = (
    Calibration(slope=2.486, offset=5.681),
    Calibration(slope=2.364, cohesion=0.152, seeds=-0.670, offset=5.371),
)
_PLAIN: Final = (
    Calibration(slope=3.538, offset=7.607),
    Calibration(slope=3.825, cohesion=-2.295, seeds=-0.765, offset=4.820),
)
_NAMELESS: Final = (
    Calibration(slope=2.998, offset=6.288),
    Calibration(slope=3.670, cohesion=-0.521, seeds=-0.753, offset=6.051),
)


def calibration_of(*, facets: bool, named: bool, seeds: int) -> Calibration:
    """Return the constants for a mode, for watches with or without topics, and for a number of seeds."""
    pair = _FACET if facets else (_PLAIN if named else _NAMELESS)
    return pair[0] if seeds < 2 else pair[1]
