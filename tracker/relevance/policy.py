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
    the root of their number. `rebuild_items`, `rebuild_share`: a profile is stale when the stream grew by both. `model`
    names the sentence encoder that scores rest on as well; "" for none.
    """

    threshold: float = 0.5
    prior_weight: float = 500.0
    name_weight: float = 0.6
    rebuild_items: int = 25
    rebuild_share: float = 0.05
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Log-odds of relevance = the sum of these, each times its feature, + `offset`.

    `whole`, `head`, `nearest`, `core`: logarithms of wording (`wording.Likeness`), `core` less what the seeds have
    themselves, shrunk by 1 - 1/k for k seeds. `same`: the nearest seed in all words, the less the more places tell
    the subject. `topics`: logarithm of the topics' phrases beside two thirds of what the seeds have. `places`,
    `foreign`: the places asked for and the share of others, both times the places' strength. `brief`: how far a text is
    shorter than fifty words.
    """

    whole: float
    head: float
    nearest: float
    core: float
    same: float
    topics: float
    places: float
    foreign: float
    brief: float
    offset: float


_NAMED: Final = Weights(
    whole=0.965, head=0.634, nearest=0.950, core=0.856, same=0.853, topics=0.851, places=0.941, foreign=0.944,
    brief=0.665, offset=4.877,
)  # fmt: skip
_NAMELESS: Final = Weights(
    whole=1.237, head=0.691, nearest=1.096, core=1.085, same=0.905, topics=0.0, places=1.162, foreign=1.117,
    brief=0.388, offset=5.629,
)  # fmt: skip


def weights_of(*, named: bool) -> Weights:
    """Return the weights for watches with or without topics."""
    return _NAMED if named else _NAMELESS
