"""`show e23`: an entry of which no article is stored, by the id that lists print."""

from __future__ import annotations

from tracker.app.views import ArticleView
from tracker.errors import ArticleNotFound
from tracker.model import (
    Article,
    ArticleId,
    EntryId,
    FamilyId,
    Item,
    ItemQuery,
    Likeness,
    LikenessKind,
    StoredArticle,
    TextGrade,
    TextSource,
)
from tracker.ports import Store

__all__ = ["entry_of", "view_of_entry"]


def entry_of(reference: str) -> EntryId | None:
    """The entry that an id such as e23 names; None if it is no such id."""
    number = reference[1:]
    is_id = reference[:1] == "e" and number.isascii() and number.isdecimal() and len(number) < 19
    return EntryId(int(number)) if is_id else None


def view_of_entry(store: Store, entry_id: EntryId) -> ArticleView | str:
    """What is known of an entry, or the reference of its article. Raises `ArticleNotFound`."""
    found = store.items(ItemQuery(entries=(entry_id,), fate=None))
    if not found:
        raise ArticleNotFound(
            f"No entry is known as e{entry_id}.", hint="The ids stand before the titles in tracker items."
        )
    if found[0].article_id is not None:
        return str(found[0].article_id)
    return ArticleView(article=_as_stored(found[0]), relevance=(), fates=found, family=(), story=())


def _as_stored(item: Item) -> StoredArticle:
    """What the feed said of it, in the shape of an article that was never read; its id is 0."""
    article = Article(
        url=item.url, canonical_url=item.canonical_url, title=item.title, text="", outlet=item.outlet,
        published_at=item.published_at, source=TextSource.TITLE, grade=TextGrade.NONE, external_id=item.id,
    )  # fmt: skip
    return StoredArticle(
        id=ArticleId(0), family_id=FamilyId(0), revision=0, article=article,
        first_seen_at=item.first_seen_at, likeness=Likeness(kind=LikenessKind.ORIGINAL),
    )  # fmt: skip
