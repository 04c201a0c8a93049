"""An entry's one fate for each watch, as a pure decision with its sentence.

Order of the rules: what could not be had, then likeness, then relevance. A duplicate folds into its family, unless it
is the first of the family to stand above the line: then it is kept, so that folding never hides what a reader wants.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracker.model import (
    Article,
    Entry,
    ExtractedPage,
    Fate,
    FetchFailed,
    FetchReason,
    FetchResult,
    Likeness,
    LikenessKind,
    ParsedFeed,
    PollReport,
    PollStatus,
    Refused,
    Relevance,
    TextSource,
    Watch,
    WatchName,
)
from tracker.polling import NETWORK_FAILURES

__all__ = [
    "fate_of_article",
    "fate_without_text",
    "fates_for_all",
    "is_passing",
    "is_too_old",
    "is_unreached",
    "is_without_text",
    "obeys_robots",
    "uncounted",
    "with_remarks",
]

_PASSING = frozenset(
    {
        FetchReason.DNS,
        FetchReason.CONNECT,
        FetchReason.CONNECTION_LOST,
        FetchReason.TIMEOUT_TOTAL,
        FetchReason.RATE_LIMITED,
        FetchReason.SERVER_ERROR,
        FetchReason.TRUNCATED,
        FetchReason.NO_TURN,
    }
)
_NOT_ASKED = frozenset(
    {
        FetchReason.BLOCKED_ADDRESS,
        FetchReason.BLOCKED_SCHEME,
        FetchReason.BLOCKED_PORT,
        FetchReason.ROBOTS,
    }
)
_Page = ExtractedPage | Refused | FetchFailed | None


def fate_of_article(
    relevance: Relevance, likeness: Likeness, settled: Collection[WatchName]
) -> tuple[Fate, str]:
    """What becomes of a readable entry for the watch that `relevance` speaks of.

    `settled`: watches for which another of its family was kept, or was refused by a person.
    """
    if likeness.is_duplicate and (relevance.watch in settled or not relevance.passes):
        fate = Fate.VERSION if likeness.kind is LikenessKind.VERSION else Fate.COPY
        return fate, "; ".join(likeness.reasons)
    if relevance.passes:
        return Fate.KEPT, f"score {relevance.score:.2f} at or above the line {relevance.threshold:.2f}"
    return Fate.BELOW_THRESHOLD, f"score {relevance.score:.2f} under the line {relevance.threshold:.2f}"


def fates_for_all(
    watches: Sequence[WatchName], fate: Fate, note: str
) -> tuple[Mapping[WatchName, Fate], Mapping[WatchName, str]]:
    """The same fate and sentence for every watch."""
    return dict.fromkeys(watches, fate), dict.fromkeys(watches, note)


def is_too_old(entry: Entry, *, backfill: timedelta | None, first_poll: bool, now: datetime) -> bool:
    """Whether a first poll should pass over an entry: dated by its feed before the asked-for window.

    Later polls never judge by publication date: items arrive late with old dates.
    """
    if backfill is None or not first_poll or entry.published_at is None:
        return False
    return entry.published_at < now - backfill


def is_passing(page: _Page) -> bool:
    """Whether a page that could not be had may well be there the next time."""
    return isinstance(page, FetchFailed) and page.reason in _PASSING


def is_without_text(article: Article | None, page: _Page) -> bool:
    """Whether nothing readable was found: a headline over a page that is not there tells nothing."""
    is_missing = isinstance(page, FetchFailed) and not is_passing(page)
    return article is None or (is_missing and article.source is TextSource.TITLE)


def fate_without_text(page: _Page) -> tuple[Fate, str]:
    """What becomes of an entry that gave nothing to read, and why. `page` None: there was nothing to open."""
    if isinstance(page, FetchFailed):
        return (Fate.REFUSED if page.reason in _NOT_ASKED else Fate.UNREADABLE), page.detail
    if isinstance(page, Refused):
        return Fate.UNREADABLE, page.detail
    return Fate.UNREADABLE, "the feed gives neither text nor an address to open"


def is_unreached(result: FetchResult) -> bool:
    """Whether no answer came at all: the server's fault, or our own network's when it is so with nearly all hosts."""
    return isinstance(result, FetchFailed) and result.reason in NETWORK_FAILURES


def obeys_robots(watches: Sequence[Watch]) -> bool:
    """Whether pages of a feed wait for robots.txt: unless all watches that follow it say otherwise."""
    return not watches or any(watch.respect_robots for watch in watches)


def uncounted(report: PollReport) -> PollReport:
    """The report of a poll whose lease was lost: what it found counts for the worker that has the feed now."""
    detail = "Another worker had taken this feed over meanwhile; its poll counts."
    return replace(
        report, status=PollStatus.UNCHANGED, code="lease_lost", detail=detail, listed=0, new=0, changed=0
    )


def with_remarks(report: PollReport, parsed: ParsedFeed | Refused | None) -> PollReport:
    """The report with what is odd about a document that was read whole: entries left out, none listed."""
    if report.detail or not isinstance(parsed, ParsedFeed):
        return report
    return replace(report, detail="; ".join(problem.detail for problem in parsed.problems))
