"""Relevance with its persistent state: the profiles of all watches and the stream's word statistics.

Both are read from the store at first need. What is observed in memory is what `Record.background` stores, so a restart
continues where this stopped. A transaction that failed is followed by `reload`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.model import Article, Profile, Relevance, Watch
from tracker.ports import Clock, Store
from tracker.relevance import (
    Analysed,
    Background,
    CompiledProfile,
    RelevancePolicy,
    analyse,
    build_profile,
    increments_of,
    score_article,
)

__all__ = ["Scored", "Scoring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One article's analysis, its relevance to each watch asked for, and what storing it adds to the statistics."""

    analysed: Analysed
    relevance: tuple[Relevance, ...]
    increments: Mapping[tuple[str, str], float]


class Scoring:
    """Scores articles for watches; the only holder of the statistics in this process."""

    def __init__(self, store: Store, clock: Clock, watches: Sequence[Watch], policy: RelevancePolicy) -> None:
        self._store = store
        self._clock = clock
        self._watches = {watch.name: watch for watch in watches}
        self._policy = policy
        self._profiles: dict[str, CompiledProfile] = {}
        self._background: Background | None = None

    @property
    def background(self) -> Background:
        """The stream's word statistics."""
        if self._background is None:
            self._background = Background.from_counts(self._store.background())
        return self._background

    def reload(self) -> None:
        """Forget what memory holds; the store is the truth."""
        self._background = None
        self._profiles.clear()

    def refresh(self) -> None:
        """Rebuild and store profiles whose statistics have moved on. Never inside a transaction."""
        for watch in self._watches.values():
            self._current(watch, refresh=True)

    def profile(self, watch: Watch) -> CompiledProfile:
        """The compiled profile of a watch."""
        return self._current(watch, refresh=False)

    def score(self, article: Article, watches: Sequence[Watch]) -> Scored:
        """Score an article for each watch."""
        analysed = analyse(article.title, article.text, article.language)
        relevance = tuple(
            score_article(self.profile(watch), analysed, self.background, self._policy) for watch in watches
        )
        return Scored(analysed=analysed, relevance=relevance, increments=increments_of(analysed, relevance))

    def observe(self, scored: Scored) -> None:
        """Count an article that is being stored."""
        self.background.observe(scored.increments)

    def _current(self, watch: Watch, *, refresh: bool) -> CompiledProfile:
        held = self._profiles.get(watch.name) or self._stored(watch)
        if held is None or (refresh and held.is_stale(self.background)):
            held = build_profile(watch, self.background, self._policy)
            profile = Profile(watch=watch.name, version=held.version, body=held.to_json())
            self._store.save_profile(profile, self._clock.now())
        self._profiles[watch.name] = held
        return held

    def _stored(self, watch: Watch) -> CompiledProfile | None:
        """The stored profile, if it was made from these very seeds and topics by these rules."""
        stored = self._store.profile(watch.name)
        if stored is None:
            return None
        profile = CompiledProfile.from_json(stored.body)
        return profile if profile.is_for(watch, self._policy) else None
