"""The rule of when to look, alone: the cast's rhythms replayed through `next_state`, without store, HTTP and pages.

    python -m benchmarks.citizenship.replay --days 30
    python -m benchmarks.citizenship.replay --days 365 --group recorded

A month takes seconds, so that a rule can be tried over years of feeds. Troubles of the cast are left out; publishers'
max-age and ttl are obeyed. "Lost" are entries that came and went between two looks; an alarm is false when nothing
was lost (a gap) or nothing was wrong (all others), and all feeds here are well.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks.citizenship.cast import FAULTS, UNHEALTHY_GROUPS, FeedSpec, cast
from benchmarks.citizenship.log import DAY, HOUR, START, instant
from tracker.model import Feed, FeedHealth, FeedId, FeedState
from tracker.polling import PollOutcome, PollPolicy, Sighting, assess_feed, next_state

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "feeds"
_LOOK_EVERY = 4 * HOUR
_TICK = 30.0  # on the average a look comes so much after it is due
_GAP_TOLD = 3 * DAY + _LOOK_EVERY


@dataclass(slots=True, kw_only=True)
class Life:
    """What became of one feed; times in seconds, delays from publication to the look that found it."""

    looks: int = 0
    delays: list[float] = field(default_factory=list)
    lost: list[tuple[float, int]] = field(default_factory=list)
    false: list[FeedHealth] = field(default_factory=list)
    true: list[FeedHealth] = field(default_factory=list)


def live(spec: FeedSpec, days: float, policy: PollPolicy) -> Life:
    """Look at one feed for so many days."""
    life, state, at, newest = Life(), FeedState(), 0.0, -1
    is_ill, next_look = False, HOUR
    while at < days * DAY:
        while next_look <= at:
            is_ill = _assess(spec, state, next_look, life, is_ill=is_ill)
            next_look += _LOOK_EVERY
        count = bisect_right(spec.times, at)
        oldest = max(0, count - spec.window)
        if life.looks and oldest > newest + 1 and not spec.pages:
            life.lost.append((at, oldest - newest - 1))
        fresh = range(max(newest + 1, oldest), count)
        life.delays += [at - spec.times[n] for n in fresh if spec.times[n] >= 0]
        state = next_state(state, _outcome(spec, at, oldest, fresh, is_first=not life.looks), policy)
        newest = max(newest, count - 1)
        life.looks += 1
        assert state.next_poll_at is not None
        at = (state.next_poll_at - START).total_seconds() + _TICK
    return life


def _outcome(spec: FeedSpec, at: float, oldest: int, fresh: range, *, is_first: bool) -> PollOutcome:
    listed = fresh.stop - oldest
    sighting = None
    if fresh or is_first:
        covers = spec.times[fresh.stop - 1] - spec.times[oldest] if listed else None
        sighting = Sighting(
            listed=listed,
            new=len(fresh),
            known=listed - len(fresh),
            arrived_at=tuple(instant(spec.times[n]) for n in fresh),
            covers=None if covers is None else timedelta(seconds=covers),
        )
    return PollOutcome(
        polled_at=instant(at),
        headers={"cache-control": f"max-age={spec.max_age:.0f}"} if spec.max_age else {},
        ttl=timedelta(seconds=spec.hint) if spec.hint else None,
        sighting=sighting,
        not_modified=sighting is None,
        jitter=zlib.crc32(f"{spec.url} {at}".encode()) / 0xFFFFFFFF,
    )


def _assess(spec: FeedSpec, state: FeedState, at: float, life: Life, *, is_ill: bool) -> bool:
    """Note an alarm, if one begins; whether the feed is said to be unwell."""
    health, _ = assess_feed(Feed(id=FeedId(1), url=spec.url, added_at=START, state=state), instant(at))
    if not health.is_well and not is_ill:
        lately = any(at - lost_at < _GAP_TOLD for lost_at, _ in life.lost)
        (life.true if health is FeedHealth.GAP and lately else life.false).append(health)
    return not health.is_well


def _rows(groups: dict[str, list[Life]], days: float) -> Iterator[str]:
    yield f"{'kind of feed':16}{'feeds':>6}{'looks/day':>11}{'items':>8}{'lost':>7}{'median':>9}{'alarms a feed-year: false':>28}{'true':>7}"
    for group, lives in groups.items():
        delays = [delay for life in lives for delay in life.delays]
        years = len(lives) * days / 365
        yield (
            f"{group:16}{len(lives):6d}{sum(life.looks for life in lives) / len(lives) / days:11.1f}{len(delays):8d}"
            f"{sum(count for life in lives for _, count in life.lost):7d}"
            f"{statistics.median(delays) / 60 if delays else 0:7.0f} m"
            f"{sum(len(life.false) for life in lives) / years:28.2f}{sum(len(life.true) for life in lives) / years:7.2f}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", help="only this kind of feed")
    chosen = parser.parse_args(arguments)
    recordings = RECORDINGS if RECORDINGS.is_dir() else None
    left_out = {fault.name for fault in FAULTS} | UNHEALTHY_GROUPS
    groups: dict[str, list[Life]] = defaultdict(list)
    for spec in cast(days=chosen.days, seed=chosen.seed, recordings=recordings):
        if spec.group not in left_out and chosen.group in {None, spec.group}:
            groups[spec.group].append(live(spec, chosen.days, PollPolicy()))
    print("\n".join(_rows(groups, chosen.days)))
    lives = [life for found in groups.values() for life in found]
    looks, items = sum(life.looks for life in lives), sum(len(life.delays) for life in lives)
    kinds = Counter(alarm.value for life in lives for alarm in life.false)
    print(f"{looks} looks, {looks / max(1, items):.2f} an item; false alarms by kind: {dict(kinds)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
