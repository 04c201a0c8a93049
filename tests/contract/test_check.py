"""Every kind of flaw is found where it is made, and what can be mended safely is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.builders import NOW, WATCH, article, entry, record
from tests.contract.test_outbox import save
from tracker.errors import StoreError
from tracker.model import Fate, Fingerprint, ItemQuery, Likeness, LikenessKind
from tracker.store import SqlStore, open_store, store_facts

SKETCH = Fingerprint(scheme=1, exact_key=7, sketch=(1, 2, 3), shingles=3)


@pytest.fixture
def opened(store_url: str) -> Iterator[SqlStore]:
    with closing(open_store(store_url)) as store:
        with store.ingesting() as session:
            story = session.new_story("S", NOW)
            for number in (1, 2):
                url = f"https://example.org/{number}"
                fields = {
                    "entry": entry(key=f"k{number}", canonical_url=url, url=url),
                    "article": article(url=url), "fingerprint": SKETCH, "story_id": story,
                }  # fmt: skip
                session.record(record(**fields))
            copy = Likeness(kind=LikenessKind.COPY, of=1, family_id=1, similarity=0.9)
            url = "https://example.org/3"
            session.record(
                record(entry=entry(key="k3", canonical_url=url, url=url), article=article(url=url),
                       likeness=copy, fates={WATCH: Fate.COPY}, story_id=story)
            )  # fmt: skip
            session.record(
                record(entry=entry(key="k4"), article=None, likeness=None, relevance=(),
                       fates={WATCH: Fate.PENDING}, retry_at=NOW)
            )  # fmt: skip
        save(store)
        yield store


def change(store_url: str, *statements: str) -> None:
    """Do what the program never does."""
    url = make_url(store_url)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    )
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def codes(store: SqlStore) -> list[str]:
    return [flaw.code for flaw in store.flaws()[0]]


def test_a_store_that_keeps_its_promises_has_no_flaw(opened: SqlStore) -> None:
    assert opened.flaws() == ((), ())


@pytest.mark.parametrize(
    ("code", "harm"),
    [
        ("fate_missing", "DELETE FROM fate WHERE entry_id = 1"),
        ("pending_lost", "UPDATE entry SET payload = NULL WHERE key = 'k4'"),
        ("retry_without_pending", "UPDATE fate SET fate = 'unreadable' WHERE fate = 'pending'"),
        ("text_missing", "UPDATE entry SET article_id = NULL WHERE id = 1"),
        ("score_missing", "DELETE FROM relevance WHERE article_id = 2"),
        ("family_without_first", "UPDATE article SET family_id = 99 WHERE id = 2"),
        ("duplicate_of_nothing", "UPDATE article SET duplicate_of = 99 WHERE id = 3"),
        ("duplicate_in_another_family", "UPDATE article SET family_id = 2 WHERE id = 3"),
        ("kept_twice", "UPDATE fate SET fate = 'kept' WHERE entry_id = 3"),
        ("family_in_two_stories", "INSERT INTO story (id, title, terms, opened_at, last_at) VALUES (9, 'T', '{}', 0, 0)"),
        ("delivery_unknown", "UPDATE delivery SET state = 'eaten' WHERE recipient = 'b@x'"),
        ("orphan_postings", "INSERT INTO sketch (value, article_id) VALUES (5, 99)"),
        ("topic_missing", """UPDATE relevance SET topics = '[["Ärzte", 0.5], ["trade", 0.49]]' WHERE article_id = 2"""),
        ("orphan_topics", f"INSERT INTO topic (watch, name, article_id) VALUES ('{WATCH}', 'x', 2)"),
        ("orphan_topics", "INSERT INTO topic (watch, name, article_id) VALUES ('gone', 'x', 99)"),
        ("topics_unreadable", "UPDATE relevance SET topics = '[[\"x\", 0.9}' WHERE article_id = 2"),
    ],
)  # fmt: skip
def test_every_broken_promise_is_found(opened: SqlStore, store_url: str, code: str, harm: str) -> None:
    change(store_url, harm)
    if code == "family_in_two_stories":
        change(store_url, "UPDATE article SET story_id = 9 WHERE id = 3")
    if code == "score_missing":
        change(store_url, "INSERT INTO relevance SELECT 2, 'other', 0, 0, '', '', ''")
    found, mended = opened.flaws()
    assert code in [flaw.code for flaw in found]
    assert all(flaw.count == 1 and len(flaw.examples) == 1 for flaw in found if flaw.code == code)
    assert mended == ()


def test_postings_that_lead_nowhere_are_deleted_by_repair_and_nothing_else_is(
    opened: SqlStore, store_url: str
) -> None:
    change(
        store_url,
        "INSERT INTO sketch (value, article_id) VALUES (5, 99), (6, 99)",
        "UPDATE fate SET fate = 'kept' WHERE entry_id = 3",
    )
    assert codes(opened) == ["kept_twice", "orphan_postings"]
    before = opened.items(ItemQuery(fate=None))
    left, mended = opened.flaws(repair=True)
    assert [flaw.code for flaw in left] == ["kept_twice"], "what would need a decision is only told"
    assert mended == ("2 postings of the near-duplicate index that led nowhere were deleted.",)
    assert opened.items(ItemQuery(fate=None)) == before


def test_lists_of_topics_are_made_anew_by_repair_from_the_scores(opened: SqlStore, store_url: str) -> None:
    """What cannot be read is left alone; what one watch found is no other's."""
    change(
        store_url,
        """UPDATE relevance SET topics = '[["ÄRZTE", 0.9], ["drugs", 0.8], ["trade", 0.4]]' WHERE article_id = 1""",
        "UPDATE relevance SET topics = '[[' WHERE article_id = 2",
        f"""INSERT INTO topic (watch, name, article_id) VALUES ('{WATCH}', 'drugs', 1), ('other', 'drugs', 1),
            ('{WATCH}', 'trade', 1), ('{WATCH}', 'left', 2), ('{WATCH}', 'x', 99)""",
    )
    assert codes(opened) == ["topic_missing", "orphan_topics", "topics_unreadable"]
    left, mended = opened.flaws(repair=True)
    assert [(flaw.code, flaw.is_mendable) for flaw in left] == [("topics_unreadable", False)]
    assert mended == ("The lists of topics were made anew: 1 added, 3 deleted.",)
    change(store_url, "UPDATE relevance SET topics = '[[\"left\", 0.9]]' WHERE article_id = 2")
    assert opened.flaws() == ((), ())
    listed = {name: opened.items(ItemQuery(topic=name)) for name in ("ärzte", "drugs", "trade", "left")}
    assert {name: [item.article_id for item in items] for name, items in listed.items()} == {
        "ärzte": [1], "drugs": [1], "trade": [], "left": [2],
    }  # fmt: skip


