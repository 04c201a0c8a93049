"""`tracker fetch`: poll what is due, run the whole pipeline, show what is new."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from tracker.app.fields import feed_fields, item_fields
from tracker.cli.options import DURATION, json_option, jsonl_option
from tracker.cli.output import counted, echo_json, echo_jsonl, terminal_width, until
from tracker.cli.run_view import account_text, report_fields, report_text
from tracker.cli.session import Command, Session, pass_session
from tracker.model import DeliveryState
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import RunReport, Tracker
    from tracker.model import FeedId

__all__ = ["command", "print_report"]

_PARTLY_FAILED = 4
_SOMETHING_NEW = 10


@click.command(cls=Command)
@click.option("--feed", "urls", multiple=True, metavar="URL", help="Only this feed, due or not; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Every feed, due or not.")
@click.option(
    "--backfill", type=DURATION, help="Take entries up to this old at a feed's first poll, such as 7d."
)
@click.option("--dry-run", is_flag=True, help="Show which feeds would be polled; poll none.")
@click.option("--exit-code", is_flag=True, help="End with 10 when something new was found.")
@click.option("--full", is_flag=True, help="Put the text of each item into the JSON.")
@json_option
@jsonl_option
@pass_session
@click.pass_context
def command(
    ctx: click.Context,
    session: Session,
    *,
    urls: tuple[str, ...],
    everything: bool,
    backfill: timedelta | None,
    dry_run: bool,
    exit_code: bool,
    full: bool,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """Poll the feeds that are due and show the new items, best first.

    While a daemon runs, it is asked to poll at once what it has left alone for min_interval, and what comes in is
    shown here; with --backfill this command polls by itself.
    """
    with session.tracker() as tracker:
        if dry_run:
            polled = tracker.would_poll(urls, everything=everything, backfill=backfill)
            _show_due(tracker, polled, as_json=as_json, as_jsonl=as_jsonl)
            return
        daemon = tracker.daemon() if backfill is None else None
        if daemon:
            session.say(f"The daemon (process {daemon.pid}) is asked to poll; what comes in is shown here.")
        with session.progress() as progress:
            report = tracker.fetch(urls=urls, everything=everything, backfill=backfill, progress=progress)
        if not report.polls:
            session.say(_nothing_due(tracker))
        elif report.elsewhere and not daemon:
            session.say(
                f"{counted(report.elsewhere, 'feed')} of these another tracker polled at the same time."
            )
    for text in _alerts_said(report):
        session.say(text)
    print_report(report, full=full, as_json=as_json, as_jsonl=as_jsonl)
    if exit_code and report.kept:
        ctx.exit(_SOMETHING_NEW)
    if report.failed:
        ctx.exit(_PARTLY_FAILED)


def _alerts_said(report: RunReport) -> list[str]:
    """One line for what was sent, one for each alert that was not."""
    sent = sum(one.delivery.state is DeliveryState.SENT for one in report.alerts)
    lost = [one.delivery for one in report.alerts if one.delivery.state is not DeliveryState.SENT]
    said = [f"{counted(sent, 'alert')} sent."] if sent else []
    return said + [f"Alert to {one.recipient} not sent: {clean_line(one.detail)}" for one in lost]


def print_report(report: RunReport, *, full: bool, as_json: bool, as_jsonl: bool) -> None:
    """Print a run for a person or a program; with `--jsonl` the accounting goes to stderr."""
    now = datetime.now(UTC)
    if as_json:
        echo_json(report_fields(report, full=full))
    elif as_jsonl:
        echo_jsonl(item_fields(item, full=full) for item in report.kept)
        click.echo(account_text(report, width=terminal_width()), err=True)
    else:
        click.echo(report_text(report, width=terminal_width(), now=now))


def _show_due(tracker: Tracker, polled: Collection[FeedId], *, as_json: bool, as_jsonl: bool) -> None:
    rows = tracker.feeds()
    due = [row for row in rows if row[0].id in polled]
    if as_json:
        echo_json({"would_poll": [feed.url for feed, _, _ in due], "feeds": len(rows)})
        return
    if as_jsonl:
        echo_jsonl(feed_fields(*row) for row in due)
    else:
        for feed, _, _ in due:
            click.echo(clean_line(feed.url))
    said = f"{len(due)} of {counted(len(rows), 'feed')} would be polled; nothing was."
    click.echo(said, err=as_jsonl)


def _nothing_due(tracker: Tracker) -> str:
    feeds = tracker.feeds()
    if not feeds:
        return "No feeds are followed. Add one with: tracker feeds add URL"
    next_at = min((feed.state.next_poll_at for feed, _, _ in feeds if feed.state.next_poll_at), default=None)
    return (
        f"No feed is due; the next is {until(next_at, datetime.now(UTC))}. Poll all with: tracker fetch --all"
    )
