"""The knobs of story grouping, each with what reads it. Likeness is a cosine, 0..1.

Chosen on event clusters of web news and on syndicated reports of one subject (`benchmarks/stories.py`), where a
threshold higher or lower by .01 costs .01 to .05 of B-cubed F1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["StoryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPolicy:
    """When an article joins a story, when two stories become one, and when one falls apart."""

    threshold: float = 0.08
    """Least likeness to join, after fading."""
    title_share: float = 0.2
    name_share: float = 0.3
    """What the title's words and the names count beside the text's words; the three add up to 1."""
    fade: timedelta = timedelta(days=3)
    forgetting: float = 0.15
    """A story's likeness fades with its silence, as (1 + silence / fade) to the power of -forgetting: to .83 in a week,
    .70 in a month, .49 in a year."""
    memory: timedelta = timedelta(days=730)
    most_open: int = 5_000
    """Stories silent for longer than `memory`, or beyond this many, take in nothing more."""
    words: int = 120
    names: int = 60
    """Kept of an article, weightiest first."""
    steady: float = 10.0
    contrast: float = 3.0
    """A term counts by its rarity among the members of open stories, to this power, as if `steady` more did not hold
    it: what all articles of a watch share joins none of them."""
    terms: int = 200
    """Kept of a story."""
    probes: int = 40
    common: int = 100
    compared: int = 10
    """An article's `probes` weightiest terms are looked up, but for those that more than `common` stories hold; so
    many stories that share most with it are `compared` in full."""
    merge: float = 0.2
    """Stories as alike as this are one."""
    split_size: int = 8
    split_part: int = 3
    split_ratio: float = 0.5
    """A story of this size, and at each doubling, falls apart when two parts of at least `split_part` are less alike
    than this share of how alike each is within itself."""
    split_read: int = 64
    """How many of its newest members are looked at then."""
