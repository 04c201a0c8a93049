"""What every store promises, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOW, WATCH, article, entry, record, relevance, report, state
from tracker.errors import ArticleNotFound, FeedExists, FeedNotFound, StoreError
from tracker.feeds import OpmlFeed
from tracker.model import (
    Delivery,
    DeliveryState,
    Digest,
    DigestSection,
    FamilyId,
    Fate,
    FeedHealth,
    ItemQuery,
    Judgement,
    Likeness,
    LikenessKind,
    Message,
    Period,
    Profile,
    Record,
    Recorded,
    TopicScore,
    Validators,
    Verdict,
)
from tracker.store import SqlStore, open_store

LEASE = timedelta(minutes=10)


def add(store: SqlStore, url: str = "https://example.org/feed") -> int:
    return store.add_feed(url, title="Example", site_url=None, tags=["news"], now=NOW).id


def put(store: SqlStore, made: Record) -> Recorded:
    with store.ingesting() as session:
        return session.record(made)


def test_a_feed_added_is_listed_due_and_cannot_be_added_twice(store: SqlStore) -> None:
    add(store)
    (feed,) = store.feeds()
    assert (feed.title, feed.tags, feed.state.next_poll_at) == ("Example", ("news",), NOW)
    with pytest.raises(FeedExists):
        add(store)


def test_a_removed_feed_is_no_longer_listed_and_can_come_back(store: SqlStore) -> None:
    add(store)
    store.remove_feed("https://example.org/feed", now=NOW)
    assert store.feeds() == ()
    with pytest.raises(FeedNotFound):
        store.remove_feed("https://example.org/feed", now=NOW)
    add(store)
    assert len(store.feeds()) == 1


def test_the_opml_file_adds_and_removes_its_own_feeds_only(store: SqlStore) -> None:
    add(store, "https://example.org/by-hand")
    listed = [OpmlFeed(url=f"https://example.org/{n}", title=n, site_url=None, tags=("t",)) for n in "ab"]
    assert store.sync_opml(listed, NOW) == (2, 0)
    assert store.sync_opml(listed, NOW) == (0, 0)
    assert store.sync_opml(listed[:1], NOW) == (0, 1)
    assert {feed.url[-1] for feed in store.feeds()} == {"d", "a"}
    store.remove_feed("https://example.org/a", now=NOW)
    store.sync_opml(listed, NOW)
    assert {feed.url[-1] for feed in store.feeds()} == {"d", "b"}, "a feed removed by a person stays removed"


def test_a_claimed_feed_is_nobody_elses_until_its_lease_runs_out(store: SqlStore) -> None:
    add(store)
    (claim,) = store.claim_due(NOW, limit=5, lease=LEASE)
    assert store.claim_due(NOW, limit=5, lease=LEASE, force=True) == ()
    (later,) = store.claim_due(NOW + LEASE, limit=5, lease=LEASE)
    assert store.finish_poll(claim, state(failures=9), report(claim.feed.id)) is False
    assert store.polls(claim.feed.id, limit=5) == ()
    assert store.finish_poll(later, state(failures=1), report(claim.feed.id)) is True
    assert store.feeds()[0].state.failures == 1


def test_a_feed_not_yet_due_is_claimed_only_by_force(store: SqlStore) -> None:
    add(store)
    (claim,) = store.claim_due(NOW, limit=1, lease=LEASE)
    store.finish_poll(claim, state(next_poll_at=NOW + timedelta(hours=1)), report(claim.feed.id))
    assert store.claim_due(NOW, limit=1, lease=LEASE) == ()
    assert len(store.claim_due(NOW, limit=1, lease=LEASE, force=True)) == 1


def test_released_feeds_can_be_claimed_again(store: SqlStore) -> None:
    add(store)
    store.release(store.claim_due(NOW, limit=1, lease=LEASE))
    assert len(store.claim_due(NOW, limit=1, lease=LEASE)) == 1


def test_a_feeds_state_survives_word_for_word(store: SqlStore) -> None:
    add(store)
    (claim,) = store.claim_due(NOW, limit=1, lease=LEASE)
    kept = state(
        validators=Validators(url="https://example.org/feed", etag='"x"', last_modified="Fri"),
        health=FeedHealth.FAILING,
        error="dns",
        error_detail="no such host",
        mean_gap=timedelta(hours=5),
        last_new_at=NOW,
    )
    store.finish_poll(claim, kept, report(claim.feed.id))
    assert store.feeds()[0].state == kept


def test_recording_twice_makes_no_twin(store: SqlStore) -> None:
    first, second = put(store, record()), put(store, record(fates={WATCH: Fate.BELOW_THRESHOLD}))
    assert first == second
    (item,) = store.items(ItemQuery(fate=None))
    assert item.fate is Fate.KEPT
    assert store.entry_count() == 1


def test_a_pending_entry_is_replaced_by_its_outcome(store: SqlStore) -> None:
    feed_id = add(store)
    waiting = record(
        feed_id=feed_id, article=None, fates={WATCH: Fate.PENDING}, retry_at=NOW, attempts=1, relevance=()
    )
    put(store, waiting)
    (pending,) = store.pending(NOW, limit=9)
    assert (pending.entry, pending.attempts) == (entry(), 1)
    put(store, record(feed_id=feed_id))
    assert store.pending(NOW + LEASE, limit=9) == ()
    assert [item.fate for item in store.items(ItemQuery(fate=None))] == [Fate.KEPT]


def test_every_entry_has_one_fate_and_the_counts_add_up(store: SqlStore) -> None:
    for number, fate in enumerate([Fate.KEPT, Fate.TOO_OLD, Fate.BELOW_THRESHOLD, Fate.KEPT]):
        url = f"https://example.org/{number}"
        shown = None if fate is Fate.TOO_OLD else article(url=url)
        made = entry(key=str(number), canonical_url=url, url=url)
        put(
            store,
            record(entry=made, article=shown, fates={WATCH: fate}, relevance=(relevance(),) if shown else ()),
        )
    counts = {count.fate: count.count for count in store.fate_counts()}
    assert counts == {Fate.KEPT: 2, Fate.TOO_OLD: 1, Fate.BELOW_THRESHOLD: 1}
    assert sum(counts.values()) == store.entry_count() == len(store.items(ItemQuery(fate=None)))


def test_an_exception_inside_ingesting_leaves_nothing_behind(store: SqlStore) -> None:
    def fail_half_way() -> None:
        with store.ingesting() as session:
            session.record(record(background={("", "fentanyl"): 1.0}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.entry_count() == 0
    assert store.background() == {}


def test_word_statistics_add_up_over_sessions(store: SqlStore) -> None:
    for number in range(3):
        url = f"https://example.org/{number}"
        put(
            store,
            record(
                entry=entry(key=str(number)),
                article=article(url=url),
                background={("", "fentanyl"): 1.0, ("w", "x"): 0.5},
            ),
        )
    assert store.background() == {("", "fentanyl"): 3.0, ("w", "x"): 1.5}


def test_a_copy_joins_its_family_and_is_a_carrier_of_the_kept_item(store: SqlStore) -> None:
    original = put(store, record()).article_id
    copy = Likeness(kind=LikenessKind.COPY, of=original, family_id=original, similarity=0.97, reasons=("R1",))  # type: ignore[arg-type]
    other = entry(key="k2", url="https://other.example/b", canonical_url="https://other.example/b")
    made = record(
        entry=other,
        article=article(url="https://other.example/b", outlet="Other"),
        likeness=copy,
        fates={WATCH: Fate.COPY},
    )
    put(store, made)
    (item,) = store.items(ItemQuery())
    assert [(c.outlet, c.kind) for c in item.carriers] == [("Other", "copy")]
    (folded,) = store.items(ItemQuery(fate=Fate.COPY))
    assert (folded.duplicate_of, folded.similarity, folded.family) == (str(original), 0.97, original)
    assert [member.id for member in store.family(original)] == [original, folded.article_id]  # type: ignore[arg-type]
    with store.ingesting() as session:
        assert session.settled_in_family(original) == {WATCH}  # type: ignore[arg-type]


def test_a_family_is_settled_where_it_was_refused_and_open_again_when_that_is_taken_back(
    store: SqlStore,
) -> None:
    original = put(store, record(fates={WATCH: Fate.BELOW_THRESHOLD})).article_id
    assert original is not None

    def settled() -> frozenset[str]:
        with store.ingesting() as session:
            return session.settled_in_family(FamilyId(original))

    assert settled() == frozenset()
    said = Judgement(article_id=original, watch=WATCH, verdict=Verdict.IRRELEVANT, judged_at=NOW)
    store.add_judgement(said)
    assert settled() == {WATCH}
    store.add_judgement(replace(said, verdict=Verdict.RELEVANT))
    assert settled() == frozenset()
    store.withdraw_judgement(original, WATCH)
    assert settled() == {WATCH}


def test_an_article_split_from_its_family_stands_alone_and_is_kept_when_it_passes(store: SqlStore) -> None:
    original = put(store, record()).article_id
    copy = Likeness(kind=LikenessKind.COPY, of=original, family_id=original, similarity=0.9)  # type: ignore[arg-type]
    url = "https://other.example/b"
    other = entry(key="k2", url=url, canonical_url=url)
    folded = put(
        store, record(entry=other, article=article(url=url), likeness=copy, fates={WATCH: Fate.COPY})
    )
    assert folded.article_id is not None
    with store.ingesting() as session:
        session.split(folded.article_id, {WATCH: True}, NOW)
    assert {(i.id, i.fate, i.duplicate_of, i.family) for i in store.items(ItemQuery(fate=None))} == {
        (str(original), Fate.KEPT, None, original),
        (str(folded.article_id), Fate.KEPT, None, folded.article_id),
    }
    assert store.items(ItemQuery())[0].carriers == ()


def test_a_reset_feed_forgets_what_was_passed_over_as_too_old(store: SqlStore) -> None:
    feed_id = add(store)
    put(store, record(feed_id=feed_id, article=None, relevance=(), fates={WATCH: Fate.TOO_OLD}))
    store.reset_feed(store.feeds()[0], NOW)
    assert store.entry_count() == 0
    put(store, record(feed_id=feed_id))
    store.reset_feed(store.feeds()[0], NOW)
    assert store.entry_count() == 1


def test_the_same_address_with_new_text_is_a_new_revision(store: SqlStore) -> None:
    put(store, record())
    put(store, record(revision=1, article=article(text="Corrected: four chemicals.")))
    with store.ingesting() as session:
        known = session.known_article("https://example.org/a")
    assert known is not None
    assert known.revision == 1
    assert store.article("https://example.org/a").article.text == "Corrected: four chemicals."


def test_an_article_is_found_by_id_by_archive_id_and_by_address(store: SqlStore) -> None:
    made = put(store, record(article=article(external_id="t49d")))
    for reference in (str(made.article_id), "t49d", "https://example.org/a"):
        assert store.article(reference).id == made.article_id
    with pytest.raises(ArticleNotFound):
        store.article("nothing")


@pytest.mark.parametrize(
    ("words", "found"),
    [("precursor", 1), ("PRECURSOR chemicals", 1), ("cocaine", 0), ('"three precursor"', 1), ('"precursor three"', 0),
     ("三种", 1), ("没有", 0), ('x" OR 1', 0), ("*", 0)],
)  # fmt: skip
def test_search_finds_words_phrases_and_unspaced_scripts(store: SqlStore, words: str, found: int) -> None:
    put(store, record(article=article(text="Three precursor chemicals. 三种化学品。")))
    assert len(store.items(ItemQuery(text=words))) == found


def test_items_can_be_asked_for_by_score_time_watch_and_topic(store: SqlStore) -> None:
    topics = (TopicScore(topic="fentanyl", score=0.9),)
    put(store, record(relevance=(relevance(topics=topics),)))
    assert len(store.items(ItemQuery(min_score=0.8, since_at=NOW, watch=WATCH, topic="fentanyl"))) == 1
    for query in (ItemQuery(min_score=0.81), ItemQuery(since_at=NOW + LEASE), ItemQuery(topic="other")):
        assert store.items(query) == ()


def test_known_entries_are_found_by_key_and_by_address_in_their_own_feed(store: SqlStore) -> None:
    feed_id = add(store)
    put(store, record(feed_id=feed_id))
    renamed = entry(key="new-key")
    assert set(store.known_entries(feed_id, [entry(), renamed])) == {"k1", "new-key"}  # type: ignore[arg-type]
    assert store.known_entries(feed_id + 1, [entry()]) == {}  # type: ignore[arg-type]
    assert store.known_urls(["https://example.org/a", "https://nowhere.example/"]).keys() == {
        "https://example.org/a"
    }


def test_judgements_keep_the_newest_word_and_show_in_items(store: SqlStore) -> None:
    made = put(store, record())
    assert made.article_id is not None
    for verdict in (Verdict.IRRELEVANT, Verdict.RELEVANT):
        store.add_judgement(
            Judgement(article_id=made.article_id, watch=WATCH, verdict=verdict, judged_at=NOW)
        )
    assert [j.verdict for j in store.judgements(WATCH)] == [Verdict.RELEVANT]
    assert store.items(ItemQuery())[0].judged is Verdict.RELEVANT


def test_the_newest_profile_is_current(store: SqlStore) -> None:
    assert store.profile(WATCH) is None
    for version in ("1", "2"):
        store.save_profile(Profile(watch=WATCH, version=version, body="{}"), NOW)
    current = store.profile(WATCH)
    assert current is not None
    assert current.version == "2"


def digest_of(store: SqlStore, number: int = 1) -> tuple[Digest, Message]:
    period = Period(from_at=NOW - timedelta(days=1), to_at=NOW + timedelta(minutes=number))
    items = store.unreported(WATCH, period)
    sections = (DigestSection(heading="fentanyl", stories=(items,)),) if items else ()
    made = Digest(
        watch=WATCH,
        title="T",
        period=period,
        timezone="UTC",
        composed_at=NOW,
        subject="S",
        sections=sections,
        accounting={Fate.KEPT: 1},
    )
    message = Message(
        message_id=f"<{number}@x>",
        sender="a@x",
        recipients=("b@x", "c@x"),
        subject="S",
        plain="p",
        html="h",
        sent_at=NOW,
    )
    return made, message


def test_a_saved_digest_reserves_its_items_and_owes_every_recipient(store: SqlStore) -> None:
    put(store, record())
    made, message = digest_of(store)
    assert len(made.items) == 1
    digest_id = store.save_digest(made, message, b"bytes", "2026-11-20")
    assert store.unreported(WATCH, made.period) == ()
    assert store.last_digest_end(WATCH) == made.period.to_at
    assert store.last_digest_end(WATCH, before=made.period.to_at) is None
    (owed,) = store.unsent()
    assert (owed.id, owed.message, owed.mime, owed.recipients) == (
        digest_id,
        message,
        b"bytes",
        ("b@x", "c@x"),
    )
    store.mark_delivery(digest_id, [Delivery(recipient="b@x", state=DeliveryState.SENT)], NOW)
    (owed,) = store.unsent()
    assert owed.recipients == ("c@x",)
    store.mark_delivery(digest_id, [Delivery(recipient="c@x", state=DeliveryState.REFUSED)], NOW)
    assert store.unsent() == ()


def test_no_item_can_be_in_two_digests(store: SqlStore) -> None:
    put(store, record())
    (made, message), (again, other) = digest_of(store, 1), digest_of(store, 2)
    store.save_digest(made, message, b"", "2026-11-20")
    with pytest.raises(StoreError):
        store.save_digest(again, other, b"", "2026-11-20")
    assert len(store.unsent()) == 1


def test_a_reopened_store_remembers_everything(store_url: str) -> None:
    first = open_store(store_url)
    add(first)
    put(first, record())
    first.close()
    again = open_store(store_url)
    assert (len(again.feeds()), again.entry_count()) == (1, 1)
    again.close()


def test_stories_remember_their_terms_and_close_with_time(store: SqlStore) -> None:
    with store.ingesting() as session:
        story_id = session.new_story("Three chemicals", NOW)
        session.record(record(story_id=story_id, story_terms='{"a": 1.0}', story_at=NOW))
        (open_story,) = session.open_stories(NOW)
        assert session.open_stories(NOW + LEASE) == ()
    assert (open_story.id, open_story.terms) == (story_id, '{"a": 1.0}')
    assert len(store.story(story_id)) == 1


def test_kept_items_are_counted_by_their_first_sight_and_texts_are_had_by_id(store: SqlStore) -> None:
    feed = add(store)
    made = [
        record(
            feed_id=feed,
            entry=entry(key=f"k{n}", canonical_url=f"https://example.org/{n}"),
            article=article(url=f"https://example.org/{n}", text=f"Text {n}."),
            first_seen_at=NOW + timedelta(hours=n),
            fates={WATCH: Fate.KEPT if n else Fate.BELOW_THRESHOLD},
        )
        for n in range(3)
    ]
    ids = [put(store, one).article_id for one in made]
    assert store.kept_times(WATCH, NOW) == (NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    assert store.kept_times(WATCH, NOW + timedelta(hours=2)) == (NOW + timedelta(hours=2),)
    assert store.texts([ids[1], ids[2]]) == {ids[1]: "Text 1.", ids[2]: "Text 2."}


def test_pages_of_a_feed_no_longer_followed_are_not_tried_again(store: SqlStore) -> None:
    feed = add(store)
    put(
        store,
        record(
            feed_id=feed, fates={WATCH: Fate.PENDING}, article=None, likeness=None, relevance=(), retry_at=NOW
        ),
    )
    assert len(store.pending(NOW, limit=5)) == 1
    store.remove_feed("https://example.org/feed", now=NOW)
    assert store.pending(NOW, limit=5) == ()


def test_a_reset_during_a_poll_is_not_undone_by_its_end(store: SqlStore) -> None:
    add(store)
    (claim,) = store.claim_due(NOW, limit=1, lease=timedelta(minutes=5))
    store.reset_feed(claim.feed, NOW)
    assert not store.finish_poll(claim, state(failures=7), report(claim.feed.id))
    assert store.feeds()[0].state.failures == 0
