"""Scores that rest on meaning as well: seeds are encoded with the profile, articles when they are scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.builders import article
from tests.unit.relevance.samples import NEAR, watch
from tracker.app.front import SystemClock
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.store import open_store


class WordEncoder:
    """Meaning for the test: how often lithium, and how often anything else, is spoken of."""

    name = "words-1"

    def __init__(self) -> None:
        self.read = 0

    def encode(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        self.read += len(texts)
        found = []
        for text in texts:
            share = sum(word.casefold().strip(".,") == "lithium" for word in text.split()) / len(text.split())
            found.append(((1 - share**2) ** 0.5, share))
        return found


def test_an_encoder_adds_one_reason_and_another_version_and_seeds_are_read_once(tmp_path: Path) -> None:
    title, text = NEAR
    read, followed = article(title=title, text=text, language="en"), watch()
    with_model, without = WordEncoder(), None
    store = open_store(f"sqlite:///{tmp_path}/scores.db")
    scores, versions = [], []
    for encoder in (without, with_model, without):
        scoring = Scoring(store, SystemClock(), [followed], RelevancePolicy(), encoder)
        (score,) = scoring.score(read, [followed]).relevance
        scores.append(score)
        versions.append(scoring.version(followed))
    assert [sum(reason.kind == "meaning" for reason in score.reasons) for score in scores] == [0, 1, 0]
    assert versions[0] == versions[2] != versions[1]
    assert scores[0] == scores[2]
    assert with_model.read == len(followed.seeds) + 1
    again = WordEncoder()
    kept = Scoring(store, SystemClock(), [followed], RelevancePolicy(), with_model)
    kept.score(read, [followed])
    restarted = Scoring(store, SystemClock(), [followed], RelevancePolicy(), again)
    restarted.score(read, [followed])
    assert again.read == 1  # the seeds' vectors are stored with the profile
    store.close()
