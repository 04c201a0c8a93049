"""`tracker run`: the daemon, or one round of it."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from tracker.cli.session import Command, Session, pass_session
from tracker.cli.web import listen_options

if TYPE_CHECKING:
    from tracker.settings import LoadedSettings
    from tracker.web import PageServer

__all__ = ["command", "daemon_settings"]

_log = logging.getLogger(__name__)


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do one round of all that is due, then end; for cron and timers.")
@click.option("--no-web", is_flag=True, help="Open no page.")
@listen_options
@pass_session
@click.pass_context
def command(
    ctx: click.Context, session: Session, *, once: bool, no_web: bool, listen: str | None, port: int | None
) -> None:
    """Poll, send digests and keep house by the clock, until SIGTERM or Ctrl-C; SIGHUP re-reads the configuration.

    Every other command works meanwhile, and the page is open: tracker web --link prints the link to it. A second
    daemon on the same state ends with 5.
    """
    from tracker.daemon import run_daemon, run_once

    loaded = daemon_settings(session)
    if not once:
        with ExitStack() as stack:
            page = None if no_web else _opened_page(stack, loaded, listen, port)
            ctx.exit(run_daemon(loaded, lambda: _reread(session, page)))
    code, done = run_once(loaded)
    session.say(done)
    ctx.exit(code)


def _opened_page(
    stack: ExitStack, loaded: LoadedSettings, listen: str | None, port: int | None
) -> PageServer | None:
    """Open the page beside the daemon; a port that another program has is no reason not to poll."""
    from tracker.web import PortInUse, open_page

    try:
        page = open_page(loaded, listen=listen, port=port)
    except PortInUse as error:
        _log.warning("no page: %s", error)
        return None
    stack.callback(page.close)
    page.start()
    _log.info("page open", extra={"address": page.address})
    return page


def _reread(session: Session, page: PageServer | None) -> LoadedSettings:
    """Read the configuration again, for the page, too; another database needs a new start, as for the daemon."""
    loaded = daemon_settings(session)
    if page and loaded.settings.store.url == page.site.loaded.settings.store.url:
        page.site.hand_over(loaded)
    return loaded


def daemon_settings(session: Session) -> LoadedSettings:
    """Load the configuration; who says nothing else of its log sees one line for each poll. Raises `ConfigError`."""
    from tracker.logs import configure_logs

    loaded = session.settings()
    if session.verbosity == 0 and loaded.origins["log.level"] == "default":
        configure_logs("info", loaded.settings.log.format)
    return loaded
