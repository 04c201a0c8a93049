"""A story as grouping remembers it: the sum of its members' vectors, and what became of it. Kept by the store as JSON.

`merged`: stories that were joined into this one. `split_from`: the story whose part it was. `into`: the story that it
was joined into; then it takes in nothing and only forwards readers who have seen its id.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tracker.model import StoryId
from tracker.stories.policy import StoryPolicy
from tracker.stories.telling import weightiest

__all__ = ["Centroid", "Memo", "cosine", "faded", "told_length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centroid:
    """`sums`: weights by term, of `length`; `held`: members that hold it, where more than one.

    `first_at`, `last_at`: when its members were told.
    """

    sums: Mapping[str, float]
    members: int
    first_at: datetime
    last_at: datetime
    merged: tuple[StoryId, ...] = ()
    split_from: StoryId | None = None
    into: StoryId | None = None
    length: float = 1.0
    held: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, vector: Mapping[str, float], at: datetime) -> Centroid:
        """Make it of one article."""
        return cls(sums=vector, members=1, first_at=at, last_at=at, length=_length(vector))

    def with_all(self, other: Centroid, policy: StoryPolicy) -> Centroid:
        """Add another one's members."""
        sums, held = dict(self.sums), dict(self.held)
        for term, weight in other.sums.items():
            if term in sums:
                held[term] = held.get(term, 1) + other.held.get(term, 1)
            elif term in other.held:
                held[term] = other.held[term]
            sums[term] = sums.get(term, 0.0) + weight
        kept = dict(weightiest(sums.items(), policy.terms))
        return replace(
            self,
            sums=kept,
            members=self.members + other.members,
            first_at=min(self.first_at, other.first_at),
            last_at=max(self.last_at, other.last_at),
            length=_length(kept),
            held={term: count for term, count in held.items() if term in kept},
        )

    def forwarding(self, into: StoryId) -> Centroid:
        """What remains of a story that was joined into another."""
        return replace(self, into=into)

    def leaving(self, story_id: StoryId) -> Centroid:
        """Mark it as a part split from a story."""
        return replace(self, split_from=story_id)

    def following(self, former: Centroid) -> Centroid:
        """Take over the history of what the story was before a part of it left."""
        return replace(self, merged=former.merged, split_from=former.split_from, first_at=former.first_at)

    def to_json(self) -> str:
        """Write what the store keeps; `last_at` has a column of its own."""
        fields: dict[str, Any] = {"n": self.members, "first": int(self.first_at.timestamp())}
        fields |= {"merged": self.merged} if self.merged else {}
        fields |= {"split_from": self.split_from} if self.split_from is not None else {}
        fields |= {"into": self.into} if self.into is not None else {}
        sums = {term: round(weight, 4) for term, weight in self.sums.items()}
        return json.dumps(
            {**fields, "sums": {} if self.into else sums, "held": {} if self.into else self.held},
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str, last_at: datetime) -> Centroid:
        """Read it back; the plain word -> weight that version 0.1 wrote is a story of one member."""
        read: dict[str, Any] = json.loads(text)
        known = isinstance(read.get("sums"), dict)  # "sums" may be a word of a story, too
        sums: dict[str, float] = read["sums"] if known else read
        into, split_from = (read.get(name) if known else None for name in ("into", "split_from"))
        return cls(
            sums=sums,
            members=read["n"] if known else 1,
            first_at=datetime.fromtimestamp(read["first"], UTC) if known else last_at,
            last_at=last_at,
            merged=tuple(StoryId(one) for one in read.get("merged", ())) if known else (),
            split_from=StoryId(split_from) if split_from is not None else None,
            into=StoryId(into) if into is not None else None,
            length=_length(sums),
            held=read.get("held", {}) if known else {},
        )


class Memo(dict[str, float]):
    """Remembers what a function of a term gave, for as long as one article is being compared."""

    def __init__(self, make: Callable[[str], float]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, term: str) -> float:
        self[term] = value = self._make(term)
        return value


def cosine(
    one: Mapping[str, float], other: Mapping[str, float], telling: Mapping[str, float], length: float
) -> float:
    """How alike two are, 0..1, each term counting for what it tells; `length` is `told_length` of the first."""
    small, large = sorted((one, other), key=len)
    shared = sum(weight * large[term] * telling[term] for term, weight in small.items() if term in large)
    return shared / (length * told_length(other, telling)) if shared else 0.0


def told_length(sums: Mapping[str, float], telling: Mapping[str, float]) -> float:
    """The length of a vector whose terms count for what they tell."""
    return math.sqrt(sum(weight * weight * telling[term] for term, weight in sums.items())) or 1.0


def faded(one: Centroid, other: Centroid, policy: StoryPolicy) -> float:
    """What the silence between two leaves of their likeness, 0..1.

    A power of the time, as in forgetting (Wixted and Ebbesen 1991): quick in the first days, slow for ever after: most
    stories end within a week and some are taken up again after months.
    """
    gap = max(one.first_at - other.last_at, other.first_at - one.last_at)
    return math.pow(1 + max(gap / policy.fade, 0.0), -policy.forgetting)


def _length(sums: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in sums.values())) or 1.0
