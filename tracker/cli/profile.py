"""`tracker profile`: what was learned from the seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option, watch_option
from tracker.cli.output import counted, echo_json, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import ProfileView

__all__ = ["command", "profile_text"]


@click.command(cls=Command)
@watch_option
@json_option
@pass_session
def command(session: Session, watch: str | None, as_json: bool) -> None:
    """Show what was learned from the seeds: words and places with their weights, and how alike the seeds are."""
    with session.tracker() as tracker:
        names = [watch] if watch else [one.name for one in tracker.watches]
        views = [tracker.profile(tracker.watch(name).name) for name in names]
    if as_json:
        echo_json({"profiles": views})
        return
    click.echo("\n\n".join(profile_text(view, terminal_width()) for view in views))


def profile_text(view: ProfileView, width: int) -> str:
    """Write one profile."""
    head = f"{clean_line(view.watch)}: {counted(len(view.seeds), 'seed')}, alike {view.quality:.2f}, mode {view.mode}"
    topics = "; ".join(
        f"{clean_line(name)} ({counted(len(phrases), 'phrase')})" for name, phrases in view.topics
    )
    rows = (
        ("", clean_line(view.sentence)),
        ("topics: ", topics or "none named"),
        ("places: ", _weighted(view.places) or "none that the seeds share"),
        ("words: ", _weighted(view.terms)),
        ("version: ", clean_line(view.version)),
    )
    lines = [f"  {line}" for label, text in rows if text for line in wrap(label + text, width - 2)]
    return "\n".join([click.style(head, bold=True), *lines])


def _weighted(pairs: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{clean_line(word)} {weight:.2f}" for word, weight in pairs)
