"""`tracker run`: the daemon, or one round of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.session import Command, Session, pass_session

if TYPE_CHECKING:
    from tracker.settings import LoadedSettings

__all__ = ["command", "daemon_settings"]


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do one round of all that is due, then end; for cron and timers.")
@click.option("--no-web", is_flag=True, help="Open no page. There is no page yet, so this changes nothing.")
@pass_session
@click.pass_context
def command(ctx: click.Context, session: Session, *, once: bool, no_web: bool) -> None:
    """Poll, send digests and keep house by the clock, until SIGTERM or Ctrl-C; SIGHUP re-reads the configuration.

    Every other command works meanwhile. A second daemon on the same state ends with 5.
    """
    from tracker.daemon import run_daemon, run_once

    del no_web
    loaded = daemon_settings(session)
    if not once:
        ctx.exit(run_daemon(loaded, lambda: daemon_settings(session)))
    code, done = run_once(loaded)
    session.say(done)
    ctx.exit(code)


def daemon_settings(session: Session) -> LoadedSettings:
    """Load the configuration; who says nothing else of its log sees one line for each poll. Raises `ConfigError`."""
    from tracker.logs import configure_logs

    loaded = session.settings()
    if session.verbosity == 0 and loaded.origins["log.level"] == "default":
        configure_logs("info", loaded.settings.log.format)
    return loaded
