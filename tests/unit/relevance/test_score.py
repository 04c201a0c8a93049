"""Scores and the reasons that explain them."""

from __future__ import annotations

import math

import pytest

from tests.unit.relevance.samples import (
    FAR,
    NAME,
    NEAR,
    PLACES_ONLY,
    WORDS_ONLY,
    profile,
    score,
    seeds,
    told,
)
from tracker.model import Topic
from tracker.relevance import Judged

FACETS = profile()
PLAIN = profile(facets="off")
ABROAD = profile(topics=(Topic(name="lithium", phrases=("litio", "锂", "Lithiumvertrag")),))
SPANISH = (
    "Chile y Japón firman acuerdo",
    "El gobierno de Chile firmó con Japón un acuerdo para el litio según la ministra.",
)
CHINESE = ("智利和日本签署锂协议", "智利矿业部说，日本将购买更多锂。")


def test_both_what_and_where_are_asked_for() -> None:
    scores = [score(FACETS, text).score for text in (NEAR, WORDS_ONLY, PLACES_ONLY, FAR)]
    near, words, places, far = (value / (1 - value) for value in scores)  # as odds
    assert near > 9
    assert words < near / 20
    assert places < near / 20
    assert far < 0.01


def test_without_facets_wording_decides() -> None:
    assert score(PLAIN, NEAR).passes
    assert score(PLAIN, WORDS_ONLY).score > score(FACETS, WORDS_ONLY).score
    assert not score(PLAIN, FAR).passes


def test_a_relevance_names_watch_threshold_topics_and_profile() -> None:
    result = score(profile(threshold=0.8), NEAR)
    assert (result.watch, result.threshold) == (NAME, 0.8)
    assert [topic.topic for topic in result.topics] == ["lithium", "working group"]
    assert result.topics[0].score > 0.9
    assert result.profile_version == profile(threshold=0.8).version


@pytest.mark.parametrize("compiled", [FACETS, PLAIN, ABROAD, profile(topics=()), profile(seeds=seeds(1))])
@pytest.mark.parametrize(
    "text", [NEAR, WORDS_ONLY, PLACES_ONLY, FAR, SPANISH, CHINESE, ("", ""), ("Lithium", "")]
)
@pytest.mark.parametrize("shift", [0.0, -1.25])
def test_the_reasons_weights_sum_to_the_log_odds_of_the_score(compiled, text, shift) -> None:
    result = score(compiled, text, judged=Judged(shift=shift, relevant=1, irrelevant=2))
    assert 0 < result.score < 1
    log_odds = math.log(result.score / (1 - result.score))
    assert sum(reason.weight for reason in result.reasons) == pytest.approx(log_odds, abs=1e-6)


def test_a_kept_article_is_explained_as_an_and() -> None:
    reasons = told(score(FACETS, NEAR))
    assert reasons["topics"].startswith("About your topics: lithium (title, 1 more), ")
    assert reasons["places"] == "Places: Chile (title), Japan (title): both of the two your seeds share"
    assert reasons["wording"].startswith("Wording: 0.")
    assert "your own seeds score 0." in reasons["wording"]
    assert "(lithium, " in reasons["wording"]
    assert reasons["nearest"] == (
        "Nearest seed: Japan signs lithium supply accord with Chile (both say Chile Japan, Japan lithium, "
        "Japan battery, and 9 more)"
    )
    assert reasons["length"] == "Short text, 28 words"
    assert "rejected" not in reasons


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (WORDS_ONLY, "Your topic words yes, but Chile and Japan are missing"),
        (
            ("Chile raises lithium output", "Lithium brine from Chile."),
            "Your topic words yes, but Japan is missing",
        ),
        (FAR, "Neither your topic words nor your places"),
        (
            (
                "Film archive",
                "Chile and Japan, Chile and Japan: a long story of reels and cans in cold rooms.",
            ),
            "Chile and Japan yes, but not your topic words",
        ),
        (
            (
                "Bolivia, Peru, Argentina, Brazil",
                "Lithium: Chile and Japan look on. Chile, Japan, Bolivia, Peru, Canada.",
            ),
            "Your topic words and places yes, but Bolivia, Peru, Argentina as well",
        ),
        (
            (
                "A lithium tale",
                "In Chile a man from Japan wrote a novel named lithium. Japan gave Chile a prize.",
            ),
            "Your topic words and places yes, but the wording is unlike your seeds: no refineries, brine, battery",
        ),
    ],
)
def test_a_rejection_is_put_in_one_sentence(text: tuple[str, str], sentence: str) -> None:
    result = score(profile(threshold=0.9999), text)
    assert told(result)["rejected"] == sentence
    assert result.reasons[0].kind == "rejected"


