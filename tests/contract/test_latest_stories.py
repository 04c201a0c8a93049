"""Which stories were last heard of: the database puts them in the order that whole stories have, and cuts there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from random import Random

import pytest

from tests.builders import NOW, article, entry, record, relevance
from tracker.app.stories import Coverage
from tracker.model import (
    ArticleId,
    FamilyId,
    Fate,
    ItemQuery,
    Likeness,
    LikenessKind,
    Record,
    StoryId,
    WatchName,
)
from tracker.store import SqlStore
from tracker.stories.timeline import StorySummary, stories_of

WATCHES = (WatchName("first"), WatchName("second"))
STORIES, EVENTS, MINUTES = 14, 120, 8
FATES = (Fate.KEPT, Fate.KEPT, Fate.BELOW_THRESHOLD, Fate.COPY)


class Stream:
    """Events in any order of time: originals, their copies, and their pages shown again by another feed."""

    def __init__(self, seed: int, stories: Sequence[StoryId], feeds: Sequence[int]) -> None:
        self.chance = Random(seed)
        self.stories = stories
        self.feeds = feeds
        self.told: list[tuple[ArticleId, StoryId | None]] = []  # originals

    def event(self, number: int) -> Record:
        """One more of them. Few minutes for many events, so that many are of the same one."""
        chance, url = self.chance, f"https://example.org/{number}"
        again = chance.choice(self.told) if self.told and chance.random() < 0.6 else None
        is_copy = chance.random() < 0.5
        published_at, said_at = self._published_at(), self._published_at()
        fields = {
            "feed_id": chance.choice(self.feeds),
            "entry": entry(key=url, url=url, canonical_url=url, content_hash=url, published_at=said_at),
            "first_seen_at": self._minute(),
            "fates": {watch: chance.choice(FATES) for watch in WATCHES},
        }
        if again and not is_copy:
            return record(**fields, article=None, article_id=again[0], relevance=(), likeness=None)
        told = article(
            url=url, published_at=published_at, external_id=chance.choice((None, "", "", "x", "y"))
        )
        likeness = Likeness(kind=LikenessKind.ORIGINAL)
        if again:
            likeness = Likeness(
                kind=LikenessKind.COPY, of=again[0], family_id=FamilyId(again[0]), similarity=0.9
            )
        scored = (relevance(watch=w, score=chance.choice((0.3, 0.6, 0.9))) for w in WATCHES)
        return record(
            **fields, article=told, likeness=likeness, story_id=again[1] if again else self._story(),
            relevance=tuple(one for one in scored if chance.random() < 0.9),
        )  # fmt: skip

    def _minute(self) -> datetime:
        return NOW + timedelta(minutes=self.chance.randrange(MINUTES))

    def _published_at(self) -> datetime | None:
        return self._minute() if self.chance.random() < 0.6 else None

    def _story(self) -> StoryId | None:
        return self.chance.choice(self.stories) if self.chance.random() < 0.9 else None


@pytest.fixture(params=[10, 12])  # between them they notice a change of any part of the query
def filled(store: SqlStore, request: pytest.FixtureRequest) -> SqlStore:
    feeds = [
        store.add_feed(f"https://f{n}.example/", title=f"F{n}", site_url=None, tags=(), now=NOW)
        for n in range(3)
    ]
    with store.ingesting() as session:
        stories = [session.new_story(f"s{n}", NOW) for n in range(STORIES)]
        stream = Stream(request.param, stories, [feed.id for feed in feeds])
        for number in range(EVENTS):
            event = stream.event(number)
            article_id = session.record(event).article_id
            if event.likeness is not None and event.likeness.of is None and article_id is not None:
                stream.told.append((article_id, event.story_id))
    return store


def by_hand(store: SqlStore, watch: WatchName | None, since_at: datetime | None) -> tuple[StorySummary, ...]:
    """By the definition: all that is kept is read and put in order here."""
    recent = {one.story for one in store.items(ItemQuery(watch=watch, since_at=since_at))}
    return stories_of(one for one in store.items(ItemQuery(watch=watch)) if one.story in recent)


def test_the_first_of_the_stories_are_those_of_the_whole_list(filled: SqlStore) -> None:
    times = [None, *(NOW + timedelta(minutes=minute) for minute in (0, MINUTES - 4, MINUTES - 1, MINUTES))]
    for watch, since_at in product((*WATCHES, None, WatchName("nobody")), times):
        whole = by_hand(filled, watch, since_at)
        ids = tuple(story.id for story in whole)
        for limit in (*range(1, len(ids) + 2), None):
            found = filled.latest_stories(watch, since_at=since_at, limit=limit)
            assert found == ids[:limit], (watch, since_at, limit)
        for limit in (1, len(ids) // 2, None):
            assert Coverage(filled).stories(watch, since_at, limit) == whole[:limit]


def test_what_the_order_is_tried_on_has_ties_and_differs_by_watch_and_by_time(filled: SqlStore) -> None:
    every, one, other = (by_hand(filled, watch, None) for watch in (None, *WATCHES))
    assert len({story.last_at for story in every}) < len(every)
    assert [story.id for story in one] != [story.id for story in other]
    late = by_hand(filled, WATCHES[0], NOW + timedelta(minutes=MINUTES - 1))
    assert 0 < len(late) < len(one)
