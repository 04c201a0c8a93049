"""The knobs of scoring, and the weights that turn what was measured in a text into a probability.

The weights are those `python -m benchmarks.fit_relevance` prints; whoever changes tokeniser, features or tables fits
anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["RelevancePolicy", "Weights", "weights_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevancePolicy:
    """How scores are made.

    `threshold`: where an item passes when its watch does not say. `prior_weight`: stories that the language's own word
    frequencies are worth beside the stream's. `name_weight`: weight of the topic names beside the seeds, shrinking with
    the root of their number. `rebuild_items`, `rebuild_share`: a profile is stale when the stream grew by both.
    """

    threshold: float = 0.5
    prior_weight: float = 500.0
    name_weight: float = 0.6
    rebuild_items: int = 25
    rebuild_share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Log-odds of relevance = the sum of these, each times its feature, + `offset`; none is negative.

    `whole`, `head`, `nearest`, `core`: logarithms of wording (`wording.Likeness`), `core` shrunk by 1 - 1/k for k
    seeds. `topics`: logarithm of the topics' phrases beside what the seeds have. `places`, `foreign`: the places asked
    for and the share of others, both times the places' strength.
    """

    whole: float
    head: float
    nearest: float
    core: float
    topics: float
    places: float
    foreign: float
    offset: float


_NAMED: Final = Weights(
    whole=0.086,
    head=0.849,
    nearest=0.824,
    core=0.253,
    topics=0.758,
    places=0.696,
    foreign=2.589,
    offset=3.211,
)
_NAMELESS: Final = Weights(
    whole=0.170, head=1.082, nearest=0.749, core=0.558, topics=0.0, places=0.417, foreign=1.710, offset=3.740
)


def weights_of(*, named: bool) -> Weights:
    """Return the weights for watches with or without topics."""
    return _NAMED if named else _NAMELESS
