"""What sites allow automatic readers (robots.txt, RFC 9309), remembered per origin.

Pages are asked for with this courtesy; feeds are published for programs and are not. The file itself comes through
the same guarded exchange as everything else, handed in as `load`.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from protego import Protego

from tracker.fetch.target import Target
from tracker.model import Fetched, FetchFailed, FetchReason, FetchResult

__all__ = ["RobotsCache", "Rules", "rules_for_us"]

Load = Callable[[], Awaitable[FetchResult]]

_REMEMBER_S = 24 * 3600.0  # RFC 9309 section 2.4: not longer than a day
_REMEMBER_TROUBLE_S = 600.0
_MAX_CRAWL_DELAY = timedelta(seconds=60)  # longer ones would stall a morning's reading for one site
_CACHE_BUDGET = 2_000_000  # characters of kept rules; parsed they take a small multiple of that
_MAX_RULES_LENGTH = 128 * 1024
_MAX_LINE_LENGTH = 2048
_AGENT_KEYS = {"user-agent", "useragent", "user agent"}
_SITE_WIDE_KEYS = {"sitemap", "host"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One site's rules for us; no `parsed` means everything is allowed. `valid_until` is on the loop's clock."""

    token: str
    parsed: Protego | None = None
    weight: int = 0
    valid_until: float

    def allows(self, url: str) -> bool:
        """Whether this page may be asked for."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.token))

    @property
    def crawl_delay(self) -> timedelta:
        """The distance between requests the site asks for, at most a minute."""
        seconds = float(self.parsed.crawl_delay(self.token) or 0.0) if self.parsed else 0.0
        if not math.isfinite(seconds):
            return _MAX_CRAWL_DELAY
        return min(_MAX_CRAWL_DELAY, timedelta(seconds=min(max(seconds, 0.0), 3600.0)))


class RobotsCache:
    """Rules by origin; concurrent askers share one request. Lives on the event loop's thread."""

    def __init__(self, user_agent: str) -> None:
        self._token = user_agent.partition("/")[0].lower()
        self._rules: OrderedDict[str, Rules] = OrderedDict()
        self._weight = 0
        self._loading: dict[str, asyncio.Future[None]] = {}

    def knows(self, target: Target) -> bool:
        """Whether the rules of a target's site are at hand."""
        return self._fresh(target.origin) is not None

    async def rules_for(self, target: Target, load: Load) -> Rules:
        """The rules of a target's site, loaded when unknown or out of date."""
        origin = target.origin
        while not (rules := self._fresh(origin)):
            if origin in self._loading:
                await asyncio.shield(self._loading[origin])
            else:
                await self._load(origin, load)
        return rules

    def _fresh(self, origin: str) -> Rules | None:
        rules = self._rules.get(origin)
        return rules if rules and rules.valid_until > asyncio.get_running_loop().time() else None

    async def _load(self, origin: str, load: Load) -> None:
        """Load once; the waiting look again even when this asker is cut off, and one of them takes over."""
        done = self._loading[origin] = asyncio.get_running_loop().create_future()
        try:
            self._remember(origin, _rules_of(await load(), self._token, asyncio.get_running_loop().time()))
        finally:
            del self._loading[origin]
            done.set_result(None)

    def _remember(self, origin: str, rules: Rules) -> None:
        replaced = self._rules.pop(origin, None)
        self._weight += rules.weight - (replaced.weight if replaced else 0)
        self._rules[origin] = rules
        while self._weight > _CACHE_BUDGET and len(self._rules) > 1:
            _, oldest = self._rules.popitem(last=False)
            self._weight -= oldest.weight


def _rules_of(result: FetchResult, token: str, now: float) -> Rules:
    """Read the answer.

    A missing file allows everything (RFC 9309 section 2.3.1.3). For an unreachable one the RFC asks to stay away; we
    allow, but ask again after ten minutes: we read a page once, as its reader would, and a hiccup of this one file must
    not silently cost the articles of a whole site.
    """
    if isinstance(result, Fetched):
        text = rules_for_us(result.body.decode("utf-8-sig", errors="replace"), token)
        until = now + _REMEMBER_S
        return Rules(token=token, parsed=Protego.parse(text), weight=len(text) + 100, valid_until=until)
    is_missing = isinstance(result, FetchFailed) and (
        result.reason in {FetchReason.EMPTY_BODY, FetchReason.TOO_LARGE}
        or (result.status is not None and 400 <= result.status < 500 and result.status != 429)
    )
    return Rules(
        token=token, weight=100, valid_until=now + (_REMEMBER_S if is_missing else _REMEMBER_TROUBLE_S)
    )


def rules_for_us(text: str, token: str) -> str:
    """Keep the groups for everybody and for `token`, up to a size.

    The grammar's reader copies every rule to every agent of its group: 5,000 agents times 20,000 rules in half a
    megabyte would stop the program, so other agents' names never reach it.
    """
    kept: list[str] = []
    room = _MAX_RULES_LENGTH
    is_ours = was_agent = False
    for raw_line in text.splitlines():
        line = raw_line[:_MAX_LINE_LENGTH].partition("#")[0].strip()
        key, _, value = line.lower().partition(":")
        if key.strip() in _AGENT_KEYS:
            name = value.partition("/")[0].strip()
            is_named = name in {"*", token}
            is_ours = is_named or (is_ours and was_agent)  # several agent lines in a row head one group
            was_agent = True
            line = f"User-agent: {name}" if is_named else ""
        elif line and key.strip() not in _SITE_WIDE_KEYS:
            was_agent = False
        if line and is_ours and room > 0:
            kept.append(line)
            room -= len(line)
    return "\n".join(kept)
