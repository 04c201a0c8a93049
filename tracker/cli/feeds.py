"""`tracker feeds`: the subscribed sources."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from tracker.cli.options import json_option, jsonl_option
from tracker.cli.output import ago, counted, echo_json, echo_jsonl, local, terminal_width, until
from tracker.cli.session import Command, Group, Session, pass_session
from tracker.errors import UsageError
from tracker.model import Feed, FeedHealth
from tracker.text.columns import fit, pad, wrap
from tracker.text.display import clean_line

__all__ = ["command", "feed_fields", "feed_lines"]

_HEALTH_COLUMNS = 10
_COLOURS = {FeedHealth.OK: "green", FeedHealth.NEW: "cyan", FeedHealth.GONE: "red", FeedHealth.FAILING: "red"}
_ENTRIES_SHOWN = 5


@click.group(cls=Group)
def command() -> None:
    """List, add, remove, test, import and export feeds."""


@command.command(cls=Command, name="list")
@click.option("--troubled", is_flag=True, help="Only feeds that need attention.")
@json_option
@jsonl_option
@pass_session
def list_feeds(session: Session, troubled: bool, as_json: bool, as_jsonl: bool) -> None:
    """List the feeds with their condition."""
    with session.tracker() as tracker:
        rows = tracker.feeds()
    if troubled:
        rows = tuple(row for row in rows if row[1] not in {FeedHealth.OK, FeedHealth.NEW})
    if as_json:
        echo_json({"feeds": [feed_fields(*row) for row in rows]})
    elif as_jsonl:
        echo_jsonl(feed_fields(*row) for row in rows)
    else:
        now, width = datetime.now(UTC), terminal_width()
        for row in rows:
            click.echo("\n".join(feed_lines(*row, width=width, now=now)))
        click.echo(counted(len(rows), "feed") if rows else "No feeds. Add one with: tracker feeds add URL")


@command.command(cls=Command)
@click.argument("url")
@click.option("--title", default="", help="Its name; otherwise the feed tells it.")
@click.option("--tag", "tags", multiple=True, help="A tag that watches may name; repeatable.")
@pass_session
def add(session: Session, url: str, title: str, tags: tuple[str, ...]) -> None:
    """Follow a feed."""
    with session.tracker() as tracker:
        feed = tracker.add_feed(url, title=title, tags=tags)
    click.echo(f"Following {clean_line(feed.url)}; it is polled by the next tracker fetch.")


@command.command(cls=Command)
@click.argument("url")
@pass_session
def remove(session: Session, url: str) -> None:
    """Stop following a feed; its articles stay."""
    with session.tracker() as tracker:
        feed = tracker.remove_feed(url)
    click.echo(f"No longer following {clean_line(feed.url)}.")


@command.command(cls=Command)
@click.argument("url")
@pass_session
def reset(session: Session, url: str) -> None:
    """Forget a feed's failures; it is due at once."""
    with session.tracker() as tracker:
        tracker.reset_feed(url)
    click.echo(f"{clean_line(url)} starts afresh; it is due now.")


@command.command(cls=Command, name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.opml")
@json_option
@pass_session
def import_opml(session: Session, file: Path, as_json: bool) -> None:
    """Follow every feed of an OPML file; folders become tags."""
    content = _content(file)
    with session.tracker() as tracker:
        done = tracker.import_opml(content)
    if as_json:
        echo_json(done)
        return
    for problem in done.problems:
        session.say(clean_line(problem))
    click.echo(f"{counted(done.added, 'feed')} added, {done.known} known already.")


@command.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-", metavar="[FILE]")
@pass_session
def export(session: Session, file: Path) -> None:
    """Write all feeds as OPML to FILE or standard output."""
    with session.tracker() as tracker:
        text = tracker.export_opml()
    if str(file) == "-":
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
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
        word = click.style("ok", fg="green") if tried.ok else click.style("failed", fg="red")
        click.echo(f"{word}  {clean_line(tried.title) or clean_line(url)}: {clean_line(tried.sentence)}")
        for entry in tried.entries[:_ENTRIES_SHOWN]:
            day = local(entry.published_at) if entry.published_at else "no date         "
            click.echo(f"  {day}  {fit(clean_line(entry.title), terminal_width() - 20)}")
    if not tried.ok:
        ctx.exit(1)


@command.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
def discover(session: Session, url: str, as_json: bool) -> None:
    """Find the feeds that a web page announces."""
    with session.tracker() as tracker:
        found = tracker.discover(url)
    if as_json:
        echo_json({"feeds": [{"url": one, "title": title} for one, title in found]})
        return
    for one, title in found:
        click.echo(f"{clean_line(one)}  {clean_line(title)}".rstrip())
    if found:
        session.say("Follow one with: tracker feeds add URL")
    else:
        click.echo("The page announces no feeds.")


def feed_lines(feed: Feed, health: FeedHealth, sentence: str, *, width: int, now: datetime) -> list[str]:
    """Write one feed: condition, name, when it last brought something, what is wrong and what mends it."""
    state = feed.state
    word = click.style(pad(health.value, _HEALTH_COLUMNS), fg=_COLOURS.get(health, "yellow"))
    times = f"new {ago(state.last_new_at, now)}, next {until(state.next_poll_at, now)}"
    name = clean_line(feed.title) or clean_line(feed.url)
    room = width - _HEALTH_COLUMNS - len(times) - 2
    lines = [f"{word}{pad(name, room)}  {times}"]
    indent = " " * _HEALTH_COLUMNS
    if feed.title:
        lines.append(indent + clean_line(feed.url))
    return lines + [indent + line for line in wrap(clean_line(sentence), width - _HEALTH_COLUMNS)]


def feed_fields(feed: Feed, health: FeedHealth, sentence: str) -> dict[str, object]:
    """Return one feed for programs."""
    state = feed.state
    return {
        "url": feed.url,
        "title": feed.title,
        "site": feed.site_url,
        "tags": feed.tags,
        "health": health,
        "problem": sentence,
        "added": feed.added_at,
        "last_polled": state.last_polled_at,
        "last_success": state.last_success_at,
        "last_new": state.last_new_at,
        "next_poll": state.next_poll_at,
        "failures": state.failures,
    }


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", hint="Check the path.") from error
