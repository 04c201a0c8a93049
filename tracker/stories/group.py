"""The open stories in memory, and which of them an article joins or a story has become one with.

Stories are looked up by their terms, not walked through: a term held by very many stories tells nothing, the
weightiest of the others choose a few stories, and only those are compared in full. So the cost of an article grows
with what it shares, not with how many stories are open.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from tracker.model import StoryId, StorySketch
from tracker.stories.centroid import Centroid, Memo, cosine, faded, told_length
from tracker.stories.policy import StoryPolicy
from tracker.stories.telling import weightiest

__all__ = ["OpenStories"]


class OpenStories:
    """What grouping remembers between articles; `sync` makes it what the store holds."""

    def __init__(self, policy: StoryPolicy) -> None:
        self._policy = policy
        self._stories: dict[StoryId, Centroid] = {}
        self._written: dict[StoryId, str] = {}
        self._holders: dict[str, dict[StoryId, float]] = defaultdict(dict)
        self._held: Counter[str] = Counter()
        self._members = 0

    def __len__(self) -> int:
        return len(self._stories)

    def __getitem__(self, story_id: StoryId) -> Centroid:
        return self._stories[story_id]

    def sync(self, sketches: Iterable[StorySketch]) -> None:
        """Take over what another session stored; a story that did not change is not read again."""
        gone = set(self._stories)
        for sketch in sketches:
            if self._written.get(sketch.id) == sketch.terms:
                gone.discard(sketch.id)
                continue
            centroid = Centroid.from_json(sketch.terms, sketch.last_at)
            if centroid.into is None and centroid.sums:
                gone.discard(sketch.id)
                self._put(sketch.id, centroid, sketch.terms)
        for story_id in gone:
            self.drop(story_id)

    def nearest(self, article: Centroid) -> StoryId | None:
        """The story an article belongs to; None: a new one."""
        return self._best(article, self._policy.threshold, but=None)

    def twin(self, story_id: StoryId) -> StoryId | None:
        """The story that has become so like this one that both tell one event."""
        return self._best(self._stories[story_id], self._policy.merge, but=story_id)

    def join(self, story_id: StoryId, article: Centroid) -> str:
        """Add an article to a story, new or open; returns the story as the store keeps it."""
        known = self._stories.get(story_id)
        return self.put(story_id, known.with_all(article, self._policy) if known else article)

    def merge(self, gone: StoryId, into: StoryId) -> str:
        """Make two stories one; returns the remaining one as the store keeps it."""
        lost = self._stories[gone]
        kept = self._stories[into].with_all(lost, self._policy)
        self.drop(gone)
        return self.put(into, replace(kept, merged=(*kept.merged, gone, *lost.merged)))

    def put(self, story_id: StoryId, centroid: Centroid) -> str:
        """Hold a story as it is now; returns it as the store keeps it."""
        written = centroid.to_json()
        self._put(story_id, centroid, written)
        return written

    def drop(self, story_id: StoryId) -> None:
        """Take a story out."""
        self._written.pop(story_id, None)
        old = self._stories.pop(story_id, None)
        self._members -= old.members if old else 0
        for term in old.sums if old else ():
            self._held[term] -= old.held.get(term, 1) if old else 0
            del self._holders[term][story_id]
            if not self._holders[term]:
                del self._holders[term]

    def _put(self, story_id: StoryId, centroid: Centroid, written: str) -> None:
        self.drop(story_id)
        self._stories[story_id], self._written[story_id] = centroid, written
        self._members += centroid.members
        for term, weight in centroid.sums.items():
            self._held[term] += centroid.held.get(term, 1)
            self._holders[term][story_id] = weight / centroid.length

    def _best(self, wanted: Centroid, least: float, *, but: StoryId | None) -> StoryId | None:
        """The likest story of at least this likeness; the older of equals."""
        best, best_score = None, least
        telling = Memo(self._telling)
        own = told_length(wanted.sums, telling)
        for story_id in self._candidates(wanted, but):
            story = self._stories[story_id]
            if wanted.first_at - story.last_at > self._policy.memory:
                continue
            score = cosine(wanted.sums, story.sums, telling, own) * faded(wanted, story, self._policy)
            if score > best_score or (score == best_score and (best is None or story_id < best)):
                best, best_score = story_id, score
        return best

    def _telling(self, term: str) -> float:
        """What a term tells: little where many members hold it, for all the stories may be about one subject."""
        rarity = math.log(1 + (self._members + self._policy.steady) / (1 + self._held[term]))
        return math.pow(rarity, self._policy.contrast)

    def _candidates(self, wanted: Centroid, but: StoryId | None) -> list[StoryId]:
        shared: dict[StoryId, float] = defaultdict(float)
        for term, weight in weightiest(wanted.sums.items(), self._policy.probes):
            holders = self._holders.get(term, {})
            for story_id, held in holders.items() if len(holders) <= self._policy.common else ():
                shared[story_id] += weight * held
        shared.pop(but, None)  # type: ignore[arg-type]  # None is no key and does no harm
        ranked = sorted(shared, key=lambda story_id: (-shared[story_id], story_id))
        return ranked[: self._policy.compared]
