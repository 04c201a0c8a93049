"""What a sentence encoder's vectors add to a score, and how that is said."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.unit.relevance.samples import FAR, NEAR, POLICY, profile, watch
from tracker.model import Reason, Relevance
from tracker.relevance import Background, CompiledProfile, analyse, build_profile, meaning_text, score_article
from tracker.relevance.meaning import score_meaning, usual_closeness

SEEDS = ((1.0, 0.0, 0.0), (0.8, 0.6, 0.0), (0.6, 0.8, 0.0), (0.8, 0.0, 0.6))
CLOSE, APART = (0.96, 0.28, 0.0), (0.0, 0.0, -1.0)


def with_meanings() -> CompiledProfile:
    return build_profile(watch(), Background(), replace(POLICY, model="tiny"), meanings=SEEDS)


def scored(compiled: CompiledProfile, text: tuple[str, str], meaning: tuple[float, ...] = ()) -> Relevance:
    analysed = replace(analyse(*text, "en"), meaning=meaning)
    return score_article(compiled, analysed, Background(), POLICY)


def line(relevance: Relevance) -> Reason | None:
    return next((reason for reason in relevance.reasons if reason.kind == "meaning"), None)


def test_a_text_close_in_meaning_scores_higher_and_one_far_off_lower() -> None:
    compiled = with_meanings()
    without = scored(compiled, NEAR).score
    assert scored(compiled, NEAR, APART).score < without < scored(compiled, NEAR, CLOSE).score


def test_the_line_names_the_seed_and_its_weight_sums_to_the_score_with_the_others() -> None:
    compiled = with_meanings()
    relevance = scored(compiled, NEAR, CLOSE)
    told = line(relevance)
    assert told is not None
    assert told.text.startswith(f"Nearest seed in meaning: {compiled.seeds[0]} (0.96; what is under 0.")
    log_odds = sum(reason.weight for reason in relevance.reasons if reason.kind != "passage")
    assert relevance.score == pytest.approx(1 / (1 + math.exp(-log_odds)))


def test_without_vectors_on_either_side_nothing_is_added_or_said() -> None:
    assert line(scored(profile(), NEAR, CLOSE)) is None
    assert line(scored(with_meanings(), NEAR)) is None
    assert scored(profile(), NEAR, CLOSE) == scored(profile(), NEAR)


def test_a_text_in_another_language_is_not_compared_in_meaning() -> None:
    spanish = replace(analyse("Chile y Japón hablan de litio", "", "es"), meaning=CLOSE)
    assert line(score_article(with_meanings(), spanish, Background(), POLICY)) is None


def test_meaning_alone_carries_nothing_over_the_line() -> None:
    assert not scored(with_meanings(), FAR, SEEDS[0]).passes


def test_passages_are_still_found_where_meaning_counts() -> None:
    relevance = scored(with_meanings(), NEAR, CLOSE)
    assert relevance.passes
    assert any(reason.kind == "passage" for reason in relevance.reasons)


def test_vectors_of_another_length_are_those_of_another_model() -> None:
    analysed = replace(analyse(*NEAR, "en"), meaning=(1.0, 0.0))
    assert score_meaning(SEEDS, 0.5, analysed) is None


def test_how_close_is_usual_is_learned_from_the_seeds() -> None:
    spread = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    assert 0 < usual_closeness(spread) < usual_closeness(SEEDS[:1]) < usual_closeness(SEEDS) < 1


def test_a_profile_with_vectors_is_read_back_as_it_was() -> None:
    compiled = with_meanings()
    assert CompiledProfile.from_json(compiled.to_json()) == compiled
    assert compiled.is_of(watch(), replace(POLICY, model="tiny"))
    assert not compiled.is_of(watch(), POLICY)


def test_the_encoder_reads_the_title_and_the_beginning() -> None:
    assert meaning_text("Title", "one two  three") == "Title one two three"
    assert meaning_text("Title", "word " * 500).split() == ["Title", *["word"] * 110]
    assert meaning_text("", "") == ""
