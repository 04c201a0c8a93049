"""`tracker show`: one article and all that is known of it."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from tracker.cli.article_view import article_fields, article_text
from tracker.cli.options import json_option
from tracker.cli.output import echo_json, terminal_width
from tracker.cli.session import Command, Session, pass_session

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("reference", metavar="ID")
@click.option("--full", is_flag=True, help="Print the whole text.")
@json_option
@pass_session
def command(session: Session, reference: str, full: bool, as_json: bool) -> None:
    """Show an article by its ID or address: score, reasons, family, what changed, story, fate."""
    with session.tracker() as tracker:
        view = tracker.show(reference)
    if as_json:
        echo_json(article_fields(view))
    else:
        click.echo(article_text(view, width=terminal_width(), now=datetime.now(UTC), full=full))
