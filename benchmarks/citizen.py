"""Our poller as a citizen of the web: 30 simulated days, 200 feeds, twenty rules read from the origin's own log.

    python benchmarks/citizen.py --days 30              in memory, on virtual time
    python benchmarks/citizen.py --days 1 --loopback    the same over real HTTP on loopback

Last line: `violations V, missed M of T items, R requests per item`. "Missed" are items that stood in a feed's document
when a poll was permitted and that were not stored; requests are those for feeds, redirects included. Beside ours: a
poller that asks every 60 minutes and one that asks every 5, at the same origin with the same seed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.citizenship import baseline, report
from benchmarks.citizenship.cast import FeedSpec, cast
from benchmarks.citizenship.log import DAY, HOUR, Ask, Log
from benchmarks.citizenship.loopback import on_loopback
from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.results import Item, Result, compare, gettable, stored_items
from benchmarks.citizenship.rules import Breach, Terms, judge
from benchmarks.citizenship.simulation import FETCH_POLICY, Naming, in_memory
from tracker.polling import PollPolicy

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds"
_BASELINE_DAYS = 5  # of the poller that asks every five minutes: a month of it teaches nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What our poller's simulated life gave."""

    days: float
    feeds: Sequence[FeedSpec]
    log: Sequence[Ask]
    breaches: Sequence[Breach]
    wanted: dict[Item, float]
    found: dict[Item, float]
    result: Result
    naming: Naming
    terms: Terms
    growth_mb: float

    @property
    def missed(self) -> list[Item]:
        """Items that could have been had, were not stored, and are gone from their documents."""
        return [
            item for item, gone in self.wanted.items() if item not in self.found and gone <= self.terms.end
        ]

    @property
    def last_line(self) -> str:
        r = self.result
        return f"violations {len(self.breaches)}, missed {r.missed} of {r.wanted} items, {r.per_item:.2f} requests per item"


def simulate(days: float, *, size: int = 200, seed: int = 1, loopback: bool = False) -> Month:
    """Live through `days` and judge them."""
    logging.getLogger("tracker").setLevel(logging.CRITICAL)
    feeds = cast(days=days, seed=seed, size=size, recordings=RECORDINGS if RECORDINGS.is_dir() else None)
    end = days * DAY
    outages = () if loopback else ((0.45 * end, 0.45 * end + HOUR),)
    memory: list[float] = []
    with tempfile.TemporaryDirectory(dir=_quick_folder()) as name, closing(Log(Path(name) / "log")) as log:
        origin = Origin(feeds, log)
        life = on_loopback(origin, Path(name)) if loopback else in_memory(origin, Path(name), outages)
        with life as run:
            run.after_hour = lambda at: _hour(at, end, memory)
            run.follow()
            run.live(end)
            memory.append(_rss_mb())
        asks, found = log.read(), stored_items(Path(name) / "citizen.db")
    terms = terms_of(feeds, end, outages, has_clock=not loopback)
    wanted = gettable(feeds, asks, terms)
    return Month(
        days=days, feeds=feeds, log=asks, breaches=judge(asks, terms), wanted=wanted, found=found,
        result=compare("tracker", asks, found, wanted, feeds=feeds, end=end), naming=run.naming, terms=terms,
        growth_mb=memory[-1] - memory[0],
    )  # fmt: skip


def terms_of(
    feeds: Sequence[FeedSpec], end: float, outages: tuple[tuple[float, float], ...], *, has_clock: bool = True
) -> Terms:
    """What our documentation promises: the shipped policies' bounds."""
    polling, fetching = PollPolicy(), FETCH_POLICY
    return Terms(
        followed={feed.number: feed.url for feed in feeds},
        end=end,
        min_interval=polling.min_interval.total_seconds(),
        max_interval=polling.max_interval.total_seconds(),
        full_age=polling.full_fetch_age.total_seconds(),
        gone_interval=polling.gone_interval.total_seconds(),
        at_once=fetching.workers,
        per_host=fetching.per_host_concurrency,
        spacing=fetching.per_host_spacing.total_seconds(),
        redirects=fetching.max_redirects,
        outages=outages,
        has_clock=has_clock,
    )


def fixed(month: Month, interval: float, days: float) -> tuple[Result, int]:
    """A poller of fixed distance at the same origin, with its violations."""
    with tempfile.TemporaryDirectory(dir=_quick_folder()) as name, closing(Log(Path(name) / "log")) as log:
        until = days * DAY
        found = baseline.poll_every(
            interval, Origin(month.feeds, log), until=until, outages=month.terms.outages
        )
        asks = log.read()
    wanted = {
        item: gone for item, gone in month.wanted.items() if month.feeds[item[0]].times[item[1]] < until
    }
    terms = terms_of(month.feeds, until, month.terms.outages, has_clock=False)
    name = f"every {interval / 60:.0f} minutes" + (f", {days:g} days" if days != month.days else "")
    return compare(name, asks, found, wanted, feeds=month.feeds, end=until), len(judge(asks, terms))


def show(month: Month, others: Sequence[tuple[Result, int]]) -> None:
    """Print all tables."""
    report.print_rules(month.breaches)
    print()
    report.print_results([(month.result, len(month.breaches)), *others])
    print()
    delays: dict[str, list[float]] = defaultdict(list)
    missed = Counter(month.feeds[number].group for number, _ in month.missed)
    for item in month.wanted:
        feed = month.feeds[item[0]]
        if item in month.found:
            delays[feed.group].append(month.found[item] - feed.times[item[1]])
    asks = Counter(month.feeds[ask.feed].group for ask in month.log if ask.feed >= 0)
    report.print_missed(
        {item: month.wanted[item] for item in month.missed}, month.feeds, month.terms.min_interval
    )
    report.print_groups(month.feeds, delays, missed, asks, month.days)
    print()
    report.print_faults(report.named_faults(month.naming, month.feeds, month.days), month.days)
    report.print_alarms(month.naming, month.feeds, month.found, month.days)
    print(f"CPU of this process so far: {time.process_time():.0f} s")
    print(f"memory of the process grew by {month.growth_mb:.1f} MB after the first day")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--feeds", type=int, default=200, help="how many feeds take part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loopback", action="store_true", help="over real HTTP on loopback")
    chosen = parser.parse_args(arguments)
    if not RECORDINGS.is_dir():
        print("No recorded feeds in ../shared/data/feeds: bursty rhythms stand in for the recorded ones.")
    month = simulate(chosen.days, size=chosen.feeds, seed=chosen.seed, loopback=chosen.loopback)
    others = [fixed(month, HOUR, month.days), fixed(month, 300.0, min(month.days, _BASELINE_DAYS))]
    show(month, others)
    print(month.last_line)
    return 1 if month.breaches else 0


def _hour(at: float, end: float, memory: list[float]) -> None:
    """After each simulated hour: note the memory once the first day is over, and say how far we are."""
    if at >= min(DAY, end / 2):
        memory.append(_rss_mb())
    if at % DAY < HOUR and sys.stderr.isatty():
        print(f"day {at / DAY:.0f}, {time.process_time():.0f} s CPU", file=sys.stderr)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


def _quick_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    sys.exit(main())
