"""Which entries stand in a portion of a long list, in order: found by narrow columns alone, however much is stored.

Reading all rows of a list to sort them took 40 ms for 2,000 items, and grows with them. So the way to a portion is
chosen by counting first, which indices answer in a millisecond or two: walk along the order of the list until the
portion is full, or begin with whatever selects the fewest rows and sort those. SQLite joins in the order that CROSS
JOIN gives; PostgreSQL chooses for itself. Raw SQL on a measured path: `benchmarks/web.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, text

from tracker.model import Fate, ItemQuery, WatchName
from tracker.store.rows import micros
from tracker.store.search import matching_ids
from tracker.store.topics import topic_name

__all__ = ["picked_entries", "stored_watches"]

_SCORED: Final = frozenset({Fate.KEPT, Fate.BELOW_THRESHOLD})
"""Fates of entries whose article has a score for sure."""
_PROBE: Final = 100
"""Rows of a full-text answer that are put into a set in the time that one article is looked up in the index."""
_DEEP: Final = 4
"""Fates that are put into a set in the time that the fate of one entry is looked up."""
_SCORE: Final = " LEFT JOIN relevance r ON r.article_id = e.article_id AND r.watch = f.watch"
_FATE: Final = "SELECT entry_id FROM fate WHERE watch = :watch AND fate = :fate"
_TOPIC: Final = "SELECT 1 FROM topic WHERE watch = :watch AND name = :topic"
_OF_TOPIC: Final = f"EXISTS ({_TOPIC} AND article_id = e.article_id)"
_ENTRY: Final = "f.entry_id = e.id AND f.watch = :watch"
_WAYS: Final = {  # what is looked up first comes first; and what holds them together
    "score": (
        "relevance r CROSS JOIN entry e CROSS JOIN fate f",
        f"r.watch = :watch AND e.article_id = r.article_id AND {_ENTRY}",
    ),
    "deep": (
        "relevance r CROSS JOIN entry e",
        f"r.watch = :watch AND e.article_id = r.article_id AND +e.id IN ({_FATE})",
    ),
    "topic": (
        f"topic t CROSS JOIN entry e CROSS JOIN fate f{_SCORE}",
        f"t.watch = :watch AND t.name = :topic AND e.article_id = t.article_id AND {_ENTRY}",
    ),
    "time": (f"entry e CROSS JOIN fate f{_SCORE}", _ENTRY),
    "fate": (f"fate f CROSS JOIN entry e{_SCORE}", _ENTRY),
    "article": (
        f"article a CROSS JOIN entry e CROSS JOIN fate f{_SCORE}",
        f"e.article_id = a.id AND {_ENTRY}",
    ),
}
_BY_SCORE: Final = frozenset({"score", "deep"})
_WALKS: Final = _BY_SCORE | {"time"}
_COUNTED: Final = 20_000
"""Rows that are counted at most, beyond the deepest portion; more are as good as all for choosing a way."""
_NEXT_WATCH: Final = text("SELECT min(watch) FROM fate WHERE watch > :name")
_LAST_ENTRY: Final = text("SELECT max(id) FROM entry")
_BEFORE: Final[dict[str, Callable[[Any], Any]]] = {
    "score": lambda row: (-(-1 if row[1] is None else row[1]), -row[2], row[0]),
    "time": lambda row: (-row[2], row[0]),
}
_ORDERS: Final = {"score": "r.score DESC, e.first_seen_at DESC, e.id", "time": "e.first_seen_at DESC, e.id"}
_UNSCORED_LAST: Final = "coalesce(r.score, -1) DESC, e.first_seen_at DESC, e.id"


@dataclass(slots=True)
class _Search:
    """The query as conditions: `entries` on e, f and r, `articles` on a; `text_ids` selects those with its words.

    `counts`: how many rows each of the selective ones finds; `walked`: how many a walk would pass to fill the portion.
    """

    entries: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    text_ids: str = ""
    text_key: str = ""
    walked: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def picked_entries(connection: Connection, query: ItemQuery) -> list[tuple[int, str]]:
    """Entry id and watch of a portion. The query names a limit, no entries and no stories."""
    assert query.limit is not None
    if query.watch is not None:
        return [(row[0], query.watch) for row in _picked(connection, query)]
    most = query.offset + query.limit
    found = [
        (row, watch)
        for watch in stored_watches(connection)
        for row in _picked(connection, replace(query, watch=WatchName(watch), offset=0, limit=most))
    ]
    found.sort(key=lambda one: _BEFORE[query.by](one[0]))
    return [(row[0], watch) for row, watch in found[query.offset : most]]


def stored_watches(connection: Connection) -> Iterator[str]:
    """The watches that anything met a fate in; each is one look into an index."""
    name = ""
    while name := connection.execute(_NEXT_WATCH, {"name": name}).scalar() or "":
        yield name


def _picked(connection: Connection, query: ItemQuery) -> Sequence[Any]:
    """Entry id, score and first-seen instant of a portion of one watch."""
    assert query.limit is not None
    search = _search(connection, query)
    kept = search.counts.get("fate", _COUNTED)
    limit = query.limit if kept == _COUNTED else max(0, min(query.limit, kept - query.offset))
    if limit == 0 or not all(search.counts.values()):
        return []  # and a walk is told where to stop: at the last one there is
    way = _way(connection, query, search)
    joined, linked = _WAYS[way]
    order = _UNSCORED_LAST if query.by == "score" and way not in _BY_SCORE else _ORDERS[query.by]
    fate = ["f.fate = :fate"] if query.fate is not None and way != "deep" else []
    conditions = " AND ".join([linked, *fate, *search.entries, *_of_articles(search, way)])
    columns = "e.id, r.score, e.first_seen_at"
    statement = f"SELECT {columns} FROM {joined} WHERE {conditions} ORDER BY {order}"  # noqa: S608 - all ours
    values = {**search.values, "limit": limit, "offset": query.offset}
    return connection.execute(text(f"{statement} LIMIT :limit OFFSET :offset"), values).all()


def _of_articles(search: _Search, way: str) -> Iterator[str]:
    """The conditions on articles; where a way does not lead over them, they are looked up by their id."""
    article_id = "a.id" if way == "article" else "e.article_id"
    walked = search.walked if way in _WALKS else float("inf")
    for one in search.articles:
        found = f"EXISTS (SELECT 1 FROM article a WHERE a.id = e.article_id AND {one})"  # noqa: S608 - ours
        yield one if way == "article" else found
    if search.text_ids and search.counts.get("text", 0) > walked * _PROBE:
        yield f"EXISTS ({search.text_ids} AND {search.text_key} = {article_id})"
    elif search.text_ids:
        walks_by = "+" if way in _WALKS else ""  # or SQLite begins with the texts after all
        yield f"{walks_by}{article_id} IN ({search.text_ids})"


def _search(connection: Connection, query: ItemQuery) -> _Search:
    search = _Search(values={"watch": query.watch})
    if query.fate is not None:
        search.values["fate"] = query.fate.value
        search.counts["fate"] = _counted(connection, _FATE, {"watch": query.watch, "fate": query.fate.value})
    for name, condition, value in (
        ("since", "e.first_seen_at >= :since", query.since_at and micros(query.since_at)),
        ("until", "e.first_seen_at < :until", query.until_at and micros(query.until_at)),
        ("least", "r.score >= :least", query.min_score),
        ("most", "r.score < :most", query.max_score),
        ("topic", _OF_TOPIC, query.topic and topic_name(query.topic)),
    ):
        if value is not None:
            search.entries.append(condition)
            search.values[name] = value
    if query.topic is not None:
        named = {"watch": query.watch, "topic": search.values["topic"]}
        search.counts["topic"] = _counted(connection, _TOPIC, named)
    if query.since_at is not None:
        found = "SELECT 1 FROM entry WHERE first_seen_at >= :since"
        search.counts["since"] = _counted(connection, found, {"since": search.values["since"]})
    _add_articles(connection, query, search)
    return search


def _add_articles(connection: Connection, query: ItemQuery, search: _Search) -> None:
    for name, value in (("outlet", query.outlet), ("language", query.language)):
        if value is not None:
            search.articles.append(f"a.{name} = :{name}")
            search.values[name] = value
            found = f"SELECT 1 FROM article WHERE {name} = :{name}"  # noqa: S608 - one of two names
            search.counts[name] = _counted(connection, found, {name: value})
    if query.text:
        search.text_ids, search.text_key, values = matching_ids(connection, query.text)
        search.values |= values
        search.counts["text"] = _counted(connection, search.text_ids, values)


def _way(connection: Connection, query: ItemQuery, search: _Search) -> str:
    """Choose between walking along the list and beginning with the fewest rows; notes how long the walk would be."""
    walk = "score" if query.by == "score" and query.fate in _SCORED else "time"
    total = max(1, int(connection.execute(_LAST_ENTRY).scalar() or 0))
    share = 1.0
    for name, count in search.counts.items():
        on_top = name == "fate" and walk == "score" and query.fate is Fate.KEPT  # of all scores
        share *= 1.0 if on_top else count / total
    search.walked = min(total, (query.offset + (query.limit or 0)) / max(share, 1 / total))
    fewest = min(search.counts, key=lambda name: search.counts[name], default="fate")
    begin = {"fate": "fate", "since": "time", "topic": "topic"}.get(fewest, "article")
    if query.by == "score" and walk == "time":
        return begin  # no index has this order
    if not search.counts:
        return walk
    if search.counts[fewest] < search.walked:
        return begin
    return "deep" if walk == "score" and search.counts["fate"] < search.walked * _DEEP else walk


def _counted(connection: Connection, statement: str, values: dict[str, Any]) -> int:
    """How many rows a selection has, up to `_COUNTED`: beyond it all are many."""
    counted = f"SELECT count(*) FROM ({statement} LIMIT {_COUNTED}) found"  # noqa: S608 - ours
    return int(connection.execute(text(counted), values).scalar() or 0)