# ------------------------------------------------------------ SQLite alone


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[SqlStore, Path]]:
    path = tmp_path / "tracker.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        with store.ingesting() as session:
            for number in range(50):
                url = f"https://example.org/{number}"
                session.record(
                    record(
                        entry=entry(key=f"k{number}", canonical_url=url, url=url), article=article(url=url)
                    )
                )
        yield store, path


def test_a_search_index_that_lost_a_word_is_found_and_built_anew(file: tuple[SqlStore, Path]) -> None:
    store, path = file
    change(
        f"sqlite:///{path}",
        "INSERT INTO article_text(article_text, rowid, title, text)"
        " SELECT 'delete', id, title, text FROM article WHERE id = 7",
    )
    assert codes(store) == ["search_index"]
    assert len(store.items(ItemQuery(text="chemicals"))) == 49
    left, mended = store.flaws(repair=True)
    assert left == ()
    assert mended
    assert len(store.items(ItemQuery(text="chemicals"))) == 50


def test_an_index_that_lost_a_row_is_found_and_built_anew(file: tuple[SqlStore, Path]) -> None:
    """The schema is made to forget the index while a row is deleted, so that the index keeps it."""
    path = file[1]
    with closing(sqlite3.connect(path)) as raw:
        (sql,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_entry_first_seen_at'").fetchone()
        raw.execute("PRAGMA writable_schema = ON")
        (page,) = raw.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_entry_first_seen_at'"
        ).fetchone()
        raw.execute("DELETE FROM sqlite_master WHERE name = 'ix_entry_first_seen_at'")
        raw.commit()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM fate WHERE entry_id = 50")
        raw.execute("DELETE FROM entry WHERE id = 50")
        raw.execute("PRAGMA writable_schema = ON")
        row = ("index", "ix_entry_first_seen_at", "entry", page, sql)
        raw.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        raw.commit()
    with closing(open_store(f"sqlite:///{path}")) as again:
        assert codes(again) == ["index"]
        assert again.flaws(repair=True) == ((), ("The indexes were built anew.",))


