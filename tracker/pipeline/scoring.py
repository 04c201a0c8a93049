"""Relevance with its persistent state: the profiles of all watches, what was judged, and the stream's word statistics.

All are read from the store at first need, judgements again before every portion of articles. What is observed in memory
is what `Record.background` stores, so a restart continues where this stopped. A transaction that failed is followed by
`reload`. A score's `profile_version` is `version(watch)`, a dot, and the size of the stream: when seeds, topics, rules,
threshold or judgements change, so does what stands before the dot.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tracker.model import Article, ArticleId, Judgement, Profile, Relevance, Verdict, Watch, WatchName
from tracker.ports import Clock, Store
from tracker.relevance import (
    Analysed,
    Background,
    CompiledProfile,
    Encoder,
    Frequencies,
    Judged,
    RelevancePolicy,
    analyse,
    build_profile,
    increments_of,
    learn_from,
    meaning_text,
    score_article,
)

__all__ = ["Scored", "Scoring"]

_MOST_JUDGED: Final = 200
"""Of more verdicts the newest are learned from: what a subject means drifts, and each is scored anew."""
_NO_LINE: Final = 2.0
_NO_WATCH = "\n"  # a scope that nothing has: "" is the stream itself, which would be taken off the stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One article's analysis, its relevance to each watch asked for, and what storing it adds to the statistics."""

    analysed: Analysed
    relevance: tuple[Relevance, ...]
    increments: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """What was judged of a watch, under which profile it was learned from, and what it taught.

    `scores`: of each judged article under that profile, so that one more word costs one more scoring.
    """

    judgements: tuple[Judgement, ...]
    profile: str
    judged: Judged
    scores: Mapping[ArticleId, Relevance]

    @property
    def name(self) -> str:
        """Name the judgements in nine characters; "" for none."""
        if not self.judgements:
            return ""
        said = ",".join(f"{one.article_id}{one.verdict.value}" for one in self.judgements)
        return "-" + hashlib.sha256(said.encode()).hexdigest()[:8]


