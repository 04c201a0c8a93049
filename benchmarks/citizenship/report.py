"""The tables printed at the end of a simulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.citizenship.cast import FAULTS, FORCED, UNHEALTHY_GROUPS, Fault, FeedSpec, onset
from benchmarks.citizenship.log import DAY, HOUR
from benchmarks.citizenship.results import Item, Result
from benchmarks.citizenship.rules import RULES, Breach
from benchmarks.citizenship.simulation import Alarm, Naming
from tracker.model import FeedHealth

_GAPS = 3.0  # a fault is to be named within so many expected gaps
_EXAMPLES = 3
_SHOWN = 12
_GAP_SHOWN = 3 * DAY + 4 * HOUR  # how long a gap is told of, and the distance of two looks at the list


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Alarms about feeds on which nothing was played: `false` ones, and gaps in which entries were truly lost."""

    false: Sequence[Alarm]
    true: Sequence[Alarm]
    feed_years: float

    @property
    def rate(self) -> float:
        """False ones in a feed-year."""
        return len(self.false) / max(1e-9, self.feed_years)


def alarms_of(
    naming: Naming, feeds: Sequence[FeedSpec], found: Container[Item], days: float, group: str = ""
) -> Alarms:
    """The alarms about well feeds, or those of one group. A gap is true when an entry had come and gone unseen."""
    well = {feed.number: feed for feed in _well(feeds) if group in {"", feed.group}}
    raised = [alarm for alarm in naming.alarms if alarm.number in well]
    true = [alarm for alarm in raised if _is_true(alarm, well[alarm.number], found)]
    return Alarms(
        false=[alarm for alarm in raised if alarm not in true],
        true=true,
        feed_years=len(well) * days / 365,
    )


def print_alarms(naming: Naming, feeds: Sequence[FeedSpec], found: Container[Item], days: float) -> None:
    """The alarms about well feeds by condition, with what was said of some of the false ones."""
    for name, group in (("healthy", ""), ("recorded", "recorded")):
        alarms = alarms_of(naming, feeds, found, days, group)
        kinds = Counter(alarm.health.value for alarm in alarms.false)
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "none"
        print(
            f"false alarms, {name} feeds: {len(alarms.false)} ({told}), {alarms.rate:.2f} per feed-year",
            end="",
        )
        print(f"; gaps told in which entries were truly lost: {len(alarms.true)}")
    for alarm in alarms_of(naming, feeds, found, days).false[:_SHOWN]:
        group = feeds[alarm.number].group
        print(
            f"    feed {alarm.number} ({group}), {alarm.at / HOUR:.0f} h: {alarm.health.value}: {alarm.sentence}"
        )


def print_missed(missed: Mapping[Item, float], feeds: Sequence[FeedSpec], shortest: float) -> None:
    """What could have been had and was not; the values are the moments at which items left their lists."""
    forced = sum(feeds[number].group in FORCED for number, _ in missed)
    stood = [until - feeds[number].times[item] for (number, item), until in missed.items()]
    brief = sum(seconds < shortest for seconds in stood)
    print(f"missed though visible at a permitted poll: {len(missed)}, of which")
    print(f"    {forced} of the two feeds that are made to force gaps, {len(missed) - forced} of others")
    print(f"    {brief} stood in their list for less than {shortest / 60:.0f} minutes, the shortest interval")


def _is_true(alarm: Alarm, feed: FeedSpec, found: Container[Item]) -> bool:
    """Whether a gap was one: an entry that left the list in the days that the alarm speaks of was never seen."""
    if alarm.health is not FeedHealth.GAP:
        return False
    leaves = zip(range(len(feed.times)), feed.times, feed.times[feed.window :], strict=False)
    return any(
        came >= 0 and alarm.at - _GAP_SHOWN < gone <= alarm.at and (feed.number, item) not in found
        for item, came, gone in leaves
    )


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
