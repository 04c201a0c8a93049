"""Feeds looked for from a site's address: every candidate is really fetched and read, side by side, few at a site.

Nothing is stored. Where to look is decided by `feeds/discover.py`; the fetcher keeps its distances between requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urljoin

from tracker.app.feed_views import Discovery, FoundFeed
from tracker.app.trial import Trial
from tracker.feeds import (
    Candidate,
    Sighted,
    find_feeds,
    fold,
    is_about_comments,
    news_sitemaps,
    once,
    robots_sitemaps,
    usual_places,
)
from tracker.model import (
    Access,
    Fetched,
    FetchRequest,
    ParsedFeed,
)
from tracker.ports import Fetcher, Sandbox

__all__ = ["Prospector"]

_MAX_TRIED = 30


class Prospector:
    """Tries addresses and looks for feeds; `access` tells by address how one is reached."""

    def __init__(
        self, fetcher: Fetcher, sandbox: Sandbox, access: Mapping[str, Access] = MappingProxyType({})
    ) -> None:
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._access = access
        self._tried: dict[str, Trial] = {}

    def try_all(self, urls: Sequence[str]) -> list[Trial]:
        """Ask for the addresses side by side, each once in this object's life, and read what comes."""
        self._tried.update(
            (trial.url, trial) for trial in self._ask([url for url in urls if url not in self._tried])
        )
        return [self._tried[url] for url in urls]

    def _ask(self, urls: Sequence[str]) -> list[Trial]:
        requests = [FetchRequest(url=url, purpose="feed", access=self._access.get(url)) for url in urls]
        results = [future.result() for future in [self._fetcher.submit(request) for request in requests]]
        parsing = [
            self._sandbox.parse_feed(result.body, result.url, result.headers.get("content-type", ""))
            if isinstance(result, Fetched)
            else None
            for result in results
        ]
        return [
            Trial(url=url, result=result, parsed=future.result() if future else None)
            for url, result, future in zip(urls, results, parsing, strict=True)
        ]

    def discover(self, first: Trial, followed: frozenset[str], *, thorough: bool) -> Discovery:
        """Look for feeds from the address of `first`. Raises what `first.unanswered` makes when that cannot be reached.

        `followed` are the addresses followed already. Unless `thorough`, the search ends with what the page itself
        announces or links to, where that holds a feed; else robots.txt and the usual places are looked at, too.
        """
        itself = _sighted(Candidate(url=first.url, origin="itself"), first)
        if itself:
            return Discovery(url=first.url, is_feed=True, found=(_found(itself, followed),), tried=1)
        if not isinstance(first.result, Fetched):
            raise first.unanswered("Check the address in a browser.")
        place = first.result.url
        self._tried[first.url] = first
        body = first.result.body
        candidates = once([*news_sitemaps(body, "announced"), *find_feeds(body, place)])
        found = self._read(candidates)
        if thorough or not found:
            found = self._read(once([*candidates, *self._elsewhere(place)]))
        listed = tuple(_found(one, followed) for one in fold(found))
        return Discovery(url=first.url, is_feed=False, found=listed, tried=len(self._tried))

    def _elsewhere(self, place: str) -> tuple[Candidate, ...]:
        """The sitemaps of news that robots.txt names, one level of lists of them opened, and the usual places."""
        url = urljoin(place, "/robots.txt")
        robots = self._fetcher.submit(FetchRequest(url=url, purpose="robots")).result()
        named = robots_sitemaps(robots.body, url) if isinstance(robots, Fetched) else ()
        inner: list[Candidate] = []
        for trial in self.try_all([one.url for one in named]):
            if isinstance(trial.result, Fetched):
                inner += news_sitemaps(trial.result.body, "robots.txt")
        return once([*named, *inner, *usual_places(place)])

    def _read(self, candidates: Sequence[Candidate]) -> list[Sighted]:
        chosen = candidates[:_MAX_TRIED]
        sighted = [
            _sighted(one, trial)
            for one, trial in zip(chosen, self.try_all([one.url for one in chosen]), strict=True)
        ]
        return [one for one in sighted if one]


def _sighted(candidate: Candidate, trial: Trial) -> Sighted | None:
    if not isinstance(trial.result, Fetched) or not isinstance(trial.parsed, ParsedFeed):
        return None
    url = trial.result.permanent_url or trial.url
    return Sighted(candidate=candidate, url=url, final_url=trial.result.url, feed=trial.parsed)


def _found(one: Sighted, followed: frozenset[str]) -> FoundFeed:
    dates = [entry.published_at for entry in one.feed.entries if entry.published_at]
    return FoundFeed(
        url=one.url,
        title=one.feed.title or one.candidate.title,
        format=one.feed.format.value,
        entries=len(one.feed.entries),
        newest_at=max(dates, default=None),
        origin=one.candidate.origin,
        is_followed=not followed.isdisjoint({one.url, one.candidate.url, one.final_url, *one.also}),
        is_comments=is_about_comments(one.url, one.candidate.title, one.feed.title),
        also=one.also,
    )
