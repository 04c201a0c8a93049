"""`tracker worker`: polling only, beside any number of others."""

from __future__ import annotations

import click

from tracker.cli.run import daemon_settings
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]


@click.command(cls=Command)
@pass_session
@click.pass_context
def command(ctx: click.Context, session: Session) -> None:
    """Poll feeds as they come due, and nothing else; as many of them as you like beside one daemon.

    They share the work through the store. That pays with PostgreSQL; with SQLite it is safe, but one is enough.
    """
    from tracker.daemon import run_worker

    ctx.exit(run_worker(daemon_settings(session), lambda: daemon_settings(session)))