class Scoring:
    """Scores articles for watches; the only holder of the statistics in this process.

    With an `encoder` meaning counts as well; vectors of seeds are stored with the profile, those of articles are made
    whenever one is scored and kept nowhere.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        watches: Sequence[Watch],
        policy: RelevancePolicy,
        encoder: Encoder | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._watches = tuple(watches)
        self._policy = replace(policy, model=encoder.name) if encoder else policy
        self._encoder = encoder
        self._profiles: dict[str, CompiledProfile] = {}
        self._lessons: dict[str, _Lesson] = {}
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
        self._lessons.clear()

    def refresh(self) -> None:
        """Rebuild and store profiles whose statistics have moved on; learn what was judged meanwhile.

        Never inside a transaction.
        """
        for watch in self._watches:
            held = self.profile(watch)
            if held.is_stale(self.background):
                self._profiles[watch.name] = self._build(watch, held)
            self._learn(watch)

    def profile(self, watch: Watch) -> CompiledProfile:
        """The compiled profile of a watch: the one in memory, the stored one if it still fits, or a new one."""
        if watch.name not in self._profiles:
            stored = self._stored(watch)
            fits = stored is not None and stored.is_of(watch, self._policy)
            self._profiles[watch.name] = stored if stored and fits else self._build(watch, stored)
        return self._profiles[watch.name]

    def judged(self, watch: Watch) -> Judged:
        """What a person's judgements have taught about a watch."""
        return self._lesson(watch).judged

    def has_learned(self, watch: WatchName) -> bool:
        """Whether statistics, profile and lesson of a watch are in memory."""
        return self._background is not None and watch in self._profiles and watch in self._lessons

    def version(self, watch: Watch) -> str:
        """Name all that a person decides of a watch's scores, and the rules."""
        return self.profile(watch).version.partition(".")[0] + self._lesson(watch).name

    def score(self, article: Article, watches: Sequence[Watch]) -> Scored:
        """Score an article for each watch."""
        analysed = self._analysed(article.title, article.text, article.language)
        relevance = tuple(self._score(analysed, watch) for watch in watches)
        return Scored(analysed=analysed, relevance=relevance, increments=increments_of(analysed, relevance))

    def observe(self, scored: Scored) -> None:
        """Count an article that is being stored."""
        self.background.observe(scored.increments)

    def weights(self, analysed: Analysed) -> tuple[dict[str, float], dict[str, float]]:
        """Weigh an article's words, and its title's, for grouping by event: frequent here, rare in the stream."""
        frequencies = Frequencies(
            background=self.background, watch=_NO_WATCH, seeds={}, size=0,
            languages=(analysed.language or "en",), prior_weight=self._policy.prior_weight,
        )  # fmt: skip
        idf = frequencies.idf_of(analysed.counts)
        title = Counter(word for word in analysed.title if word in idf)
        return (
            {word: math.log1p(count) * idf[word] for word, count in analysed.counts.items()},
            {word: math.log1p(count) * idf[word] for word, count in title.items()},
        )

    def _analysed(self, title: str, text: str, language: str | None) -> Analysed:
        analysed = analyse(title, text, language)
        meanings = self._meanings([(title, text)])
        return replace(analysed, meaning=meanings[0]) if meanings else analysed

    def _meanings(self, texts: Sequence[tuple[str, str]]) -> list[tuple[float, ...]]:
        """Return the vectors of (title, text); none without an encoder."""
        if self._encoder is None:
            return []
        return self._encoder.encode([meaning_text(title, text) for title, text in texts])

    def _score(self, analysed: Analysed, watch: Watch) -> Relevance:
        profile, judged = self.profile(watch), self.judged(watch)
        relevance = score_article(profile, analysed, self.background, self._policy, judged=judged)
        size = profile.version.partition(".")[2]
        return replace(relevance, profile_version=f"{self.version(watch)}.{size}")

    def _lesson(self, watch: Watch) -> _Lesson:
        return self._lessons.get(watch.name) or self._learn(watch)

    def _learn(self, watch: Watch) -> _Lesson:
        """Learn from the judgements as they are now, each article scored by the present profile."""
        wanted = {Verdict.RELEVANT, Verdict.IRRELEVANT}
        judgements = tuple(one for one in self._store.judgements(watch.name) if one.verdict in wanted)
        profile, held = self.profile(watch), self._lessons.get(watch.name)
        if held is None or held.judgements != judgements or held.profile != profile.version:
            known = held.scores if held and held.profile == profile.version else {}
            newest = judgements[-_MOST_JUDGED:]
            scores = {
                one.article_id: known.get(one.article_id) or self._unjudged(one, profile) for one in newest
            }
            judged = learn_from((scores[one.article_id], one.verdict) for one in newest)
            held = _Lesson(judgements=judgements, profile=profile.version, judged=judged, scores=scores)
            self._lessons[watch.name] = held
        return held

    def _unjudged(self, judgement: Judgement, profile: CompiledProfile) -> Relevance:
        """Score a judged article as if nothing had been judged; passages are not looked for."""
        (item, *_) = self._store.items_of(judgement.article_id)
        analysed = self._analysed(item.title, item.text, item.language)
        return score_article(replace(profile, threshold=_NO_LINE), analysed, self.background, self._policy)

    def _build(self, watch: Watch, previous: CompiledProfile | None) -> CompiledProfile:
        meanings = self._meanings([(seed.title, seed.text) for seed in watch.seeds])
        built = build_profile(watch, self.background, self._policy, previous=previous, meanings=meanings)
        profile = Profile(watch=watch.name, version=built.version, body=built.to_json())
        self._store.save_profile(profile, self._clock.now())
        return built

    def _stored(self, watch: Watch) -> CompiledProfile | None:
        """The stored profile, or None when there is none that this version can read."""
        stored = self._store.profile(watch.name)
        if stored is None:
            return None
        try:
            return CompiledProfile.from_json(stored.body)
        except (ValueError, KeyError, TypeError):  # written by rules with other fields: built anew
            return None
