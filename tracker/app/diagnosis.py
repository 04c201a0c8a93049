"""What facts about an installation mean: each judged ok, warn or fail, with a sentence and what to do about it.

Pure functions over facts that `doctor.py` and `health.py` have gathered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from tracker.model import FetchReason
from tracker.polling import NETWORK_FAILURES

__all__ = [
    "Answer",
    "Finding",
    "Level",
    "PathFacts",
    "Space",
    "judge_clock",
    "judge_line",
    "judge_names",
    "judge_paths",
    "judge_requirements",
    "judge_space",
    "unmet",
    "worst",
]


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: what it is called, how it stands, in a sentence, and the command or step that mends it."""

    check: str
    level: Level
    sentence: str
    fix: str = ""


def worst(findings: Sequence[Finding]) -> Level:
    """The worst level among them."""
    return max((one.level for one in findings), key=list(Level).index, default=Level.OK)


def ok(check: str, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(check=check, level=Level.OK, sentence=sentence)


def warn(check: str, sentence: str, fix: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(check=check, level=Level.WARN, sentence=sentence, fix=fix)


def fail(check: str, sentence: str, fix: str) -> Finding:
    """Something does not work."""
    return Finding(check=check, level=Level.FAIL, sentence=sentence, fix=fix)


# ------------------------------------------------------------ network


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One exchange with a feed's host: why it failed (None: it did not), and what its clock was ahead of ours."""

    host: str
    reason: FetchReason | None = None
    detail: str = ""
    ahead: timedelta | None = None


_NOT_ASKED = frozenset(
    {
        FetchReason.BAD_URL,
        FetchReason.BLOCKED_ADDRESS,
        FetchReason.BLOCKED_SCHEME,
        FetchReason.BLOCKED_PORT,
        FetchReason.STOPPED,
    }
)


def judge_line(answers: Sequence[Answer]) -> Finding:
    """Whether our own line is up: any answer, even an error page, says so."""
    asked = [one for one in answers if one.reason not in _NOT_ASKED]
    heard = [one.host for one in asked if one.reason not in NETWORK_FAILURES]
    if heard:
        return ok("network", f"{len(heard)} of {len(asked)} hosts of feeds answered: {', '.join(heard)}.")
    if not asked:
        return warn(
            "network", "There is no feed to ask, so the line was not tried.", "tracker feeds add ADDRESS"
        )
    said = f"None of the hosts asked answered: {asked[0].detail}"
    return fail("network", said, "Check this computer's connection, then: tracker feeds list --troubled")


def judge_names(known_by_host: Mapping[str, bool]) -> Finding:
    """Whether names are found. `known_by_host`: whether each of them has an address."""
    unknown = sorted(host for host, known in known_by_host.items() if not known)
    if not known_by_host:
        return ok("dns", "There is no name to look up.")
    if not unknown:
        return ok("dns", f"{_count(len(known_by_host), 'name')} found.")
    if len(unknown) == len(known_by_host):
        said = f"No name is found: {', '.join(unknown)}."
        return fail("dns", said, "Check the name servers: resolvectl status, or /etc/resolv.conf")
    return warn("dns", f"Not found: {', '.join(unknown)}.", "tracker feeds list --troubled")


_CLOCK_SEEN = timedelta(seconds=30)
_CLOCK_WRONG = timedelta(minutes=5)  # certificates and digest hours begin to suffer


def judge_clock(ahead: Sequence[timedelta]) -> Finding:
    """Whether our clock is right. `ahead`: what servers' clocks are ahead of ours; their median is believed."""
    if not ahead:
        return ok("clock", "No answer told the time, so the clock was not compared.")
    off = median(one.total_seconds() for one in ahead)
    if abs(off) <= _CLOCK_SEEN.total_seconds():
        return ok("clock", f"It agrees with {_count(len(ahead), 'server')} within {_CLOCK_SEEN.seconds} s.")
    side = "slow" if off > 0 else "fast"
    said = f"It is {_rough(timedelta(seconds=abs(off)))} {side} by {_count(len(ahead), 'server')}."
    judge = fail if abs(off) > _CLOCK_WRONG.total_seconds() else warn
    return judge("clock", said, "timedatectl set-ntp true")


# ------------------------------------------------------------ this computer


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a file system has left, in bytes and files (`files` None: it does not count them)."""

    path: str
    free: int
    files: int | None = None


_LEAST = 100 * 2**20
_SCARCE = 2**30


def judge_space(space: Space, database: int) -> Finding:
    """Whether there is room to go on. A backup and an upgrade need as much again as the database, in bytes."""
    said = f"{_bytes(space.free)} free for {space.path}"
    fix = "Free some space, or set [retention] and run: tracker db prune"
    if space.files == 0:
        return fail("disk", f"No more files can be made in {space.path}.", fix)
    if space.free < _LEAST:
        return fail("disk", f"Only {said}.", fix)
    if space.free < max(_SCARCE, 2 * database):
        needed = f"; a backup beside a database of {_bytes(database)} needs more" if database > _LEAST else ""
        return warn("disk", f"Only {said}{needed}.", fix)
    return ok("disk", f"{said}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFacts:
    """A file or folder: what it is for, what this user may do with it, and who else may read it."""

    path: str
    purpose: str
    exists: bool = True
    may_read: bool = True
    may_write: bool = True
    is_written: bool = False  # the program writes there
    is_secret: bool = False
    is_open_to_others: bool = False
    owner_differs: bool = False


def judge_paths(paths: Sequence[PathFacts], user: str) -> Finding:
    """Whether this user may do what the program does; the worst of all is told."""
    for one in paths:
        if one.exists and not one.may_read:
            return fail(
                "permissions", f"{user} may not read {one.path} ({one.purpose}).", f"chown {user} {one.path}"
            )
        if one.is_written and not one.may_write:
            said = f"{user} may not write {one.path} ({one.purpose})."
            return fail("permissions", said, f"chown -R {user} {one.path}")
    for one in paths:
        if one.is_secret and one.is_open_to_others:
            said = f"Other users may read {one.path} ({one.purpose})."
            return warn("permissions", said, f"chmod 600 {one.path}")
        if one.is_written and one.owner_differs:
            said = f"{one.path} belongs to another user than {user}, who runs this."
            return warn("permissions", said, "Run every command as the user of the daemon.")
    return ok(
        "permissions", f"{_count(len(paths), 'file or folder', 'files and folders')} as they should be."
    )


# ------------------------------------------------------------ versions

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(;.*)?$")
_BOUND = re.compile(r"(>=|<=|==|!=|<|>)\s*([0-9][0-9.]*)")


def unmet(requirement: str, installed: str | None) -> str:
    """What is wrong with an installed version (None: it is not there) by a requirement; empty: nothing.

    Reads the plain comparisons of PEP 440, which are all that ours use.
    """
    match = _REQUIREMENT.match(requirement.strip())
    if match is None:
        return ""
    name, bounds = match[1], match[2].strip()
    if installed is None:
        return f"{name} is not installed"
    has = _numbers(installed)
    wrong = any(not _holds(has, sign, _numbers(bound)) for sign, bound in _BOUND.findall(bounds))
    return f"{name} {installed} is installed, {bounds} is needed" if wrong else ""


def judge_requirements(problems: Sequence[str], versions: str) -> Finding:
    """Whether the libraries fit. `versions` tells those that matter most."""
    if not problems:
        return ok("versions", f"{versions}.")
    more = f", and {len(problems) - 3} more" if len(problems) > 3 else ""
    said = f"{'; '.join(problems[:3])}{more}."
    return fail("versions", said, "pip install --upgrade subject-tracker")


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(part) for part in re.match(r"[0-9.]*", version)[0].split(".") if part]  # type: ignore[index]
    while found and not found[-1]:
        found.pop()  # 2.0 is 2
    return tuple(found)


def _holds(has: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    return {
        ">=": has >= bound,
        "<=": has <= bound,
        "==": has == bound,
        "!=": has != bound,
        "<": has < bound,
        ">": has > bound,
    }[sign]


# ------------------------------------------------------------ words


def since(at: datetime, now: datetime) -> str:
    """Write how long ago, roughly."""
    return f"{_rough(max(now - at, timedelta(0)))} ago"


def _rough(span: timedelta) -> str:
    if span < timedelta(minutes=2):
        return f"{span.total_seconds():.0f} s"
    if span < timedelta(hours=2):
        return f"{span // timedelta(minutes=1)} min"
    return f"{span // timedelta(hours=1)} h" if span < timedelta(days=2) else f"{span.days} days"


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _bytes(size: int) -> str:
    for unit, name in ((2**30, "GB"), (2**20, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size // 1024} kB"
