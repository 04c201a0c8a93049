"""`tracker judge`: a person's word on an item."""

from __future__ import annotations

import click

from tracker.cli.options import json_option, watch_option
from tracker.cli.output import echo_json
from tracker.cli.session import Command, Session, pass_session
from tracker.model import Verdict, WatchName
from tracker.text.display import clean_line

__all__ = ["command"]


@click.command(cls=Command)
@click.argument("reference", metavar="ID")
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
@watch_option
@json_option
@pass_session
def command(session: Session, reference: str, verdict: str, watch: str | None, as_json: bool) -> None:
    """Say that an item is relevant, irrelevant, or no duplicate. It is learned from at once."""
    with session.tracker() as tracker:
        judgement = tracker.judge(reference, Verdict(verdict), WatchName(watch) if watch else None)
    if as_json:
        echo_json(judgement)
    else:
        click.echo(f"{judgement.article_id} is {judgement.verdict.value} for {clean_line(judgement.watch)}.")
