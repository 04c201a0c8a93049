"""What pages count, on every database."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import NOW, WATCH, article, entry, record, relevance
from tracker.model import (
    ArticleId,
    Fate,
    FeedId,
    Likeness,
    LikenessKind,
    PollReport,
    PollStatus,
    TopicScore,
    WatchName,
)
from tracker.store import SqlStore

OTHER = WatchName("other")


def put(store: SqlStore, number: int, fate: Fate, score: float, **changed: object) -> ArticleId:
    url = f"https://example.org/{number}"
    fields = {
        "entry": entry(key=f"k{number}", canonical_url=url, url=url),
        "article": article(url=url, published_at=NOW),
        "first_seen_at": NOW + timedelta(hours=number),
        "fates": {WATCH: fate},
        "relevance": (relevance(score=score, topics=(TopicScore(topic="fentanyl", score=0.9),)),),
        **changed,
    }
    with store.ingesting() as session:
        found = session.record(record(**fields)).article_id
    assert found is not None
    return found


def copy_of(number: ArticleId) -> Likeness:
    return Likeness(kind=LikenessKind.COPY, of=number, family_id=number, similarity=0.9)


def test_pieces_are_what_was_kept_and_all_that_carried_it(store: SqlStore) -> None:
    first = put(store, 1, Fate.KEPT, 0.9)
    put(store, 2, Fate.COPY, 0.9, likeness=copy_of(first))
    below = put(store, 3, Fate.BELOW_THRESHOLD, 0.2)
    put(store, 4, Fate.COPY, 0.2, likeness=copy_of(below))
    found = store.pieces(WATCH, NOW)
    assert [(one.kind, one.at) for one in found] == [("report", NOW), ("copy", NOW + timedelta(hours=2))]
    assert {one.topics for one in found} == {(("fentanyl", 0.9),)}
    assert store.pieces(WATCH, NOW + timedelta(hours=2)) == ()
    assert store.pieces(OTHER, NOW) == ()


def test_what_two_watches_kept_is_one_piece_as_the_higher_score_sees_it(store: SqlStore) -> None:
    with store.ingesting() as session:
        story = session.new_story("s", NOW)
    scores = (
        relevance(score=0.7, topics=(TopicScore(topic="low", score=0.9),)),
        relevance(watch=OTHER, score=0.9, topics=(TopicScore(topic="high", score=0.9),)),
    )
    first = put(store, 1, Fate.KEPT, 0.7, relevance=scores, fates=dict.fromkeys((WATCH, OTHER), Fate.KEPT),
                story_id=story, story_terms="{}", story_at=NOW)  # fmt: skip
    put(store, 2, Fate.COPY, 0.7, likeness=copy_of(first))
    found = store.pieces(None, None)
    assert [(one.kind, one.topics, one.story) for one in found] == [
        ("report", (("high", 0.9),), story), ("copy", (("high", 0.9),), story),
    ]  # fmt: skip


def test_scored_articles_come_once_the_weakest_first_and_kept_if_any_entry_is(store: SqlStore) -> None:
    kept = put(store, 1, Fate.KEPT, 0.8)
    below = put(store, 2, Fate.BELOW_THRESHOLD, 0.3)
    put(store, 3, Fate.COPY, 0.9, likeness=copy_of(kept))
    late = entry(key="again", canonical_url="https://example.org/1", url="https://example.org/1")
    with store.ingesting() as session:
        session.record(
            record(entry=late, article=None, article_id=kept, first_seen_at=NOW + timedelta(hours=9),
                   fates={WATCH: Fate.BELOW_THRESHOLD}, relevance=())
        )  # fmt: skip
    found = store.scored(WATCH, NOW)
    assert [(one.article_id, one.is_kept, one.score) for one in found] == [
        (below, False, 0.3),
        (kept, True, 0.8),
    ]
    assert store.scored(WATCH, NOW + timedelta(days=9)) == ()


def test_original_scores_leave_copies_other_watches_and_the_past_out(store: SqlStore) -> None:
    kept = put(store, 1, Fate.KEPT, 0.8)
    put(store, 2, Fate.COPY, 0.9, likeness=copy_of(kept))
    put(store, 3, Fate.KEPT, 0.7, relevance=(relevance(watch=OTHER, score=0.7),), fates={OTHER: Fate.KEPT})
    assert store.original_scores(WATCH, NOW) == ((NOW + timedelta(hours=1), 0.8),)
    assert store.original_scores(WATCH, NOW + timedelta(hours=2)) == ()


def test_scores_are_added_up_from_an_instant_on(store: SqlStore) -> None:
    kept = put(store, 1, Fate.KEPT, 0.8)
    put(store, 2, Fate.BELOW_THRESHOLD, 0.25)
    put(store, 3, Fate.COPY, 0.9, likeness=copy_of(kept))
    put(store, 4, Fate.KEPT, 0.7, relevance=(relevance(watch=OTHER, score=0.7),), fates={OTHER: Fate.KEPT})
    assert store.score_sums(WATCH, NOW, 0.5) == (NOW + timedelta(hours=1), 2, 1.05, 1, 0.8)
    assert store.score_sums(WATCH, NOW + timedelta(hours=2), 0.5) == (
        NOW + timedelta(hours=2), 1, 0.25, 0, 0.0,
    )  # fmt: skip
    assert store.score_sums(WATCH, NOW + timedelta(days=1), 0.5) == (None, 0, 0.0, 0, 0.0)


def test_the_first_scored_article_and_the_oldest_feed_say_since_when(store: SqlStore) -> None:
    assert store.first_scored_at(WATCH) is None
    assert store.followed_since() is None
    put(store, 2, Fate.BELOW_THRESHOLD, 0.4)
    put(store, 1, Fate.KEPT, 0.7, relevance=(relevance(watch=OTHER, score=0.7),), fates={OTHER: Fate.KEPT})
    assert store.first_scored_at(WATCH) == NOW + timedelta(hours=2)
    for name, at in (("a", NOW), ("b", NOW + timedelta(days=1))):
        store.add_feed(f"https://{name}.example/feed", title="", site_url=None, tags=(), now=at)
    assert store.followed_since() == NOW
    store.remove_feed("https://a.example/feed", now=NOW)
    assert store.followed_since() == NOW + timedelta(days=1)


def test_kept_entries_are_counted_for_their_watch(store: SqlStore) -> None:
    kept = put(store, 1, Fate.KEPT, 0.8)
    put(store, 2, Fate.BELOW_THRESHOLD, 0.3)
    put(store, 3, Fate.COPY, 0.9, likeness=copy_of(kept))
    assert (store.kept_count(WATCH), store.kept_count(OTHER)) == (1, 0)


def test_activity_tells_what_is_polled_due_and_done(store: SqlStore) -> None:
    urls = [f"https://{name}.example/feed" for name in "abc"]
    feeds = [store.add_feed(url, title="", site_url=None, tags=(), now=NOW) for url in urls]
    store.remove_feed(urls[2], now=NOW)
    (claim,) = store.claim_due(NOW, limit=1, lease=timedelta(minutes=5))
    put(store, 1, Fate.KEPT, 0.8)
    before = store.activity([WATCH, OTHER], NOW, NOW)
    assert (before.feeds, before.polling, before.due, before.polled) == (2, 1, 1, 0)
    assert (before.entries, before.kept, before.last_poll_at) == (1, {WATCH: 1, OTHER: 0}, None)
    report = PollReport(feed_id=claim.feed.id, polled_at=NOW, status=PollStatus.FAILED, new=3)
    store.finish_poll(claim, claim.feed.state, report)
    after = store.activity([WATCH], NOW, NOW)
    assert (after.polling, after.polled, after.failed, after.new, after.last_poll_at) == (0, 1, 1, 3, NOW)
    assert store.activity([WATCH], NOW, NOW + timedelta(seconds=1)).polled == 0
    assert [feed.url for feed in store.unfollowed(limit=9)] == [urls[2]]
    assert store.arrivals(FeedId(feeds[0].id), NOW) == ()
