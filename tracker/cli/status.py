"""`tracker status`: the installation in numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tracker.cli.feeds import feed_fields, feed_lines
from tracker.cli.options import json_option
from tracker.cli.output import ago, counted, echo_json, plain, terminal_width, until
from tracker.cli.run_view import accounting_line
from tracker.cli.session import Command, Session, pass_session
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Status, WatchStatus

__all__ = ["command", "status_text"]

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
        echo_json({**plain(status), "troubled": [feed_fields(*row) for row in status.troubled]})
    else:
        click.echo(status_text(status, width=terminal_width(), now=datetime.now(UTC)))


def status_text(status: Status, *, width: int, now: datetime) -> str:
    """Write the numbers, then each watch, then the feeds that need a person."""
    troubled = f", {len(status.troubled)} need attention" if status.troubled else ""
    rows = (
        ("configuration", f"{status.config_path} ({_MODES.get(status.mode, status.mode)})"),
        ("store", clean_line(status.store_url)),
        ("feeds", f"{status.feeds}{troubled}"),
        ("polls", f"last {ago(status.last_poll_at, now)}, next {until(status.next_poll_at, now)}"),
        ("entries seen", str(status.entries)),
    )
    lines = [f"{label:<15}{text}" for label, text in rows]
    for watch in status.watches:
        lines += ["", *_watch_lines(watch, width)]
    for row in status.troubled:
        lines += ["", *feed_lines(*row, width=width, now=now)]
    return "\n".join(lines)


def _watch_lines(watch: WatchStatus, width: int) -> list[str]:
    title = f" ({clean_line(watch.title)})" if watch.title != watch.watch else ""
    facts = f"{counted(watch.seeds, 'seed')}, {counted(watch.topics, 'topic')}, threshold {watch.threshold}"
    total = accounting_line(sum(watch.fates.values()), watch.fates)
    return [
        click.style(f"{clean_line(watch.watch)}{title}", bold=True),
        *(f"  {line}" for text in (facts, total) for line in wrap(text, width - 2)),
    ]
