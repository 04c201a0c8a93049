"""`tracker health`: whether the work is done and in time, for containers and monitors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.findings import finding_fields, finding_lines
from tracker.cli.options import json_option
from tracker.cli.output import echo_json, plain, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import ConfigError, StoreError, TrackerError

if TYPE_CHECKING:
    from tracker.app.health import Health

__all__ = ["command"]


@click.command(cls=Command)
@click.option("--no-daemon", is_flag=True, help="It is no failure that no daemon runs: cron does the work.")
@json_option
@pass_session
@click.pass_context
def command(ctx: click.Context, session: Session, *, no_daemon: bool, as_json: bool) -> None:
    """Tell whether polls and digests are done in time. Quick, opens no network, changes nothing.

    Ends with 0 when all is well or somebody should only look some time, with 1 when the work is not done.
    """
    health = _health(session, wants_daemon=not no_daemon)
    if as_json:
        echo_json({**plain(health), "findings": list(map(finding_fields, health.findings))})
    else:
        for finding in health.findings:
            click.echo("\n".join(finding_lines(finding, terminal_width())))
    ctx.exit(1 if health.status.value == "fail" else 0)


def _health(session: Session, *, wants_daemon: bool) -> Health:
    try:
        with session.tracker() as tracker:
            return tracker.health(wants_daemon=wants_daemon)
    except ConfigError:
        raise
    except StoreError as error:
        return _no_store(error)


def _no_store(error: TrackerError) -> Health:
    """What a monitor is told when the database cannot be opened."""
    from datetime import UTC, datetime

    from tracker.app.diagnosis import Level, fail
    from tracker.app.health import Health

    return Health(status=Level.FAIL, at=datetime.now(UTC), findings=(fail("store", str(error), error.hint),))
