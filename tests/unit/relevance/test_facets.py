"""The questions WHAT and WHERE."""

from __future__ import annotations

import pytest

from tests.unit.relevance.samples import NAME, NEAR, PLACES_ONLY, seeds, stream
from tracker.model import Topic
from tracker.relevance import Analysed, Background, analyse
from tracker.relevance.facets import (
    PhraseHit,
    Place,
    choose_places,
    compile_topic,
    find_phrases,
    place_strength,
    score_places,
    topic_strength,
    usual_presence,
)


def hits(phrase: str, title: str, text: str, language: str = "en") -> tuple[PhraseHit, ...]:
    return find_phrases(compile_topic(Topic(name=phrase)), analyse(title, text, language))


def strength(phrase: str, title: str, text: str, language: str = "en") -> float:
    return topic_strength(hits(phrase, title, text, language))


def test_a_phrase_is_stronger_the_oftener_and_the_earlier_it_stands() -> None:
    late = "filler " * 60
    once_late = strength("lithium", "", late + "lithium")
    once_early = strength("lithium", "", "lithium " + late)
    in_title = strength("lithium", "Lithium", late)
    everywhere = strength("lithium", "Lithium", "lithium, lithium")
    assert 0 < once_late < once_early < in_title < everywhere < 0.95


def test_common_words_count_less_than_rare_ones() -> None:
    assert strength("working group", "Working group", "") < 0.3 < strength("lithium", "Lithium", "")


def test_a_phrase_is_found_whatever_its_form() -> None:
    (hit,) = hits("counternarcotics talks", "Anti-narcotics talks", "The counternarcotics talk went on.")
    assert (hit.found, hit.in_title) == (2, True)
    assert hits("EU tariffs on Chinese EVs", "European Union tariff on EVs from China", "")[0].found == 0
    assert hits("Chinese EVs", "", "Beijing EV")[0].found == 1


def test_words_of_a_phrase_that_stand_apart_count_in_part() -> None:
    (apart,) = hits("precursor chemicals", "", "Chemicals, such as one precursor, were listed.")
    (whole,) = hits("precursor chemicals", "", "Precursor chemicals were listed, such as one.")
    assert apart.found == 0
    assert 0 < apart.strength < whole.strength


def test_absent_phrases_are_no_hits() -> None:
    assert hits("lithium", "Copper", "Copper rose.") == ()
    assert topic_strength(()) == 0


@pytest.mark.parametrize("name", ["", "the", "13", "!!!"])
def test_a_name_of_which_nothing_counts_finds_nothing(name: str) -> None:
    assert compile_topic(Topic(name=name)).phrases == ()


def test_phrases_that_come_to_the_same_words_count_once() -> None:
    topic = compile_topic(
        Topic(name="narcotics", phrases=("counternarcotics", "narcotic", "Narcotics", "drug trade"))
    )
    assert [phrase.text for phrase in topic.phrases] == ["narcotics", "drug trade"]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("芬太尼", "中国列管芬太尼前体", 1),
        ("芬太尼", "芬太尼和芬太尼", 2),
        ("芬太尼", "太尼芬", 0),
        ("合成毒品", "毒品", 0),
    ],
)
def test_in_scripts_without_spaces_a_phrase_is_a_substring(phrase: str, text: str, found: int) -> None:
    assert sum(hit.found for hit in hits(phrase, "", text, "zh")) == found


def analysed_seeds(count: int = 4) -> list[Analysed]:
    return [analyse(seed.title, seed.text, "en") for seed in seeds(count)]


def test_places_are_the_countries_that_even_the_faintest_seed_speaks_of() -> None:
    chosen = choose_places(analysed_seeds(), (), Background(), NAME)
    assert {place.code for place in chosen} == {"CL", "JP"}
    assert place_strength(chosen) > 0.9


def test_two_seeds_are_too_few_to_ask_for_places() -> None:
    assert choose_places(analysed_seeds(2), (), Background(), NAME) == ()


def test_a_country_one_seed_lacks_is_not_asked_for() -> None:
    apart = [*analysed_seeds(3), analyse("Lithium in Bolivia", "Bolivia wants refineries.", "en")]
    assert choose_places(apart, (), Background(), NAME) == ()


def test_of_five_seeds_one_may_be_faint() -> None:
    faint = [*analysed_seeds(4), analyse("Lithium talks", "Chile has brine, and Tokyo knows.", "en")]
    assert {place.code for place in choose_places(faint, (), Background(), NAME)} == {"CL", "JP"}


def test_a_country_the_whole_stream_speaks_of_means_less() -> None:
    rare = {place.code: place.weight for place in choose_places(analysed_seeds(), (), Background(), NAME)}
    usual = choose_places(analysed_seeds(), (), stream(PLACES_ONLY, times=300), NAME)
    assert all(place.weight < rare[place.code] for place in usual)


def test_places_a_person_names_replace_those_of_the_seeds() -> None:
    chosen = choose_places(analysed_seeds(1), ("Bolivia", "CL", "Atlantis"), Background(), NAME)
    assert {place.code for place in chosen} == {"BO", "CL"}
    assert all(place.usual >= 0.5 for place in chosen)


PLACES = (Place(code="CL", weight=2.0, usual=0.8), Place(code="JP", weight=1.0, usual=0.8))


@pytest.mark.parametrize(
    ("title", "met"),
    [("Chile and Japan", 0.833), ("Chile", 0.556), ("Japan", 0.278), ("Bolivia", 0.0)],
)
def test_places_are_met_by_weight(title: str, met: float) -> None:
    assert score_places(PLACES, {}, analyse(title, "", "en")).met == pytest.approx(met, abs=0.001)


def test_other_countries_are_told_unless_the_seeds_speak_of_them_too() -> None:
    analysed = analyse("Chile and Bolivia", "Peru", "en")
    assert score_places(PLACES, {}, analysed).others == ("BO", "PE")
    assert score_places(PLACES, {"BO": 0.4}, analysed).others == ("PE",)
    assert score_places(PLACES, {}, analysed).foreign == pytest.approx(6 / 12)


def test_members_of_a_union_asked_for_are_not_foreign() -> None:
    union = (Place(code="EU", weight=1.0, usual=0.8),)
    assert score_places(union, {}, analyse("Germany and Brazil", "", "en")).others == ("BR",)


def test_without_places_nothing_is_asked() -> None:
    result = score_places((), {}, analyse(*NEAR, "en"))
    assert (result.met, result.foreign, result.others) == (1.0, 0.0, ())
    assert place_strength(()) == 0
    assert usual_presence(analysed_seeds())["CL"] > 0.5
