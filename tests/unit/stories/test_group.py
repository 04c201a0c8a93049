"""Which story an article joins, when two become one, and when one falls apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tracker.model import StoryId, StorySketch
from tracker.stories import Centroid, OpenStories, StoryPolicy, is_split_due, names_in, parts_of, vector_of
from tracker.stories.telling import unit

POLICY = StoryPolicy()
TALKS = {"talks": 5.0, "envoy": 4.0, "border": 3.0}
FLOOD = {"flood": 5.0, "river": 4.0, "rescue": 3.0}
FINAL = {"cup": 5.0, "final": 4.0, "goal": 3.0}


def told(weights: dict[str, float], age: timedelta = timedelta(0)) -> Centroid:
    return Centroid.of(unit(weights), NOW - age)


def stories(*centroids: Centroid) -> OpenStories:
    found = OpenStories(POLICY)
    for number, centroid in enumerate(centroids, start=1):
        found.put(StoryId(number), centroid)
    return found


def test_an_article_joins_the_story_that_shares_its_words() -> None:
    open_stories = stories(told(FINAL), told(TALKS), told(FLOOD))
    assert open_stories.nearest(told({**TALKS, "summit": 2.0})) == 2


def test_an_article_that_shares_nothing_opens_a_story() -> None:
    assert stories(told(FINAL), told(TALKS)).nearest(told(FLOOD)) is None


def test_likeness_fades_with_silence_but_never_to_nothing() -> None:
    def near(share: float) -> dict[str, float]:
        return {"talks": share, "lake": (1 - share**2) ** 0.5}

    just = next(n / 100 for n in range(1, 100) if stories(told(TALKS)).nearest(told(near(n / 100))) == 1)
    assert stories(told(TALKS, timedelta(days=90))).nearest(told(near(just))) is None
    left = (1 + timedelta(days=90) / POLICY.fade) ** -POLICY.forgetting
    assert stories(told(TALKS, timedelta(days=90))).nearest(told(near(just / left + 0.02))) == 1
    assert stories(told(TALKS, timedelta(days=90))).nearest(told(TALKS)) == 1


def test_a_story_silent_for_longer_than_memory_takes_in_nothing() -> None:
    assert stories(told(TALKS, POLICY.memory + timedelta(days=1))).nearest(told(TALKS)) is None


def test_a_word_that_all_open_stories_share_joins_none_of_them() -> None:
    several = [told({"fentanyl": 3.0, f"place{n}": 3.0, f"name{n}": 3.0}) for n in range(60)]
    assert stories(*several).nearest(told({"fentanyl": 3.0, "raid": 3.0, "harbour": 3.0})) is None


def test_two_stories_that_became_alike_find_each_other_and_the_rest_do_not() -> None:
    open_stories = stories(told(TALKS), told(FLOOD), told({**TALKS, "summit": 2.0}))
    assert open_stories.twin(StoryId(3)) == 1
    assert open_stories.twin(StoryId(2)) is None


def test_a_merged_story_remembers_whom_it_took_in_and_the_lost_one_forwards() -> None:
    open_stories = stories(told(TALKS), told({**TALKS, "summit": 2.0}))
    lost = open_stories[StoryId(2)]
    written = open_stories.merge(StoryId(2), StoryId(1))
    kept = Centroid.from_json(written, NOW)
    assert (kept.members, kept.merged, len(open_stories)) == (2, (StoryId(2),), 1)
    forwarded = Centroid.from_json(lost.forwarding(StoryId(1)).to_json(), NOW)
    assert forwarded.into == 1
    open_stories.sync([StorySketch(id=StoryId(2), terms=forwarded.to_json(), last_at=NOW)])
    assert len(open_stories) == 0


def test_what_is_stored_is_read_back_the_same() -> None:
    centroid = told(TALKS).with_all(told(FLOOD), POLICY).leaving(StoryId(9))
    again = Centroid.from_json(centroid.to_json(), NOW)
    assert (again.members, again.first_at, again.split_from) == (2, NOW, 9)
    assert again.sums == pytest.approx(centroid.sums, abs=1e-4)


def test_terms_of_version_0_1_are_understood_even_if_a_word_looks_like_a_field() -> None:
    old = Centroid.from_json('{"sums": 0.6, "into": 0.8}', NOW)
    assert (old.sums, old.members, old.into) == ({"sums": 0.6, "into": 0.8}, 1, None)


def test_syncing_takes_over_changes_and_forgets_what_is_gone() -> None:
    open_stories = stories(told(TALKS), told(FLOOD))
    open_stories.sync([StorySketch(id=StoryId(2), terms=told(FINAL).to_json(), last_at=NOW)])
    assert len(open_stories) == 1
    assert open_stories.nearest(told(FINAL)) == 2
    assert open_stories.nearest(told(FLOOD)) is None


def test_a_drifted_story_falls_apart_and_the_larger_part_stays() -> None:
    talks = [unit({**TALKS, f"t{n}": 1.0}) for n in range(5)]
    flood = [unit({**FLOOD, f"f{n}": 1.0}) for n in range(4)]
    assert parts_of([*flood, *talks], POLICY) == ((4, 5, 6, 7, 8), (0, 1, 2, 3))


def test_one_odd_member_and_one_whole_story_are_no_reason_to_split() -> None:
    talks = [unit({**TALKS, f"t{n}": 1.0}) for n in range(8)]
    assert parts_of(talks, POLICY) is None
    assert parts_of([*talks, unit(FLOOD)], POLICY) is None


def test_splitting_is_looked_at_when_a_story_doubles() -> None:
    assert [n for n in range(1, 70) if is_split_due(n, POLICY)] == [8, 16, 32, 64]


def test_names_are_runs_of_capitals_inside_a_sentence() -> None:
    text = "Officials met Maria Lopez in Port Ellen. Yesterday the ministry thanked Maria Lopez."
    assert names_in(text) == {"maria lopez": 2, "port ellen": 1}


def test_a_text_without_names_is_weighed_by_its_words_alone() -> None:
    vector = vector_of({"会谈": 2.0}, {"会谈": 2.0}, {}, POLICY)
    assert sum(weight * weight for weight in vector.values()) == pytest.approx(1.0)


_WORDS = st.dictionaries(st.sampled_from("abcdefghij"), st.floats(0.1, 5), min_size=1, max_size=6)


@given(st.lists(_WORDS, min_size=1, max_size=12))
def test_lookup_finds_the_same_story_as_comparing_with_all(several: list[dict[str, float]]) -> None:
    open_stories = stories(*map(told, several))
    wide = OpenStories(StoryPolicy(probes=10_000, common=10_000, compared=10_000))
    for number, weights in enumerate(several, start=1):
        wide.put(StoryId(number), told(weights))
    for weights in several:
        assert open_stories.nearest(told(weights)) == wide.nearest(told(weights))


@given(st.permutations(range(6)))
def test_the_order_of_words_decides_nothing(order: list[int]) -> None:
    words = [(f"w{n}", 1.0 + n % 3) for n in range(6)]
    assert unit(dict(words[n] for n in order), 3) == unit(dict(words), 3)
