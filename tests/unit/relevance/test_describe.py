"""A profile in words."""

from __future__ import annotations

import pytest

from tests.unit.relevance.samples import FAR, PLACES_ONLY, TOPICS, profile, seeds
from tracker.model import Seed
from tracker.relevance import describe_profile


def test_the_heaviest_words_come_first_and_countries_by_name() -> None:
    described = describe_profile(profile(), limit=6)
    assert described.terms[0][0] == "lithium"
    assert {"Chile", "Japan"} <= {word for word, _ in described.terms}
    assert len(described.terms) == 6
    assert [weight for _, weight in described.terms] == sorted((w for _, w in described.terms), reverse=True)


def test_places_and_figures_are_those_of_the_profile() -> None:
    compiled = profile()
    described = describe_profile(compiled, limit=1)
    assert dict(described.places) == {"Chile": compiled.places[0].weight, "Japan": compiled.places[1].weight}
    assert (described.mode, described.version, described.cohesion) == (
        "facets",
        compiled.version,
        compiled.cohesion,
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Your articles share these places: Chile, Japan."),
        ({"places": ("Peru",)}, "You named the places Peru."),
        ({"facets": "on", "seeds": seeds(1)}, "Articles without your topic words rank low."),
        ({"seeds": seeds(2)}, "Articles without your topic words rank low. No places are asked for."),
        ({"facets": "off"}, 'wording alone, as facets = "off" asks'),
        ({"seeds": seeds(2), "topics": ()}, "wording alone: no topics are named and the seeds share no"),
    ],
)
def test_one_sentence_says_what_is_asked_of_an_article(changed: dict[str, object], words: str) -> None:
    assert words in describe_profile(profile(**changed), limit=1).sentence


def test_seeds_about_different_things_are_remarked_upon() -> None:
    odd = tuple(Seed(name=title, title=title, text=text) for title, text in (FAR, PLACES_ONLY))
    assert "not much alike" in describe_profile(profile(seeds=odd, topics=()), limit=1).sentence
    assert "not much alike" not in describe_profile(profile(topics=TOPICS), limit=1).sentence
