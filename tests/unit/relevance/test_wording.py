"""What the seeds' words have in common, and how a text compares."""

from __future__ import annotations

import math

import pytest

from tests.unit.relevance.samples import FAR, NEAR, WORDS_ONLY, seeds
from tracker.model import Seed
from tracker.relevance import Analysed, Background, Frequencies, analyse
from tracker.relevance.concepts import concepts_of
from tracker.relevance.places import place_name
from tracker.relevance.wording import Wording, WordingScore, build_wording, compare_seeds, score_wording

NAMED = {"lithium": 1.0}


def analysed(given: tuple[Seed, ...]) -> list[Analysed]:
    return [analyse(seed.title, seed.text, "en") for seed in given]


def idf_of(*texts: tuple[str, str], given: tuple[Seed, ...] = seeds()) -> dict[str, float]:
    read = [*analysed(given), *(analyse(*text, "en") for text in texts)]
    found = {term for text in read for term in (*text.terms, *text.head)} | {"lithium", "brine"}
    return Frequencies(
        background=Background(), watch="", seeds={}, size=0, languages=("en",), prior_weight=500.0
    ).idf_of(found)


def compare(wording: Wording, text: tuple[str, str]) -> WordingScore:
    return score_wording(wording, analyse(*text, "en"), idf_of(text))


def built(given: tuple[Seed, ...] = seeds(), named: dict[str, float] = NAMED) -> Wording:
    return build_wording(analysed(given), named, idf_of(given=given), 0.6)


def test_a_text_about_the_subject_scores_above_one_that_shares_words_and_far_above_any_other() -> None:
    wording = built()
    near, words, far = (compare(wording, text).alike for text in (NEAR, WORDS_ONLY, FAR))
    assert near > words > far
    assert far < 0.05


def test_the_score_is_exactly_the_sum_of_its_words() -> None:
    result = compare(built(), NEAR)
    assert result.alike == pytest.approx(sum(result.shares.values()))
    assert max(result.shares, key=lambda word: result.shares[word]) == "lithium"


def test_words_the_seeds_agree_on_outweigh_those_of_one_seed() -> None:
    centre = built(named={}).centre
    assert centre["refinery"] > 3 * centre["carmaker"]


def test_a_word_of_the_only_topic_name_counts_as_agreed_and_one_of_three_as_a_third() -> None:
    alone, third = built(named={"brine": 1.0}).centre["brine"], built(named={"brine": 1 / 3}).centre["brine"]
    assert alone > third


def test_a_seed_scores_high_against_the_others() -> None:
    given = analysed(seeds())
    idf = idf_of()
    alike, own = compare_seeds(given, idf)
    stranger = analysed((Seed(name="x", title=FAR[0], text=FAR[1]),))
    odd, lacking = compare_seeds([*given[:3], *stranger], idf_of(FAR))
    assert alike > odd > 0
    assert 0 > own > lacking
    assert compare_seeds(given[:1], idf) == (0, 0)


def test_the_nearest_seed_in_all_words_is_asked_for_as_well() -> None:
    wording = built()
    copied, near, far = (
        compare(wording, text).likeness.same for text in ((seeds()[2].title, seeds()[2].text), NEAR, FAR)
    )
    assert copied == pytest.approx(math.log(1.01))
    assert copied > near > far


def test_the_nearest_seed_is_the_one_that_puts_the_same_words_together() -> None:
    _, _, third, _ = seeds()
    result = compare(built(), (third.title, third.text))
    assert result.nearest == 2
    assert result.nearest_share == pytest.approx(1.0)


def test_the_same_words_put_together_otherwise_are_nearer_to_no_seed() -> None:
    _, _, third, _ = seeds()
    apart = " xylophone quartet ".join(third.text.split())
    torn, whole = (compare(built(), ("", text)) for text in (apart, third.text))
    assert whole.nearest_share > 0.8
    assert torn.nearest_share < 0.1 < torn.alike


def test_a_text_in_other_words_for_the_same_concepts_is_nearer_than_one_without_them() -> None:
    assert set(concepts_of("supply")) & set(concepts_of("supplier"))
    told, other = compare(built(), ("Suppliers", "")), compare(built(), ("Xylophones", ""))
    assert told.likeness.head > other.likeness.head


def test_the_core_are_few_words_that_all_seeds_hold_and_no_two_of_one_concept() -> None:
    core = built().core
    assert "lithium" in {word.term for word in core}
    assert len(core) <= 6
    assert sum(word.share for word in core) == pytest.approx(1.0)
    concepts = [concept for word in core for concept in (word.term, *concepts_of(word.term))]
    assert len(concepts) == len(set(concepts))


def test_a_word_of_half_the_seeds_is_no_core_word() -> None:
    given = seeds()
    known = {term for text in analysed(given) for term in text.terms}
    some = [term for term in known if sum(term in text.terms for text in analysed(given)) < 0.7 * len(given)]
    assert some
    assert not {word.term for word in built().core} & set(some)


def test_a_missing_core_word_costs_and_a_present_one_nothing() -> None:
    whole, part = compare(built(), NEAR), compare(built(), FAR)
    assert -0.5 < whole.likeness.core <= 0
    assert part.likeness.core == pytest.approx(-2.398, abs=0.001)  # ln(0.1 / 1.1): nothing of it is there
    assert set(part.present) == {0.0}


def test_what_lacks_two_of_the_core_words_is_told_from_what_has_them_all_faintly() -> None:
    terms = [word.term for word in built().core]
    names = [place_name(term[1:]) if term.startswith("@") else term.removeprefix("~") for term in terms]
    missing, faint = ". ".join(names[:-2] * 9), "Nothing. " * 60 + ". ".join(names)
    found = [compare(built(), ("", text)) for text in (missing, faint)]
    assert found[0].likeness.core < found[1].likeness.core
    assert found[0].present[0] > found[1].present[0]


@pytest.mark.parametrize("text", ["", "the of and"])
def test_a_seed_without_words_is_harmless(text: str) -> None:
    wording = built((*seeds(2), Seed(name="empty", title="", text=text)))
    assert compare(wording, NEAR).alike > compare(wording, FAR).alike
    assert compare(built((Seed(name="empty", title="", text=text),), {}), NEAR).alike == 0


def test_clutter_lines_in_seeds_hardly_move_a_score() -> None:
    clutter = (
        "\nMost Commented",
        "\nLeave a Reply\nYour email address will not be published.",
        "\nPhoto: VCG",
        "",
    )
    littered = tuple(
        Seed(name=seed.name, title=seed.title, text=seed.text + extra)
        for seed, extra in zip(seeds(), clutter, strict=True)
    )
    clean, dirty = compare(built(), NEAR).alike, compare(built(littered), NEAR).alike
    assert dirty == pytest.approx(clean, rel=0.12)  # a third of each seed is clutter


def test_a_text_that_only_names_the_subject_has_its_words_and_nothing_put_together_as_in_a_seed() -> None:
    only_named = compare(built(), ("Lithium", "Lithium, lithium and lithium."))
    assert only_named.nearest_share == 0
    assert only_named.alike > 0


def test_no_word_decides_alone_however_often_it_stands() -> None:
    once, often = (compare(built(), ("", "lithium " * times)).alike for times in (1, 100))
    assert once < often < 3 * once
