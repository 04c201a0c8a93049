"""`tracker rescore`: the past seen through changed seeds, topics, judgements or threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tracker.cli.options import SINCE, json_option, watch_option
from tracker.cli.output import counted, echo_json, terminal_width
from tracker.cli.session import Command, Session, pass_session
from tracker.model import WatchName
from tracker.text.columns import display_width, fit
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import Change, Progress, RescoreReport

__all__ = ["command", "rescore_text"]


@click.command(cls=Command)
@watch_option
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--since", type=SINCE, help="Only what was first seen since then: 7d, 2026-11-20, yesterday.")
@json_option
@pass_session
def command(
    session: Session, watch: str | None, dry_run: bool, since: datetime | None, as_json: bool
) -> None:
    """Score the past anew after seeds, topics, judgements or the threshold have changed.

    Shows what enters and what leaves the kept items. What enters stands in the next digest; digests that were sent stay
    as they are. May be interrupted and run again: it goes on where it was.
    """
    name = WatchName(watch) if watch else None
    with session.tracker() as tracker, session.progress() as show:
        reached = _Reached(show)
        try:
            reports = tracker.rescore(name, dry_run=dry_run, since=since, progress=reached)
        except KeyboardInterrupt:
            raise click.Abort("Nothing was changed." if dry_run else str(reached)) from None
    if as_json:
        echo_json({"watches": reports})
    else:
        click.echo("\n\n".join(rescore_text(report, terminal_width()) for report in reports))


@dataclass(slots=True)
class _Reached:
    """Shows how far it came, and can say it afterwards."""

    show: Callable[[Progress], None]
    last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self.last = progress
        self.show(progress)

    def __str__(self) -> str:
        if self.last is None:
            return ""
        families = f"{self.last.done} of {self.last.total} {clean_line(self.last.label)}"
        return f"{families} are scored anew; the same command goes on from there."


def rescore_text(report: RescoreReport, width: int) -> str:
    """Write what a watch gains and loses."""
    name = clean_line(report.watch)
    if not report.rescored:
        return f"{name}: every score is from the present seeds, topics, judgements and threshold."
    would = "would be " if report.dry_run else ""
    head = (
        f"{name}: {counted(report.rescored, 'article')} {would}scored anew, {counted(report.moved, 'score')}"
        f" {would or 'have '}changed; {len(report.entering)} enter, {len(report.leaving)} leave"
    )
    lines = [click.style(head, bold=True)]
    for sign, changes in (("+", report.entering), ("-", report.leaving)):
        lines += [_line(sign, change, width) for change in changes]
    if report.dry_run:
        lines.append("Nothing was changed; tracker rescore does it.")
    elif report.entering:
        lines.append("What enters stands in the next digest.")
    return "\n".join(lines)


def _line(sign: str, change: Change, width: int) -> str:
    before = "    " if change.before is None else f"{change.before:.2f}"
    head = f"  {sign} {clean_line(change.id)}  {before} -> {change.after:.2f}  "
    said = f"{clean_line(change.title)} ({clean_line(change.outlet) or 'no outlet'})"
    reason = clean_line(change.note).partition(";")[0]
    # What was decided by a score shows in the scores; any other reason stands where nothing cuts it off.
    told = f"{reason}: {said}" if reason and not reason.startswith("score") else said
    return head + fit(told, max(20, width - display_width(head)))
