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
    """Log-odds of relevance = the sum of these, each times its feature, + `offset`.

    `whole`, `head`, `nearest`, `core`: logarithms of wording (`wording.Likeness`), `core` shrunk by 1 - 1/k for k
    seeds. `topics`: logarithm of the topics' phrases beside what the seeds have. `places`, `foreign`: the places asked
    for and the share of others, both times the places' strength. `brief`: how far a text is shorter than fifty words.
    Two move the line for a whole watch: `alike`, the more alike its seeds are the more is asked of a text, and
    `single`, added where there is but one.
    """

    whole: float
    head: float
    nearest: float
    core: float
    topics: float
    places: float
    foreign: float
    brief: float
    alike: float
    single: float
    offset: float


_NAMED: Final = Weights(
    whole=0.787, head=0.626, nearest=0.664, core=0.845, topics=0.833, places=0.866, foreign=0.884, brief=0.747,
    alike=0.3, single=-0.7, offset=5.15,
)  # fmt: skip
_NAMELESS: Final = Weights(
    whole=1.016, head=0.693, nearest=0.543, core=0.999, topics=0.0, places=1.015, foreign=0.996, brief=0.516,
    alike=0.3, single=-1.0, offset=5.77,
)  # fmt: skip


def weights_of(*, named: bool) -> Weights:
    """Return the weights for watches with or without topics."""
    return _NAMED if named else _NAMELESS
