"""What rescoring and judging need of every store, on every database; for samples see `test_samples.py`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW, WATCH, article, entry, record, relevance
from tracker.model import (
    ArticleId,
    FamilyId,
    Fate,
    ItemQuery,
    Judgement,
    Likeness,
    LikenessKind,
    Reason,
    Verdict,
    WatchName,
)
from tracker.store import SqlStore

PASSAGE = Reason(kind="passage", text="three chemicals", weight=0.0, start=4, end=19)
TOLD = Reason(kind="topics", text="About your topics: x", weight=1.25)


def put(store: SqlStore, number: int, **changed: object) -> ArticleId:
    url = f"https://example.org/{number}"
    fields = {
        "entry": entry(key=f"k{number}", canonical_url=url, url=url),
        "article": article(url=url),
        "first_seen_at": NOW + timedelta(hours=number),
        "relevance": (relevance(profile_version="old.1"),),
        **changed,
    }
    with store.ingesting() as session:
        found = session.record(record(**fields)).article_id
    assert found is not None
    return found


def judge(store: SqlStore, article_id: ArticleId, verdict: Verdict) -> None:
    store.add_judgement(Judgement(article_id=article_id, watch=WATCH, verdict=verdict, judged_at=NOW))


def test_reasons_keep_where_their_passages_stand(store: SqlStore) -> None:
    number = put(store, 1, relevance=(relevance(reasons=(TOLD, PASSAGE)),))
    (scored,) = store.relevance_of(number)
    assert scored.reasons == (TOLD, PASSAGE)
    assert store.items(ItemQuery())[0].reasons == (TOLD, PASSAGE)


def test_a_score_of_another_profile_is_stale_and_found_by_family_in_portions(store: SqlStore) -> None:
    first, second = put(store, 1), put(store, 2)
    put(store, 3, relevance=(relevance(profile_version="new.7"),))
    put(store, 4, relevance=(relevance(watch=WatchName("other"), profile_version="old.1"),))
    put(store, 5, relevance=(relevance(profile_version="new-12345678.7"),))

    def stale(after: int, limit: int = 9, since: int = 0) -> tuple[FamilyId, ...]:
        since_at = NOW + timedelta(hours=since)
        return store.stale_families(WATCH, "new", since_at=since_at, after=FamilyId(after), limit=limit)

    assert stale(0, limit=1) == (first,)
    assert stale(first, limit=1) == (second,)
    assert len(stale(0)) == store.stale_count(WATCH, "new", since_at=None) == 3
    assert store.stale_count(WATCH, "new", since_at=NOW + timedelta(hours=2)) == 2
    assert first not in stale(0, since=2)


def test_a_family_is_seen_with_the_entry_that_tells_each_members_fate(store: SqlStore) -> None:
    lead = put(store, 1)
    twin = Likeness(kind=LikenessKind.COPY, of=lead, family_id=FamilyId(lead), similarity=0.9, reasons=("r",))
    copy = put(store, 2, likeness=twin, fates={WATCH: Fate.COPY})
    again = entry(key="again", canonical_url="https://example.org/1", url="https://example.org/1")
    with store.ingesting() as session:
        session.record(
            record(entry=again, article=None, article_id=lead, relevance=(), fates={WATCH: Fate.COPY})
        )
        members = session.members(FamilyId(lead), WATCH)
        assert session.members(FamilyId(lead), WatchName("other")) == ()
    assert [(m.article_id, m.fate) for m in members] == [(lead, Fate.KEPT), (copy, Fate.COPY)]
    assert members[1].likeness == twin
    assert members[0].relevance is not None
    assert members[0].relevance.score == 0.8


def test_a_rescored_member_has_its_new_score_fate_and_note_and_is_stale_no_more(store: SqlStore) -> None:
    number = put(store, 1)
    fresh = relevance(score=0.2, reasons=(PASSAGE,), profile_version="new.2")
    with store.ingesting() as session:
        (member,) = session.members(FamilyId(number), WATCH)
        session.rescored(member, fresh, Fate.BELOW_THRESHOLD, "under the line now", NOW)
    assert store.relevance_of(number) == (fresh,)
    (item,) = store.items(ItemQuery(fate=None))
    assert (item.fate, item.note, item.score) == (Fate.BELOW_THRESHOLD, "under the line now", 0.2)
    assert store.stale_count(WATCH, "new", since_at=None) == 0


def test_a_rescoring_that_fails_leaves_everything_as_it_was(store: SqlStore) -> None:
    number = put(store, 1)

    def fail() -> None:
        with store.ingesting() as session:
            (member,) = session.members(FamilyId(number), WATCH)
            session.rescored(member, relevance(score=0.1), Fate.BELOW_THRESHOLD, "", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.items(ItemQuery())[0].score == 0.8


def test_a_family_joins_a_story_once(store: SqlStore) -> None:
    number = put(store, 1)
    with store.ingesting() as session:
        first, second = session.new_story("one", NOW), session.new_story("two", NOW)
        session.join_story(FamilyId(number), first)
        session.join_story(FamilyId(number), second)
    assert [one.id for one in store.story(first)] == [number]
    assert store.story(second) == ()


def test_a_word_on_relevance_and_one_on_being_no_duplicate_stand_side_by_side(store: SqlStore) -> None:
    number = put(store, 1)
    for verdict in (Verdict.IRRELEVANT, Verdict.RELEVANT, Verdict.NOT_DUPLICATE):
        judge(store, number, verdict)
    assert [one.verdict for one in store.judgements(WATCH)] == [Verdict.RELEVANT, Verdict.NOT_DUPLICATE]
    assert store.items(ItemQuery())[0].judged is Verdict.RELEVANT


def test_a_withdrawn_word_gives_way_to_the_one_before_it(store: SqlStore) -> None:
    number = put(store, 1)
    for verdict in (Verdict.IRRELEVANT, Verdict.RELEVANT):
        judge(store, number, verdict)
    gone = store.withdraw_judgement(number, WATCH)
    assert gone is not None
    assert gone.verdict is Verdict.RELEVANT
    assert [one.verdict for one in store.judgements(WATCH)] == [Verdict.IRRELEVANT]
    assert store.withdraw_judgement(number, WatchName("other")) is None
    assert store.withdraw_judgement(number, WATCH) is not None
    assert store.withdraw_judgement(number, WATCH) is None
    assert store.judgements(WATCH) == ()


def test_scores_are_of_originals_only_and_go_on_where_a_sample_ended(store: SqlStore) -> None:
    lead = put(store, 1)
    copied = Likeness(kind=LikenessKind.EXACT, of=lead, family_id=FamilyId(lead), similarity=1.0)
    put(store, 2, likeness=copied, fates={WATCH: Fate.COPY})
    later = put(store, 3, relevance=(relevance(score=0.25),))
    assert store.scores(WATCH, after=ArticleId(0)) == ((lead, 0.8, 0.5), (later, 0.25, 0.5))
    assert store.scores(WATCH, after=lead) == ((later, 0.25, 0.5),)
