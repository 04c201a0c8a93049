"""What the seeds' words have in common, and how a text compares."""

from __future__ import annotations

import pytest

from tests.unit.relevance.samples import FAR, NEAR, WORDS_ONLY, seeds
from tracker.model import Seed
from tracker.relevance import Background, Frequencies, analyse
from tracker.relevance.wording import (
    Counted,
    Wording,
    WordingScore,
    build_wording,
    cohesion_of,
    nearest_seed,
    score_wording,
)

NAMED = {"lithium": 1.0}


def counted(given: tuple[Seed, ...]) -> list[Counted]:
    return [Counted.of(seed, analyse(seed.title, seed.text, "en")) for seed in given]


def idf_of(*texts: tuple[str, str], given: tuple[Seed, ...] = seeds()) -> dict[str, float]:
    found = {word for seed in counted(given) for word in seed.counts} | set(NAMED)
    found |= {word for text in texts for word in analyse(*text, "en").counts}
    return Frequencies(
        background=Background(), watch="", seeds={}, size=0, languages=("en",), prior_weight=500.0
    ).idf_of(found)


def compare(wording: Wording, text: tuple[str, str]) -> WordingScore:
    analysed = analyse(*text, "en")
    return score_wording(wording, analysed.counts, analysed.total, idf_of(text))


def built(given: tuple[Seed, ...] = seeds(), named: dict[str, float] = NAMED) -> Wording:
    return build_wording(counted(given), named, idf_of(given=given), 0.6)


def test_a_text_about_the_subject_scores_above_one_that_shares_words_and_far_above_any_other() -> None:
    wording = built()
    near, words, far = (compare(wording, text).score for text in (NEAR, WORDS_ONLY, FAR))
    assert near > words > far
    assert far < 0.05


def test_the_score_is_exactly_the_sum_of_its_words() -> None:
    result = compare(built(), NEAR)
    assert result.score == pytest.approx(sum(result.shares.values()))
    assert max(result.shares, key=lambda word: result.shares[word]) == "lithium"


def test_words_the_seeds_agree_on_outweigh_those_of_one_seed() -> None:
    centre = built(named={}).centre
    assert centre["refinery"] > 3 * centre["carmaker"]


def test_a_word_of_the_only_topic_name_counts_as_agreed_and_one_of_three_as_a_third() -> None:
    alone, third = built(named={"brine": 1.0}).centre["brine"], built(named={"brine": 1 / 3}).centre["brine"]
    assert alone > third


def test_a_seed_scores_high_against_the_others() -> None:
    given = counted(seeds())
    idf = idf_of()
    alike = cohesion_of(given, NAMED, idf, 0.6)
    odd = cohesion_of(
        [*given[:3], *counted((Seed(name="x", title=FAR[0], text=FAR[1]),))], NAMED, idf_of(FAR), 0.6
    )
    assert alike > odd > 0
    assert cohesion_of(given[:1], NAMED, idf, 0.6) == 0


def test_the_nearest_seed_is_the_one_with_the_same_words() -> None:
    wording, given = built(), counted(seeds())
    at, cosine = nearest_seed(wording, given, given[2].counts, idf_of(), wording.lengths[2])
    assert at == 2
    assert cosine == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["", "the of and"])
def test_a_seed_without_words_is_harmless(text: str) -> None:
    wording = built((*seeds(2), Seed(name="empty", title="", text=text)))
    assert compare(wording, NEAR).score > compare(wording, FAR).score
    assert compare(built((Seed(name="empty", title="", text=text),), {}), NEAR).score == 0


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
    clean, dirty = compare(built(), NEAR).score, compare(built(littered), NEAR).score
    assert dirty == pytest.approx(clean, rel=0.05)
