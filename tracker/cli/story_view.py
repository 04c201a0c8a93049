"""Stories and coverage as people and programs read them. Pure functions over the front door's values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tracker.app.fields import story_fields, timeline_fields
from tracker.app.fields import story_view_fields as view_fields
from tracker.cli.output import ago, counted, local
from tracker.text.columns import display_width, fit, pad, wrap
from tracker.text.display import clean_line

if TYPE_CHECKING:
    from tracker.app.stories import StoryReport, StoryView
    from tracker.stories.timeline import StorySummary, Timeline

__all__ = ["stories_text", "story_fields", "story_text", "timeline_fields", "timeline_text", "view_fields"]

_OUTLETS_NAMED = 6
_INDENT = " " * 6
_STEPS = {1: "", 7: "week of ", 28: "four weeks from ", 91: "quarter from ", 364: "year from "}
_LEVELS = " ▁▂▃▄▅▆▇█"
_FULL = "█"
_PARTS = " ▏▎▍▌▋▊▉"
_LABEL_COLUMNS = 30


def stories_text(stories: Sequence[StorySummary], *, width: int, now: datetime) -> str:
    """List stories, one block each."""
    return "\n\n".join("\n".join(_summary(story, width, now)) for story in stories) or "No stories."


def story_text(view: StoryView, *, width: int, now: datetime) -> str:
    """Tell one story: what it was made of, then every report in the order of telling."""
    head = _summary(view.summary, width, now)
    told = [line for report in view.reports for line in _report(report, width)]
    return "\n".join([*head, *(_INDENT + line for line in _history(view)), "", *told])


def timeline_text(timeline: Timeline, *, width: int) -> str:
    """Draw coverage: a bar a day with its topics, or a bar a series with its course."""
    if not timeline.days:
        return "Nothing was kept in that time."
    lines = _by_day(timeline, width) if timeline.by == "day" else _by_series(timeline, width)
    return "\n".join([*lines, "", f"{sum(timeline.totals)} pieces; copies count where they were printed."])


def _summary(story: StorySummary, width: int, now: datetime) -> list[str]:
    score = " -- " if story.score is None else f"{story.score:.2f}"
    head = f"{story.id}  {score}  "
    title = fit(clean_line(story.title) or "(no title)", width - display_width(head))
    counts = [
        counted(story.reports, "report"),
        counted(len(story.outlets), "outlet"),
        *([counted(story.copies, "copy", "copies")] if story.copies else []),
        *([counted(story.versions, "version")] if story.versions else []),
    ]
    named = [clean_line(outlet) for outlet in story.outlets[:_OUTLETS_NAMED]]
    more = len(story.outlets) - len(named)
    places = ", ".join(named) + (f" and {more} more" if more else "")
    when = f"{local(story.first_at)}, last {ago(story.last_at, now)}"
    room = width - len(_INDENT)
    told = [f"{', '.join(counts)} · {when}", places]
    return [head + click.style(title, bold=True), *(_INDENT + fit(line, room) for line in told if line)]


def _history(view: StoryView) -> list[str]:
    merged = ", ".join(map(str, view.merged))
    return [
        *([f"Story {view.asked} is now part of this one."] if view.asked is not None else []),
        *([f"Joined into it: {merged}."] if merged else []),
        *([f"Split from story {view.split_from}."] if view.split_from is not None else []),
    ]


def _report(report: StoryReport, width: int) -> list[str]:
    """One report; what was folded into another stands further in."""
    is_lead = report.role == "original"
    lead = "" if is_lead else "   "
    place = clean_line(report.outlet) or clean_line(report.url)
    said = "first, " if report.is_first else ""
    source = clean_line(report.source)
    whose = f"original: {source} ({report.evidence})" if source and source != place else report.role
    head = f"{local(report.at)}  {lead}{place}: "
    foot = f" ({said}{whose}; {clean_line(report.id)})"
    lines = wrap(clean_line(report.title) + foot, width - 18 - len(lead))
    return [
        fit(head, width).rstrip(),
        *(" " * (18 + len(lead)) + (click.style(line, bold=True) if is_lead else line) for line in lines),
    ]


def _by_day(timeline: Timeline, width: int) -> list[str]:
    most, label = max(timeline.totals), _STEPS[timeline.step_days]
    room = max(8, (width - len(label) - 20) // 2)
    lines = []
    for at, (day, total) in enumerate(zip(timeline.days, timeline.totals, strict=True)):
        told = ", ".join(
            f"{clean_line(one.label)} {one.counts[at]}" for one in timeline.series if one.counts[at]
        )
        head = f"{label}{day}  {total:>4}  {pad(_bar(total, most, room), room)}  "
        lines.append((head + fit(told, width - display_width(head))).rstrip())
    return lines


def _by_series(timeline: Timeline, width: int) -> list[str]:
    """Each series with its total and its course over the days."""
    most = max(one.total for one in timeline.series)
    course = min(len(timeline.days), 62)
    label = max(12, min(_LABEL_COLUMNS, width - course - 20))
    room = max(4, width - label - course - 10)
    days = f"{timeline.days[0]} to {timeline.days[-1]}"
    return [
        " " * (label + 8 + room) + (days if len(days) <= course else ""),
        *(
            f"{pad(clean_line(one.label), label)} {one.total:>5}  "
            f"{pad(_bar(one.total, most, room), room)}{_course(one.counts[:course])}"
            for one in timeline.series
        ),
    ]


def _bar(value: int, most: int, room: int) -> str:
    """A bar in eighths of a column; something is never nothing."""
    eighths = max(1, round(value * room * 8 / most)) if value else 0
    return _FULL * (eighths // 8) + _PARTS[eighths % 8].strip()


def _course(counts: Sequence[int]) -> str:
    most = max(counts, default=0) or 1
    return "".join(_LEVELS[-(-count * (len(_LEVELS) - 1) // most)] for count in counts)
