"""What a poller owes the sites it asks: twenty rules, each a sentence and a check over the origin's request log.

The checks know nothing of our code: a rule broken is what a site owner could read in his own log. `Terms` are the
promises a poller makes about itself (its bounds and limits), as documented.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import pairwise
from urllib.parse import urlsplit

from benchmarks.citizenship.log import DAY, HOUR, Ask

_SLACK = 1.0  # seconds
_EARLY = 15 * 60.0  # so much sooner than the bounded age a whole document may be asked for
_CAP = DAY  # what a server may ask of us at most
_DEFAULT_REST = 60.0  # after a 429 that names no time
_OUTAGE_GRACE = 2 * HOUR  # to be back at work after an outage of one's own
_FAILURE = frozenset({0, *range(400, 600)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Seconds and counts a poller promises. `start`, `end`: the time simulated; `outages`: its own network was down.

    `followed`: the address of each feed. `has_clock`: times within a minute mean something (not so on loopback, where
    the simulated clock stands still during a round).
    """

    followed: Mapping[int, str]
    start: float = 0.0
    end: float
    min_interval: float = 300.0
    max_interval: float = DAY
    full_age: float = DAY
    gone_interval: float = DAY
    at_once: int = 12
    per_host: int = 2
    spacing: float = 1.0
    redirects: int = 5
    tick: float = 120.0
    outages: tuple[tuple[float, float], ...] = ()
    has_clock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One violation: which rule, by which request, and what was wrong."""

    rule: int
    ask: Ask
    detail: str


Found = Iterator[tuple[Ask, str]]
Check = Callable[[Sequence[Ask], Terms], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: its number, its sentence, its check."""

    number: int
    sentence: str
    check: Check

    def breaches(self, log: Sequence[Ask], terms: Terms) -> list[Breach]:
        return [Breach(rule=self.number, ask=ask, detail=text) for ask, text in self.check(log, terms)]


def judge(log: Sequence[Ask], terms: Terms) -> list[Breach]:
    """All breaches of all rules; `log` in the order of time."""
    return [breach for rule in RULES for breach in rule.breaches(log, terms)]


def _by_url(log: Iterable[Ask], *kinds: str) -> dict[str, list[Ask]]:
    groups: dict[str, list[Ask]] = defaultdict(list)
    for ask in log:
        if ask.kind in kinds:
            groups[ask.url].append(ask)
    return groups


