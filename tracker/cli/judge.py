"""`tracker judge`: a person's word on items, taken back at will, and what to judge next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from tracker.app.fields import drawn_fields
from tracker.cli.options import json_option, watch_option
from tracker.cli.output import echo_json, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.errors import UsageError
from tracker.model import Verdict, WatchName
from tracker.text.columns import display_width, fit, wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Drawn, JudgingReport, Tracker

__all__ = ["command", "drawn_text", "judging_text", "shift_text"]

_VERDICTS = tuple(verdict.value for verdict in Verdict)
_SAMPLE = 10
_FAINT = 0.005


@click.command(cls=Command)
@click.argument("words", metavar="[ID...] [VERDICT]", nargs=-1)
@click.option("--undo", is_flag=True, help="Take the last word on these items back.")
@click.option("--sample", is_flag=True, help="List what to judge next, for tracker evaluate.")
@click.option(
    "--count",
    "-n",
    type=click.IntRange(1, 200),
    default=_SAMPLE,
    show_default=True,
    help="How many with --sample.",
)
@watch_option
@json_option
@pass_session
def command(session: Session, /, words: tuple[str, ...], watch: str | None, **options: Any) -> None:
    """Say that items are relevant, irrelevant, or no duplicate: tracker judge 12 15 relevant.

    It is learned from at once: the score of everything to come moves. What is stored keeps its place until
    tracker rescore.
    """
    name = WatchName(watch) if watch else None
    if options["sample"]:
        with session.tracker() as tracker:
            _list_sample(tracker, name, options["count"], words, as_json=options["as_json"])
        return
    ids, verdict = _asked(words, undo=options["undo"])  # before anything is opened
    with session.tracker() as tracker:
        report = tracker.judge(ids, verdict, name)
    if options["as_json"]:
        echo_json(report)
    else:
        click.echo(judging_text(report, terminal_width()))


def _list_sample(
    tracker: Tracker, watch: WatchName | None, count: int, words: tuple[str, ...], *, as_json: bool
) -> None:
    if words:
        raise UsageError("--sample lists what to judge; it takes no ID.", hint="tracker judge --sample -n 20")
    drawn = tracker.sample(watch, count)
    if as_json:
        echo_json({"sample": [drawn_fields(one) for one in drawn]})
    else:
        click.echo(drawn_text(drawn, terminal_width()))


def _asked(words: tuple[str, ...], *, undo: bool) -> tuple[tuple[str, ...], Verdict | None]:
    """The ids, and the verdict, which stands last."""
    if undo:
        ids = tuple(word for word in words if word not in _VERDICTS)
        if ids:
            return ids, None
        raise UsageError("No item is named.", hint="tracker judge 12 --undo")
    if len(words) < 2 or words[-1] not in _VERDICTS:
        said = f'"{words[-1]}" is no verdict.' if len(words) > 1 else "An item and a verdict are needed."
        raise UsageError(said, hint=f"tracker judge 12 15 relevant; verdicts are {', '.join(_VERDICTS)}.")
    return words[:-1], Verdict(words[-1])


def judging_text(report: JudgingReport, width: int) -> str:
    """Write what was judged and what it moved."""
    lines: list[str] = []
    for one in report.judged:
        said = one.verdict.value if one.verdict and not one.note.startswith("it is an original") else ""
        head = f"{clean_line(one.id)}  {fit(clean_line(one.title), width // 2)}"
        told = "; ".join(filter(None, (said, clean_line(one.note))))
        lines += wrap(f"{head}: {told}", width)
        if abs(one.after - one.before) >= _FAINT:
            lines.append(f"    its score {one.before:.2f} is now {one.after:.2f} (line {one.threshold:.2f})")
    moved = report.shift - report.shift_before
    if abs(moved) < _FAINT:
        lines += wrap(f"{clean_line(report.watch)}: the scores stay as they are.", width)
        return "\n".join(lines)
    lines += wrap(
        f"{clean_line(report.watch)}: {shift_text(report.shift, report.relevant, report.irrelevant)}", width
    )
    lines += wrap(
        "What is stored stays as it is; tracker rescore --dry-run shows what would enter and leave.", width
    )
    return "\n".join(lines)


def shift_text(shift: float, relevant: int, irrelevant: int) -> str:
    """Say what judgements do to the scores, by the example of an article in the middle."""
    example = 1 / (1 + math.exp(-shift))
    return (
        f"your judgements ({relevant} relevant, {irrelevant} not) move every score by {shift:+.2f} log-odds:"
        f" what had 0.50 has {example:.2f}."
    )


def drawn_text(drawn: tuple[Drawn, ...], width: int) -> str:
    """List what to judge, with how to say so."""
    if not drawn:
        return "There is nothing to judge: nothing was scored yet, or all that was drawn is judged."
    lines = []
    for one in drawn:
        head = f"{clean_line(one.item.id)}  {one.item.score or 0:.2f}  {one.stratum:<10}  "
        lines.append(head + fit(clean_line(one.item.title), width - display_width(head)))
    return "\n".join(
        [
            *lines,
            "",
            "Read with tracker show ID; say tracker judge ID... relevant, or irrelevant; then tracker evaluate.",
        ]
    )
