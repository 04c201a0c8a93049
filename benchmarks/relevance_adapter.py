"""The relevance room as the topic-tracking evaluation drives it: one watch, items in time order, learning online."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tracker.model import Relevance, Seed, Topic, Verdict, Watch, WatchName
from tracker.relevance import (
    NOTHING_JUDGED,
    Analysed,
    Background,
    RelevancePolicy,
    analyse,
    build_profile,
    increments_of,
    learn_from,
    score_article,
)
from tracker.relevance.score import probability_of
from tracker.settings.seed_lines import without_page_lines

Item = Mapping[str, Any]


def _seed(position: int, item: Item) -> Seed:
    return Seed(
        name=str(item.get("id", position)),
        title=item.get("title") or "",
        text=item.get("text") or "",
        language=item.get("lang"),
    )


def _topic(topic: str | Mapping[str, Any]) -> Topic:
    if isinstance(topic, str):
        return Topic(name=topic)
    return Topic(name=topic["name"], phrases=tuple(topic.get("phrases", ())))


@lru_cache(maxsize=1 << 14)
def _read(title: str, text: str, language: str | None) -> Analysed:
    """Analyse a text once for all watches, as the engine does."""
    return analyse(title, text, language)


class Scorer:
    """Scores items as the engine would: analyse, score, add to the statistics, rebuild the profile when it is stale."""

    def __init__(
        self, seeds: Sequence[Item], topics: Sequence[str | Mapping[str, Any]], **options: Any
    ) -> None:
        self.policy = RelevancePolicy()
        self.background = Background()
        self.watch = Watch(
            name=WatchName("watch"),
            title="",
            seeds=without_page_lines([_seed(position, seed) for position, seed in enumerate(seeds)]),
            topics=tuple(map(_topic, topics)),
            **options,
        )
        self.profile = build_profile(self.watch, self.background, self.policy)
        self.threshold = self.profile.threshold
        self.judged = NOTHING_JUDGED
        self.verdicts: list[tuple[Relevance, Verdict]] = []

    def relevance(self, item: Item) -> Relevance:
        """Score an item with its reasons, and learn from having seen it."""
        analysed = self._read(item)
        found = score_article(self.profile, analysed, self.background, self.policy, judged=self.judged)
        return self._seen(analysed, found)

    def score(self, item: Item) -> float:
        """Return the probability alone, without reasons, and learn from having seen it."""
        if self.judged is not NOTHING_JUDGED:
            return self.relevance(item).score
        analysed = self._read(item)
        score = probability_of(self.profile, analysed, self.background, self.policy)
        return self._seen(
            analysed, Relevance(watch=self.watch.name, score=score, threshold=self.profile.threshold)
        ).score

    def _read(self, item: Item) -> Analysed:
        if self.profile.is_stale(self.background):
            self.profile = build_profile(self.watch, self.background, self.policy, previous=self.profile)
        return _read(item.get("title") or "", item.get("text") or "", item.get("lang"))

    def _seen(self, analysed: Analysed, relevance: Relevance) -> Relevance:
        self.background.observe(increments_of(analysed, [relevance]))
        self.latest = analysed
        return relevance

    def feedback(self, item: Item, on_topic: bool) -> None:  # noqa: ARG002, FBT001 - the evaluation calls it so
        """Learn a person's verdict on the item scored last."""
        told = score_article(self.profile, self.latest, self.background, self.policy, judged=self.judged)
        self.verdicts.append((told, Verdict.RELEVANT if on_topic else Verdict.IRRELEVANT))
        self.judged = learn_from(self.verdicts)

    def observe(self, item: Item) -> None:
        """See an earlier item of the stream."""
        self.score(item)


def scorer(seeds: Sequence[Item], topics: Sequence[str | Mapping[str, Any]]) -> Scorer:
    """Make a scorer for `tracking_eval.py`; topics are names, or mappings with `name` and `phrases`."""
    return Scorer(seeds, topics)
