"""Lists read in portions: each portion is a part of the whole list, whatever narrows it, on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from tests.builders import NOW, WATCH, article, entry, record, relevance
from tracker.model import (
    Digest,
    DigestId,
    Fate,
    Item,
    ItemQuery,
    Judgement,
    Message,
    Period,
    TopicScore,
    Verdict,
    WatchName,
)
from tracker.store import SqlStore

COUNT = 60


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """Sixty entries over ten hours: kept, below the line, unreadable; two watches, three outlets, three languages."""
    with store.ingesting() as session:
        stories = [session.new_story(f"s{n}", NOW) for n in range(3)]
        for n in range(COUNT):
            fate = (Fate.KEPT, Fate.BELOW_THRESHOLD, Fate.KEPT, Fate.UNREADABLE)[n % 4]
            url = f"https://example.org/{n}"
            words = "ministry lists precursor chemicals" if n % 3 else "部门列出前体化学品"
            session.record(
                record(
                    entry=entry(key=f"k{n}", url=url, canonical_url=url, content_hash=f"h{n}"),
                    first_seen_at=NOW + timedelta(minutes=10 * (n // 2)),
                    fates={WATCH: fate, WatchName("other"): Fate.KEPT},
                    article=None if fate is Fate.UNREADABLE else article(
                        url=url, canonical_url=url, title=f"Report {n}", text=f"{words} number{n % 5}",
                        outlet=f"Outlet {n % 3}", language=("en", "zh", None)[n % 3],
                    ),
                    relevance=(
                        relevance(score=(n * 7 % 20) / 20, topics=(TopicScore(topic="Drugs", score=(n % 4) / 4),)),
                        relevance(watch=WatchName("other"), score=0.5),
                    ),
                    story_id=stories[n % 3] if fate is Fate.KEPT else None,
                    story_terms="{}",
                    story_at=NOW + timedelta(minutes=n % 3),
                )
            )  # fmt: skip
    return store


QUERIES = [
    {},
    {"outlet": "Outlet 1"},
    {"language": "zh"},
    {"text": "precursor"},
    {"text": '"number3"', "outlet": "Outlet 2"},
    {"text": "前体"},
    {"text": "100% _ ~ 前体"},
    {"topic": "drugs"},
    {"since_at": NOW + timedelta(hours=2), "until_at": NOW + timedelta(hours=4)},
    {"min_score": 0.3, "max_score": 0.8},
]


def expected(filled: SqlStore, query: ItemQuery) -> list[Item]:
    """By the definition: the whole list, sorted and sifted here."""
    whole = [i for i in filled.items(ItemQuery(fate=None)) if i.watch == query.watch]
    found = [i for i in whole if _meets(i, query)]
    newest = sorted(found, key=lambda i: (-i.first_seen_at.timestamp(), int(i.url.rpartition("/")[2])))
    if query.by == "time":
        return newest
    return sorted(newest, key=lambda i: -(-1 if i.score is None else i.score))


def _meets(item: Item, query: ItemQuery) -> bool:
    words = [word.strip('"') for word in query.text.split()]
    text = item.text if item.article_id is not None else ""
    return all((
        query.fate is None or item.fate is query.fate,
        query.outlet is None or item.outlet == query.outlet,
        query.language is None or item.language == query.language,
        query.topic is None or any(t.score >= 0.5 for t in item.topics),
        query.since_at is None or item.first_seen_at >= query.since_at,
        query.until_at is None or item.first_seen_at < query.until_at,
        query.min_score is None or (item.score is not None and item.score >= query.min_score),
        query.max_score is None or (item.score is not None and item.score < query.max_score),
        all(word in text for word in words),
    ))  # fmt: skip


def test_every_portion_of_every_list_is_what_it_should_be(filled: SqlStore) -> None:
    for changed, fate, by in product(
        QUERIES, (Fate.KEPT, Fate.BELOW_THRESHOLD, Fate.UNREADABLE, None), ("score", "time")
    ):
        query = ItemQuery(watch=WATCH, fate=fate, by=by, **changed)  # type: ignore[arg-type]
        whole = expected(filled, query)
        for offset in (0, 7, len(whole)):
            portion = ItemQuery(watch=WATCH, fate=fate, by=by, limit=7, offset=offset, **changed)  # type: ignore[arg-type]
            found = [item.url for item in filled.items(portion)]
            assert found == [item.url for item in whole[offset : offset + 7]], portion


def test_portions_of_all_watches_are_the_parts_of_one_list(filled: SqlStore) -> None:
    for fate, by in product((Fate.KEPT, None), ("score", "time")):
        whole = [i for i in filled.items(ItemQuery(fate=None)) if fate is None or i.fate is fate]
        if fate is Fate.KEPT and by == "score":
            whole = [i for i in whole if i.article_id is not None]  # what is really kept has one
        found: list[Item] = []
        while portion := filled.items(ItemQuery(fate=fate, by=by, limit=17, offset=len(found))):  # type: ignore[arg-type]
            found += portion
        assert sorted((i.url, i.watch) for i in found) == sorted((i.url, i.watch) for i in whole)
        places = [(-(-1 if i.score is None else i.score), -i.first_seen_at.timestamp()) for i in found]
        ranks = places if by == "score" else [place[1:] for place in places]
        assert ranks == sorted(ranks)


def test_an_item_in_a_portion_is_the_same_as_in_the_whole_list(filled: SqlStore) -> None:
    whole = {item.id: item for item in filled.items(ItemQuery(watch=WATCH))}
    assert all(whole[item.id] == item for item in filled.items(ItemQuery(watch=WATCH, limit=9)))
    brief = filled.items(ItemQuery(watch=WATCH, limit=9, brief=True))
    assert {(item.text, item.reasons) for item in brief} == {("", ())}


def test_filters_offer_what_is_stored_the_most_frequent_first(filled: SqlStore) -> None:
    assert set(filled.outlets()) == {"Outlet 0", "Outlet 1", "Outlet 2"}
    assert set(filled.languages()) == {"en", "zh"}


def test_stories_come_last_added_to_first_and_only_with_what_the_watch_kept(filled: SqlStore) -> None:
    ids = filled.recent_stories(WATCH, limit=9, offset=0)
    assert len(ids) == 3
    assert [filled.recent_stories(WATCH, limit=1, offset=n)[0] for n in range(3)] == list(ids)
    assert filled.recent_stories(WatchName("nobody"), limit=9, offset=0) == ()


def test_the_line_is_that_of_the_newest_score(filled: SqlStore) -> None:
    assert filled.latest_line(WATCH) == 0.5
    assert filled.latest_line(WatchName("nobody")) is None


def test_every_word_on_an_article_is_kept(filled: SqlStore) -> None:
    item = filled.items(ItemQuery(watch=WATCH, limit=1))[0]
    assert item.article_id is not None
    for verdict in (Verdict.RELEVANT, Verdict.IRRELEVANT):
        filled.add_judgement(
            Judgement(article_id=item.article_id, watch=WATCH, verdict=verdict, judged_at=NOW)
        )
    assert [one.verdict for one in filled.judgements_of(item.article_id)] == [
        Verdict.RELEVANT,
        Verdict.IRRELEVANT,
    ]


def test_the_archive_gives_back_what_was_mailed(store: SqlStore) -> None:
    for n in range(3):
        period = Period(from_at=NOW, to_at=NOW + timedelta(days=n))
        digest = Digest(
            watch=WATCH, title="t", period=period, timezone="UTC", composed_at=NOW, subject=f"{n} new"
        )
        message = Message(
            message_id=f"<{n}@x>",
            sender="a@x",
            recipients=("b@x",),
            subject=f"{n} new",
            plain="p",
            html="<p>",
            sent_at=NOW,
        )
        store.save_digest(digest, message, b"", f"2026-11-2{n}")
    found = store.saved_digests(WATCH, limit=2, offset=0)
    assert [one.message.subject for one in found] == ["2 new", "1 new"]
    assert store.saved_digest(found[0].id) == found[0]
    assert store.saved_digest(DigestId(10**24)) is None
    assert found[0].deliveries == ()
    assert store.saved_digests(WatchName("nobody"), limit=9, offset=0) == ()
