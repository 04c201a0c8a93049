"""A watch compiled: what it holds, how it survives, when it is rebuilt."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.relevance.samples import (
    FAR,
    NEAR,
    PLACES_ONLY,
    POLICY,
    SEED_TEXTS,
    TOPICS,
    profile,
    score,
    seeds,
    stream,
    watch,
)
from tracker.errors import SeedError
from tracker.model import Seed, Topic
from tracker.relevance import Background, CompiledProfile, RelevancePolicy, build_profile


def test_seeds_that_agree_on_topics_and_places_make_facets() -> None:
    compiled = profile()
    assert compiled.facets
    assert {place.code for place in compiled.places} == {"CL", "JP"}
    assert compiled.named
    assert -1 < compiled.spoken < 0.1
    assert compiled.strength > 0.75


@pytest.mark.parametrize(
    ("changed", "facets"),
    [
        ({"facets": "off"}, False),
        ({}, True),
        ({"topics": ()}, True),
        ({"seeds": seeds(1)}, False),
        ({"seeds": seeds(1), "places": ("CL",)}, True),
        ({"places": ("CL",), "facets": "off"}, False),
        ({"seeds": seeds(1), "facets": "on"}, True),
    ],
)
def test_the_mode_follows_the_person_first_and_the_seeds_second(
    changed: dict[str, object], facets: object
) -> None:
    assert profile(**changed).facets is facets


def test_topics_are_asked_for_unless_there_are_none_or_the_person_says_so() -> None:
    assert profile(seeds=seeds(1)).named
    assert not profile(topics=()).named
    assert not profile(topics=(Topic(name="the"),)).named
    assert not profile(facets="off").named


def test_how_the_seeds_compare_is_measured_anew_only_when_the_stream_has_doubled() -> None:
    before = replace(profile(), cohesion=0.123, own=-0.456)
    kept = build_profile(watch(), Background(), POLICY, previous=before)
    assert (kept.cohesion, kept.own) == (0.123, -0.456)
    ten, twenty = (stream(FAR, times=times) for times in (10, 20))
    for earlier, measured in ((ten, False), (twenty, True)):
        fresh = build_profile(watch(), earlier, POLICY, previous=replace(before, reckoned=10.0))
        assert (fresh.cohesion != 0.123) is measured
        assert fresh.reckoned == (20 if measured else 10)
    changed = watch(title="Another", topics=TOPICS[:1])
    assert build_profile(changed, Background(), POLICY, previous=before).cohesion != 0.123


def test_a_profile_read_back_is_the_same_and_scores_the_same() -> None:
    for changed in ({}, {"topics": ()}, {"places": ("Bolivia",)}, {"seeds": seeds(1)}, {"threshold": 0.7}):
        compiled = profile(stream(FAR, PLACES_ONLY, times=7), **changed)
        again = CompiledProfile.from_json(compiled.to_json())
        assert again == compiled
        assert again.version == compiled.version
        assert score(again, NEAR) == score(compiled, NEAR)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"watch": "x"}', "nonsense"])
def test_anything_else_is_refused_with_a_declared_error(body: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        CompiledProfile.from_json(body)


def test_the_version_names_inputs_and_stream() -> None:
    first = profile()
    assert profile().version == first.version
    assert profile(stream(FAR)).version != first.version
    assert profile(topics=TOPICS[:1]).version != first.version
    assert profile(threshold=0.6).version != first.version
    other = build_profile(watch(), Background(), RelevancePolicy(name_weight=0.5))
    assert other.version != first.version


def test_a_profile_knows_the_watch_it_was_made_from() -> None:
    compiled = profile()
    assert compiled.is_of(watch(), POLICY)
    assert not compiled.is_of(watch(seeds=seeds(3)), POLICY)
    assert not compiled.is_of(watch(), RelevancePolicy(prior_weight=50.0))


@pytest.mark.parametrize(
    ("built_on", "grown_by", "stale"), [(0, 24, False), (0, 25, True), (1000, 49, False), (1000, 50, True)]
)
def test_a_profile_goes_stale_as_the_stream_grows(built_on: int, grown_by: int, stale: object) -> None:
    background = stream(FAR, times=built_on)
    compiled = profile(background)
    background.observe({("", "#"): float(grown_by)})
    assert compiled.is_stale(background) is stale


def test_the_threshold_is_the_watch_s_or_the_policy_s() -> None:
    assert profile().threshold == POLICY.threshold == 0.5
    assert profile(threshold=0.0).threshold == 0.0


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 50])
def test_any_number_of_seeds_makes_a_profile_that_tells_near_from_far(count: int) -> None:
    compiled = profile(seeds=seeds(count))
    assert score(compiled, NEAR).score > 0.5 > score(compiled, FAR).score
    assert len(json.loads(compiled.to_json())["seeds"]) == count


def test_a_watch_without_seeds_is_an_error_a_person_can_fix() -> None:
    with pytest.raises(SeedError, match="lithium") as raised:
        profile(seeds=())
    assert raised.value.hint


@pytest.mark.parametrize("text", ["", "13", "the of and", "中"])
def test_seeds_without_words_do_not_break_anything(text: str) -> None:
    compiled = profile(seeds=(Seed(name="odd", title="", text=text),))
    assert 0 <= score(compiled, NEAR).score <= 1


def test_the_seeds_languages_are_known() -> None:
    spanish = Seed(
        name="es", title="Litio", text="El gobierno de Chile firmó un acuerdo para el litio según la ministra"
    )
    assert profile().languages == ("en",)
    assert profile(seeds=(*seeds(), spanish)).languages == ("en", "es")
    assert profile(seeds=(Seed(name="s", title="Lithium", text=""),)).languages == ("en",)


def test_a_declared_seed_language_is_believed() -> None:
    title, text = SEED_TEXTS[0]
    assert profile(seeds=(Seed(name="s", title=title, text=text, language="en-GB"),)).languages == ("en",)