def test_a_rejection_without_topics_or_places_to_ask_for_says_so() -> None:
    assert told(score(profile(facets="on", topics=()), FAR))["rejected"] == "Chile and Japan are missing"
    nowhere = profile(facets="on", seeds=seeds(1))
    assert told(score(nowhere, FAR))["rejected"] == "None of your topic words"


def test_a_missing_place_is_named_and_a_foreign_one_told() -> None:
    reasons = told(score(FACETS, ("Chile and Peru talk about lithium", "Lithium brine from Chile.")))
    assert reasons["places"] == (
        "Places: Chile (title): one of the two your seeds share, no mention of Japan: x0.56"
    )
    assert reasons["also"] == "Also about: Peru"


@pytest.mark.parametrize(
    ("places", "text", "line"),
    [
        (("CL",), NEAR, "Places: Chile (title), the one you named"),
        (
            ("CL", "JP", "PE"),
            ("Chile, Japan, Peru", ""),
            "Places: Chile (title), Peru (title), Japan (title): all three you named",
        ),
        (("BO",), NEAR, "Places: no mention of Bolivia"),
    ],
)
def test_places_a_person_named_are_told_as_such(
    places: tuple[str, ...], text: tuple[str, str], line: str
) -> None:
    found = told(score(profile(places=places), text))["places"]
    assert sorted(found.partition(": x")[0]) == sorted(line)


def test_a_text_in_another_language_is_matched_by_topics_and_places_alone() -> None:
    for text, language in ((SPANISH, "es"), (CHINESE, "zh")):
        result = score(ABROAD, text)
        assert result.passes
        assert (
            told(result)["language"]
            == f"Matched by topic words and places, text not compared (language: {language})"
        )
        assert "wording" not in told(result)


def test_another_language_without_topic_words_does_not_pass() -> None:
    assert not score(FACETS, CHINESE).passes
    nameless = score(profile(topics=()), SPANISH)
    assert nameless.score < 0.01
    assert told(nameless)["topics"] == "No topics are named, so a text in another language cannot be matched"
    assert told(nameless)["rejected"] == "In another language (es), and no topics are named to match it by"


def test_without_places_a_foreign_text_needs_the_topic_words_only() -> None:
    nowhere = profile(seeds=seeds(1), topics=(Topic(name="lithium", phrases=("litio",)),))
    assert nowhere.places == ()
    assert score(nowhere, SPANISH).passes


def test_seeds_in_chinese_can_be_compared_word_by_word() -> None:
    from tracker.model import Seed

    compiled = profile(
        seeds=(Seed(name="zh", title=CHINESE[0], text=CHINESE[1]),), topics=(Topic(name="锂"),)
    )
    near = score(compiled, ("日本购买智利锂", "日本将从智利购买锂，矿业部签署协议。"))
    far = score(compiled, ("主队获胜", "最后一分钟的进球决定了比赛。"))
    assert "wording" in told(near)
    assert near.score > far.score


def test_judgements_shift_the_score_and_are_told() -> None:
    plain, shifted = (
        score(FACETS, WORDS_ONLY),
        score(FACETS, WORDS_ONLY, judged=Judged(shift=2.0, relevant=3)),
    )
    assert shifted.score > plain.score
    assert told(shifted)["judged"] == "Your judgements: 3 relevant, 0 not"
    assert "judged" not in told(plain)


def test_plain_mode_tells_topics_without_weighing_them() -> None:
    (topics,) = (reason for reason in score(PLAIN, NEAR).reasons if reason.kind == "topics")
    assert topics.weight == 0


def test_a_phrase_found_more_than_once_is_counted_and_one_in_part_says_so() -> None:
    compiled = profile(facets="on", topics=(Topic(name="battery makers"), Topic(name="working group")))
    assert (
        "battery makers (2 times)"
        in told(score(compiled, ("Chile", "Battery makers here, battery makers there.")))["topics"]
    )
    assert (
        told(score(compiled, ("Chile", "Makers of a battery.")))["topics"]
        == "About your topics: battery makers (in part)"
    )
    assert told(score(compiled, ("Chile", "Nothing else.")))["topics"] == "None of your topic phrases"


def test_more_than_five_phrases_are_summed_up() -> None:
    names = ("lithium", "brine", "refinery", "battery", "contract", "carmaker", "shortage")
    compiled = profile(topics=(Topic(name=names[0], phrases=names[1:]),))
    found = told(score(compiled, ("", "Lithium brine refinery battery contract carmaker shortage.")))[
        "topics"
    ]
    assert found.endswith(", and 2 more")


def test_a_full_length_text_has_no_length_term() -> None:
    long = ("Chile and Japan", "Lithium brine refineries. " * 130)
    assert "length" not in told(score(FACETS, long))
