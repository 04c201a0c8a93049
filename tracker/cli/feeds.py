"""`tracker feeds`: the subscribed sources."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.feed_view import (
    discovery_lines,
    feed_fields,
    feed_lines,
    feed_text,
    trial_lines,
    view_fields,
)
from tracker.cli.options import json_option, jsonl_option
from tracker.cli.output import counted, echo_json, echo_jsonl, local, terminal_width, write_file
from tracker.cli.session import Command, Group, Session, pass_session
from tracker.errors import UsageError
from tracker.model import FeedHealth
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import OpmlImport

__all__ = ["command", "feed_fields", "feed_lines"]


@click.group(cls=Group)
def command() -> None:
    """List, add, remove, test, find, import and export feeds."""


@command.command(cls=Command, name="list")
@click.option("--troubled", is_flag=True, help="Only feeds that need attention.")
@json_option
@jsonl_option
@pass_session
def list_feeds(session: Session, troubled: bool, as_json: bool, as_jsonl: bool) -> None:
    """List the feeds with their condition; -v adds rhythm, rests and moves."""
    with session.tracker() as tracker:
        rows = tracker.feeds()
    if troubled:
        rows = tuple(row for row in rows if not row[1].is_well)
    if as_json:
        echo_json({"feeds": [feed_fields(*row) for row in rows]})
    elif as_jsonl:
        echo_jsonl(feed_fields(*row) for row in rows)
    else:
        now, width, full = datetime.now(UTC), terminal_width(), session.verbosity > 0
        for row in rows:
            click.echo("\n".join(feed_lines(*row, width=width, now=now, full=full)))
        click.echo(counted(len(rows), "feed") if rows else "No feeds. Add one with: tracker feeds add URL")


@command.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
def show(session: Session, url: str, as_json: bool) -> None:
    """Show one feed in full: condition, rhythm, moves and latest polls."""
    with session.tracker() as tracker:
        view = tracker.show_feed(url)
    if as_json:
        echo_json(view_fields(view))
    else:
        click.echo(feed_text(view, width=terminal_width(), now=datetime.now(UTC)))


@command.command(cls=Command)
@click.argument("url", metavar="ADDRESS")
@click.option("--title", default="", help="Its name; otherwise the feed tells it.")
@click.option("--tag", "tags", multiple=True, help="A tag that watches may name; repeatable.")
@click.option("--no-check", is_flag=True, help="Follow the address without trying it.")
@json_option
@pass_session
def add(
    session: Session, url: str, *, title: str, tags: tuple[str, ...], no_check: bool, as_json: bool
) -> None:
    """Follow a feed, or the feed of a site. Ends with 1 when a site has several: choose one."""
    from tracker.app.feed_views import Followed  # with the whole front door behind it, for this command only

    with session.tracker() as tracker:
        feed = tracker.add_feed(url, title=title, tags=tags) if no_check else None
        followed = Followed(feed=feed) if feed else tracker.follow_feed(url, title=title, tags=tags)
    feed, choice = followed.feed, followed.choice
    if as_json:
        fields = feed_fields(feed, FeedHealth.NEW, "") if feed else None
        echo_json({"feed": fields, "note": followed.sentence, "choice": choice.found if choice else ()})
    elif feed:
        title = f" ({clean_line(feed.title)})" if feed.title else ""
        following = f"Following {clean_line(feed.url)}{title}; it is polled by the next tracker fetch."
        click.echo(f"{clean_line(followed.sentence)} {following}".strip())
    elif choice:
        click.echo(f"{clean_line(choice.url)} is a web page with several feeds; add the one you want:")
        click.echo("\n".join(discovery_lines(choice, width=terminal_width())))
    if not feed:
        click.get_current_context().exit(1)


@command.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
def remove(session: Session, url: str, as_json: bool) -> None:
    """Stop following a feed; its articles stay."""
    with session.tracker() as tracker:
        feed = tracker.remove_feed(url)
    if as_json:
        echo_json({"removed": feed.url})
    else:
        click.echo(f"No longer following {clean_line(feed.url)}.")


@command.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
def reset(session: Session, url: str, as_json: bool) -> None:
    """Forget a feed's failures and its host's wish for rest; it is due at once."""
    with session.tracker() as tracker:
        before = tracker.reset_feed(url)
    rest = before.state.held_until
    is_lifted = rest is not None and rest > datetime.now(UTC)
    if as_json:
        echo_json({"reset": before.url, "rest_lifted": is_lifted})
        return
    click.echo(f"{clean_line(url)} starts afresh; it is due now.")
    if is_lifted and rest:
        click.echo(f"Its host had asked for rest until {local(rest)}; that no longer holds.")


@command.command(cls=Command, name="undo-move")
@click.argument("url")
@json_option
@pass_session
def undo_move(session: Session, url: str, as_json: bool) -> None:
    """Give a feed that moved its former address back."""
    with session.tracker() as tracker:
        move = tracker.undo_move(url)
    if as_json:
        echo_json(move)
    else:
        click.echo(
            f"{clean_line(move.to_url)} is {clean_line(move.from_url)} again; that move is not made again."
        )


@command.command(cls=Command, name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.opml")
@json_option
@pass_session
@click.pass_context
def import_opml(ctx: click.Context, session: Session, file: Path, as_json: bool) -> None:
    """Follow every feed of an OPML file; folders become tags. Ends with 1 when nothing could be read, 4 when part."""
    content = _content(file)
    with session.tracker() as tracker:
        done = tracker.import_opml(content)
    if as_json:
        echo_json(done)
    else:
        _print_import(done)
    if done.problems:
        ctx.exit(4 if done.added or done.known else 1)


def _print_import(done: OpmlImport) -> None:
    for url in done.added_urls:
        click.echo(f"added    {clean_line(url)}")
    for url in done.known_urls:
        click.echo(f"known    {clean_line(url)}")
    for problem in done.problems:
        click.echo(f"problem  {clean_line(problem)}")
    click.echo(f"{counted(done.added, 'feed')} added, {done.known} known already.")


@command.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-", metavar="[FILE]")
@json_option
@pass_session
def export(session: Session, file: Path, as_json: bool) -> None:
    """Write all feeds as OPML to FILE or standard output, without passwords."""
    with session.tracker() as tracker:
        text, count = tracker.export_opml(), len(tracker.feeds())
    if str(file) == "-":
        if as_json:
            echo_json({"feeds": count, "opml": text})
        else:
            click.echo(text, nl=not text.endswith("\n"))
        return
    write_file(file, text.encode())
    if as_json:
        echo_json({"feeds": count, "file": str(file)})
    else:
        session.say(f"wrote  {file}")


@command.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
@click.pass_context
def test(ctx: click.Context, session: Session, url: str, as_json: bool) -> None:
    """Try a feed once and show what it lists; stores nothing. Ends with 1 when it fails."""
    with session.tracker() as tracker:
        tried = tracker.test_feed(url)
    if as_json:
        echo_json(tried)
    else:
        click.echo("\n".join(trial_lines(tried, width=terminal_width())))
    if not tried.ok:
        ctx.exit(1)


@command.command(cls=Command)
@click.argument("url", metavar="ADDRESS")
@json_option
@pass_session
def discover(session: Session, url: str, as_json: bool) -> None:
    """Find the feeds of a site: announced, linked, in robots.txt or at the usual places."""
    with session.tracker() as tracker:
        found = tracker.discover(url)
    if as_json:
        echo_json({"url": found.url, "is_feed": found.is_feed, "tried": found.tried, "feeds": found.found})
    else:
        click.echo("\n".join(discovery_lines(found, width=terminal_width())))


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", hint="Check the path.") from error
