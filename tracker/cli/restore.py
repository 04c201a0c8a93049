"""`tracker restore`: put a backup back."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.options import json_option
from tracker.cli.output import counted, echo_json, local
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@json_option
@pass_session
def command(session: Session, source: Path, *, as_json: bool) -> None:
    """Replace all that is stored by a backup. What was there before is set aside first. Not while a daemon runs (5)."""
    from tracker.app.upkeep import restore_backup

    done = restore_backup(session.settings(), source)
    if as_json:
        echo_json(done)
        return
    held = done.backup
    until = f", up to {local(held.last_poll_at)}" if held.last_poll_at else ""
    click.echo(f"Restored {held.path}: {counted(held.entries, 'entry', 'entries')}{until}.")
    if done.aside:
        was = "What was damaged" if done.was_damaged else "What was there before"
        click.echo(f"  {was} is now {done.aside}.")
    if done.carried:
        messages = counted(done.carried, "message")
        click.echo(f"  {messages} made since the backup {'was' if done.carried == 1 else 'were'} taken over.")
    if done.owed:
        click.echo(f"  {counted(done.owed, 'delivery', 'deliveries')} still owed: see tracker status.")
