"""Who takes part: 200 feeds of different rhythm, manners and troubles, the same for a seed.

Troubles come at a share of the simulated time, so that a short run meets them all. The fifteen `FAULTS` are those that
`tracker feeds list` has to name.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.citizenship import rhythm
from benchmarks.citizenship.log import DAY, HOUR
from benchmarks.citizenship.rhythm import Rhythm
from tracker.model import FeedHealth

Trouble = Literal[
    "503", "429", "gone", "missing", "challenge", "closed", "html", "login", "moved", "away", "loop", "cut", "charset",
    "stuck", "reguid", "republish", "rush", "quiet", "plain",
]  # fmt: skip
Dialect = Literal["rss", "atom", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A trouble from `start` to `end`; `rest` seconds of Retry-After, told in seconds or as a date."""

    trouble: Trouble
    start: float
    end: float
    rest: float = 0.0
    as_date: bool = False


@dataclass(slots=True, kw_only=True)
class FeedSpec:
    """A feed: when it publishes and how it answers. `drift`: what its Date header is off from the clock."""

    number: int
    group: str
    host: str
    times: list[float]
    dialect: Dialect = "rss"
    window: int = 12
    etag: Literal["no", "yes", "restless"] = "yes"
    modified: bool = True
    max_age: float | None = None
    expires: float | None = None
    drift: float = 0.0
    hint: float = 0.0
    by_sy: bool = False
    pages: bool = False
    phases: list[Phase] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}/feed/{self.number}.xml"

    @property
    def https_url(self) -> str:
        """Answers only in the trouble "plain": http is dead, https is not."""
        return self.url.replace("http:", "https:")

    @property
    def new_url(self) -> str:
        return f"http://{self.host}/new/{self.number}.xml"

    def title(self, item: int) -> str:
        """Names an item beyond doubt, also in the store."""
        return f"Report {self.number:03d}-{item:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A scripted fault: how it shows, the rhythm of its feed, and the conditions that name it."""

    name: str
    trouble: Trouble
    gap: float
    names: frozenset[FeedHealth]


def _fault(name: str, trouble: Trouble, gap: float, *names: FeedHealth) -> Fault:
    return Fault(name=name, trouble=trouble, gap=gap, names=frozenset(names))


_H = FeedHealth
FAULTS = (
    _fault("falls silent", "quiet", 16 * HOUR, _H.SILENT),
    _fault("404", "missing", HOUR, _H.FAILING),
    _fault("410", "gone", HOUR, _H.GONE),
    _fault("503 without end", "503", HOUR, _H.FAILING),
    _fault("port closed", "closed", HOUR, _H.FAILING),
    _fault("429", "429", HOUR, _H.LIMITED),
    _fault("challenge page (403)", "challenge", HOUR, _H.BLOCKED),
    _fault("web page in place of the feed", "html", HOUR, _H.WRONG_PAGE, _H.FAILING),
    _fault("redirect to a sign-in page", "login", HOUR, _H.WRONG_PAGE, _H.BLOCKED),
    _fault("redirect loop", "loop", HOUR, _H.FAILING),
    _fault("moved for good (301)", "moved", 24 * HOUR, _H.MOVED),
    _fault("document cut off", "cut", HOUR, _H.DEGRADED, _H.FAILING),
    _fault("characters damaged", "charset", HOUR, _H.DAMAGED),
    _fault("more items than the window holds", "rush", 2 * HOUR, _H.GAP),
    _fault("old items republished", "republish", 6 * HOUR, _H.REPUBLISHED),
)  # fmt: skip

_GROUPS: tuple[tuple[str, Rhythm, int], ...] = (
    ("newsroom", rhythm.newsroom, 30),
    ("office hours", rhythm.office, 45),
    ("nightly batch", rhythm.nightly, 25),
    ("weekly", rhythm.weekly, 25),
    ("bursty", rhythm.bursty, 20),
    ("dying", rhythm.dying, 5),
    ("silent", rhythm.silent, 10),
    ("ticker", rhythm.ticker, 1),
)
FORCED = frozenset({"ticker", "more items than the window holds"})  # windows too short for their rushes
UNHEALTHY_GROUPS = frozenset({"dying", "silent"})
HOST_HOLD = "limit.example.org"  # three feeds of one host, which asks for rest


