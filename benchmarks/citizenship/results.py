"""What a poller got for its requests: items found and missed, their delay, requests and bytes."""

from __future__ import annotations

import re
import sqlite3
import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from benchmarks.citizenship.cast import FeedSpec
from benchmarks.citizenship.log import START, Ask
from benchmarks.citizenship.rules import Terms, stated_freshness, stated_rest

Item = tuple[int, int]  # feed number, item number
UNREADABLE = frozenset(
    {"503", "429", "gone", "missing", "challenge", "closed", "html", "login", "loop", "cut"}
)
_NAME = re.compile(r"(\d{3})-(\d{6})$")
_FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Counts of one poller. `delays`: seconds from publication to the poll that found it, sorted."""

    name: str
    requests: int
    feed_requests: int
    kilobytes: float
    wanted: int
    missed: int
    delays: Sequence[float]

    @property
    def per_item(self) -> float:
        return self.feed_requests / max(1, len(self.delays))

    def delay(self, share: float) -> float:
        """A quantile of the delay in minutes."""
        if not self.delays:
            return 0.0
        return self.delays[min(len(self.delays) - 1, int(share * len(self.delays)))] / 60

    @property
    def mean_delay(self) -> float:
        return statistics.fmean(self.delays) / 60 if self.delays else 0.0


def stored_items(database: Path) -> dict[Item, float]:
    """When each item was first stored, in seconds since the start."""
    found: dict[Item, float] = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for title, first in connection.execute("SELECT title, MIN(first_seen_at) FROM entry GROUP BY title"):
            name = _NAME.search(title)
            if name:
                item = int(name[1]), int(name[2])
                at = first / 1_000_000 - START.timestamp()
                found[item] = min(at, found.get(item, at))
    return found


def gettable(feeds: Sequence[FeedSpec], log: Sequence[Ask], terms: Terms) -> dict[Item, float]:
    """Items that stood in a readable document at a moment when this poller was permitted to ask for it.

    The value is the moment the item left the document. What is published before the start is the baseline.
    """
    by_feed: dict[int, list[Ask]] = defaultdict(list)
    holds: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for ask in log:
        if ask.kind == "feed" and ask.feed >= 0:
            by_feed[ask.feed].append(ask)
        if ask.status == 429:
            holds[ask.host].append((ask.at, ask.at + (stated_rest(ask.answer) or 60.0)))
    items: dict[Item, float] = {}
    for feed in feeds:
        closed = [
            *terms.outages,
            *holds[feed.host],
            *((p.start, p.end) for p in feed.phases if p.trouble in UNREADABLE),
        ]
        windows = sorted(_without(_permitted(by_feed[feed.number], terms), closed))
        ends = [b for _, b in windows]
        for number in range(bisect_left(feed.times, 0.0), len(feed.times)):
            seen_from, later = feed.times[number], number + feed.window
            until = feed.times[later] if later < len(feed.times) else _FOR_EVER
            first = bisect_left(ends, seen_from)  # the first stretch that had not ended when the item came
            if seen_from < terms.end and first < len(windows) and windows[first][0] < until:
                items[feed.number, number] = until
    return items


def compare(
    name: str,
    log: Sequence[Ask],
    found: Mapping[Item, float],
    wanted: Mapping[Item, float],
    *,
    feeds: Sequence[FeedSpec],
    end: float,
) -> Result:
    """One poller's figures; an item that is still to be read at the end is not missed yet."""
    due = {item for item, until in wanted.items() if item in found or until <= end}
    delays = sorted(found[item] - feeds[item[0]].times[item[1]] for item in due if item in found)
    return Result(
        name=name,
        requests=len(log),
        feed_requests=sum(ask.kind in {"feed", "hop"} for ask in log),
        kilobytes=sum(ask.size for ask in log) / 1024,
        wanted=len(due),
        missed=sum(item not in found for item in due),
        delays=delays,
    )


def _permitted(asks: Sequence[Ask], terms: Terms) -> list[tuple[float, float]]:
    """The stretches of time in which the next request was allowed, each ending with that request."""
    if not asks:
        return [(terms.start, terms.end)]
    stretches = [(asks[0].at, asks[0].at)]
    hint = 0.0
    last = replace(asks[-1], at=terms.end)
    for before, ask in pairwise([*asks, last]):
        hint = before.hint if before.good else hint
        wait = max(
            terms.min_interval,
            hint,
            stated_freshness(before.answer) if before.status in {200, 304} else 0.0,
            stated_rest(before.answer) or 0.0,
            terms.gone_interval if before.status == 410 else 0.0,
        )
        stretches.append((min(before.at + wait, ask.at), ask.at))
    return stretches


def _without(
    stretches: Sequence[tuple[float, float]], closed: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Stretches of time less those in which nothing could be read."""
    left = list(stretches)
    for start, end in closed:
        parts = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b))]
        left = [(a, b) for a, b in parts if a <= b and not start <= a <= b < end]
    return left
