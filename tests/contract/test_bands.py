"""The near-duplicate index, and the look-up through it, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, make_url, select

from tests.builders import NOW, article, entry, record
from tests.unit.neardup.samples import FOOTER, OTHER_TEXT, PARAGRAPHS, TEXT, TITLE, bulletin
from tracker.model import ArticleId, Fingerprint, Likeness, LikenessKind
from tracker.neardup import LikenessPolicy
from tracker.neardup.boilerplate import COLUMNS, slots_of
from tracker.pipeline.likeness import Found, find_likeness
from tracker.store import SqlStore, bands, schema

POLICY = LikenessPolicy()
LARGEST = (1 << 48) - 1


@pytest.fixture
def conn(store: SqlStore, store_url: str) -> Iterator[Connection]:
    url = make_url(store_url)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    )
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def index(conn: Connection, article_id: int, *values: int) -> None:
    made = Fingerprint(scheme=1, exact_key=0, sketch=tuple(sorted(values)), shingles=len(values))
    bands.add_sketch(conn, ArticleId(article_id), made)


def test_articles_are_found_by_the_values_they_share_most_first_and_then_oldest(conn: Connection) -> None:
    index(conn, 1, 10, 20)
    index(conn, 2, 10, 20, LARGEST)
    index(conn, 3, 20, 30)
    index(conn, 4, 99)
    assert bands.candidates(conn, (10, 20, LARGEST, 77), 64) == ((2, 3), (1, 2), (3, 1))
    assert bands.candidates(conn, (77,), 64) == ()
    assert bands.candidates(conn, (), 64) == ()


def test_a_value_held_by_more_than_the_cap_is_ignored(conn: Connection) -> None:
    for article_id in range(1, 5):
        index(conn, article_id, 5, 100 + article_id)
    assert len(bands.candidates(conn, (5, 101), 4)) == 4
    assert bands.candidates(conn, (5, 101), 3) == ((1, 1),)


def test_indexing_again_changes_nothing_and_an_empty_sketch_nothing_at_all(conn: Connection) -> None:
    index(conn, 1, 10, 20)
    index(conn, 1, 10, 20)
    index(conn, 2)
    assert bands.candidates(conn, (10, 20), 64) == ((1, 2),)
    assert len(conn.execute(select(schema.sketch)).all()) == 2


def test_sentences_are_counted_as_often_as_they_were_raised(conn: Connection) -> None:
    assert bands.sentence_counts(conn, (7, 8)) == {}
    bands.raise_sentences(conn, (7, 8))
    bands.raise_sentences(conn, (8, (1 << 32) - 1))
    bands.raise_sentences(conn, ())
    assert bands.sentence_counts(conn, (7, 8, (1 << 32) - 1, 12345)) == {7: 1, 8: 2, (1 << 32) - 1: 1}
    assert bands.sentence_counts(conn, ()) == {}


def test_sentences_that_share_a_counter_are_told_apart_by_the_other_row(conn: Connection) -> None:
    one, other = 5, 5 + COLUMNS
    assert slots_of(one)[0] == slots_of(other)[0]
    bands.raise_sentences(conn, (one, other))
    bands.raise_sentences(conn, (one,))
    assert bands.sentence_counts(conn, (one, other)) == {one: 2, other: 1}


def test_counts_are_halved_when_chance_could_reach_the_mark(conn: Connection) -> None:
    for _ in range(5):
        bands.raise_sentences(conn, (7, 8))
    assert not bands.halve_sentences(conn, above=10)
    assert bands.halve_sentences(conn, above=9)
    assert bands.sentence_counts(conn, (7, 8)) == {7: 2, 8: 2}


class Archive:
    """Articles stored one after another as an ingest does it."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.stored = 0

    def look(self, title: str, text: str, published_at: datetime | None = NOW) -> Found:
        with self.store.ingesting() as session:
            return find_likeness(session, title, text, published_at, POLICY)

    def add(self, title: str, text: str, published_at: datetime | None = NOW, **changed: Any) -> Likeness:
        self.stored += 1
        url = f"https://example.org/{self.stored}"
        with self.store.ingesting() as session:
            found = find_likeness(session, title, text, published_at, POLICY)
            fields: dict[str, Any] = {
                "entry": entry(key=url, url=url, canonical_url=url),
                "article": article(url=url, title=title, text=text, published_at=published_at),
                "likeness": found.likeness,
                "fingerprint": found.fingerprint,
                "prepared": found.prepared,
                "sentences": found.sentences,
                "relevance": (),
            }
            session.record(record(**{**fields, **changed}))
        return found.likeness


