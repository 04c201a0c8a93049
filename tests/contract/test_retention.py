"""What retention deletes, and what it leaves for ever, on every database."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tests.builders import NOW, WATCH, article, entry, record, relevance, report
from tests.contract.test_alerts import alert, mark
from tests.contract.test_outbox import save
from tests.unit.neardup.samples import TEXT, TITLE
from tracker.model import (
    ArticleId,
    DeliveryState,
    FamilyId,
    Fate,
    FateCount,
    ItemQuery,
    Judgement,
    Likeness,
    LikenessKind,
    Period,
    TextGrade,
    Verdict,
)
from tracker.neardup import LikenessPolicy
from tracker.pipeline.likeness import find_likeness
from tracker.store import Keeping, Pruned, SqlStore, schema

DAY = timedelta(days=1)
KEEPING = Keeping(kept=100 * DAY, others=30 * DAY)


def put(store: SqlStore, number: int, *, age: int, fate: Fate = Fate.KEPT, **changed: object) -> ArticleId:
    """Store an article that was first seen so many days ago."""
    url = f"https://example.org/{number}"
    fields = {
        "entry": entry(key=f"k{number}", canonical_url=url, url=url),
        "article": article(url=url, text=f"{TEXT} Number {number}."),
        "first_seen_at": NOW - age * DAY,
        "fates": {WATCH: fate},
        "relevance": (relevance(profile_version="old.1"),),
        **changed,
    }
    with store.ingesting() as session:
        found = session.record(record(**fields)).article_id
    assert found is not None
    return found


def copy_of(first: ArticleId) -> Likeness:
    return Likeness(kind=LikenessKind.COPY, of=first, family_id=FamilyId(first), similarity=0.9)


def deleted(store: SqlStore, *ids: ArticleId) -> list[bool]:
    found = [store.article(str(one)).article for one in ids]
    assert all(not one.text for one in found if one.grade is TextGrade.DELETED)
    return [one.grade is TextGrade.DELETED for one in found]


def test_texts_go_by_age_and_kept_ones_later(store: SqlStore) -> None:
    kept = [put(store, n, age=age) for n, age in enumerate((101, 99, 31))]
    low = [put(store, 10 + n, age=age, fate=Fate.BELOW_THRESHOLD) for n, age in enumerate((101, 31, 29))]
    assert store.prune(KEEPING, NOW, dry_run=True) == Pruned(kept=1, others=2)
    assert deleted(store, *kept, *low) == [False] * 6, "a dry run changes nothing"
    assert store.prune(KEEPING, NOW) == Pruned(kept=1, others=2)
    assert deleted(store, *kept) == [True, False, False]
    assert deleted(store, *low) == [True, True, False]
    assert store.prune(KEEPING, NOW) == Pruned(), "what is gone is not counted again"


def test_without_an_age_nothing_goes(store: SqlStore) -> None:
    old = put(store, 1, age=5000)
    assert store.prune(Keeping(), NOW) == Pruned()
    assert deleted(store, old) == [False]


def test_everything_but_the_text_stays(store: SqlStore) -> None:
    first = put(store, 1, age=200)
    put(store, 2, age=190, fate=Fate.COPY, likeness=copy_of(first))
    before, counts = store.items(ItemQuery(fate=None)), store.fate_counts()
    store.prune(KEEPING, NOW)
    after = store.items(ItemQuery(fate=None))
    assert counts == store.fate_counts() == (
        FateCount(watch=WATCH, fate=Fate.COPY, count=1),
        FateCount(watch=WATCH, fate=Fate.KEPT, count=1),
    )  # fmt: skip
    for old, new in zip(before, after, strict=True):
        assert old.text
        assert not new.text
        assert (old.id, old.title, old.url, old.score, old.fate, old.family) == (
            new.id, new.title, new.url, new.score, new.fate, new.family,
        )  # fmt: skip
        assert len(new.carriers) == 1
    assert "100 days" in store.article(str(first)).article.note
    assert store.flaws() == ((), ())


def test_a_family_goes_as_a_whole_once_its_newest_member_is_old(store: SqlStore) -> None:
    living = put(store, 1, age=400)
    young = put(store, 2, age=5, fate=Fate.COPY, likeness=copy_of(living))
    dead = put(store, 3, age=400)
    late = put(store, 4, age=120, fate=Fate.COPY, likeness=copy_of(dead))
    store.prune(KEEPING, NOW)
    assert deleted(store, living, young, dead, late) == [False, False, True, True]


def test_a_copy_of_what_was_kept_stays_as_long_as_that(store: SqlStore) -> None:
    first = put(store, 1, age=60)
    copy = put(store, 2, age=60, fate=Fate.COPY, likeness=copy_of(first))
    store.prune(KEEPING, NOW)
    assert deleted(store, first, copy) == [False, False]


def test_texts_of_a_story_that_goes_on_stay(store: SqlStore) -> None:
    with store.ingesting() as session:
        going, over = session.new_story("Going on", NOW), session.new_story("Over", NOW - 150 * DAY)
    ids = put(store, 1, age=200, story_id=going), put(store, 2, age=200, story_id=over)
    store.prune(KEEPING, NOW)
    assert deleted(store, *ids) == [False, True]


def test_examples_that_a_person_judged_stay(store: SqlStore) -> None:
    ids = put(store, 1, age=500), put(store, 2, age=500)
    store.add_judgement(
        Judgement(article_id=ids[0], watch=WATCH, verdict=Verdict.RELEVANT, judged_at=NOW - 400 * DAY)
    )
    store.prune(KEEPING, NOW)
    assert deleted(store, *ids) == [False, True]


def test_a_saved_digest_keeps_its_bytes_and_reports_nothing_twice(store: SqlStore) -> None:
    put(store, 1, age=200)
    items = store.items(ItemQuery())
    digest_id = save(store, items=items)
    store.prune(KEEPING, NOW)
    (owed,) = store.unsent()
    assert (owed.id, owed.mime) == (digest_id, b"bytes")
    assert store.unreported(WATCH, Period(from_at=NOW, to_at=NOW + 5 * DAY)) == ()


def test_a_text_that_is_gone_leaves_the_near_duplicate_index(store: SqlStore) -> None:
    def find() -> Likeness:
        with store.ingesting() as session:
            return find_likeness(session, TITLE, TEXT, NOW, LikenessPolicy()).likeness

    with store.ingesting() as session:
        found = find_likeness(session, TITLE, TEXT, NOW, LikenessPolicy())
    first = put(
        store, 1, age=200, article=article(title=TITLE, text=TEXT), fingerprint=found.fingerprint,
        prepared=found.prepared,
    )  # fmt: skip
    assert find().of == first
    store.prune(KEEPING, NOW)
    assert find().kind is LikenessKind.ORIGINAL
    with store._database.read() as connection:
        assert connection.execute(select(func.count()).select_from(schema.sketch)).scalar_one() == 0


def test_what_has_no_text_is_neither_scored_anew_nor_drawn_to_be_judged(store: SqlStore) -> None:
    gone, stays = put(store, 1, age=200), put(store, 2, age=5)
    assert store.stale_count(WATCH, "new", since_at=None) == 2
    store.prune(KEEPING, NOW)
    assert store.stale_families(WATCH, "new", since_at=None, after=FamilyId(0), limit=9) == (stays,)
    assert [row[0] for row in store.scores(WATCH, after=ArticleId(0))] == [stays]
    assert deleted(store, gone) == [True]


def test_a_title_is_found_by_search_after_its_text_is_gone(store: SqlStore) -> None:
    put(store, 1, age=200, article=article(title="Quixotic ferries", text="Zanzibar harbours"))
    assert len(store.items(ItemQuery(text="zanzibar"))) == 1
    store.prune(KEEPING, NOW)
    assert store.items(ItemQuery(text="zanzibar")) == ()
    assert len(store.items(ItemQuery(text="quixotic"))) == 1


def test_the_history_of_polls_goes_by_age(store: SqlStore) -> None:
    feed = store.add_feed("https://example.org/feed", title="", site_url=None, tags=(), now=NOW)
    for age in (91, 89):
        (claim,) = store.claim_due(NOW, limit=1, lease=DAY, force=True)
        store.finish_poll(claim, feed.state, report(feed.id, polled_at=NOW - age * DAY))
    assert store.prune(Keeping(polls=90 * DAY), NOW, dry_run=True).polls == 1
    assert store.prune(Keeping(polls=90 * DAY), NOW).polls == 1
    assert [poll.polled_at for poll in store.polls(feed.id, limit=9)] == [NOW - 89 * DAY]


def test_one_run_deletes_at_most_as_many_texts_as_allowed_the_oldest_first(store: SqlStore) -> None:
    ids = [put(store, number, age=200 + number) for number in range(3)]
    assert store.prune(KEEPING, NOW, limit=2) == Pruned(kept=2)
    assert deleted(store, *ids) == [False, True, True]


def told(store: SqlStore, key: str, *about: ArticleId, age: int, state: DeliveryState | None) -> None:
    """An alert made so many days ago, and what became of it; None: it is still owed."""
    families = tuple(FamilyId(one) for one in about)
    assert store.save_alert(alert(key, families=families, made_at=NOW - age * DAY))
    if state:
        mark(store, key, state)


def alerts(store: SqlStore) -> set[str]:
    with store._database.read() as connection:
        return set(connection.scalars(select(schema.alert.c.key)))


def test_alerts_go_with_the_families_they_told_of_and_never_while_they_are_owed(store: SqlStore) -> None:
    sent, deferred, refused = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.REFUSED
    old = [put(store, n, age=150) for n in range(5)]
    young = put(store, 9, age=50)
    judged = put(store, 10, age=150)
    store.add_judgement(Judgement(watch=WATCH, article_id=judged, verdict=Verdict.RELEVANT, judged_at=NOW))
    for key, about, state in (
        ("sent", old[:2], sent), ("refused", old[2:3], refused), ("deferred", old[3:4], deferred),
        ("owed", old[4:5], None), ("half", (young,), sent), ("judged", (judged,), sent),
    ):  # fmt: skip
        told(store, key, *about, age=149, state=state)
    assert store.prune(KEEPING, NOW, dry_run=True) == Pruned(kept=5, alerts=2)
    assert store.prune(KEEPING, NOW) == Pruned(kept=5, alerts=2)
    assert alerts(store) == {"deferred", "owed", "half", "judged"}
    with store._database.read() as connection:
        left = select(func.count()).select_from(schema.alert_item)
        assert connection.scalar(left) == 4, "what belonged to them went, too"
    assert {one.alert.key for one in store.owed_alerts()} == {"deferred", "owed"}


def test_an_alert_is_remembered_for_as_long_as_its_story_may_not_be_told_again(store: SqlStore) -> None:
    soon = Keeping(kept=7 * DAY)
    for number, age in ((1, 29), (2, 31)):
        told(store, str(age), put(store, number, age=age), age=age, state=DeliveryState.SENT)
    assert store.prune(soon, NOW) == Pruned(kept=2, alerts=1)
    assert alerts(store) == {"29"}


def test_without_an_age_no_alert_goes(store: SqlStore) -> None:
    told(store, "a", put(store, 1, age=5000), age=4999, state=DeliveryState.SENT)
    assert store.prune(Keeping(others=30 * DAY), NOW) == Pruned()
    assert alerts(store) == {"a"}
