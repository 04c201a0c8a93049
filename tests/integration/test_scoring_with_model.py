"""Scores that rest on meaning as well: seeds are encoded with the profile, articles when they are scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.builders import article
from tests.e2e.project import make_project
from tests.unit.app.test_encoder import EXTRA, write
from tests.unit.relevance.samples import NEAR, watch
from tracker.app import open_tracker
from tracker.app.front import SystemClock
from tracker.demo.site import NewsroomSite
from tracker.pipeline.scoring import Scoring
from tracker.relevance import RelevancePolicy
from tracker.settings import load_settings
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


def test_a_folder_named_model_counts_by_itself_and_its_absence_is_the_score_it_was(tmp_path: Path) -> None:
    for library in ("onnxruntime", "tokenizers"):
        pytest.importorskip(library, reason=EXTRA)
    with NewsroomSite() as site:
        project = make_project(tmp_path / "p", site, feeds=())
    found = []
    for there in (False, True, False):
        if there:
            write(project / "model")
        loaded = load_settings(project / "config/tracker.toml", {}, project)
        with open_tracker(loaded) as tracker:
            (relevance,) = tracker.score_text(
                "Salt and brine", "Lithium brine is pumped from the salt flats.", "en"
            )
        found.append(relevance)
        if there:
            (project / "model").rename(project / "put-away")
    assert [sum(reason.kind == "meaning" for reason in one.reasons) for one in found] == [0, 1, 0]
    assert found[0] == found[2]
    assert found[0].profile_version != found[1].profile_version