@pytest.fixture
def archive(store: SqlStore) -> Archive:
    return Archive(store)


def test_exact_matches_are_given_oldest_first(archive: Archive, conn: Connection) -> None:
    for _ in range(3):
        archive.add(TITLE, TEXT)
    key = archive.look(TITLE, TEXT).fingerprint.exact_key
    assert bands.exact_matches(conn, key) == (1, 2, 3)
    assert bands.exact_matches(conn, key + 1) == ()


def test_a_stream_falls_into_families(archive: Archive) -> None:
    assert archive.add(TITLE, TEXT).kind is LikenessKind.ORIGINAL
    assert archive.add("Choir school moves", OTHER_TEXT).kind is LikenessKind.ORIGINAL
    assert archive.add("Lorn barrage opens", TEXT).kind is LikenessKind.EXACT
    assert archive.add(TITLE, f"LORN (Coast Wire) - {TEXT}").kind is LikenessKind.COPY
    cut = archive.add(TITLE, PARAGRAPHS[0])
    assert (cut.kind, cut.of, cut.family_id) == (LikenessKind.TRUNCATED, 1, 1)
    grown = archive.add(TITLE, f"{TEXT} {OTHER_TEXT}", NOW + timedelta(days=1))
    assert (grown.kind, grown.of) == (LikenessKind.VERSION, 1)
    with archive.store.ingesting() as session:
        assert [text.family_id for text in session.indexed_texts([ArticleId(n) for n in range(1, 7)])] == [
            1,
            2,
            1,
            1,
            1,
            1,
        ]


def test_weekly_reports_of_one_form_stay_apart(archive: Archive) -> None:
    weeks = [("2 May", 37, 58, 9, "Ost"), ("9 May", 41, 37, 12, "Velm"), ("16 May", 29, 41, 8, "Ost")]
    kinds = [archive.add(*bulletin(*week), NOW + timedelta(days=7 * n)).kind for n, week in enumerate(weeks)]
    assert kinds == [LikenessKind.ORIGINAL, LikenessKind.RELATED, LikenessKind.RELATED]


def test_a_text_carried_by_more_outlets_than_the_cap_is_still_found(archive: Archive) -> None:
    """Near copies are not indexed again, so that a text's own values never become stock phrases."""
    archive.add(TITLE, TEXT)
    carried = [
        archive.add(f"Title {number}", f"{TEXT} Edition {number}").of
        for number in range(POLICY.posting_cap + 2)
    ]
    assert set(carried) == {1}
    assert archive.add("One more", f"By Ann Reed. {TEXT}").of == 1
    assert archive.look("Cut", " ".join(PARAGRAPHS[:2])).likeness.of == 1


def test_a_stored_article_without_prepared_bytes_is_read_again(archive: Archive) -> None:
    archive.add(TITLE, TEXT, prepared=None)
    assert archive.look(TITLE, f"{TEXT} More.").likeness.of == 1


def test_sentences_of_unlinked_articles_become_boilerplate(archive: Archive) -> None:
    for number in range(3):
        archive.add(f"Notice {number}", f"{' '.join(f'alpha{number}x{k}' for k in range(200))}.\n{FOOTER}")
    new = archive.look(
        "Short notice", f"Ferries were late again today and nobody on the quay knew why.\n{FOOTER}"
    )
    with archive.store.ingesting() as session:
        counts = session.sentence_counts(new.sentences)
    assert sorted(counts.values()) == [3] * (len(new.sentences) - 1)
    assert not new.likeness.is_duplicate


