"""One digest for each local date that exists (promise P6): every zone, every half hour, every clock change, any sleep.

What is expected is read off the clock of the zone, quarter hour by quarter hour, and not computed as the code computes
it. The guards run the same campaign with two rules people use instead, and it must find them wanting.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.digest import dates_covered, due_period, next_due_at
from tracker.model import Period

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALF_HOURS = [time(n // 2, 30 * (n % 2)) for n in range(48)]
NIGHT = [time(0), time(0, 30), time(1, 30), time(2, 30), time(7, 30), time(23, 30)]
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
SOME_ZONES = [
    *("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata"),
    *("Africa/Casablanca", "UTC", "America/Nuuk", "America/Havana", "Asia/Beirut", "Antarctica/Casey"),
    *("Africa/Cairo", "Asia/Gaza", "America/Santiago", "Pacific/Chatham", "Atlantic/Azores"),
    *("America/Asuncion", "Antarctica/Troll", "America/Scoresbysund", "Asia/Tehran", "Africa/Juba"),
]
Rule = Callable[[str, time, Sequence[datetime]], list[datetime]]
"""Zone, clock time and the instants at which a daemon looks at the clock; back come those at which it sent."""


def local_of(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


@cache
def changes_of(zone_name: str) -> tuple[datetime, ...]:
    """The instants, to the quarter hour, at which the zone's offset changes."""
    zone = ZoneInfo(zone_name)

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(zone).utcoffset()

    days = [FIRST + DAY * n for n in range((LAST - FIRST).days + 1)]
    found = []
    for before, after in pairwise(days):
        if offset(before) != offset(after):
            quarters = [before + QUARTER * n for n in range(97)]
            found += [b for a, b in pairwise(quarters) if offset(a) != offset(b)]
    return tuple(found)


Walk = list[tuple[datetime, datetime]]
"""Instants a quarter hour apart, and what the local clock shows at each."""


def read_off(zone_name: str, start: datetime, end: datetime) -> Walk:
    zone = ZoneInfo(zone_name)
    instants = (start + QUARTER * n for n in range(int((end - start) / QUARTER) + 1))
    return [(instant, local_of(instant, zone)) for instant in instants]


def slots_of(walk: Walk, dates: Iterable[date], at: time) -> list[datetime]:
    """When the digest of each date is due: when the clock first shows the time.

    A time that is skipped comes as much later as the clock jumps: half past two at half past three.
    """
    first_shown: dict[datetime, datetime] = {}
    jumps = []
    for (_, before), (instant, shown) in pairwise(walk):
        first_shown.setdefault(shown, instant)
        if shown > before + QUARTER:
            jumps.append((before + QUARTER, shown, instant))
    found = []
    for day in dates:
        wanted = datetime.combine(day, at)
        skipped = [instant + (wanted - left) for left, landed, instant in jumps if left <= wanted < landed]
        found.append(skipped[0] if skipped else first_shown[wanted])
    return found


def looks(slots: Iterable[datetime], start: datetime, end: datetime) -> list[datetime]:
    """Instants around every slot, to the minute, and every three hours."""
    near = {slot + MINUTE * n for slot in slots for n in (-1, 0, 1, 20)}
    return sorted(
        near | {start + timedelta(hours=3) * n for n in range(int((end - start) / timedelta(hours=3)))}
    )


def ours(zone_name: str, at: time, ticks: Sequence[datetime]) -> list[datetime]:
    sent: list[datetime] = []
    last = ticks[0] - MINUTE
    for now in ticks:
        period = due_period(now, zone_name, at, WEEK, last)
        if period is not None:
            assert period == Period(from_at=last, to_at=now)
            last = now
            sent.append(now)
    return sent


def cron(zone_name: str, at: time, ticks: Sequence[datetime]) -> list[datetime]:
    trigger = CronTrigger(hour=at.hour, minute=at.minute, timezone=ZoneInfo(zone_name))
    due, sent = trigger.get_next_fire_time(None, ticks[0]), []
    for now in ticks:
        if due is not None and due <= now:
            sent.append(now)
            due = trigger.get_next_fire_time(due, now)
    return sent


def a_day_later(zone_name: str, at: time, ticks: Sequence[datetime]) -> list[datetime]:
    """24 hours after the last one; the first one when the local clock says so."""
    zone = ZoneInfo(zone_name)
    sent: list[datetime] = []
    for now in ticks:
        is_due = now - sent[-1] >= DAY if sent else local_of(now, zone).time() >= at
        if is_due:
            sent.append(now)
    return sent


