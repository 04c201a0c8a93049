"""Puts kept articles into stories: joins while they come in, merges and splits as evidence grows.

What the stories are is decided in `stories/`; here is what happens to the store, inside the ingesting transaction. A
copy always belongs to its family's story, and says nothing new about what the story is.
"""

from __future__ import annotations

from datetime import datetime

from tracker.model import Article, FamilyId, StoryId, StorySketch
from tracker.pipeline.scoring import Scoring
from tracker.ports import IngestSession
from tracker.relevance import Analysed, analyse
from tracker.stories import Centroid, OpenStories, StoryPolicy, is_split_due, names_in, parts_of, vector_of

__all__ = ["Grouping"]


class Grouping:
    """Holds the open stories between transactions and reads anew, in each, what others have changed."""

    def __init__(self, scoring: Scoring, policy: StoryPolicy) -> None:
        self._scoring = scoring
        self._policy = policy
        self.reload()

    def reload(self) -> None:
        """Forget what a failed transaction left in memory."""
        self._open = OpenStories(self._policy)
        self._session: IngestSession | None = None
        self._since_at: datetime | None = None

    def place(
        self, session: IngestSession, article: Article, analysed: Analysed, at: datetime
    ) -> StorySketch:
        """The story a kept article joins or opens, as it is to be stored."""
        self._sync(session, at)
        told = Centroid.of(self._vector(article, analysed), at)
        story_id = self._open.nearest(told) or session.new_story(article.title, at)
        written = self._open.join(story_id, told)
        return StorySketch(id=story_id, terms=written, last_at=self._open[story_id].last_at)

    def refine(self, session: IngestSession, story_id: StoryId) -> None:
        """After a story grew: make it one with another that tells the same, or take it apart."""
        twin = self._open.twin(story_id)
        if twin is not None:
            into, gone = min(twin, story_id), max(twin, story_id)
            self._forward(session, gone, into)
        elif is_split_due(self._open[story_id].members, self._policy):
            self._split(session, story_id)

    def _forward(self, session: IngestSession, gone: StoryId, into: StoryId) -> None:
        """The older story remains; the id of the other leads to it for good."""
        lost = self._open[gone]
        written = self._open.merge(gone, into)
        session.save_story(into, written, self._open[into].last_at)
        session.save_story(gone, lost.forwarding(into).to_json(), lost.last_at)
        session.move_told(gone, into)

    def _split(self, session: IngestSession, story_id: StoryId) -> None:
        """The larger part keeps the id; the other becomes a story of its own, which says where it came from."""
        members = session.told(story_id, limit=self._policy.split_read)
        told = [self._told(member.article, member.first_seen_at) for member in members]
        parts = parts_of([one.sums for one in told], self._policy)
        if parts is None:
            return
        leaving = [members[position] for position in parts[1]]
        apart = self._sum([told[position] for position in parts[1]])
        new_id = session.new_story(leaving[0].article.title, apart.first_at)
        families = tuple(FamilyId(member.family_id) for member in leaving)
        session.move_told(story_id, new_id, families=families)
        old = self._open[story_id]
        stays = self._sum([told[position] for position in parts[0]]).following(old)
        for changed, centroid in ((story_id, stays), (new_id, apart.leaving(story_id))):
            session.save_story(changed, self._open.put(changed, centroid), centroid.last_at)

    def _sync(self, session: IngestSession, at: datetime) -> None:
        """Read the open stories once for each transaction; again if an article is older than all before it."""
        since_at = at - self._policy.memory
        if session is self._session and self._since_at is not None and since_at >= self._since_at:
            return
        self._open.sync(session.open_stories(since_at, limit=self._policy.most_open))
        self._session, self._since_at = session, since_at

    def _told(self, article: Article, first_seen_at: datetime) -> Centroid:
        analysed = analyse(article.title, article.text, article.language)
        at = min(article.published_at or first_seen_at, first_seen_at)
        return Centroid.of(self._vector(article, analysed), at)

    def _vector(self, article: Article, analysed: Analysed) -> dict[str, float]:
        body, title = self._scoring.weights(analysed)
        return vector_of(body, title, names_in(article.text), self._policy)

    def _sum(self, told: list[Centroid]) -> Centroid:
        total = told[0]
        for one in told[1:]:
            total = total.with_all(one, self._policy)
        return total
