"""`tracker backup`: everything that is stored, as one verified file, while everything runs."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.options import json_option
from tracker.cli.output import counted, echo_json, local, size_text
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("target", metavar="FILE|DIR", type=click.Path(path_type=Path))
@json_option
@pass_session
def command(session: Session, target: Path, *, as_json: bool) -> None:
    """Write all that is stored into FILE, or into DIR under a name with the time. An older FILE is replaced.

    The file is verified before it gets its name. Configuration and seeds are files of yours: copy them as well.
    """
    from tracker.app.upkeep import back_up

    made = back_up(session.settings(), target)
    if as_json:
        echo_json(made)
        return
    click.echo(f"wrote  {made.path}")
    last = f", last poll {local(made.last_poll_at)}" if made.last_poll_at else ""
    holds = f"{counted(made.entries, 'entry', 'entries')}, {counted(made.articles, 'article')}"
    click.echo(f"  {size_text(made.size)}, verified: {holds}, {counted(made.digests, 'digest')}{last}")
