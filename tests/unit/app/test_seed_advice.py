"""What a person is told of the articles chosen as seeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import builders
from tracker.app.seed_advice import learned_sentences, place_sentence, seed_advice
from tracker.model import Seed

DRUGS = (
    "Customs officers in Rotterdam found cocaine in a banana container and arrested two dockers.",
    "Police arrested a cocaine courier after customs dogs searched containers of bananas at the port.",
    "A court sent the docker who opened cocaine containers for smugglers to prison; customs praised police.",
)
BEES = (
    "Beekeepers lost hives this winter to the varroa mite, and honey will be scarce, the association warned.",
    "The honey harvest of the beekeepers fell by half as mites weakened hives after the mild winter.",
    "Scientists breed bees that groom varroa mites off one another, and beekeepers hope for stronger hives.",
)


def seed(number: int, text: str) -> Seed:
    return Seed(name=f"{number}.txt", title=text[:40], text=f"{text} " * 2, language="en")


def seeds(*texts: str) -> list[Seed]:
    return [seed(number, text) for number, text in enumerate(texts, start=1)]


def test_seeds_on_one_subject_need_no_advice() -> None:
    assert seed_advice(seeds(*DRUGS)) == ()
    assert seed_advice(seeds(*BEES)) == ()


@pytest.mark.parametrize(("count", "said"), [(1, "One article alone"), (2, "With two articles")])
def test_too_few_seeds_are_said(count: int, said: str) -> None:
    (sentence,) = seed_advice(seeds(*DRUGS[:count]))
    assert sentence.startswith(said)


def test_too_many_seeds_are_said() -> None:
    many = [
        seed(number, f"{DRUGS[number % 3]} Case {number} in town{number}, said officer{number}.")
        for number in range(51)
    ]
    assert any(sentence.startswith("51 articles") for sentence in seed_advice(many))


def test_the_same_text_twice_is_named() -> None:
    (sentence,) = seed_advice(seeds(*DRUGS, DRUGS[0]))
    assert sentence == "1.txt and 4.txt are nearly the same text and teach no more than one of them."


def test_copies_of_one_text_are_told_in_one_sentence() -> None:
    assert seed_advice(seeds(DRUGS[0], *DRUGS[1:], DRUGS[0], DRUGS[0], DRUGS[0])) == (
        "1.txt, 4.txt, 5.txt and 6.txt are nearly the same text and teach no more than one of them.",
    )


def test_two_subjects_in_one_folder_are_told_apart() -> None:
    (sentence,) = seed_advice(seeds(*DRUGS, *BEES))
    assert sentence.startswith("These look like two subjects:")
    sides = sentence.partition(" on one side, ")[::2]
    starts = [
        {
            word
            for word in ("Customs", "Police", "A court", "Beekeepers", "The honey", "Scientists")
            if f'"{word}' in side
        }
        for side in sides
    ]
    assert {"Customs", "Police", "A court"} in starts
    assert {"Beekeepers", "The honey", "Scientists"} in starts


def test_one_stranger_among_the_seeds_is_named() -> None:
    (sentence,) = seed_advice(seeds(*DRUGS, BEES[0]))
    assert "Beekeepers" in sentence
    assert "about something else" in sentence


def test_a_seed_that_is_like_one_of_many_others_is_no_stranger() -> None:
    quay = "the mayor hung lanterns along the ferry quay"
    many = [*DRUGS, *(f"{t} Again in town{n}, said officer{n}." for n, t in enumerate(DRUGS * 3))]
    near = f"Beekeepers lost hives while {quay}, and honey will be scarce."
    assert seed_advice(seeds(*many, f"{DRUGS[1]} There {quay}.", near)) == ()
    assert any("about something else" in said for said in seed_advice(seeds(*many, BEES[0])))


def test_furniture_of_the_page_is_pointed_out() -> None:
    clean = [replace(one, name=f"clean{one.name}") for one in seeds(*DRUGS)]
    furnished = replace(
        seed(9, "Customs sniffer dogs at the port found cocaine."), left_out=("Advertisement",)
    )
    (said,) = [
        s for s in seed_advice([*clean, furnished]) if s.startswith("9.txt has lines that do not count")
    ]
    assert said.endswith('or in most seeds: "Advertisement".')


def test_places_are_said_with_the_switch_that_turns_them_off() -> None:
    said = place_sentence(["China", "United States"], named=False)
    assert said.startswith(
        "Places your articles share: China, United States. Articles without them rank low."
    )
    assert 'facets = "off"' in said
    assert place_sentence(["China"], named=True).startswith("Places you named: China.")
    assert place_sentence([], named=False) == ""


def test_what_was_learned_is_said_before_anything_is_fetched() -> None:
    watch = builders.watch(places=("US", "CN"), facets="on")
    said = learned_sentences(watch)
    assert said[0] == "Topics: precursor chemicals. Articles without their words rank low."
    assert said[1].startswith("Places you named: ")
    off = learned_sentences(builders.watch(places=("US", "CN"), facets="off"))
    assert not any("Places" in sentence for sentence in off)
