"""`tracker profile`: what was learned from the seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.evaluate import share_text
from tracker.cli.judge import shift_text
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
    """Show what was learned from seeds and judgements: words and places with their weights, and the line.

    Also how alike the seeds are, and what is amiss with them.
    """
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
        ("", clean_line(view.place_sentence or view.sentence)),
        *(("note: ", clean_line(said)) for said in view.advice),
        ("topics: ", topics or "none named"),
        ("places: ", _weighted(view.places) or "none that the seeds share"),
        ("words: ", _weighted(view.terms)),
        ("line: ", _line(view)),
        ("judged: ", _judged(view)),
        ("version: ", clean_line(view.version)),
    )
    lines = [f"  {line}" for label, text in rows if text for line in wrap(label + text, width - 2)]
    return "\n".join([click.style(head, bold=True), *lines])


def _line(view: ProfileView) -> str:
    """Where the line stands, what passes it, and how much of what is wanted does."""
    line = view.line
    if line is None:
        return ""
    said = f"{line.value:.2f} ({clean_line(line.asked)})"
    if line.expected_recall is None:
        return said
    volume = f", lately {line.per_day:.1f} articles a day"
    recall = f"; recall {100 * line.expected_recall:.0f} % if the scores are right"
    if view.judged_recall:
        recall = f"; recall {share_text(view.judged_recall)} by your judgements"
    return said + volume + recall + _stale(view.stale)


def _stale(families: int) -> str:
    """Say that the past was scored before something changed: what is told of it now is not what rescoring makes."""
    if not families:
        return ""
    return (
        ". Both are of the past as it stands: line, seeds or judgements have changed since"
        f" {counted(families, 'article')} got a score; tracker rescore --dry-run shows what would enter and leave"
    )


def _judged(view: ProfileView) -> str:
    if not (view.relevant or view.irrelevant):
        return ""
    return shift_text(view.shift, view.relevant, view.irrelevant)


def _weighted(pairs: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{clean_line(word)} {weight:.2f}" for word, weight in pairs)