def flaws_or_refusal(url: str) -> str:
    try:
        with closing(open_store(url)) as harmed:
            return " ".join(flaw.code for flaw in harmed.flaws()[0])
    except StoreError as error:
        return str(error)


def test_damaged_pages_are_found_or_refused_in_words(file: tuple[SqlStore, Path]) -> None:
    """The head of every third page in use is turned over: no table can be read through it."""
    store, path = file
    store.close()
    whole = path.read_bytes()
    heads = [place for place in range(4096, len(whole), 3 * 4096) if whole[place] in {2, 5, 10, 13}]
    assert len(heads) > 10
    for place in heads:
        path.write_bytes(
            whole[:place] + bytes(b ^ 0xFF for b in whole[place : place + 8]) + whole[place + 8 :]
        )
        told = flaws_or_refusal(f"sqlite:///{path}")
        assert told, f"page {place // 4096}"
        assert "Traceback" not in told


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE sqlite_schema SET sql = CAST(x'435245415445208a8b' AS TEXT) WHERE name = 'article'",
        "UPDATE feed SET title = CAST(x'8a8b' AS TEXT)",
    ],
)
def test_damaged_bytes_that_are_no_text_are_told_in_words(file: tuple[SqlStore, Path], harm: str) -> None:
    store, path = file
    store.add_feed("https://example.org/feed", title="", site_url=None, tags=(), now=NOW)
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema = ON")
        assert database.execute(harm).rowcount > 0
    with (
        pytest.raises(StoreError, match="The database file is damaged"),
        closing(open_store(f"sqlite:///{path}")) as harmed,
    ):
        harmed.feeds()


def test_bytes_that_only_our_own_code_cannot_read_are_no_damage(opened: SqlStore) -> None:
    """A mistake of ours inside a transaction leaves as it is, and undoes the transaction."""

    def store_and_stumble() -> None:
        with opened.ingesting() as session:
            session.record(record(entry=entry(key="k9"), article=article(url="https://example.org/9")))
            b"malformed \x8a".decode()

    with pytest.raises(UnicodeDecodeError):
        store_and_stumble()
    assert opened.entry_count() == 4
    assert opened.flaws() == ((), ())


def test_a_schema_that_turns_into_no_text_while_it_is_open_is_damage(
    file: tuple[SqlStore, Path],
) -> None:
    """Met by statements that go to the driver directly, and not through SQLAlchemy."""
    store, path = file
    harm = "UPDATE sqlite_schema SET sql = CAST(x'435245415445208a8b' AS TEXT) WHERE name = 'article'"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema = ON")
        assert database.execute(harm).rowcount > 0
        database.execute("PRAGMA schema_version = 999999")
    with pytest.raises(StoreError, match="The database file is damaged"), store.ingesting() as session:
        session.record(record(entry=entry(key="new"), article=None, likeness=None, relevance=()))
    with pytest.raises(StoreError, match="The database file is damaged"):
        store.back_up(path.with_name("copy.db"))


def test_facts_are_read_without_making_or_changing_anything(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tracker.db"
    facts = store_facts(url)
    assert (facts.revision, facts.size) == (None, 0)
    assert not (tmp_path / "tracker.db").exists()
    open_store(url).close()
    facts = store_facts(url)
    assert facts.revision == facts.newest
    assert facts.problems == ()
