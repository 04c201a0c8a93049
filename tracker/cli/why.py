"""`tracker why`: what happened to an address."""

from __future__ import annotations

import click

from tracker.app.fields import explanation_fields
from tracker.cli.options import json_option
from tracker.cli.output import echo_json, local, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import UsageError
from tracker.text.columns import wrap
from tracker.text.display import clean_line

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("url")
@json_option
@pass_session
def command(session: Session, url: str, as_json: bool) -> None:
    """Tell what happened to an address, and the command that would change it."""
    with session.tracker() as tracker:
        answer = tracker.why(url)
    if answer.outcome == "bad_url":
        raise UsageError(answer.sentence, hint="Write it in full: tracker why https://example.org/page")
    if as_json:
        echo_json(explanation_fields(answer))
        return
    for line in wrap(clean_line(answer.sentence), terminal_width()):
        click.echo(line)
    for item in answer.items if len(answer.items) > 1 else ():
        click.echo(
            f"  {local(item.first_seen_at)}  {clean_line(item.watch)}  {item.fate.value}  {clean_line(item.feed or '')}"
        )
    if answer.command:
        click.echo(f"  {clean_line(answer.command)}")
