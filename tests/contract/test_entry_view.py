"""An entry of which no article is stored is shown by the id that lists print."""

from __future__ import annotations

import pytest

from tests.builders import WATCH, entry, record
from tracker.app.entry_view import entry_of, view_of_entry
from tracker.app.views import ArticleView
from tracker.errors import ArticleNotFound
from tracker.model import EntryId, Fate
from tracker.store import SqlStore


@pytest.mark.parametrize(
    ("reference", "found"), [("e23", 23), ("23", None), ("e", None), ("e٣", None), ("ex1", None)]
)
def test_only_ids_of_entries_name_an_entry(reference: str, found: int | None) -> None:
    assert entry_of(reference) == found


def test_an_unreadable_entry_is_shown_with_its_fate_and_one_with_an_article_leads_there(
    store: SqlStore,
) -> None:
    with store.ingesting() as session:
        unread = record(article=None, relevance=(), fates={WATCH: Fate.UNREADABLE}, notes={WATCH: "a wall"})
        lost = session.record(unread).entry_id
        read = session.record(record(entry=entry(key="k2", url="https://example.org/b")))
    view = view_of_entry(store, lost)
    assert isinstance(view, ArticleView)
    assert (view.article.article.title, view.fates[0].note) == (unread.entry.title, "a wall")
    assert view_of_entry(store, read.entry_id) == str(read.article_id)
    with pytest.raises(ArticleNotFound):
        view_of_entry(store, EntryId(999))
