"""`tracker stories`: the stories, or one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from tracker.cli.options import LIMIT, SINCE, json_option, jsonl_option, watch_option
from tracker.cli.output import echo_json, echo_jsonl, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.cli.story_view import stories_text, story_fields, story_text, view_fields
from tracker.model import WatchName

__all__ = ["command"]

_SHOWN = 30


@click.command(cls=Command)
@click.argument("reference", metavar="[ID]", required=False)
@watch_option
@click.option("--since", type=SINCE, help="With a report since: 7d, 2026-11-20, yesterday.")
@click.option("--limit", type=LIMIT, help="At most so many; people get 30, programs all.")
@json_option
@jsonl_option
@pass_session
def command(
    session: Session,
    *,
    reference: str | None,
    watch: str | None,
    since: datetime | None,
    limit: int | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List stories, the one last heard of first; with an ID tell that story from its first report on."""
    with session.tracker() as tracker:
        if reference is not None:
            view = tracker.story(reference)
            if as_json or as_jsonl:
                (echo_json if as_json else lambda one: echo_jsonl([one]))(view_fields(view))
            else:
                click.echo(story_text(view, width=terminal_width(), now=datetime.now(UTC)))
            return
        found = tracker.stories(WatchName(watch) if watch else None, since)
    if as_json:
        echo_json({"stories": [story_fields(story) for story in found[:limit]]})
    elif as_jsonl:
        echo_jsonl(story_fields(story) for story in found[:limit])
    else:
        shown = limit or _SHOWN
        click.echo(stories_text(found[:shown], width=terminal_width(), now=datetime.now(UTC)))
        if limit is None and len(found) > shown:
            session.say(f"The latest {shown} of {len(found)} are shown; see more with --limit.")
