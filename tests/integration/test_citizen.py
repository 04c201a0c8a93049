"""The citizen simulation in its short form, and the proof that each of its rules can be broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.citizen import simulate
from benchmarks.citizenship import replay
from benchmarks.citizenship.baseline import poll_every
from benchmarks.citizenship.cast import FAULTS, FORCED, FeedSpec, Phase
from benchmarks.citizenship.log import DAY, HOUR, Ask, Log
from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.report import named_faults
from benchmarks.citizenship.results import Result, compare, gettable
from benchmarks.citizenship.rules import RULES, Terms, judge
from tracker.model import FeedHealth
from tracker.polling import PollPolicy

URL = "http://a.example.org/feed/0.xml"
SENT = {
    "user-agent": "tracker/1 (+https://example.org/about)",
    "accept": "application/rss+xml, application/atom+xml, text/html",
    "accept-encoding": "gzip",
}
ETAG = {"etag": '"1"'}
MATCH = {"if-none-match": '"1"'}
HELD = {"retry-after": "7200"}
HELD_DATE = {"retry-after": "Mon, 02 Mar 2026 02:00:00 GMT", "date": "Mon, 02 Mar 2026 00:00:00 GMT"}
SKEWED = {"expires": "Mon, 02 Mar 2026 07:00:00 GMT", "date": "Mon, 02 Mar 2026 04:00:00 GMT"}
LOOP = {"location": URL}


def ask(at: float, status: int = 200, **changed: Any) -> Ask:
    fields: dict[str, Any] = {
        "at": at,
        "end": changed.pop("end", at + 0.2),
        "url": changed.pop("url", URL),
        "host": changed.pop("host", "a.example.org"),
        "feed": changed.pop("feed", 0),
        "headers": SENT | changed.pop("headers", {}),
        "status": status,
        "good": changed.pop("good", status == 200),
    }
    return Ask(**fields, **changed)


def page(at: float, path: str = "/story/1/1", **changed: Any) -> Ask:
    return ask(at, kind="page", feed=-1, url=f"http://a.example.org{path}", good=False, **changed)


def robots(at: float) -> Ask:
    return page(at, "/robots.txt").__class__(
        at=at,
        end=at,
        url="http://a.example.org/robots.txt",
        host="a.example.org",
        kind="robots",
        headers=SENT,
    )


def other(at: float, **changed: Any) -> Ask:
    return ask(at, url="http://a.example.org/feed/1.xml", feed=1, **changed)


def broken(log: Sequence[Ask], **terms: Any) -> set[int]:
    end = max((one.at for one in log), default=0.0) + 1
    return {breach.rule for breach in judge(log, Terms(followed={0: URL}, **{"end": end, **terms}))}


GOOD: dict[str, tuple[Ask, ...]] = {
    "hourly, with validators": (ask(0, answer=ETAG), ask(HOUR, 304, headers=MATCH), ask(2 * HOUR, 304, headers=MATCH)),
    "after freshness": (ask(0, answer={"cache-control": "max-age=3600"}), ask(HOUR)),
    "after Expires by a wrong clock": (ask(0, answer=SKEWED), ask(3 * HOUR)),
    "freshness of a month is capped at a day": (ask(0, answer={"cache-control": "max-age=2592000"}), ask(DAY)),
    "after the rest": (ask(0, 429, answer=HELD), other(2 * HOUR), ask(2 * HOUR + 60)),
    "growing distances": tuple(ask(at, 503) for at in (0, 600, 1800, 4200, 9000)),
    "failing at the longest interval": tuple(ask(at * DAY, 503) for at in range(4)),
    "a whole document after a day": (ask(0, answer=ETAG), ask(12 * HOUR, 304, headers=MATCH), ask(DAY + 60, answer=ETAG)),
    "a redirect and its target": (ask(0, 301, answer={"location": URL + "2"}), ask(0.3, url=URL + "2", feed=1)),
    "robots.txt, then pages": (robots(0), page(2), page(4, "/story/1/2")),
    "after the document's hint": (ask(0, hint=HOUR), ask(HOUR)),
    "no validators where none were given": (ask(0), ask(HOUR)),
    "unconditional where 304 was a lie": (
        ask(0, answer=ETAG), ask(HOUR, 304, headers=MATCH, lie=True), ask(2 * HOUR, answer=ETAG), ask(3 * HOUR),
    ),
}  # fmt: skip

BAD: tuple[tuple[int, str, tuple[Ask, ...]], ...] = (
    (1, "within max-age", (ask(0, answer={"cache-control": "public, max-age=3600"}), ask(3000))),
    (1, "within Expires by its own Date", (ask(0, answer=SKEWED), ask(2.5 * HOUR))),
    (1, "within the freshness of a 304", (
        ask(0, answer=ETAG),
        ask(HOUR, 304, headers=MATCH, answer={"cache-control": "max-age=7200"}),
        ask(2 * HOUR, 304, headers=MATCH))),
    (2, "Retry-After in seconds", (ask(0, 503, answer=HELD), ask(HOUR))),
    (2, "Retry-After as a date", (ask(0, 503, answer=HELD_DATE), ask(HOUR))),
    (3, "another feed of a host that rests", (ask(0, 429, answer=HELD), other(HOUR))),
    (3, "a rest of no stated length", (ask(0, 429), other(30))),
    (4, "no validators", (ask(0, answer=ETAG), ask(HOUR, answer=ETAG))),
    (4, "validators dropped after a 304", (ask(0, answer=ETAG), ask(HOUR, 304, headers=MATCH), ask(2 * HOUR))),
    (5, "stale validators", (
        ask(0, answer=ETAG), ask(HOUR, headers=MATCH, answer={"etag": '"2"'}), ask(2 * HOUR, headers=MATCH))),
    (5, "validators of another address", (ask(0, answer=ETAG), other(HOUR, headers=MATCH))),
    (6, "conditional for ever", tuple(
        ask(at * HOUR, 304 if at else 200, headers=MATCH if at else {}, answer=ETAG) for at in range(0, 30, 5))),
    (7, "a feed that is gone", (ask(0, 410), ask(HOUR))),
    (8, "three open to one host", (ask(0, end=9), other(1, end=9), ask(2, feed=2, url=URL + "2", end=9))),
    (8, "thirteen open at once", tuple(
        ask(at, feed=at, url=f"http://h{at}.example.org/", host=f"h{at}", end=60) for at in range(13))),
    (9, "no feed types in Accept", (ask(0, headers={"accept": "*/*"}),)),
    (9, "a page asked for as a feed", (robots(0), page(2, headers={"accept": "application/rss+xml"}))),
    (10, "nobody to write to", (ask(0, headers={"user-agent": "python-requests/2"}),)),
    (11, "no compression", (ask(0, headers={"accept-encoding": "identity"}),)),
    (12, "two in half a second", (ask(0), other(0.5))),
    (13, "failures at one distance", tuple(ask(at * 600, 503) for at in range(5))),
    (13, "distances that shrink", (ask(0, 404), ask(3600, 404), ask(5400, 404))),
    (14, "every two minutes", (ask(0), ask(120))),
    (15, "two days of silence", (ask(0), ask(2 * DAY))),
    (16, "round and round", tuple(ask(at * 0.1, 302, answer=LOOP) for at in range(8))),
    (17, "no robots.txt", (page(0),)),
    (17, "a page it forbids", (robots(0), page(2, "/private/1/1"))),
    (18, "a page twice", (robots(0), page(2), page(HOUR))),
    (19, "a picture", (ask(0), ask(HOUR, 404, kind="stray", url="http://a.example.org/favicon.ico", feed=-1))),
    (19, "a page nobody named", (ask(0), ask(HOUR, kind="hop", url="http://a.example.org/sign-in", feed=-1))),
    (20, "within ttl", (ask(0, hint=2 * HOUR), ask(HOUR))),
    (20, "within ttl, after a 304", (
        ask(0, hint=2 * HOUR, answer=ETAG), ask(2 * HOUR, 304, headers=MATCH), ask(3 * HOUR, 304, headers=MATCH))),
)  # fmt: skip


def test_there_are_twenty_rules_and_each_is_seen_broken() -> None:
    assert [rule.number for rule in RULES] == list(range(1, 21))
    assert {number for number, _, _ in BAD} == set(range(1, 21))


@pytest.mark.parametrize("name", GOOD)
def test_good_manners_break_no_rule(name: str) -> None:
    assert broken(GOOD[name]) == set()


@pytest.mark.parametrize(
    ("number", "log"), [(n, log) for n, _, log in BAD], ids=[f"{n} {name}" for n, name, _ in BAD]
)
def test_a_misbehaving_poller_is_caught(number: int, log: tuple[Ask, ...]) -> None:
    assert number in broken(log)


def test_a_feed_that_is_never_asked_for_is_a_breach() -> None:
    assert broken((), end=2 * DAY) == {15}


def lived(tmp_path: Path, interval: float, feeds: Sequence[FeedSpec]) -> tuple[Counter[int], Result]:
    """A day of a poller of fixed distance: its breaches by rule, and its figures."""
    with closing(Log(tmp_path / "log")) as log:
        found = poll_every(interval, Origin(feeds, log), until=DAY)
        asks = log.read()
    terms = Terms(followed={feed.number: feed.url for feed in feeds}, end=DAY)
    result = compare("fixed", asks, found, gettable(feeds, asks, terms), feeds=feeds, end=DAY)
    return Counter(breach.rule for breach in judge(asks, terms)), result


def test_a_poller_of_fixed_distance_breaks_the_rules_that_need_a_memory(tmp_path: Path) -> None:
    troubles = [
        Phase(trouble="503", start=6 * HOUR, end=9 * HOUR, rest=2 * HOUR),
        Phase(trouble="missing", start=12 * HOUR, end=15 * HOUR),
        Phase(trouble="gone", start=16 * HOUR, end=DAY),
    ]
    times = [k * 1200.0 for k in range(72)]
    feed = FeedSpec(
        number=0, group="g", host="a.example.org", times=times, max_age=1800, hint=HOUR, phases=troubles
    )
    breaches, _ = lived(tmp_path, 600.0, [feed])
    assert set(breaches) == {1, 2, 7, 9, 13, 20}


def test_an_item_counts_as_missed_only_when_it_could_have_been_had(tmp_path: Path) -> None:
    """Three an hour: a window of four shows an item for 80 minutes, so polls two hours apart miss two of six."""
    times = [60 + k * 1200.0 for k in range(72)]
    feeds = [
        FeedSpec(number=0, group="short", host="a.example.org", times=times, window=4),
        FeedSpec(number=1, group="long", host="b.example.org", times=times, window=40),
    ]
    breaches, result = lived(tmp_path, 2 * HOUR, feeds)
    assert set(breaches) == {9}
    assert result.requests == 24
    assert result.missed == 24  # two after each of the twelve polls, the last of them before the end
    assert result.delay(0.5) == pytest.approx(59, abs=21)


def test_a_day_among_thirty_feeds_breaks_no_rule_and_misses_nothing() -> None:
    """Fifteen of the thirty meet one of the scripted faults at noon."""
    month = simulate(1, size=30)
    assert [(b.rule, b.ask.url, b.detail) for b in month.breaches] == []
    assert month.result.wanted > 150
    missed = Counter(month.feeds[feed].group for feed, _ in month.missed)
    broken = Counter({fault.name: 1 for fault in FAULTS})  # what it published just before it broke for good
    assert Counter({group: count for group, count in missed.items() if group not in FORCED}) <= broken
    assert month.result.per_item < 5
    assert month.growth_mb < 20
    rows = named_faults(month.naming, month.feeds, month.days)
    assert sum(row.is_in_time for row in rows) >= 11  # two need more than half a day


@pytest.mark.campaign
def test_thirty_days_among_two_hundred_feeds_break_no_rule() -> None:
    month = simulate(30)
    print(month.last_line)
    assert [(b.rule, b.ask.url, b.detail) for b in month.breaches] == []
    assert len([feed for feed, _ in month.missed if month.feeds[feed].group not in FORCED]) <= 0.002 * len(
        month.wanted
    )
    assert month.growth_mb < 20


def test_a_list_that_turned_over_once_loses_nothing_the_next_time() -> None:
    """Bursts of fourteen within half an hour, at hours that no rhythm tells, in a window of twelve."""
    bursts = [day * DAY + (5 + day * 7 % 19) * HOUR for day in range(-4, 20, 2)]
    times = [at + k * 130.0 for at in bursts for k in range(14)]
    feed = FeedSpec(number=0, group="bursts", host="a.example.org", times=times)
    life = replay.live(feed, 20, PollPolicy())
    assert life.lost == []
    assert (life.false, life.true) == ([], [])
    assert len(life.delays) == 14 * sum(at >= 0 for at in bursts)
    assert life.looks < 20 * 80


def test_steady_feeds_raise_no_alarm_in_the_replay_and_one_that_stops_does() -> None:
    times = [-10 * DAY + k * 16 * HOUR for k in range(45)]
    steady = FeedSpec(number=0, group="steady", host="a.example.org", times=times)
    assert replay.live(steady, 19, PollPolicy()).false == []
    assert replay.live(steady, 25, PollPolicy()).false == [FeedHealth.SILENT]
