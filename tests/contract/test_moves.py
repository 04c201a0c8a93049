"""Feeds that change their address, and entries known again, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.builders import NOW, WATCH, entry, record, report, state
from tracker.errors import FeedExists, FeedNotFound
from tracker.feeds import OpmlFeed
from tracker.model import Entry, Fate, Feed, FeedMove, ItemQuery, KnownEntry, Validators
from tracker.store import SqlStore
from tracker.urls import canonical_url

OLD, NEW, NEWER = "https://old.example/feed", "https://new.example/feed", "https://newer.example/feed"
LEASE = timedelta(minutes=10)


def add(store: SqlStore, url: str = OLD) -> Feed:
    return store.add_feed(url, title="", site_url=None, tags=(), now=NOW)


def move(store: SqlStore, to_url: str, of: str = OLD) -> bool:
    return store.move_feed(store.feed_by_url(of), to_url, reason="moved permanently", now=NOW)


def followed(store: SqlStore) -> list[str]:
    return [feed.url for feed in store.feeds()]


def put(store: SqlStore, feed: Feed, made: Entry, **changed: object) -> None:
    with store.ingesting() as session:
        session.record(record(feed_id=feed.id, entry=made, article=None, relevance=(), **changed))


def known(store: SqlStore, feed: Feed, made: Entry) -> KnownEntry | None:
    return store.known_entries(feed.id, [made]).get(made.key)


def test_a_moved_feed_keeps_its_id_and_entries_and_forgets_its_validators(store: SqlStore) -> None:
    feed = add(store)
    put(store, feed, entry())
    (made,) = store.claim_due(NOW, limit=1, lease=LEASE)
    sighted = state(validators=Validators(url=OLD, etag='"1"'), moved_to=NEW, moved_sightings=3, failures=2)
    store.finish_poll(made, sighted, report(feed.id))
    assert move(store, NEW)
    moved = store.feed_by_url(NEW)
    assert (moved.id, followed(store)) == (feed.id, [NEW])
    assert moved.state == state(failures=2)
    assert known(store, moved, entry()) is not None
    assert store.moves(feed.id) == (
        FeedMove(feed_id=feed.id, from_url=OLD, to_url=NEW, reason="moved permanently", moved_at=NOW),
    )


def test_validators_that_the_new_address_itself_gave_are_kept(store: SqlStore) -> None:
    feed = add(store)
    (made,) = store.claim_due(NOW, limit=1, lease=LEASE)
    behind = Validators(url=NEW, etag='"1"', asked_url=OLD)
    store.finish_poll(made, state(validators=behind, moved_to=NEW, moved_sightings=3), report(feed.id))
    assert move(store, NEW)
    assert store.feed_by_url(NEW).state.validators == Validators(url=NEW, etag='"1"')


def test_an_address_another_feed_has_or_had_is_not_taken(store: SqlStore) -> None:
    add(store)
    add(store, NEW)
    assert move(store, NEW) is False
    assert move(store, NEWER, of=NEW)
    assert move(store, NEW) is False, "it still means the feed that was there"
    assert move(store, OLD) is False, "that is no move"
    assert followed(store) == [OLD, NEWER]
    assert store.moves(store.feed_by_url(OLD).id) == ()


def test_a_feed_read_before_it_moved_moves_no_second_time(store: SqlStore) -> None:
    stale = add(store)
    assert move(store, NEW)
    assert store.move_feed(stale, NEWER, reason="", now=NOW) is False
    assert followed(store) == [NEW]


def test_a_removed_feed_makes_room_and_keeps_its_entries(store: SqlStore) -> None:
    removed = add(store, NEW)
    put(store, removed, entry())
    store.remove_feed(NEW, now=NOW)
    add(store)
    assert move(store, NEW)
    assert followed(store) == [NEW]
    assert len(store.items(ItemQuery(fate=None))) == 1
    assert known(store, removed, entry()) is not None


def test_the_old_address_means_the_moved_feed_to_the_file_and_to_commands(store: SqlStore) -> None:
    listed = [OpmlFeed(url=OLD, tags=("a",))]
    store.sync_opml(listed, NOW)
    move(store, NEW)
    assert store.sync_opml(listed, NOW) == (0, 0)
    assert followed(store) == [NEW]
    store.sync_opml([OpmlFeed(url=OLD, tags=("b",))], NOW)
    assert store.feeds()[0].tags == ("b",)
    with pytest.raises(FeedExists, match=f"{OLD} is followed already: it has moved to {NEW}"):
        add(store, OLD)
    with pytest.raises(FeedNotFound) as caught:
        store.remove_feed(OLD, now=NOW)
    assert NEW in caught.value.hint
    assert store.sync_opml([], NOW) == (0, 1)
    assert store.sync_opml(listed, NOW) == (0, 0)
    assert followed(store) == [NEW], "it comes back where it is now"


def test_a_moved_feed_a_person_removed_stays_removed_until_a_person_adds_it(store: SqlStore) -> None:
    listed = [OpmlFeed(url=OLD)]
    store.sync_opml(listed, NOW)
    move(store, NEW)
    store.remove_feed(NEW, now=NOW)
    assert store.sync_opml(listed, NOW) == (0, 0)
    assert followed(store) == []
    assert add(store, OLD).url == NEW


def test_a_file_with_both_addresses_lists_one_feed_and_stays_quiet(store: SqlStore) -> None:
    store.sync_opml([OpmlFeed(url=OLD, title="old")], NOW)
    move(store, NEW)
    both = [OpmlFeed(url=NEW, title="new"), OpmlFeed(url=OLD, title="old")]
    for _ in range(2):
        assert store.sync_opml(both, NOW) == (0, 0)
        assert [(feed.url, feed.title) for feed in store.feeds()] == [(NEW, "new")]


def test_an_undone_move_is_remembered_and_the_old_address_polled_again(store: SqlStore) -> None:
    feed = add(store)
    move(store, NEW)
    move(store, NEWER, of=NEW)
    later = NOW + timedelta(days=1)
    undone = store.undo_move(NEWER, now=later)
    assert (undone.from_url, undone.to_url, undone.undone_at) == (NEW, NEWER, later)
    assert [(m.to_url, m.undone_at) for m in store.moves(feed.id)] == [(NEWER, later), (NEW, None)]
    store.undo_move(NEW, now=later)
    assert followed(store) == [OLD]
    assert add(store, NEW).id != feed.id, "the address is nobody's again"


@pytest.mark.parametrize("url", [OLD, "https://nowhere.example/"])
def test_where_nothing_moved_nothing_is_undone(store: SqlStore, url: str) -> None:
    add(store)
    with pytest.raises(FeedNotFound):
        store.undo_move(url, now=NOW)


def test_a_feed_may_move_back(store: SqlStore) -> None:
    add(store)
    assert move(store, NEW)
    assert move(store, OLD, of=NEW)
    assert followed(store) == [OLD]
    assert store.sync_opml([], NOW) == (0, 0)


@pytest.mark.parametrize(
    "address", ["http://www.example.org/a", "https://example.org/a/", "http://example.org:80/a"]
)
def test_an_entry_is_known_by_its_address_however_it_is_spelt(store: SqlStore, address: str) -> None:
    feed = add(store)
    put(store, feed, entry(canonical_url=canonical_url("https://example.org/a")))
    found = known(store, feed, entry(key="other", content_hash="h9", canonical_url=canonical_url(address)))
    assert found is not None
    assert found.key == "k1"


def test_an_entry_is_known_by_its_content_within_its_feed(store: SqlStore) -> None:
    feed, elsewhere = add(store), add(store, NEW)
    put(store, feed, entry())
    moved = entry(key="other", canonical_url="https://example.org/new-place")
    found = known(store, feed, moved)
    assert found is not None
    assert (found.key, found.canonical_url) == ("k1", "https://example.org/a")
    assert known(store, elsewhere, moved) is None
    assert known(store, feed, entry(key="other", canonical_url=None, content_hash="")) is None


def test_the_newest_revision_of_a_known_entry_counts(store: SqlStore) -> None:
    feed = add(store)
    put(store, feed, entry())
    put(store, feed, entry(content_hash="h2", canonical_url="https://example.org/b"), revision=1)
    for changed in ({}, {"key": "x"}, {"key": "x", "canonical_url": None}):
        found = known(store, feed, entry(**changed))
        assert found is not None
        assert (found.key, found.revision, found.content_hash) == ("k1", 1, "h2")


def test_of_two_entries_with_one_content_the_one_stored_last_is_meant(store: SqlStore) -> None:
    feed = add(store)
    for key in ("k1", "k2"):
        put(store, feed, entry(key=key))
    found = known(store, feed, entry(key="x"))
    assert found is not None
    assert found.key == "k2"


def test_an_entry_whose_article_was_pruned_is_still_known(store: SqlStore, store_url: str) -> None:
    feed = add(store)
    with store.ingesting() as session:
        made = session.record(record(feed_id=feed.id))
    url = make_url(store_url)
    engine = create_engine(url.set(drivername="postgresql+psycopg") if "postgres" in url.drivername else url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE entry SET article_id = NULL"))
        connection.execute(text("DELETE FROM article WHERE id = :id"), {"id": made.article_id})
    engine.dispose()
    assert known(store, feed, entry()) is not None
    put(store, feed, entry(), fates={WATCH: Fate.BELOW_THRESHOLD})
    (item,) = store.items(ItemQuery(fate=None))
    assert item.fate is Fate.KEPT, "recording it again changes nothing"
