"""`tracker evaluate`: how well a watch does, from what a person judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli.options import json_option, watch_option
from tracker.cli.output import counted, echo_json, local, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.model import WatchName
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Evaluation
    from tracker.evaluation import Estimate, Interval

__all__ = ["command", "evaluation_text", "share_text"]


@click.command(cls=Command)
@watch_option
@json_option
@pass_session
def command(session: Session, watch: str | None, as_json: bool) -> None:
    """Estimate precision and recall of what is kept now, with 95 % intervals, from the sample that was judged.

    List what to judge with tracker judge --sample.
    """
    with session.tracker() as tracker:
        found = tracker.evaluate(WatchName(watch) if watch else None)
    if as_json:
        echo_json({"watches": found})
    else:
        click.echo("\n\n".join(evaluation_text(one, terminal_width()) for one in found))


def evaluation_text(evaluation: Evaluation, width: int) -> str:
    """Write the figures, or how many judgements they need."""
    found, name = evaluation.estimate, clean_line(evaluation.watch)
    if evaluation.since_at is None:
        said = f"{name}: no sample was drawn yet. Begin with tracker judge --sample, and judge what it lists."
        return "\n".join(wrap(said, width))
    told = (
        f"precision {share_text(found.precision)}: how much of what is kept is relevant",
        f"recall {share_text(found.recall)}: how much of what is relevant is kept",
        (
            f"From {counted(evaluation.judged, 'judgement')} of {evaluation.drawn} drawn at random since"
            f" {local(evaluation.since_at)[:10]}, for {counted(found.kept, 'article')} kept now and {found.below} not:"
            " those that the sample stands for, without copies and what came in after the draw."
        ),
        _lines(evaluation.lines),
        _wanting(found),
        (
            f"{counted(evaluation.others, 'judgement')} outside the sample: learned from, but not counted here,"
            " because people judge what strikes them."
            if evaluation.others
            else ""
        ),
    )
    lines = [line for text in told if text for line in wrap(text, width - 2)]
    return "\n".join([click.style(name, bold=True), *(f"  {line}" for line in lines)])


def share_text(found: Interval | None) -> str:
    """Write a share with its interval in percent."""
    if found is None:
        return "not known yet"
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def _lines(lines: tuple[float, float] | None) -> str:
    """Say for which line it holds: a changed one does nothing to what is stored before it is scored anew."""
    if lines is None:
        return ""
    low, high = (f"{line:.2f}" for line in lines)
    said = f"the line {low}" if low == high else f"lines from {low} to {high}"
    return f"Kept at {said}. A changed line, or changed seeds, count here after tracker rescore."


def _wanting(found: Estimate) -> str:
    """Say what is missing before there is a figure; after that, how wide the range is depends on what is judged."""
    if found.precision and found.recall:
        return "Each article judged makes the ranges narrower: tracker judge --sample lists them."
    if not (found.wanting_kept or found.wanting_below):
        return "Nothing is kept, so there is nothing to tell."
    return (
        f"Figures need {counted(found.wanting_kept, 'more judgement')} of kept articles and {found.wanting_below} of"
        " others: tracker judge --sample lists them."
    )
