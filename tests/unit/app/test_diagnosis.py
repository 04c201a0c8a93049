"""What facts about an installation mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.app.diagnosis import (
    Answer,
    Level,
    PathFacts,
    Space,
    judge_clock,
    judge_line,
    judge_names,
    judge_paths,
    judge_requirements,
    judge_space,
    unmet,
    worst,
)
from tracker.app.health import Pulse, health_of
from tracker.model import (
    Delivery,
    DeliveryState,
    DigestId,
    FeedHealth,
    FetchReason,
    Message,
    OwedDigest,
    Presence,
    Undelivered,
    WatchName,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OK, WARN, FAIL = Level.OK, Level.WARN, Level.FAIL
MB, GB = 2**20, 2**30
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("reasons", "level"),
    [
        ([], WARN),
        ([None], OK),
        ([FetchReason.NOT_FOUND], OK),  # an error page came over the line, too
        ([FetchReason.TLS], OK),
        ([FetchReason.DNS, None], OK),
        ([FetchReason.DNS, FetchReason.TIMEOUT_TOTAL], FAIL),
        ([FetchReason.CONNECT], FAIL),
        ([FetchReason.BLOCKED_ADDRESS], WARN),  # nothing was asked
    ],
)
def test_any_answer_says_that_the_line_is_up(reasons: list[FetchReason | None], level: Level) -> None:
    answers = [Answer(host=f"h{n}", reason=reason, detail="why") for n, reason in enumerate(reasons)]
    assert judge_line(answers).level is level


@pytest.mark.parametrize(
    ("known", "level"), [({}, OK), ({"a": True}, OK), ({"a": True, "b": False}, WARN), ({"b": False}, FAIL)]
)
def test_a_name_that_is_not_found_is_named(known: dict[str, bool], level: Level) -> None:
    found = judge_names(known)
    assert found.level is level
    assert ("b" in found.sentence) is (False in known.values())


@pytest.mark.parametrize(
    ("seconds", "level", "told"),
    [
        ([], OK, "not compared"),
        ([0, 1, -2], OK, "agrees"),
        ([29], OK, "agrees"),
        ([90, 91, 92], WARN, "91 s slow"),
        ([-3600, -3599], FAIL, "59 min fast"),
        ([0, 0, 86_400], OK, "agrees"),  # one server is wrong, not we
    ],
)
def test_the_clock_is_judged_by_what_most_servers_say(seconds: list[int], level: Level, told: str) -> None:
    found = judge_clock([timedelta(seconds=one) for one in seconds])
    assert (found.level, told in found.sentence) == (level, True), found.sentence


@pytest.mark.parametrize(
    ("free", "files", "database", "level"),
    [
        (50 * GB, None, 0, OK),
        (50 * GB, 1000, 10 * GB, OK),
        (50 * GB, 0, 0, FAIL),
        (99 * MB, None, 0, FAIL),
        (900 * MB, None, 0, WARN),
        (5 * GB, None, 3 * GB, WARN),
    ],
)
def test_space_is_measured_against_what_a_backup_needs(
    free: int, files: int | None, database: int, level: Level
) -> None:
    assert judge_space(Space(path="state", free=free, files=files), database).level is level


@pytest.mark.parametrize(
    ("changed", "level", "told"),
    [
        ({}, OK, "as they should be"),
        ({"may_read": False}, FAIL, "anna may not read p (what)"),
        ({"is_written": True, "may_write": False}, FAIL, "anna may not write p (what)"),
        ({"may_write": False}, OK, ""),
        ({"exists": False, "may_read": False}, OK, ""),
        ({"is_secret": True, "is_open_to_others": True}, WARN, "Other users may read p"),
        ({"is_open_to_others": True}, OK, ""),
        ({"is_written": True, "owner_differs": True}, WARN, "belongs to another user"),
    ],
)
def test_rights_are_judged_by_what_the_program_does_there(
    changed: dict[str, bool], level: Level, told: str
) -> None:
    found = judge_paths([PathFacts(path="p", purpose="what", **changed)], "anna")
    assert (found.level, told in found.sentence) == (level, True), found.sentence
    assert bool(found.fix) is (level is not OK)


@pytest.mark.parametrize(
    ("requirement", "installed", "told"),
    [
        ("httpx>=0.28,<1", "0.28.1", ""),
        ("httpx>=0.28,<1", "0.27.2", "httpx 0.27.2 is installed"),
        ("httpx<1,>=0.28", "1.0", "is needed"),
        ("httpx>=0.28,<1", "1.0.dev3", "is needed"),
        ("click!=8.4.0,>=8.2", "8.4.0", "is needed"),
        ("click!=8.4.0,>=8.2", "8.4.1", ""),
        ("lxml>=5.3", None, "lxml is not installed"),
        ("psycopg[binary]>=3.2; extra == 'postgres'", "3.2.1", ""),
        ("sqlalchemy>=2.0.36", "2.1", ""),
        ("tzdata>=2025.1", "2025.1", ""),
        ("certifi", "2024.8.30", ""),
    ],
)
def test_requirements_are_compared_number_by_number(
    requirement: str, installed: str | None, told: str
) -> None:
    said = unmet(requirement, installed)
    assert (bool(said), told in said) == (bool(told), True), said


def test_a_requirement_that_is_not_met_fails() -> None:
    assert judge_requirements([], "Python 3.11").level is OK
    found = judge_requirements(["a 1 is installed, >=2 is needed"] * 5, "Python 3.11")
    assert found.level is FAIL
    assert "2 more" in found.sentence


# ------------------------------------------------------------ the work


def pulse(**changed: object) -> Pulse:
    fields: dict[str, object] = {
        "at": NOW,
        "daemon": Presence(pid=7, host="h", since_at=NOW - 5 * HOUR),
        "feeds": (FeedHealth.OK, FeedHealth.OK),
        "last_poll_at": NOW - timedelta(minutes=1),
        "due_since_at": None,
        "digest_due_since_at": None,
        "last_digest_at": NOW - 4 * HOUR,
        "owed": (),
        "given_up": (),
    }
    return Pulse(**{**fields, **changed})  # type: ignore[arg-type]


def owed(attempts: int) -> OwedDigest:
    message = Message(
        message_id="<1@x>", sender="a@x", recipients=("b@x",), subject="S", plain="p", html="h", sent_at=NOW
    )
    return OwedDigest(
        id=DigestId(1),
        watch=WatchName("w"),
        message=message,
        mime=b"",
        recipients=("b@x",),
        attempts=attempts,
    )


GIVEN_UP = Undelivered(
    watch=WatchName("w"), message_id="<1@x>", subject="S", at=NOW,
    delivery=Delivery(recipient="b@x", state=DeliveryState.REFUSED, detail="550"),
)  # fmt: skip
STANDS = {"due_since_at": NOW - 3 * HOUR, "last_poll_at": NOW - 3 * HOUR}


@pytest.mark.parametrize(
    ("changed", "wants_daemon", "status", "check"),
    [
        ({}, True, OK, ""),
        ({"daemon": None}, True, FAIL, "daemon"),
        ({"daemon": None}, False, OK, ""),
        ({"daemon": None, **STANDS}, False, FAIL, "daemon"),
        ({"daemon": None, "due_since_at": NOW - HOUR, "last_poll_at": NOW - HOUR}, False, WARN, "daemon"),
        (STANDS, True, FAIL, "daemon"),  # it runs and does nothing
        ({"due_since_at": NOW - 3 * HOUR}, True, OK, ""),  # busy: something was polled a minute ago
        ({"due_since_at": NOW - 3 * HOUR, "last_poll_at": None}, True, FAIL, "daemon"),
        ({"feeds": ()}, True, WARN, "feeds"),
        ({"feeds": (FeedHealth.OK, FeedHealth.FAILING)}, True, WARN, "feeds"),
        ({"feeds": (FeedHealth.FAILING, FeedHealth.GONE)}, True, FAIL, "feeds"),
        ({"digest_due_since_at": NOW - timedelta(minutes=5)}, True, OK, ""),
        ({"digest_due_since_at": NOW - HOUR}, True, WARN, "digest"),
        ({"digest_due_since_at": NOW - 3 * HOUR}, True, FAIL, "digest"),
        ({"owed": (owed(0),)}, True, OK, ""),  # made this moment
        ({"owed": (owed(2),)}, True, WARN, "digest"),
        ({"given_up": (GIVEN_UP,)}, True, WARN, "digest"),
        ({"last_digest_at": None, "last_poll_at": None}, True, OK, ""),
    ],
)
def test_health_is_the_worst_of_what_the_work_shows(
    changed: dict[str, object], wants_daemon: object, status: Level, check: str
) -> None:
    health = health_of(pulse(**changed), wants_daemon=bool(wants_daemon))
    assert health.status is status is worst(health.findings)
    assert [one.check for one in health.findings if one.level is not OK] == ([check] if check else [])
    assert all(bool(one.fix) is (one.level is not OK) for one in health.findings)
