"""The stream's statistics."""

from __future__ import annotations

import math

import pytest

from tests.builders import relevance
from tests.unit.relevance.samples import FAR, NAME, NEAR, PLACES_ONLY, stream
from tracker.relevance import Background, Frequencies, analyse, increments_of

ANALYSED = analyse(*NEAR, "en")


def frequencies(background: Background, **seeds: int) -> Frequencies:
    return Frequencies(
        background=background, watch=NAME, seeds=seeds, size=1, languages=("en",), prior_weight=500.0
    )


def test_an_item_adds_itself_its_words_and_its_countries_to_the_stream() -> None:
    increments = increments_of(ANALYSED, [])
    assert {scope for scope, _ in increments} == {""}
    assert increments["", "#"] == 1
    assert increments["", "lithium"] == 1
    assert 0 < increments["", "#CL"] < 1


def test_an_item_that_passed_is_counted_under_its_watch_as_well() -> None:
    passed = relevance(watch=NAME, score=0.9, threshold=0.5)
    missed = relevance(watch="other", score=0.1, threshold=0.5)
    scopes = {scope for scope, _ in increments_of(ANALYSED, [passed, missed])}
    assert scopes == {"", NAME}


def test_statistics_from_the_store_are_those_in_memory() -> None:
    live = Background()
    stored: dict[tuple[str, str], float] = {}
    for text in (NEAR, FAR, PLACES_ONLY, NEAR):
        increments = increments_of(analyse(*text, "en"), [relevance(watch=NAME, score=0.9, threshold=0.5)])
        live.observe(increments)
        for key, value in increments.items():
            stored[key] = stored.get(key, 0.0) + value
    again = Background.from_counts(stored)
    assert again.counts == live.counts
    assert again.items() == 4


def test_nothing_seen_is_an_empty_background() -> None:
    assert Background.from_counts({}).items() == 0
    assert Background().passed("anything") == {}


def test_words_seen_often_have_less_weight() -> None:
    before = frequencies(Background()).idf_of(["refinery"])["refinery"]
    after = frequencies(stream(NEAR, times=200)).idf_of(["refinery"])["refinery"]
    assert after < before - 1


def test_what_passed_does_not_teach_that_the_subject_is_common() -> None:
    background = stream(FAR, times=50)
    expected = frequencies(background).idf_of(["lithium"])
    for _ in range(50):
        background.observe(increments_of(ANALYSED, [relevance(watch=NAME, score=0.9, threshold=0.5)]))
    assert frequencies(background).idf_of(["lithium"]) == expected


def test_the_seeds_count_as_seen() -> None:
    held, unheld = (
        frequencies(Background(), lithium=count).idf_of(["lithium"])["lithium"] for count in (1, 0)
    )
    assert held < unheld


def test_shares_stay_within_bounds() -> None:
    rare = frequencies(stream(FAR, times=100_000 // 100)).idf_of(["qqqxyzzy"])["qqqxyzzy"]
    assert rare <= -math.log(2e-6)
    assert frequencies(Background()).idf_of(["the"])["the"] == pytest.approx(-math.log(0.97), abs=0.01)


def test_a_country_is_expected_as_often_as_its_names_are_used_until_the_stream_says_otherwise() -> None:
    empty = Background()
    assert (
        empty.usual_presence(NAME, "US") > empty.usual_presence(NAME, "CN") > empty.usual_presence(NAME, "BT")
    )
    assert stream(NEAR, times=300).usual_presence(NAME, "CL") > 0.5
    assert stream(FAR, times=300).usual_presence(NAME, "US") < empty.usual_presence(NAME, "US") / 5
