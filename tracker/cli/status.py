"""`tracker status`: the installation in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from tracker.app.fields import status_fields
from tracker.cli.alerts import target_line
from tracker.cli.feeds import feed_lines
from tracker.cli.options import json_option
from tracker.cli.output import ago, counted, echo_json, local, terminal_width, until
from tracker.cli.run_view import accounting_line
from tracker.cli.session import Command, Session, pass_session
from tracker.model import DeliveryState
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Status, WatchStatus
    from tracker.app.views import OwedMail
    from tracker.model import Presence, Undelivered

__all__ = ["command", "status_text"]

_JUST_NOW = timedelta(minutes=1)
_MODES = {
    "project": "found in the working folder",
    "config": "named by --config or TRACKER_CONFIG",
    "xdg": "your own",
    "system": "of this system",
}


@click.command(cls=Command)
@json_option
@pass_session
def command(session: Session, as_json: bool) -> None:
    """Show numbers and what needs attention."""
    with session.tracker() as tracker:
        status = tracker.status()
    if as_json:
        echo_json(status_fields(status))
    else:
        click.echo(status_text(status, width=terminal_width(), now=datetime.now(UTC)))


def status_text(status: Status, *, width: int, now: datetime) -> str:
    """Write the numbers, then each watch, then the alerts, what was given up and the feeds that need a person."""
    troubled = f", {len(status.troubled)} need attention" if status.troubled else ""
    rows = (
        ("configuration", f"{status.config_path} ({_MODES.get(status.mode, status.mode)})"),
        ("store", clean_line(status.store_url)),
        ("feeds", f"{status.feeds}{troubled}"),
        ("polls", f"last {ago(status.last_poll_at, now)}, next {until(status.next_poll_at, now)}"),
        ("entries seen", str(status.entries)),
        ("daemon", _daemon_text(status.daemon, now)),
    )
    lines = [f"{label:<15}{text}" for label, text in rows]
    for watch in status.watches:
        lines += ["", *_watch_lines(watch, width, now)]
    if status.alerts:
        lines += ["", click.style("alerts", bold=True)]
        lines += [f"  {line}" for one in status.alerts for line in wrap(target_line(one), width - 2)]
    for mail in status.owed:
        lines += ["", *_owed_lines(mail, width, now)]
    for one in status.undelivered:
        lines += ["", *_undelivered_lines(one, width)]
    for row in status.troubled:
        lines += ["", *feed_lines(*row, width=width, now=now)]
    return "\n".join(lines)


def _owed_lines(mail: OwedMail, width: int, now: datetime) -> list[str]:
    tried = (
        f"tried {counted(mail.attempts, 'time')}, last {ago(mail.tried_at, now)}"
        if mail.attempts
        else "not tried yet"
    )
    again = f"next attempt {until(mail.next_at or now, now)}"
    to = ", ".join(map(clean_line, mail.recipients))
    why = f": {clean_line(mail.detail)}" if mail.detail else ""
    said = wrap(f"to {to}; {tried}{why}; {again}", width - 2)
    return [f"digest owed: {clean_line(mail.subject)}", *(f"  {line}" for line in said)]


def _undelivered_lines(one: Undelivered, width: int) -> list[str]:
    fate = "probably arrived" if one.delivery.state is DeliveryState.AMBIGUOUS else "not delivered"
    to = clean_line(one.delivery.recipient)
    said = wrap(f"{to}, given up {local(one.at)}: {clean_line(one.delivery.detail)}", width - 2)
    return [f"{one.kind} {fate}: {clean_line(one.subject)}", *(f"  {line}" for line in said)]


def _daemon_text(daemon: Presence | None, now: datetime) -> str:
    if daemon is None:
        return "not running; start it with: tracker run"
    since = "just now" if now - daemon.since_at < _JUST_NOW else ago(daemon.since_at, now)
    return f"running, started {since} (process {daemon.pid} on {clean_line(daemon.host)})"


def _watch_lines(watch: WatchStatus, width: int, now: datetime) -> list[str]:
    title = f" ({clean_line(watch.title)})" if watch.title != watch.watch else ""
    facts = f"{counted(watch.seeds, 'seed')}, {counted(watch.topics, 'topic')}, threshold {watch.threshold}"
    if watch.next_digest_at:
        facts += f", next digest {until(watch.next_digest_at, now)}"
    total = accounting_line(sum(watch.fates.values()), watch.fates)
    return [
        click.style(f"{clean_line(watch.watch)}{title}", bold=True),
        *(f"  {line}" for text in (facts, total) for line in wrap(text, width - 2)),
    ]
