"""`tracker items`: list and search."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import click

from tracker.cli.filters import filter_options, query_of
from tracker.cli.item_view import item_fields, items_text
from tracker.cli.options import LIMIT, json_option, jsonl_option
from tracker.cli.output import echo_json, echo_jsonl, terminal_width
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]

_SHOWN = 50


@click.command(cls=Command)
@filter_options
@click.option("--limit", type=LIMIT, help="At most so many; people get 50, programs all.")
@click.option("--by", type=click.Choice(["score", "time"]), default="score", help="Order.")
@click.option("--full", is_flag=True, help="Put the text of each item into the JSON.")
@json_option
@jsonl_option
@pass_session
def command(
    session: Session,
    /,
    *,
    limit: int | None,
    by: Literal["score", "time"],
    full: bool,
    as_json: bool,
    as_jsonl: bool,
    **filters: Any,
) -> None:
    """List what was kept, best first; words search title and text."""
    for_people = not (as_json or as_jsonl)
    wanted = query_of(filters, by=by, limit=limit or (_SHOWN if for_people else None))
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