def cast(*, days: float, seed: int, size: int = 200, recordings: Path | None = None) -> list[FeedSpec]:
    """All feeds; a smaller `size` takes every group's share, and always all faults."""
    rng = random.Random(seed)
    rhythms = rhythm.recorded(recordings) if recordings else []
    groups = [*_GROUPS, *(("recorded", found, 1) for found in rhythms or [rhythm.bursty] * 24)]
    healthy = [(name, makes) for name, makes, count in groups for _ in range(count)]
    wanted = max(0, size - len(FAULTS))
    chosen = [healthy[i * len(healthy) // wanted] for i in range(wanted)] if wanted else []
    feeds = [_feed(number, name, makes, rng, days) for number, (name, makes) in enumerate(chosen)]
    _trouble(feeds, days)
    for fault in FAULTS:
        feeds.append(_faulty(len(feeds), fault, rng, days))
    return feeds


def onset(days: float) -> float:
    """When the fifteen faults begin: after enough time for their feeds' rhythm to be known."""
    return max(0.4 * days, min(1.0, days / 2)) * DAY


def _feed(number: int, name: str, makes: Rhythm, rng: random.Random, days: float) -> FeedSpec:
    """A feed of the rhythm with manners of its own: a fifth has no validators, a quarter states freshness."""
    group = "recorded" if name == "recorded" else name
    spec = FeedSpec(
        number=number,
        group=group,
        host=f"platform{number % 3}.example.net" if number % 5 == 0 else f"site{number}.example.com",
        times=sorted(makes(rng, days)),
        dialect=("rss", "atom", "json")[number % 3],
    )
    manner = zlib.crc32(str(number).encode()) % 20
    if manner in {0, 1, 2}:
        spec.etag, spec.modified = "no", False
    elif manner in {3, 4}:
        spec.etag = "no"
    elif manner in {5, 6}:
        spec.modified = False
    elif manner == 7:
        spec.etag = "restless"
    _caching(spec, zlib.crc32(f"c{number}".encode()) % 20)
    spec.pages = number % 12 == 1 and name not in {"ticker", "newsroom"}
    spec.window = 10 if name == "ticker" else spec.window
    return spec


def _caching(spec: FeedSpec, manner: int) -> None:
    if manner == 0:
        spec.max_age = 1800
    elif manner == 1:
        spec.max_age = 2 * HOUR
    elif manner == 2:
        spec.expires, spec.drift = 3 * HOUR, 5 * HOUR  # a clock that is five hours ahead
    elif manner == 3:
        spec.expires, spec.drift = HOUR, -2 * HOUR
    elif manner == 4:
        spec.max_age = 5 * DAY  # more than anybody obeys: capped at a day
    elif manner in {5, 6} and spec.dialect == "rss":
        spec.hint = (60, 180)[manner - 5] * 60.0
    elif manner in {7, 8} and spec.dialect == "rss":
        spec.hint, spec.by_sy = 2 * HOUR, True


def _trouble(feeds: Sequence[FeedSpec], days: float) -> None:
    """Passing troubles for feeds that are otherwise well."""
    span = days * DAY
    phases = [
        [Phase(trouble="503", start=0.2 * span, end=0.23 * span, rest=2 * HOUR)],
        [Phase(trouble="503", start=0.3 * span, end=0.34 * span, rest=3 * HOUR, as_date=True)],
        [Phase(trouble="503", start=0.5 * span, end=0.6 * span)],
        [Phase(trouble="moved", start=0.3 * span, end=span * 2)],
        [Phase(trouble="away", start=0.4 * span, end=0.6 * span)],
        [Phase(trouble="stuck", start=0.2 * span, end=span * 2)],
        [Phase(trouble="reguid", start=0.6 * span, end=span * 2)],
        [Phase(trouble="html", start=0.3 * span, end=min(0.3 * span + 7 * DAY, 0.6 * span))],
        [Phase(trouble="closed", start=0.5 * span, end=0.55 * span)],
        [Phase(trouble="plain", start=0.4 * span, end=span * 2)],
        [Phase(trouble="loop", start=0.2 * span, end=0.25 * span)],
        [Phase(trouble="gone", start=0.5 * span, end=span * 2)],
        [Phase(trouble="charset", start=0.5 * span, end=0.6 * span)],
    ]  # fmt: skip
    hosts = [feed for feed in feeds if feed.group in {"office hours", "newsroom", "nightly batch"}]
    step = max(1, len(hosts) // 16)
    picked = hosts[::step]
    for feed, own in zip(picked[3:], phases, strict=False):
        feed.phases += own
        feed.host = f"trouble{feed.number}.example.com"
        if own[0].trouble == "stuck":
            feed.etag, feed.modified = "yes", True
            feed.times, feed.window = rhythm.nightly(random.Random(feed.number), days), 20
        if own[0].trouble == "reguid":
            feed.pages, feed.max_age, feed.hint = True, None, 0.0
    for feed in picked[:3]:
        feed.host = HOST_HOLD
        feed.phases += [
            Phase(trouble="429", start=0.25 * span, end=0.28 * span, rest=2 * HOUR),
            Phase(trouble="429", start=0.7 * span, end=0.72 * span, rest=HOUR, as_date=True),
        ]


def _faulty(number: int, fault: Fault, rng: random.Random, days: float) -> FeedSpec:
    """A feed of steady rhythm that meets one of the fifteen faults."""
    begins = onset(days)
    spec = FeedSpec(
        number=number,
        group=fault.name,
        host=f"fault{number}.example.com",
        times=sorted(rhythm.steady(fault.gap)(rng, days)),
        phases=[Phase(trouble=fault.trouble, start=begins, end=days * DAY * 2, rest=2 * HOUR)],
    )
    if fault.trouble == "quiet":
        spec.times = [at for at in spec.times if at < begins]
    elif fault.trouble == "republish":
        spec.window = 30
    elif fault.trouble == "rush":
        spec.times = sorted([*spec.times, *(begins + k * 20.0 for k in range(60))])
    return spec
