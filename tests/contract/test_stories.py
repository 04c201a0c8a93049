"""Stories in the store: who belongs to one, and where the id of a merged one leads."""

from __future__ import annotations

from tests.builders import NOW, article, entry, record
from tracker.model import ArticleId, FamilyId, ItemQuery, Likeness, LikenessKind, StoryId
from tracker.ports import IngestSession
from tracker.store import SqlStore

TERMS = '{"n": 1, "first": 1, "sums": {"a": 1.0}}'


def put(
    session: IngestSession, number: int, story: StoryId | None, *, family: ArticleId | None = None
) -> ArticleId:
    """Store one article of a story; a copy if it has a family already."""
    copy = Likeness(kind=LikenessKind.COPY, of=family, family_id=FamilyId(family or 0), similarity=0.9)
    made = record(
        entry=entry(key=f"k{number}", url=f"https://example.org/{number}"),
        article=article(url=f"https://example.org/{number}"),
        likeness=copy if family else Likeness(kind=LikenessKind.ORIGINAL),
        story_id=story,
    )
    article_id = session.record(made).article_id
    assert article_id is not None
    return article_id


def test_a_copy_takes_its_whole_family_into_its_story(store: SqlStore) -> None:
    with store.ingesting() as session:
        first = put(session, 1, None)
        assert session.story_of_family(FamilyId(first)) is None
        story = session.new_story("Three chemicals", NOW)
        copy = put(session, 2, story, family=first)
        assert session.story_of_family(FamilyId(first)) == story
        assert [one.id for one in session.told(story, limit=10)] == [first]
    assert [one.id for one in store.story(story)] == [first, copy]


def test_the_id_of_a_merged_story_leads_to_the_one_that_remains_through_every_merge(store: SqlStore) -> None:
    with store.ingesting() as session:
        ids = [session.new_story(f"Story {n}", NOW) for n in range(3)]
        members = [put(session, n, story) for n, story in enumerate(ids)]
        session.save_story(ids[0], TERMS, NOW)
        for gone, into in ((2, 1), (1, 0)):
            session.move_told(ids[gone], ids[into])
            session.save_story(ids[gone], f'{{"into": {ids[into]}}}', NOW)
    assert [one.id for one in store.story(ids[2])] == members
    sketch = store.story_sketch(ids[2])
    assert sketch is not None
    assert (sketch.id, sketch.terms) == (ids[0], TERMS)
    assert len(store.items(ItemQuery(stories=(ids[0],)))) == 3
    assert store.story_sketch(StoryId(ids[2] + 1)) is None


def test_some_families_of_a_story_move_and_the_rest_stay(store: SqlStore) -> None:
    with store.ingesting() as session:
        old, new = session.new_story("Old", NOW), session.new_story("New", NOW)
        stays, leaves = put(session, 1, old), put(session, 2, old)
        session.move_told(old, new, families=[FamilyId(leaves)])
        assert [one.id for one in session.open_stories(NOW, limit=1)] in ([old], [new])
    assert [one.id for one in store.story(old)] == [stays]
    assert [one.id for one in store.story(new)] == [leaves]
