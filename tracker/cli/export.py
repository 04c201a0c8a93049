"""`tracker export`: items in the formats of other programs, to a file or to stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tracker.cli.item_view import item_fields
from tracker.cli.options import SINCE, watch_option
from tracker.cli.output import counted, json_text, write_file
from tracker.cli.session import Command, Session, pass_session
from tracker.model import Fate, Item, ItemQuery, WatchName
from tracker.outputs import Channel, render_atom, render_bibtex, render_csv, render_json_feed, render_ris

__all__ = ["command"]

_ANY: Final = "any"
_FORMATS: Final = ("jsonl", "csv", "atom", "jsonfeed", "ris", "bibtex")


@click.command(cls=Command)
@click.argument("query", nargs=-1)
@click.option("--format", "-f", "form", type=click.Choice(_FORMATS), required=True, help="What to write.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write there instead of to stdout.")  # fmt: skip
@watch_option
@click.option("--since", type=SINCE, help="First seen since: 7d, 2026-11-20, yesterday.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Least score.")
@click.option("--topic", help="Only items with this topic.")
@click.option("--fate", type=click.Choice([*(fate.value for fate in Fate), _ANY]), default=Fate.KEPT.value,
              help="What became of them; any writes every entry.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--by", type=click.Choice(["score", "time"]), default="time", help="Order.")
@click.option("--full", is_flag=True, help="With jsonl: put the text of each item in, too.")
@click.option("--bom", is_flag=True, help="With csv: a mark in front by which Excel knows UTF-8.")
@pass_session
def command(
    session: Session,
    *,
    query: tuple[str, ...],
    form: str,
    output: Path | None,
    watch: str | None,
    since: datetime | None,
    min_score: float | None,
    topic: str | None,
    fate: str,
    limit: int | None,
    by: str,
    full: bool,
    bom: bool,
) -> None:
    """Write what was kept, newest first; words search title and text."""
    wanted = ItemQuery(
        watch=WatchName(watch) if watch else None,
        since_at=since,
        min_score=min_score,
        topic=topic,
        fate=None if fate == _ANY else Fate(fate),
        text=" ".join(query),
        limit=limit,
        by="time" if by == "time" else "score",
    )
    with session.tracker() as tracker:
        found = tracker.items(wanted)
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
