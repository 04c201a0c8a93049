"""`tracker timeline`: coverage over time, in the terminal or as a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from tracker.cli.options import SINCE, json_option, watch_option
from tracker.cli.output import echo_json, terminal_width, write_file
from tracker.cli.session import Command, Session, pass_session
from tracker.cli.story_view import timeline_fields, timeline_text
from tracker.model import WatchName

if TYPE_CHECKING:
    from tracker.stories.timeline import By

__all__ = ["command"]


@click.command(cls=Command)
@watch_option
@click.option("--since", type=SINCE, help="First seen since: 7d, 2026-11-20, yesterday.")
@click.option("--by", type=click.Choice(["day", "outlet", "story"]), default="day",
              help="What the bars are made of: topics by day, outlets or stories.")  # fmt: skip
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write a picture to this file; - for standard output.")  # fmt: skip
@json_option
@pass_session
def command(
    session: Session, *, watch: str | None, since: datetime | None, by: str, svg: Path | None, as_json: bool
) -> None:
    """Show how much was printed when; days begin in the zone of this computer."""
    zone = datetime.now(UTC).astimezone().tzinfo or UTC
    with session.tracker() as tracker:
        timeline = tracker.timeline(WatchName(watch) if watch else None, since, cast("By", by), zone=zone)
    if svg is not None:
        from tracker.stories.chart import timeline_svg

        picture = timeline_svg(timeline, f"Coverage: {watch}" if watch else "Coverage")
        if str(svg) == "-":
            click.echo(picture)
            return
        write_file(svg, picture.encode())
        session.say(f"Written to {svg}.")
    if as_json:
        echo_json(timeline_fields(timeline))
    elif svg is None:
        click.echo(timeline_text(timeline, width=terminal_width()))