@dataclass
class Ledger:
    """What a campaign counted. `late` are digests that did not come with the first look at or after their time."""

    clocks: int = 0
    changes: int = 0
    digests: int = 0
    missed: int = 0
    doubled: int = 0
    late: int = 0

    @property
    def is_clean(self) -> bool:
        return self.digests > 0 and not (self.missed or self.doubled or self.late)

    def enter(self, sent: Sequence[datetime], slots: Sequence[datetime]) -> None:
        per_slot = Counter(bisect_right(slots, instant) - 1 for instant in sent)
        self.digests += len(sent)
        self.missed += sum(not per_slot[n] for n in range(len(slots)))
        self.doubled += sum(max(0, count - 1) for count in per_slot.values())
        self.late += len(set(sent) - set(slots))


def campaign(zones: Iterable[str], hours: Sequence[time], *rules: Rule) -> list[Ledger]:
    """From two dates before each change to two after it; a clock that never changes is looked at once."""
    ledgers = [Ledger() for _ in rules]
    for zone_name in zones:
        for change in changes_of(zone_name) or (datetime(2026, 11, 22, 12, tzinfo=UTC),):
            walk = read_off(zone_name, change - 4 * DAY, change + 4 * DAY)
            middle = local_of(change, ZoneInfo(zone_name)).date()
            near = [(at, shown.date()) for at, shown in walk if abs(shown.date() - middle) <= 2 * DAY]
            start, end, dates = near[0][0], near[-1][0] + QUARTER, sorted({day for _, day in near})
            for at in hours:
                slots = slots_of(walk, dates, at)
                ticks = [tick for tick in looks(slots, start, end) if tick >= start]
                for rule, ledger in zip(rules, ledgers, strict=True):
                    ledger.enter(rule(zone_name, at, ticks), slots)
            for ledger in ledgers:
                ledger.changes += 1
        for ledger in ledgers:
            ledger.clocks += 1
    return ledgers


def different_clocks() -> list[str]:
    """One name of each clock of 2020 to 2030; many zones are other names of the same."""
    by_rules = {}
    for name in sorted(available_timezones() - {"localtime"}):
        zone = ZoneInfo(name)
        offsets = [(c, c.astimezone(zone).utcoffset()) for c in (FIRST, *changes_of(name))]
        by_rules.setdefault(tuple(offsets), name)
    return list(by_rules.values())


def test_every_date_around_every_clock_change_of_some_zones_has_one_digest_on_time():
    [ledger] = campaign(SOME_ZONES, NIGHT, ours)
    print(ledger)
    assert ledger.is_clean, ledger


def test_the_campaign_finds_fault_with_a_cron_trigger():
    [ledger] = campaign(["America/New_York", "Europe/Berlin"], NIGHT[:4], cron)
    assert ledger.missed, ledger
    assert ledger.doubled, ledger


def test_the_campaign_finds_fault_with_a_digest_every_24_hours():
    [ledger] = campaign(["America/New_York", "Europe/Berlin"], NIGHT[:4], a_day_later)
    assert ledger.late, ledger


@pytest.mark.campaign
def test_all_zones_all_half_hours_all_changes_have_one_digest_on_time_and_a_cron_trigger_has_not():
    clocks = different_clocks()
    [kept] = campaign(clocks, HALF_HOURS, ours)
    [trigger, daily] = campaign(clocks, NIGHT, cron, a_day_later)
    print(f"\n{len(available_timezones())} zones are {len(clocks)} clocks")
    for name, ledger in (("due_period", kept), ("CronTrigger", trigger), ("24 h later", daily)):
        print(f"{name:12} {ledger}")
    assert kept.is_clean
    assert len(clocks) > 70
    assert trigger.missed
    assert trigger.doubled
    assert daily.late


ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
STARTS = st.datetimes(datetime(2020, 1, 5), datetime(2030, 10, 1), timezones=st.just(UTC)).map(
    lambda start: start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
)
DAYS = st.sets(st.sampled_from(WEEK), min_size=1)
ASLEEP = st.one_of(st.integers(1, 90), st.integers(60, 16 * 60), st.integers(1, 40 * 24 * 60)).map(
    lambda minutes: timedelta(minutes=minutes)
)


class Daemon:
    """Looks at the clock now and then, and knows the digests recorded, as the store tells them."""

    def __init__(self, zone: str, at: time, days: Iterable[str], since: datetime) -> None:
        self.zone, self.at, self.days, self.since = zone, at, tuple(days), since
        self.sent: list[Period] = []

    def look(self, now: datetime) -> Period | None:
        """Send if due. A digest that ended at the next due instant or later is of a clock that was wrong, then or now."""
        following = next_due_at(now, self.zone, self.at, self.days)
        last = max((p.to_at for p in self.sent[-50:] if p.to_at < following), default=min(self.since, now))
        period = due_period(now, self.zone, self.at, self.days, last)
        if period is not None:
            self.sent.append(period)
        return period

    def look_on(self, start: datetime, end: datetime) -> int:
        """Look every hour; how many digests were sent."""
        ticks = (start + HOUR * n for n in range(int((end - start) / HOUR) + 1))
        return sum(self.look(tick) is not None for tick in ticks)


