"""The tables printed at the end of a simulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.citizenship.cast import FAULTS, UNHEALTHY_GROUPS, Fault, FeedSpec, onset
from benchmarks.citizenship.log import DAY, HOUR
from benchmarks.citizenship.results import Result
from benchmarks.citizenship.rules import RULES, Breach
from benchmarks.citizenship.simulation import Naming
from tracker.model import FeedHealth

_GAPS = 3.0  # a fault is to be named within so many expected gaps
_EXAMPLES = 3
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """When a fault was named: `hours` after its onset as what it is; None: not in the time simulated."""

    fault: Fault
    condition: FeedHealth | None
    hours: float | None

    @property
    def gaps(self) -> float | None:
        return None if self.hours is None else self.hours * HOUR / self.fault.gap

    @property
    def is_in_time(self) -> bool:
        return self.gaps is not None and self.gaps <= _GAPS


def named_faults(naming: Naming, feeds: Sequence[FeedSpec], days: float) -> list[Named]:
    """What became of each scripted fault."""
    begins, rows = onset(days), []
    for fault in FAULTS:
        feed = next(feed for feed in feeds if feed.group == fault.name)
        expected_at = begins + (
            fault.gap if fault.trouble == "quiet" else 0.0
        )  # until then nothing is missing
        hits = [
            (at, health)
            for health, at in naming.first.get(feed.number, {}).items()
            if health in fault.names and at >= begins
        ]
        at, condition = min(hits, default=(None, None), key=lambda hit: hit[0])
        hours = None if at is None else max(0.0, at - expected_at) / HOUR
        rows.append(Named(fault=fault, condition=condition, hours=hours))
    return rows


def false_alarms(naming: Naming, feeds: Sequence[FeedSpec], days: float) -> dict[str, tuple[int, float]]:
    """Alarms about feeds that were well, and alarms per feed-year: all such feeds, and the recorded rhythms alone."""
    well = _well(feeds)
    rows = {}
    for name, chosen in (("healthy", well), ("recorded", [f for f in well if f.group == "recorded"])):
        count = sum(naming.alarms.get(feed.number, 0) for feed in chosen)
        rows[name] = count, count / max(1e-9, len(chosen) * days / 365)
    return rows


def print_alarms(naming: Naming, feeds: Sequence[FeedSpec], days: float) -> None:
    """The false alarms, with what was said last about some."""
    for name, (count, rate) in false_alarms(naming, feeds, days).items():
        print(f"false alarms, {name} feeds: {count}, {rate:.2f} per feed-year")
    for feed in [feed for feed in _well(feeds) if feed.number in naming.said][:_SHOWN]:
        print(f"    feed {feed.number} ({feed.group}), {naming.said[feed.number]}")


def _well(feeds: Sequence[FeedSpec]) -> list[FeedSpec]:
    names = {fault.name for fault in FAULTS} | UNHEALTHY_GROUPS
    return [feed for feed in feeds if feed.group not in names and not feed.phases]


def print_rules(breaches: Sequence[Breach]) -> None:
    """Every rule with its number of violations, and the first of them."""
    counts = Counter(breach.rule for breach in breaches)
    for rule in RULES:
        print(f"{counts[rule.number]:7d}  {rule.number:2d}. {rule.sentence}")
        for breach in [b for b in breaches if b.rule == rule.number][:_EXAMPLES]:
            print(f"             {breach.ask.at / HOUR:8.2f} h  {breach.ask.url}: {breach.detail}")


def print_results(results: Sequence[tuple[Result, int]]) -> None:
    """One line for each poller."""
    print(
        f"{'':28}{'requests':>10}{'MB':>8}{'items':>8}{'missed':>8}{'median':>9}{'p90':>8}{'per item':>10}{'violations':>12}"
    )
    for result, violations in results:
        print(
            f"{result.name:28}{result.requests:10d}{result.kilobytes / 1024:8.1f}{len(result.delays):8d}"
            f"{result.missed:8d}{result.delay(0.5):7.0f} m{result.delay(0.9):6.0f} m{result.per_item:10.2f}{violations:12d}"
        )


def print_groups(
    feeds: Sequence[FeedSpec],
    delays: dict[str, list[float]],
    missed: Counter[str],
    asks: Counter[str],
    days: float,
) -> None:
    """By kind of feed: requests a feed and day, median delay, items missed."""
    print(f"{'kind of feed':36}{'feeds':>7}{'requests/day':>14}{'items':>8}{'median delay':>14}{'missed':>8}")
    for group, count in Counter(feed.group for feed in feeds).items():
        found = sorted(delays.get(group, []))
        median = f"{found[len(found) // 2] / 60:.0f} m" if found else "-"
        rate = asks[group] / count / days
        print(f"{group:36}{count:7d}{rate:14.1f}{len(found):8d}{median:>14}{missed[group]:8d}")


def print_faults(rows: Sequence[Named], days: float) -> None:
    """Each scripted fault, when it was named, and in how many expected gaps."""
    print(f"{'fault':36}{'gap':>6}{'named as':>14}{'after':>9}{'gaps':>7}")
    for row in rows:
        after = "-" if row.hours is None else f"{row.hours:.1f} h"
        gaps = "-" if row.gaps is None else f"{row.gaps:.1f}"
        left = days * DAY - onset(days) < (_GAPS + 1) * row.fault.gap
        condition = row.condition.value if row.condition else ("(too short)" if left else "not named")
        print(f"{row.fault.name:36}{row.fault.gap / HOUR:4.0f} h{condition:>14}{after:>9}{gaps:>7}")
    print(
        f"{sum(row.is_in_time for row in rows)} of {len(rows)} faults named within {_GAPS:.0f} expected gaps"
    )
