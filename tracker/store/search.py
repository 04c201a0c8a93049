"""Full-text search in both dialects behind one condition; a shared contract test holds them together.

SQLite: an FTS5 table over title and text (`unicode61 remove_diacritics 2`). PostgreSQL: a generated `tsvector` with the
`simple` configuration. Neither breaks Chinese or Japanese into words, so such queries look for the
characters themselves, in those articles that have any such: they are marked when they are stored.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, text

from tracker.store import schema

__all__ = ["is_unspaced", "matching", "matching_ids"]

_WORD = re.compile(r"\w+")
_LIKE = re.compile(r"[%_~]")
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯豈-﫿]")


def is_unspaced(*texts: str) -> bool:
    """Whether there is writing without spaces in any of these texts."""
    return any(not text.isascii() and _UNSPACED.search(text) is not None for text in texts)


def matching(connection: Connection, query: str) -> ColumnElement[bool]:
    """Make a condition on `article`: every word of the query occurs in title or text; quoted words stand together."""
    article = schema.article.c
    if _UNSPACED.search(query):
        pieces = [piece.strip('"') for piece in query.split()]
        return and_(
            article.unspaced == 1,
            *(
                or_(article.title.contains(p, autoescape=True), article.text.contains(p, autoescape=True))
                for p in pieces
            ),
        )
    if connection.dialect.name == "sqlite":
        chosen = "article.id IN (SELECT rowid FROM article_text WHERE article_text MATCH :search_words)"
        return text(chosen).bindparams(search_words=_fts5(query))  # type: ignore[return-value]
    chosen = "article.search @@ websearch_to_tsquery('simple', :search_words)"
    return text(chosen).bindparams(search_words=query)  # type: ignore[return-value]


def matching_ids(connection: Connection, query: str) -> tuple[str, str, dict[str, Any]]:
    """The same in text: a SELECT of article ids with a WHERE, what the id is called in it, and its values."""
    dialect = connection.dialect.name
    if _UNSPACED.search(query):
        pieces = [piece.strip('"') for piece in query.split()]
        values = {f"piece{n}": "%" + _LIKE.sub(r"~\g<0>", piece) + "%" for n, piece in enumerate(pieces)}
        found = (f"(title LIKE :{name} ESCAPE '~' OR text LIKE :{name} ESCAPE '~')" for name in values)
        conditions = " AND ".join(["unspaced = 1", *found])
        return f"SELECT id FROM article WHERE {conditions}", "article.id", values  # noqa: S608 - ours
    if dialect == "sqlite":
        chosen = "SELECT rowid FROM article_text WHERE article_text MATCH :search_words"
        return chosen, "article_text.rowid", {"search_words": _fts5(query)}
    chosen = "SELECT id FROM article WHERE search @@ websearch_to_tsquery('simple', :search_words)"
    return chosen, "article.id", {"search_words": query}


def _fts5(query: str) -> str:
    """Words and quoted phrases as FTS5 strings, so that no character of the query is an operator."""
    phrases = re.findall(r'"([^"]*)"|(\S+)', query)
    strings = (" ".join(_WORD.findall(quoted or bare)) for quoted, bare in phrases)
    return " ".join(f'"{words}"' for words in strings if words) or '""'