def wanted_slots(daemon: Daemon, start: datetime, end: datetime) -> list[datetime]:
    walk = read_off(daemon.zone, start - 3 * DAY, end + 3 * DAY)
    dates = sorted({shown.date() for _, shown in walk})[1:-1]
    slots = slots_of(walk, (day for day in dates if WEEK[day.weekday()] in daemon.days), daemon.at)
    return [slot for slot in slots if start < slot <= end]


@settings(max_examples=60, deadline=None)
@given(ZONES, st.sampled_from(HALF_HOURS), DAYS, STARTS, st.lists(ASLEEP, min_size=1, max_size=12))
def test_after_any_sleep_one_digest_covers_all_that_was_missed_and_no_look_sends_one_that_is_not_due(
    zone, at, days, start, sleeps
):
    daemon = Daemon(zone, at, days, start)
    ticks = [start]
    for sleep in sleeps:
        ticks.append(ticks[-1] + sleep)
    slots = wanted_slots(daemon, start, ticks[-1])
    for before, now in pairwise(ticks):
        is_due = any(before < slot <= now for slot in slots)
        assert (daemon.look(now) is not None) == is_due
        assert daemon.look(now) is None
    ends = [start, *(period.to_at for period in daemon.sent)]
    assert [(p.from_at, p.to_at) for p in daemon.sent] == list(pairwise(ends))
    if daemon.sent:
        shown = [
            local_of(start + QUARTER * n, ZoneInfo(zone)).date()
            for n in range(int((ends[-1] - start) / QUARTER))
        ]
        covered = {day for period in daemon.sent for day in dates_covered(period, zone)}
        assert set(shown) - {shown[0]} <= covered


@settings(max_examples=60, deadline=None)
@given(ZONES, st.sampled_from(HALF_HOURS), DAYS, STARTS)
def test_the_next_due_instant_is_the_first_slot_ahead(zone, at, days, start):
    daemon = Daemon(zone, at, days, start)
    assert next_due_at(start, zone, at, days) == wanted_slots(daemon, start, start + 16 * DAY)[0]


@settings(max_examples=6, deadline=None)
@given(ZONES, st.sampled_from(HALF_HOURS), STARTS, st.timedeltas(timedelta(seconds=1), 30 * DAY))
def test_a_clock_set_back_sends_nothing_again_and_goes_on_when_it_is_where_it_was(zone, at, start, jump):
    daemon = Daemon(zone, at, WEEK, start)
    now = start + 31 * DAY
    daemon.look_on(start, now)
    assert daemon.look_on(now - jump, now) == 0
    sent = len(daemon.sent)
    daemon.look_on(now, now + 2 * DAY)
    assert len(daemon.sent) - sent == len(set(wanted_slots(daemon, now, now + 2 * DAY)))


@settings(max_examples=12, deadline=None)
@given(ZONES, st.sampled_from(HALF_HOURS), STARTS, st.timedeltas(6 * DAY, 40 * DAY))
def test_a_clock_set_forward_and_mended_costs_one_early_digest_and_no_silence(zone, at, start, jump):
    daemon = Daemon(zone, at, WEEK, start)
    now = start + 2 * DAY
    daemon.look_on(start, now)
    assert daemon.look(now + jump) is not None
    sent = len(daemon.sent)
    assert daemon.look_on(now, now + 4 * DAY) == len(set(wanted_slots(daemon, now, now + 4 * DAY)))
    assert all(before.to_at == after.from_at for before, after in pairwise(daemon.sent[sent:]))


CHANGES = st.lists(st.tuples(ASLEEP, ZONES, st.sampled_from(HALF_HOURS), DAYS), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(ZONES, st.sampled_from(HALF_HOURS), DAYS, STARTS, CHANGES)
def test_when_zone_time_or_weekdays_are_changed_windows_still_touch_and_never_overlap(
    zone, at, days, start, changes
):
    daemon = Daemon(zone, at, days, start)
    now = start
    for sleep, daemon.zone, daemon.at, chosen in changes:
        daemon.days = tuple(chosen)
        daemon.look(now)
        now += sleep
        daemon.look(now)
        assert daemon.look(now) is None
    ends = [start, *(period.to_at for period in daemon.sent)]
    assert [(p.from_at, p.to_at) for p in daemon.sent] == list(pairwise(ends))