def test_articles_without_words_or_titles_are_stored_and_never_linked(archive: Archive) -> None:
    for title, text in (("", ""), ("", ""), ("A title", ""), ("A title", " ... ")):
        assert not archive.add(title, text).is_duplicate


def test_asking_changes_nothing(archive: Archive) -> None:
    archive.add(TITLE, TEXT)
    first = archive.look(TITLE, f"{TEXT} More.")
    assert archive.look(TITLE, f"{TEXT} More.") == first


def test_two_copies_in_one_feed_have_the_same_verdict_in_every_run(archive: Archive) -> None:
    """A reader is known that swapped the two, and showed both as new, each time it ran."""
    first, second = (TITLE, TEXT), (f"{TITLE} | Coast", f"(Coast Wire) {TEXT}")
    archive.add(*first)
    archive.add(*second)
    runs = {(archive.look(*first).likeness, archive.look(*second).likeness) for _ in range(3)}
    ((again, other),) = runs
    assert (again.of, other.of) == (1, 1)


def test_a_stored_text_is_read_only_where_its_prepared_bytes_are_not_understood(archive: Archive) -> None:
    archive.add(TITLE, TEXT)
    archive.add("Choir school moves", OTHER_TEXT, prepared=None)
    archive.add(
        "Old", f"{OTHER_TEXT} Old.", fingerprint=Fingerprint(scheme=1, exact_key=1, sketch=(), shingles=1)
    )
    with archive.store.ingesting() as session:
        texts = session.indexed_texts([ArticleId(n) for n in (3, 2, 99, 1)])
    assert [(text.article_id, text.text) for text in texts] == [
        (3, f"{OTHER_TEXT} Old."),
        (2, OTHER_TEXT),
        (1, ""),
    ]


def families(archive: Archive, count: int) -> list[int]:
    with archive.store.ingesting() as session:
        return [text.family_id for text in session.indexed_texts([ArticleId(n) for n in range(1, count + 1)])]


def test_a_near_copy_said_to_be_no_duplicate_has_its_own_copies_from_then_on(archive: Archive) -> None:
    """It was never indexed itself; its copies must not be folded into the family that it was taken out of."""
    edition = f"{TEXT} Evening edition."
    archive.add(TITLE, TEXT)
    archive.add(TITLE, edition)
    with archive.store.ingesting() as session:
        session.split(ArticleId(2), {}, NOW)
    assert archive.add(TITLE, edition).of == 2
    assert archive.add(f"{TITLE} | Coast", f"(Coast Wire) {edition}").of == 2
    assert archive.add(f"{TITLE} | Coast", f"(Coast Wire) {TEXT}").of == 1
    assert families(archive, 5) == [1, 2, 2, 2, 1]


def test_the_first_of_a_family_may_leave_it_and_the_others_stay_together(archive: Archive) -> None:
    archive.add(TITLE, TEXT)
    for number in range(3):
        archive.add(TITLE, f"{TEXT} Edition {number} of the evening paper.")
    with archive.store.ingesting() as session:
        session.split(ArticleId(1), {}, NOW)
    assert families(archive, 4) == [1, 2, 2, 2]
    assert archive.look(TITLE, f"{TEXT} Edition 2 of the evening paper.").likeness.family_id == 2
    assert archive.look(TITLE, TEXT).likeness.family_id == 1
    assert [archive.store.article(str(n)).likeness.kind for n in (1, 2)] == [LikenessKind.ORIGINAL] * 2


def test_an_article_without_a_family_stays_as_it_is_when_split(archive: Archive) -> None:
    archive.add(TITLE, TEXT)
    with archive.store.ingesting() as session:
        session.split(ArticleId(1), {}, NOW)
    assert families(archive, 1) == [1]
