"""`tracker export`: items in the formats of other programs, to a file or to stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import click

from tracker.cli.filters import filter_options, query_of
from tracker.cli.item_view import item_fields
from tracker.cli.options import LIMIT
from tracker.cli.output import counted, json_text, write_file
from tracker.cli.session import Command, Session, pass_session
from tracker.model import Item
from tracker.outputs import Channel, render_atom, render_bibtex, render_csv, render_json_feed, render_ris

__all__ = ["command"]

_FORMATS: Final = ("jsonl", "csv", "atom", "jsonfeed", "ris", "bibtex")


@click.command(cls=Command)
@click.option("--format", "-f", "form", type=click.Choice(_FORMATS), required=True, help="What to write.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write there instead of to stdout.")  # fmt: skip
@filter_options
@click.option("--limit", type=LIMIT, help="At most so many.")
@click.option("--by", type=click.Choice(["score", "time"]), default="time", help="Order.")
@click.option("--full", is_flag=True, help="With jsonl: put the text of each item in, too.")
@click.option("--bom", is_flag=True, help="With csv: a mark in front by which Excel knows UTF-8.")
@pass_session
def command(
    session: Session,
    /,
    *,
    form: str,
    output: Path | None,
    limit: int | None,
    by: Literal["score", "time"],
    full: bool,
    bom: bool,
    **filters: Any,
) -> None:
    """Write what was kept, newest first; words search title and text."""
    watch = filters["watch"]
    with session.tracker() as tracker:
        found = tracker.items(query_of(filters, by=by, limit=limit))
    channel = Channel(name=watch or "all watches", title=watch or "tracker", empty_at=datetime.now(UTC))
    content = _renderer(form, channel, full=full, bom=bom)(found).encode("utf-8", "replace")
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write_file(output, content)
        session.say(f"wrote {counted(len(found), 'item')} to {output}")


def _renderer(form: str, channel: Channel, *, full: bool, bom: bool) -> Callable[[Sequence[Item]], str]:
    renderers: dict[str, Callable[[Sequence[Item]], str]] = {
        "jsonl": lambda items: "".join(f"{json_text(item_fields(item, full=full))}\n" for item in items),
        "csv": lambda items: render_csv(items, bom=bom),
        "atom": lambda items: render_atom(channel, items),
        "jsonfeed": lambda items: render_json_feed(channel, items),
        "ris": render_ris,
        "bibtex": render_bibtex,
    }
    return renderers[form]
