"""Single-pass grouping: an article joins the open story whose weighted words are nearest, decayed by age.

Cosine of unit word-weight vectors times exp(-age/decay), decay measured on
event clusters of news titles: worth about 7 points of B-cubed F1, mostly precision.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import StoryId, StorySketch

__all__ = ["StoryPolicy", "assign_story"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPolicy:
    """`threshold`: least decayed cosine to join. `terms`: words kept per article and story."""

    threshold: float = 0.32
    decay: timedelta = timedelta(days=7)
    memory: timedelta = timedelta(days=21)
    terms: int = 60


def assign_story(
    weights: Mapping[str, float], stories: Sequence[StorySketch], at: datetime, policy: StoryPolicy
) -> tuple[StoryId | None, str]:
    """The story an article joins (None: a new one) and that story's terms, as JSON, with the article added."""
    article = _unit(weights, policy.terms)
    best, best_score, best_terms = None, policy.threshold, dict[str, float]()
    for story in stories:
        terms: dict[str, float] = json.loads(story.terms)
        age = max((at - story.last_at) / policy.decay, 0.0)
        score = _cosine(article, terms) * math.exp(-age)
        if score >= best_score:
            best, best_score, best_terms = story.id, score, terms
    merged = {
        word: best_terms.get(word, 0.0) + article.get(word, 0.0)
        for word in best_terms.keys() | article.keys()
    }
    return best, json.dumps(_unit(merged, policy.terms), ensure_ascii=False)


def _unit(weights: Mapping[str, float], limit: int) -> dict[str, float]:
    top = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    norm = math.sqrt(sum(weight * weight for _, weight in top))
    return {word: round(weight / norm, 4) for word, weight in top} if norm else {}


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    return sum(weight * b.get(word, 0.0) for word, weight in a.items())
