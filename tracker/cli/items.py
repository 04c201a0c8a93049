"""`tracker items`: list and search."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from tracker.cli.item_view import item_fields, items_text
from tracker.cli.options import SINCE, json_option, jsonl_option, watch_option
from tracker.cli.output import echo_json, echo_jsonl, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.model import Fate, ItemQuery, WatchName

__all__ = ["command"]

_ANY = "any"
_SHOWN = 50


@click.command(cls=Command)
@click.argument("query", nargs=-1)
@watch_option
@click.option("--since", type=SINCE, help="First seen since: 7d, 2026-11-20, yesterday.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Least score.")
@click.option("--topic", help="Only items with this topic.")
@click.option("--fate", type=click.Choice([*(fate.value for fate in Fate), _ANY]), default=Fate.KEPT.value,
              help="What became of them; any lists every entry.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="At most so many; people get 50, programs all.")
@click.option("--by", type=click.Choice(["score", "time"]), default="score", help="Order.")
@click.option("--full", is_flag=True, help="Put the text of each item into the JSON.")
@json_option
@jsonl_option
@pass_session
def command(
    session: Session,
    *,
    query: tuple[str, ...],
    watch: str | None,
    since: datetime | None,
    min_score: float | None,
    topic: str | None,
    fate: str,
    limit: int | None,
    by: str,
    full: bool,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List what was kept, best first; words search title and text."""
    for_people = not (as_json or as_jsonl)
    wanted = ItemQuery(
        watch=WatchName(watch) if watch else None,
        since_at=since,
        min_score=min_score,
        topic=topic,
        fate=None if fate == _ANY else Fate(fate),
        text=" ".join(query),
        limit=limit or (_SHOWN if for_people else None),
        by="time" if by == "time" else "score",
    )
    with session.tracker() as tracker:
        found = tracker.items(wanted)
    if as_json:
        echo_json({"items": [item_fields(item, full=full) for item in found]})
    elif as_jsonl:
        echo_jsonl(item_fields(item, full=full) for item in found)
    else:
        click.echo(items_text(found, width=terminal_width(), now=datetime.now(UTC), empty="No items."))
        if limit is None and len(found) == _SHOWN:
            session.say(f"The first {_SHOWN} are shown; see more with --limit.")