def _http_seconds(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def stated_freshness(answer: Mapping[str, str]) -> float:
    """Seconds, by the server's own clock, at most a day (RFC 9111 section 4.2.1)."""
    for part in answer.get("cache-control", "").replace(" ", "").split(","):
        name, _, value = part.partition("=")
        if name == "max-age" and value.isdigit():
            return min(float(value), _CAP)
    expires, date = _http_seconds(answer.get("expires")), _http_seconds(answer.get("date"))
    return min(max(expires - date, 0.0), _CAP) if expires and date else 0.0


def stated_rest(answer: Mapping[str, str], *, as_date: bool | None = None) -> float | None:
    """Retry-After in seconds; `as_date` asks for one of its two forms only."""
    text = answer.get("retry-after", "")
    if text.isdigit():
        return None if as_date else min(float(text), _CAP)
    until, date = _http_seconds(text), _http_seconds(answer.get("date"))
    if as_date is False or until is None or date is None:
        return None
    return min(max(until - date, 0.0), _CAP)


def _early(log: Sequence[Ask], wait_of: Callable[[Ask], float | None]) -> Found:
    """Requests for an address before the wait its last answer asked for is over."""
    for asks in _by_url(log, "feed").values():
        for before, ask in pairwise(asks):
            wait = wait_of(before)
            if wait and ask.at < before.at + wait - _SLACK:
                yield ask, f"asked {ask.at - before.at:.0f} s after an answer that asked for {wait:.0f} s"


def _too_fresh(log: Sequence[Ask], _: Terms) -> Found:
    return _early(log, lambda ask: stated_freshness(ask.answer) if ask.status in {200, 304} else None)


def _retry_after(log: Sequence[Ask], _: Terms) -> Found:
    return _early(log, lambda ask: stated_rest(ask.answer) if ask.status in {429, 503} else None)


def _rest_of(limited: Ask) -> float:
    rest = stated_rest(limited.answer)
    return _DEFAULT_REST if rest is None else rest


def _host_hold(log: Sequence[Ask], _: Terms) -> Found:
    until: dict[str, float] = {}
    for ask in log:
        if ask.at < until.get(ask.host, 0.0) - _SLACK:
            yield ask, f"{ask.host} had asked for {until[ask.host] - ask.at:.0f} s more of rest (429)"
        if ask.status == 429:
            until[ask.host] = max(until.get(ask.host, 0.0), ask.at + _rest_of(ask))


def _unconditional(log: Sequence[Ask], terms: Terms) -> Found:
    for asks in _by_url(log, "feed").values():
        full: Ask | None = None  # the last whole document, while nothing else came between
        lied = False
        for ask in asks:
            given = full and ("etag" in full.answer or "last-modified" in full.answer)
            if full and given and not lied and not ask.is_conditional:
                age = ask.at - full.at
                if age < terms.full_age - _EARLY:
                    yield ask, f"no validators, though some were given {age:.0f} s before"
            lied = lied or ask.lie
            if ask.status == 200:
                full = ask if ask.good else None
            elif ask.status != 304:
                full = None


def _validators(log: Sequence[Ask], _: Terms) -> Found:
    """The newest are those of the last answer, or those of the last whole document if others came since."""
    for asks in _by_url(log, "feed", "page", "robots", "hop").values():
        latest: dict[str, str] = {}
        whole: dict[str, str] = {}
        for ask in asks:
            for header, source in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
                sent = ask.headers.get(header)
                if sent is not None and sent not in {latest.get(source), whole.get(source)}:
                    yield (
                        ask,
                        f"{header} {sent} is not the newest {source} of this address ({latest.get(source)})",
                    )
                    break
            if ask.status in {200, 304}:
                given = {name: ask.answer[name] for name in ("etag", "last-modified") if name in ask.answer}
                latest = latest | given
                whole = whole | given if ask.status == 304 or ask.good else whole


def _bounded_age(log: Sequence[Ask], terms: Terms) -> Found:
    for asks in _by_url(log, "feed").values():
        full_at: float | None = None
        for ask in asks:
            if ask.is_conditional and full_at is not None and ask.at - full_at > terms.full_age + _SLACK:
                yield (
                    ask,
                    f"conditional although the last whole document is {(ask.at - full_at) / HOUR:.1f} h old",
                )
            if ask.status == 200:
                full_at = ask.at


def _gone(log: Sequence[Ask], terms: Terms) -> Found:
    yield from _early(log, lambda ask: terms.gone_interval if ask.status == 410 else None)


def _at_once(log: Sequence[Ask], terms: Terms) -> Found:
    if not terms.has_clock:
        return
    open_all: list[Ask] = []
    for ask in log:
        open_all = [other for other in open_all if other.end > ask.at + 1e-6]
        at_host = sum(other.host == ask.host for other in open_all)
        if len(open_all) >= terms.at_once:
            yield ask, f"{len(open_all) + 1} requests open at once"
        elif at_host >= terms.per_host:
            yield ask, f"{at_host + 1} requests open to {ask.host} at once"
        open_all.append(ask)


def _accept(log: Sequence[Ask], _: Terms) -> Found:
    for ask in log:
        accept = ask.headers.get("accept", "")
        wanted = {"feed": ("application/rss+xml", "application/atom+xml"), "page": ("text/html",)}.get(
            ask.kind, ()
        )
        if not all(kind in accept for kind in wanted):
            yield ask, f"Accept is {accept!r}"


def _identity(log: Sequence[Ask], _: Terms) -> Found:
    for ask in log:
        agent = ask.headers.get("user-agent", "")
        if "http://" not in agent and "https://" not in agent and "@" not in agent:
            yield ask, f"User-Agent {agent!r} names nobody to write to"


def _gzip(log: Sequence[Ask], _: Terms) -> Found:
    for ask in log:
        if "gzip" not in ask.headers.get("accept-encoding", ""):
            yield ask, "the answer could not be compressed"


def _spacing(log: Sequence[Ask], terms: Terms) -> Found:
    """A redirect's next hop and the robots.txt asked for a page belong to the request they serve."""
    if not terms.has_clock:
        return
    last: dict[str, Ask] = {}
    for ask in log:
        before = last.get(ask.host)
        is_hop = before is not None and before.answer.get("location") == ask.url
        is_aside = ask.kind == "robots" or (before is not None and before.kind == "robots")
        if before and not (is_hop or is_aside) and ask.at - before.at < terms.spacing - 0.01:
            yield ask, f"{ask.at - before.at:.2f} s after the request before to {ask.host}"
        last[ask.host] = ask


def _hammering(log: Sequence[Ask], terms: Terms) -> Found:
    for asks in _by_url(log, "feed").values():
        gaps: list[float] = []
        for before, ask in pairwise(asks):
            if before.status not in _FAILURE:
                gaps = []
                continue
            gap = ask.at - before.at
            is_longest = gap >= 0.9 * terms.max_interval
            if gaps and gap < 0.85 * gaps[-1] and not is_longest and not _rests(before):
                yield ask, f"{gap:.0f} s after a failure, {gaps[-1]:.0f} s after the one before it"
            elif len(gaps) >= 3 and gap < 2 * gaps[-3] and not is_longest:
                yield ask, f"after {len(gaps) + 1} failures in a row still {gap:.0f} s apart"
            gaps = [] if _rests(before) else [*gaps, gap]


def _rests(ask: Ask) -> bool:
    return stated_rest(ask.answer) is not None


def _too_often(log: Sequence[Ask], terms: Terms) -> Found:
    yield from _early(log, lambda _: terms.min_interval)


def _too_seldom(log: Sequence[Ask], terms: Terms) -> Found:
    """Counted by feed, so that a move of address is no break. A tenth of jitter and one tick are allowed.

    The rest that the host asked for by 429, whichever of its feeds was asked, does not count.
    """
    limit = terms.max_interval * 1.1 + terms.tick
    times: dict[int, list[Ask]] = {number: [] for number in terms.followed}
    limited: dict[str, list[Ask]] = defaultdict(list)
    for ask in log:
        if ask.status == 429:
            limited[ask.host].append(ask)
        if ask.kind == "feed" and ask.feed in times:
            times[ask.feed].append(ask)
    for number, asks in times.items():
        url = terms.followed[number]
        first = Ask(at=terms.start, end=terms.start, url=url, host="", feed=number)
        last = Ask(at=terms.end, end=terms.end, url=url, host="", feed=number)
        for before, after in pairwise([first, *asks, last]):
            down = sum(_OUTAGE_GRACE + b - a for a, b in terms.outages if a < after.at and b > before.at)
            gone = (terms.gone_interval - terms.max_interval) * 1.1 if before.status == 410 else 0.0
            rest = sum(_rest_of(ask) for ask in limited[after.host] if before.at <= ask.at < after.at)
            if after.at - before.at > limit + down + gone + rest:
                yield after, f"not asked for {(after.at - before.at) / HOUR:.1f} h"


def _redirects(log: Sequence[Ask], terms: Terms) -> Found:
    chains: dict[str, int] = {}  # the address a redirect names -> how many hops led there
    for ask in log:
        hops = chains.pop(ask.url, 0)
        location = ask.answer.get("location")
        if location and 300 <= ask.status < 400:
            chains[location] = hops + 1
        if hops > terms.redirects:
            yield ask, f"hop number {hops} of one chain"


def _robots(log: Sequence[Ask], _: Terms) -> Found:
    asked: dict[str, float] = {}
    for ask in log:
        if ask.kind == "robots":
            asked[ask.host] = ask.at
        elif ask.kind == "page":
            if urlsplit(ask.url).path.startswith("/private/"):
                yield ask, "robots.txt asks not to read this page"
            elif ask.host not in asked or ask.at - asked[ask.host] > 25 * HOUR:
                yield ask, "no robots.txt was read in the day before this page"


def _pages_twice(log: Sequence[Ask], _: Terms) -> Found:
    for asks in _by_url(log, "page").values():
        for ask in [ask for ask in asks if ask.status == 200][1:]:
            yield ask, "this page was had before"


def _unasked(log: Sequence[Ask], _: Terms) -> Found:
    located = set()
    for ask in log:
        if ask.kind == "stray" or (ask.kind == "hop" and ask.url not in located):
            yield ask, "nothing that is followed leads here"
        if "location" in ask.answer:
            located.add(ask.answer["location"])


def _hints(log: Sequence[Ask], _: Terms) -> Found:
    """A document's hint holds until the next document: 304 means that it still stands."""
    for asks in _by_url(log, "feed").values():
        hint = 0.0
        for before, ask in pairwise(asks):
            hint = before.hint if before.good else hint
            if before.status in {200, 304} and ask.at - before.at < min(hint, _CAP) - _SLACK:
                yield (
                    ask,
                    f"{ask.at - before.at:.0f} s after the last time; the document asks for {hint:.0f} s",
                )


_TABLE: tuple[tuple[str, Check], ...] = (
    ("A feed is left alone as long as its answer is fresh (max-age, else Expires by its own Date; a day at most).", _too_fresh),
    ("Retry-After of a 429 or 503 is waited out, in seconds as well as a date.", _retry_after),
    ("After a 429 nothing of that host is asked before the rest is over.", _host_hold),
    ("A repeat is conditional when validators were given within the bounded age.", _unconditional),
    ("Only the newest validators are sent, and only to the very address they came from.", _validators),
    ("No conditional request when the last whole document is older than the bounded age (304 for ever).", _bounded_age),
    ("A feed that is gone (410) is asked no more often than at the long interval promised for it.", _gone),
    ("No burst, at the start neither: so many requests open in all, so many to one host.", _at_once),
    ("Accept names feed types for feeds, and text/html for pages.", _accept),
    ("User-Agent names somebody to write to.", _identity),
    ("Answers may be compressed: Accept-Encoding has gzip.", _gzip),
    ("Requests to one host start no closer together than promised.", _spacing),
    ("Failures in a row are asked again at growing distances.", _hammering),
    ("No feed is asked more often than the shortest interval.", _too_often),
    ("Every feed is asked at least once in the longest interval.", _too_seldom),
    ("A redirect loop is left after the promised number of hops.", _redirects),
    ("robots.txt is read before a host's pages, and obeyed.", _robots),
    ("A page is fetched once.", _pages_twice),
    ("Nothing else is asked for: no image, icon, style sheet.", _unasked),
    ("The document's own hint (ttl, sy:updatePeriod) is waited out.", _hints),
)  # fmt: skip
RULES = tuple(
    Rule(number=number, sentence=sentence, check=check)
    for number, (sentence, check) in enumerate(_TABLE, start=1)
)
