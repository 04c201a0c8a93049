"""Which items: the words and options by which `items` lists and `export` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar

import click

from tracker.cli.options import SINCE, watch_option
from tracker.model import Fate, ItemQuery, WatchName

__all__ = ["filter_options", "query_of"]

_F = TypeVar("_F", bound=Callable[..., Any])
_ANY: Final = "any"
_OPTIONS: Final = (
    click.argument("query", nargs=-1),
    watch_option,
    click.option("--since", type=SINCE, help="First seen since: 7d, 2026-11-20, yesterday."),
    click.option("--min-score", type=click.FloatRange(0, 1), help="Least score."),
    click.option("--topic", help="Only items with this topic."),
    click.option(
        "--fate",
        type=click.Choice([*(fate.value for fate in Fate), _ANY]),
        default=Fate.KEPT.value,
        help="What became of them; any is every entry.",
    ),
)


def filter_options(function: _F) -> _F:
    """QUERY --watch --since --min-score --topic --fate; the command hands what it gets of them to `query_of`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def query_of(filters: Mapping[str, Any], *, by: Literal["score", "time"], limit: int | None) -> ItemQuery:
    """The store's question for what `filter_options` gathered."""
    watch, fate = filters["watch"], filters["fate"]
    return ItemQuery(
        watch=WatchName(watch) if watch else None,
        since_at=filters["since"],
        min_score=filters["min_score"],
        topic=filters["topic"],
        fate=None if fate == _ANY else Fate(fate),
        text=" ".join(filters["query"]),
        limit=limit,
        by=by,
    )
