"""When feeds publish: seconds since the start, negative ones before it, all from a seeded generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.citizenship.log import DAY, HOUR
from tracker.text.dates import parse_date

Rhythm = Callable[[random.Random, float], list[float]]
_BEFORE = 10  # days of history that the first document shows
_STAMP = re.compile(
    r"<(?:pubDate|published|dc:date|updated)>([^<]{10,40})<|\"date_published\":\s*\"([^\"]{10,40})\"",
    re.IGNORECASE,
)


def _days(days: float, before: int = _BEFORE) -> range:
    return range(-before, int(days) + 1)


def newsroom(rng: random.Random, days: float) -> list[float]:
    """About one an hour, day and night."""
    minute = rng.uniform(2, 50)
    return [h * HOUR + minute * 60 + rng.uniform(0, 500) for h in range(-72, int(days * 24))]


def office(rng: random.Random, days: float) -> list[float]:
    """Six to ten on weekdays between eight and six."""
    return [
        day * DAY + rng.uniform(8, 18) * HOUR
        for day in _days(days)
        if day % 7 < 5
        for _ in range(rng.randint(6, 10))
    ]


def nightly(rng: random.Random, days: float) -> list[float]:
    """A batch of five to nine within minutes at one time of the night."""
    hour = rng.uniform(1, 5)
    return [
        day * DAY + hour * HOUR + rng.uniform(0, 300) for day in _days(days) for _ in range(rng.randint(5, 9))
    ]


def weekly(rng: random.Random, days: float) -> list[float]:
    """One on the same weekday at about the same hour."""
    weekday, hour = rng.randint(0, 6), rng.uniform(7, 20)
    return [day * DAY + hour * HOUR + rng.uniform(0, HOUR) for day in _days(days, 70) if day % 7 == weekday]


def bursty(rng: random.Random, days: float) -> list[float]:
    """Nothing for one to four days, then six to fourteen within half an hour."""
    times, at = [], -_BEFORE * DAY
    while at < days * DAY:
        times += [at + rng.uniform(0, 1800) for _ in range(rng.randint(6, 14))]
        at += rng.uniform(1, 4) * DAY
    return times


def dying(rng: random.Random, days: float) -> list[float]:
    """Eight a day, half as many every four days."""
    times, at, gap = [], -_BEFORE * DAY, 3 * HOUR
    while at < days * DAY:
        times.append(at)
        gap = 3 * HOUR * 2 ** (max(at, 0.0) / (4 * DAY))
        at += rng.expovariate(1 / gap)
    return times


def silent(rng: random.Random, days: float) -> list[float]:  # noqa: ARG001 - of the same kind as the others
    """Nothing since months."""
    return [-90 * DAY - day * DAY for day in range(12)]


def ticker(rng: random.Random, days: float) -> list[float]:
    """Two a minute from noon to two, one an hour else."""
    fast = [day * DAY + 12 * HOUR + k * 30 for day in _days(days, 1) for k in range(240)]
    return fast + [
        h * HOUR + rng.uniform(0, 600) for h in range(-24, int(days * 24)) if h % 24 not in {12, 13}
    ]


def steady(gap: float) -> Rhythm:
    """One every `gap` seconds, give or take a tenth."""

    def times(rng: random.Random, days: float) -> list[float]:
        count = int((days + _BEFORE) * DAY / gap)
        return [-_BEFORE * DAY + k * gap + rng.uniform(0, gap / 10) for k in range(count)]

    return times


def replayed(gaps: Sequence[float]) -> Rhythm:
    """Recorded gaps between items, over and over, from a random place on."""

    def times(rng: random.Random, days: float) -> list[float]:
        found, at, k = [], -_BEFORE * DAY, rng.randrange(len(gaps))
        while at < days * DAY:
            found.append(at)
            at += max(1.0, gaps[k % len(gaps)])
            k += 1
        return found

    return times


def recorded(folder: Path) -> list[Rhythm]:
    """The rhythms of recorded feeds with at least ten dated entries over at least two hours; [] where there are none.

    Gaps over thirty days are left out: they lie between two lives of a feed.
    """
    rhythms: list[Rhythm] = []
    files = sorted(
        path for path in folder.glob("*") if path.suffix in {".xml", ".json"} and path.name != "index.json"
    )
    for path in files:
        stamps = [a or b for a, b in _STAMP.findall(path.read_text("utf-8", errors="replace"))]
        times = sorted({at.timestamp() for at in map(parse_date, stamps) if at})
        gaps = [b - a for a, b in pairwise(times) if b - a < 30 * DAY]
        if len(gaps) >= 9 and sum(gaps) > 2 * HOUR and sum(gaps) / len(gaps) > 300:
            rhythms.append(replayed(gaps))
    return rhythms
