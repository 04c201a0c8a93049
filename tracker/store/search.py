"""Full-text search in both dialects behind one condition; a shared contract test holds them together.

SQLite: an FTS5 table over title and text (`unicode61 remove_diacritics 2`). PostgreSQL: a generated `tsvector` with the
`simple` configuration. Neither breaks Chinese or Japanese into words, so such queries look for the
characters themselves.
"""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Connection, and_, or_, text

from tracker.store import schema

__all__ = ["matching"]

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯豈-﫿]")


def matching(connection: Connection, query: str) -> ColumnElement[bool]:
    """A condition on `article`: every word of the query occurs in title or text; quoted words stand together."""
    article = schema.article.c
    if _UNSPACED.search(query):
        pieces = [piece.strip('"') for piece in query.split()]
        return and_(
            *(
                or_(article.title.contains(p, autoescape=True), article.text.contains(p, autoescape=True))
                for p in pieces
            )
        )
    if connection.dialect.name == "sqlite":
        chosen = "article.id IN (SELECT rowid FROM article_text WHERE article_text MATCH :search_words)"
        return text(chosen).bindparams(search_words=_fts5(query))  # type: ignore[return-value]
    chosen = "article.search @@ websearch_to_tsquery('simple', :search_words)"
    return text(chosen).bindparams(search_words=query)  # type: ignore[return-value]


def _fts5(query: str) -> str:
    """Words and quoted phrases as FTS5 strings, so that no character of the query is an operator."""
    phrases = re.findall(r'"([^"]*)"|(\S+)', query)
    strings = (" ".join(_WORD.findall(quoted or bare)) for quoted, bare in phrases)
    return " ".join(f'"{words}"' for words in strings if words) or '""'
