"""What a fetch or an ingest reports: the new items, where every entry went, and which feeds need a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tracker.cli.item_view import item_fields, items_text
from tracker.cli.output import counted
from tracker.model import Fate, Feed, PollReport, PollStatus
from tracker.text.columns import wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app import RunReport

__all__ = ["account_text", "accounting_line", "failure_lines", "report_fields", "report_text"]


def report_text(report: RunReport, *, width: int, now: datetime) -> str:
    """Write the whole report."""
    items = items_text(report.kept, width=width, now=now, empty="Nothing new was kept.")
    return f"{items}\n\n{account_text(report, width=width)}"


def account_text(report: RunReport, *, width: int) -> str:
    """Write where every entry went, and what needs a person."""
    parts = ["\n".join(_accounts(report, width))]
    parts.append("\n".join(f"! {line}" for line in _failures(report, width)))
    parts.append("\n".join(clean_line(problem) for problem in report.problems))
    return "\n\n".join(part for part in parts if part)


def accounting_line(seen: int, fates: Mapping[Fate, int]) -> str:
    """Write "seen 5 = kept 1 + copy 4"; what no fate accounts for would be named, so that the sum is always true."""
    parts = [f"{fate.value} {fates[fate]}" for fate in Fate if fates.get(fate)]
    missing = seen - sum(fates.values())
    if missing:
        parts.append(f"unaccounted {missing}")
    return f"seen {seen} = {' + '.join(parts) or '0'}"


def failure_lines(poll: PollReport, feed: Feed, width: int, command: str = "") -> list[str]:
    """Say what a feed failed with and which command helps: the one that status and digest name, too."""
    name = clean_line(feed.title) or clean_line(feed.url)
    said = clean_line(poll.detail) or clean_line(poll.code)
    return [*wrap(f"{name}: {said}", width), f"    {_remedy(poll, feed, command)}"]


def report_fields(report: RunReport, *, full: bool = False) -> dict[str, Any]:
    """Return the report as one document."""
    return {
        "started": report.started_at,
        "finished": report.finished_at,
        "items": [item_fields(item, full=full) for item in report.kept],
        "accounting": {
            watch: {"seen": report.seen.get(watch, 0), "fates": fates}
            for watch, fates in report.fates.items()
        },
        "polls": [_poll_fields(poll, report.feeds.get(poll.feed_id)) for poll in report.polls],
        "failed": report.failed,
        "rested": report.rested,
        "problems": report.problems,
    }


def _accounts(report: RunReport, width: int) -> list[str]:
    lines = []
    for watch, fates in report.fates.items():
        label = f"{clean_line(watch)}: " if len(report.fates) > 1 else ""
        lines += wrap(label + accounting_line(report.seen.get(watch, 0), fates), width)
    if report.polls:
        unchanged = sum(poll.status is PollStatus.UNCHANGED for poll in report.polls)
        parts = [
            f"{unchanged} unchanged" if unchanged else "",
            f"{report.rested} rested" if report.rested else "",
            f"{report.failed} failed" if report.failed else "",
        ]
        told = ", ".join(part for part in parts if part)
        lines.append(f"polled {counted(len(report.polls), 'feed')}" + (f": {told}" if told else ""))
    return lines


def _failures(report: RunReport, width: int) -> list[str]:
    told = {PollStatus.FAILED, PollStatus.RESTED}
    failed = [poll for poll in report.polls if poll.status in told and poll.feed_id in report.feeds]
    blocks = [
        "\n".join(
            failure_lines(one, report.feeds[one.feed_id], width - 2, report.remedies.get(one.feed_id, ""))
        )
        for one in failed
    ]
    return sorted(blocks)


def _remedy(poll: PollReport, feed: Feed, command: str) -> str:
    url = clean_line(feed.url)
    if poll.status is PollStatus.RESTED:
        return f"nothing to do; tracker feeds show {url} tells when it is asked again"
    return clean_line(command) or f"tracker feeds test {url}"


def _poll_fields(poll: PollReport, feed: Feed | None) -> dict[str, Any]:
    return {
        "feed": feed.url if feed else None,
        "status": poll.status,
        "code": poll.code,
        "detail": poll.detail,
        "listed": poll.listed,
        "new": poll.new,
        "changed": poll.changed,
        "seconds": poll.duration,
    }
