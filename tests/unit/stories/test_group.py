"""Which story an article joins."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.builders import NOW
from tracker.model import StoryId, StorySketch
from tracker.stories import StoryPolicy, assign_story

POLICY = StoryPolicy()
TALKS = {"daskal": 5.0, "wei": 5.0, "counternarcotics": 4.0, "washington": 2.0}


def story(number: int, weights: dict[str, float], age: timedelta = timedelta(0)) -> StorySketch:
    _, terms = assign_story(weights, (), NOW, POLICY)
    return StorySketch(id=StoryId(number), terms=terms, last_at=NOW - age)


def test_an_article_joins_the_story_that_shares_its_rare_words() -> None:
    told_again = {"daskal": 5.0, "wei": 4.0, "fentanyl": 3.0}
    joined, _ = assign_story(told_again, [story(1, {"cup": 5.0, "final": 3.0}), story(2, TALKS)], NOW, POLICY)
    assert joined == 2


def test_an_article_that_shares_nothing_opens_its_own_story() -> None:
    joined, terms = assign_story({"flood": 4.0}, [story(1, TALKS)], NOW, POLICY)
    assert joined is None
    assert json.loads(terms) == {"flood": 1.0}


def test_an_old_story_is_joined_less_readily() -> None:
    half = {"daskal": 5.0, "wei": 5.0, "tariff": 7.0}
    assert assign_story(half, [story(1, TALKS)], NOW, POLICY)[0] == 1
    assert assign_story(half, [story(1, TALKS, timedelta(days=20))], NOW, POLICY)[0] is None


def test_a_storys_terms_stay_a_unit_vector_of_bounded_size() -> None:
    weights = {f"word{n}": 1.0 + n for n in range(200)}
    _, terms = assign_story(weights, (), NOW, POLICY)
    kept = json.loads(terms)
    assert len(kept) == POLICY.terms
    assert sum(value**2 for value in kept.values()) == pytest.approx(1.0, abs=0.01)
