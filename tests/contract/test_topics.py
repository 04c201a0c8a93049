"""Lists of one topic, on every database: whatever its case, as scores change, and from before topics had a table."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from tests.builders import NOW, WATCH, article, entry, record, relevance
from tracker.model import ArticleId, FamilyId, Fate, ItemQuery, Relevance, TopicScore
from tracker.store import SqlStore, open_store, upgrade_store
from tracker.store.migrate import HEAD

BEFORE_TOPICS = (
    "DROP TABLE topic",
    "DROP INDEX ix_entry_article_seen",
    "CREATE INDEX ix_entry_article_id ON entry (article_id)",
    "UPDATE alembic_version SET version_num = '0006'",
)


def engine_of(store_url: str) -> Engine:
    parsed = make_url(store_url)
    driver = "postgresql+psycopg" if parsed.drivername.startswith("postgresql") else "sqlite"
    return create_engine(parsed.set(drivername=driver))


def take_topics_away(store_url: str) -> None:
    """Bring a database into the form it had before topics had a table."""
    engine = engine_of(store_url)
    with engine.begin() as connection:
        for statement in BEFORE_TOPICS:
            connection.execute(text(statement))
    engine.dispose()


def scored(**strengths: float) -> Relevance:
    return relevance(topics=tuple(TopicScore(topic=name, score=score) for name, score in strengths.items()))


def put(store: SqlStore, number: int, relevance: Relevance) -> ArticleId:
    url = f"https://example.org/{number}"
    with store.ingesting() as session:
        stored = session.record(
            record(
                entry=entry(key=f"k{number}", url=url, canonical_url=url),
                article=article(url=url, canonical_url=url),
                relevance=(relevance,),
            )
        )
    assert stored.article_id is not None
    return stored.article_id


def found(store: SqlStore, topic: str) -> list[int | None]:
    """The articles of a topic; a portion, and the whole, say the same."""
    whole = [item.article_id for item in store.items(ItemQuery(watch=WATCH, topic=topic))]
    portion = store.items(ItemQuery(watch=WATCH, topic=topic, limit=9))
    assert [item.article_id for item in portion] == whole
    return sorted(whole, key=lambda number: number or 0)


@pytest.mark.parametrize(("topic", "places"), [
    ("ärzte", [0]), ("ÄRZTE", [0]), ("drugs", [0, 1]), ("DRUGS", [0, 1]), ("trade", []), ("none", []), ("", []),
])  # fmt: skip
def test_a_topic_is_found_whatever_its_case_where_it_is_strong(
    store: SqlStore, topic: str, places: list[int]
) -> None:
    numbers = [
        put(store, 1, scored(Ärzte=0.9, drugs=0.5)),
        put(store, 2, scored(Drugs=0.7, DRUGS=0.8, trade=0.49)),
    ]
    assert found(store, topic) == [numbers[place] for place in places]


def test_a_topic_that_is_noted_already_does_not_stop_a_new_score(store: SqlStore, store_url: str) -> None:
    """As left behind by a daemon of an older version that went on writing beside this one."""
    engine = engine_of(store_url)
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO topic (watch, name, article_id) VALUES ('{WATCH}', 'drugs', 1)")
        )
    engine.dispose()
    assert put(store, 1, scored(drugs=0.9)) == 1
    assert found(store, "drugs") == [1]


def test_a_new_score_brings_its_own_topics_and_takes_the_old_ones_away(store: SqlStore) -> None:
    number = put(store, 1, scored(old=0.9, both=0.6))
    other = put(store, 2, scored(old=0.9))
    with store.ingesting() as session:
        (member,) = session.members(_family(store, number), WATCH)
        session.rescored(member, scored(both=0.9, new=0.6, old=0.2), Fate.KEPT, "", NOW)
    assert [found(store, name) for name in ("old", "both", "new")] == [[other], [number], [number]]


def test_what_was_scored_before_topics_had_a_table_is_found_by_them(empty_url: str) -> None:
    store = open_store(empty_url)
    number = put(store, 1, scored(Ärzte=0.9, drugs=0.3))
    store.close()
    take_topics_away(empty_url)
    assert upgrade_store(empty_url) == ("0006", HEAD)
    store = open_store(empty_url)
    assert (found(store, "ärzte"), found(store, "drugs")) == ([number], [])
    store.close()


def _family(store: SqlStore, number: ArticleId) -> FamilyId:
    return store.article(str(number)).family_id
