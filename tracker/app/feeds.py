"""The followed feeds: listed, added, tried, looked for, moved back, brought in and out as OPML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from tracker.app.feed_views import Discovery, FeedView, Followed
from tracker.app.views import FeedTest, OpmlImport
from tracker.errors import FeedExists, TrackerError, UsageError
from tracker.feeds import OpmlFeed, parse_opml, render_opml
from tracker.model import Access, Feed, FeedHealth, FeedId, FeedMove, FeedState, Fetched, ParsedFeed
from tracker.polling import PollPolicy, assess_feed
from tracker.ports import Clock, Fetcher, Sandbox, Store
from tracker.urls import clickable_url, is_web_url

if TYPE_CHECKING:
    from tracker.app.discovery import Prospector
    from tracker.app.trial import Trial

__all__ = ["Subscriptions"]

_POLLS_SHOWN = 10
_COMMAND = "tracker feeds "
_BARE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?].*)?")


class Subscriptions:
    """The feeds of one installation; `fetcher` and `sandbox` are asked for only by what needs the network."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: PollPolicy,
        adapters: Callable[[], tuple[Fetcher, Sandbox]],
        access: Mapping[str, Access] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._adapters = adapters
        self._access = access

    def all(self) -> tuple[tuple[Feed, FeedHealth, str], ...]:
        """All feeds with their condition and, where something is wrong, a sentence and the command that mends it."""
        now = self._clock.now()
        return tuple((feed, *assess_feed(feed, now)) for feed in self._store.feeds())

    def remedies(self) -> dict[FeedId, str]:
        """The command that mends each feed in trouble: the one with which its sentence ends."""
        told = ((feed.id, sentence.rpartition(_COMMAND)) for feed, _, sentence in self.all())
        return {feed_id: f"{command}{rest}" for feed_id, (_, command, rest) in told if command}

    def show(self, url: str) -> FeedView:
        """All that is known of one feed. Raises `FeedNotFound`."""
        feed = self._store.feed_by_url(url)
        health, sentence = assess_feed(feed, self._clock.now())
        polls = self._store.polls(feed.id, limit=_POLLS_SHOWN)
        return FeedView(
            feed=feed, health=health, sentence=sentence, polls=polls, moves=self._store.moves(feed.id)
        )

    def add(
        self, url: str, *, title: str = "", tags: Sequence[str] = (), site_url: str | None = None
    ) -> Feed:
        """Follow a feed untried; it is first polled by the next fetch. Raises `FeedExists`."""
        return self._store.add_feed(
            _web_url(url), title=title, site_url=site_url, tags=tags, now=self._clock.now()
        )

    def follow(self, url: str, *, title: str = "", tags: Sequence[str] = ()) -> Followed:
        """Try an address and follow the feed there, or the only one that its page leads to.

        Raises `FeedExists`, `UsageError` for an address that is never asked, and `TrackerError` when nothing answers
        there or no feed is to be found.
        """
        url = _web_url(url)
        self._refuse_followed(url)
        prospector = self._prospector()
        (trial,) = prospector.try_all([url])
        if isinstance(trial.parsed, ParsedFeed):
            return self._follow_trial(trial, title, tags, "")
        if not isinstance(trial.result, Fetched):
            raise trial.unanswered("To follow it all the same, add it untried (--no-check).")
        found = prospector.discover(trial, self._addresses(), thorough=False)
        if not found.found:
            said = (
                f"{url}: {trial.failure}, and no feed was found from there ({found.tried} addresses tried)."
            )
            raise TrackerError(
                said, hint="Look for a feed's address on the site; --no-check follows this one."
            )
        if len(found.usable) > 1:
            return Followed(feed=None, choice=found)
        (chosen,) = prospector.try_all([found.usable[0].url])
        return self._follow_trial(chosen, title, tags, f"{url} is a web page; its feed was found.")

    def remove(self, url: str) -> Feed:
        """Stop following; articles stay."""
        return self._store.remove_feed(url, now=self._clock.now())

    def reset(self, url: str) -> Feed:
        """Forget a feed's failures and validators; it is due at once. Returns it as it was before."""
        feed = self._store.feed_by_url(url)
        self._store.reset_feed(feed, self._clock.now())
        return feed

    def undo_move(self, url: str) -> FeedMove:
        """Give the feed at `url` its former address back. Raises `FeedNotFound` when it has not moved."""
        return self._store.undo_move(url, now=self._clock.now())

    def import_opml(self, content: bytes) -> OpmlImport:
        """Follow every feed of an OPML file that is not followed yet."""
        listed = parse_opml(content)
        followed = {feed.url for feed in self._store.feeds()}
        added = [item.url for item in listed.feeds if item.url not in followed and self._is_added(item)]
        known = [item.url for item in listed.feeds if item.url not in set(added)]
        return OpmlImport(
            added=len(added),
            known=len(known),
            problems=tuple(problem.detail for problem in listed.problems),
            added_urls=tuple(added),
            known_urls=tuple(known),
        )

    def export_opml(self) -> str:
        """All feeds as OPML, tags as folders, without passwords."""
        return render_opml(self._store.feeds())

    def discover(self, url: str) -> Discovery:
        """Look for feeds from a site's address. Raises `TrackerError` when it cannot be reached."""
        prospector = self._prospector()
        (trial,) = prospector.try_all([_web_url(url)])
        return prospector.discover(trial, self._addresses(), thorough=True)

    def test(self, url: str) -> FeedTest:
        """Try a feed once; stores nothing."""
        from tracker.app.trial import report_trial

        (trial,) = self._prospector().try_all([_web_url(url)])
        followed = next((feed for feed in self._store.feeds() if feed.url == trial.url), None)
        return report_trial(
            trial, followed.state if followed else FeedState(), self._policy, self._clock.now()
        )

    def _is_added(self, item: OpmlFeed) -> bool:
        """Follow a listed feed; False when the address is one that a followed feed had before it moved."""
        try:
            self.add(item.url, title=item.title, tags=item.tags, site_url=item.site_url)
        except FeedExists:
            return False
        return True

    def _follow_trial(self, trial: Trial, title: str, tags: Sequence[str], sentence: str) -> Followed:
        """Follow a feed that was tried, under the address it has moved to where it has."""
        assert isinstance(trial.result, Fetched)
        assert isinstance(trial.parsed, ParsedFeed)
        url = trial.result.permanent_url or trial.url
        moved = f"{trial.url} has moved to {url}." if url != trial.url else ""
        sentence = " ".join(part for part in (sentence, moved) if part)
        if moved:
            self._refuse_followed(url, sentence)
        name = title or trial.parsed.title
        return Followed(
            feed=self.add(url, title=name, tags=tags, site_url=trial.parsed.site_url), sentence=sentence
        )

    def _refuse_followed(self, url: str, sentence: str = "") -> None:
        """Raise `FeedExists` for an address that a followed feed has or has been seen to move to."""
        for feed in self._store.feeds():
            if url == feed.url:
                raise FeedExists(
                    f"{sentence} {url} is followed already.".strip(), hint="See tracker feeds list."
                )
            if url == feed.state.moved_to:
                said = f"{feed.url}, which is followed, has moved to {url}; its polls lead there already."
                raise FeedExists(said, hint=f"See tracker feeds show {feed.url}")

    def _addresses(self) -> frozenset[str]:
        return frozenset(
            url for feed in self._store.feeds() for url in (feed.url, feed.state.moved_to) if url
        )

    def _prospector(self) -> Prospector:
        from tracker.app.discovery import Prospector

        return Prospector(*self._adapters(), self._access)


def _web_url(url: str) -> str:
    """A complete address; a bare host name is taken for https. Raises `UsageError`."""
    text = url.strip()
    text = f"https://{text}" if _BARE_HOST.fullmatch(text) else text
    if not is_web_url(text):
        raise UsageError(
            f"{url} is not a web address.", hint="Give an address that starts with http:// or https://."
        )
    return urldefrag(clickable_url(text) or text).url
