"""Whether a story has drifted into two: its members fall into two parts much less alike than each is within itself.

Average-link agglomeration down to two parts (Kaufman and Rousseeuw 1990, chapter 5), so one odd member is no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from tracker.stories.policy import StoryPolicy

__all__ = ["is_split_due", "parts_of"]

_Part = list[int]


def is_split_due(members: int, policy: StoryPolicy) -> bool:
    """Whether to look now: at `split_size` members and each doubling, so that the work per member stays the same."""
    size = policy.split_size
    while size < members:
        size *= 2
    return members == size


def parts_of(
    vectors: Sequence[Mapping[str, float]], policy: StoryPolicy
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The members that stay and those that leave, by position, or None: it is one story.

    The larger part stays, of equals the one with the first member. The vectors have length one.
    """
    if len(vectors) < 2 * policy.split_part:
        return None
    alike = [[_dot(one, other) for other in vectors] for one in vectors]
    stay, leave = _two_parts(alike)
    if min(len(stay), len(leave)) < policy.split_part:
        return None
    inside = min(_within(alike, stay), _within(alike, leave))
    if _between(alike, stay, leave) >= policy.split_ratio * inside:
        return None
    return tuple(stay), tuple(leave)


def _two_parts(alike: Sequence[Sequence[float]]) -> tuple[_Part, _Part]:
    parts: dict[int, _Part] = {position: [position] for position in range(len(alike))}
    sums = [list(row) for row in alike]
    while len(parts) > 2:
        first, second = max(
            combinations(parts, 2),
            key=lambda pair: sums[pair[0]][pair[1]] / (len(parts[pair[0]]) * len(parts[pair[1]])),
        )
        parts[first] += parts.pop(second)
        for other in parts:
            sums[first][other] += sums[second][other]
            sums[other][first] = sums[first][other]
    ordered = sorted((sorted(part) for part in parts.values()), key=lambda part: (-len(part), part))
    return ordered[0], ordered[1]


def _within(alike: Sequence[Sequence[float]], part: _Part) -> float:
    pairs = len(part) * (len(part) - 1)
    return sum(alike[a][b] for a in part for b in part if a != b) / pairs


def _between(alike: Sequence[Sequence[float]], one: _Part, other: _Part) -> float:
    return sum(alike[a][b] for a in one for b in other) / (len(one) * len(other))


def _dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return sum(weight * large.get(term, 0.0) for term, weight in small.items())
