"""Laws of relevance: scores are explained exactly, survive storage, and depend on nothing but what was given."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.relevance.samples import NEAR, POLICY, TOPICS, seeds, watch
from tracker.model import Seed, Topic
from tracker.relevance import (
    Background,
    CompiledProfile,
    analyse,
    build_profile,
    increments_of,
    score_article,
)
from tracker.relevance.facets import compile_topic, find_phrases, topic_strength
from tracker.text.tokens import base_word, words

_VOCABULARY = (
    "lithium brine refinery battery ministry contract working group Chile Japan Bolivia Tokyo U.S. China goal derby "
    "the of and said 2024 counternarcotics 中国 锂 芬太尼 litio acuerdo para el según Pekín don't AT&T"
)
VOCABULARY = _VOCABULARY.split()
texts = st.lists(st.sampled_from(VOCABULARY), max_size=60).map(" ".join)
wild = st.text(max_size=200)
articles = st.tuples(texts, st.one_of(texts, wild))
modes = st.sampled_from(("auto", "on", "off"))


def background_of(seen: list[tuple[str, str]]) -> Background:
    background = Background()
    for title, text in seen:
        background.observe(increments_of(analyse(title, text, None), []))
    return background


@settings(max_examples=60, deadline=None)
@given(
    article=articles,
    mode=modes,
    count=st.integers(1, 6),
    named=st.booleans(),
    seen=st.lists(articles, max_size=4),
)
def test_reasons_sum_to_the_log_odds_and_every_weight_has_its_line(article, mode, count, named, seen) -> None:
    background = background_of(seen)
    compiled = build_profile(
        watch(seeds=seeds(count), facets=mode, topics=TOPICS if named else ()), background, POLICY
    )
    relevance = score_article(compiled, analyse(*article, None), background, POLICY)
    assert 0 < relevance.score < 1
    log_odds = math.log(relevance.score / (1 - relevance.score))
    assert sum(reason.weight for reason in relevance.reasons) == pytest.approx(log_odds, abs=1e-5)
    assert all(reason.text for reason in relevance.reasons)
    assert all(0 <= topic.score < 1 for topic in relevance.topics)


@settings(max_examples=40, deadline=None)
@given(article=articles, extra=articles, seen=st.lists(articles, max_size=4))
def test_a_restart_changes_no_score(article, extra, seen) -> None:
    background = background_of(seen)
    odd = Seed(name="odd", title=extra[0], text=extra[1])
    compiled = build_profile(watch(seeds=(*seeds(2), odd)), background, POLICY)
    stored = {
        (scope, key): value for scope, counts in background.counts.items() for key, value in counts.items()
    }
    again = CompiledProfile.from_json(compiled.to_json())
    assert again == compiled
    analysed = analyse(*article, None)
    assert score_article(again, analysed, Background.from_counts(stored), POLICY) == score_article(
        compiled, analysed, background, POLICY
    )


@settings(max_examples=100, deadline=None)
@given(text=st.one_of(texts, wild))
def test_words_are_pieces_of_the_text_and_their_forms_are_lower_case(text) -> None:
    for word in words(text):
        assert word.strip()
        form = base_word(word)
        assert form == form.lower()
    assert words(text, 5) == words(text)[:5]


@settings(max_examples=100, deadline=None)
@given(title=texts, text=st.one_of(texts, wild), language=st.sampled_from((None, "en", "zh", "xx", "")))
def test_an_analysis_counts_every_word_once_per_mention(title, text, language) -> None:
    analysed = analyse(title, text, language)
    assert all(analysed.terms[word] == count > 0 for word, count in analysed.counts.items())
    assert set(analysed.lead) <= set(analysed.terms)
    assert set(analysed.head) <= set(analysed.terms)
    assert all(weight > 0 for weight in analysed.places.values())


@settings(max_examples=60, deadline=None)
@given(phrase=texts, article=articles)
def test_a_phrase_s_strength_is_a_share_and_repeating_the_text_never_lowers_it(phrase, article) -> None:
    topic = compile_topic(Topic(name=phrase))
    once = topic_strength(find_phrases(topic, analyse(article[0], article[1], "en")))
    twice = topic_strength(find_phrases(topic, analyse(article[0] + " " + article[0], article[1], "en")))
    assert 0 <= once <= twice < 1


@settings(max_examples=30, deadline=None)
@given(seen=st.lists(articles, min_size=2, max_size=5))
def test_the_order_in_which_items_were_seen_does_not_matter(seen) -> None:
    forward, backward = background_of(seen), background_of(seen[::-1])
    analysed = analyse(*NEAR, "en")
    scores = [
        score_article(build_profile(watch(), background, POLICY), analysed, background, POLICY).score
        for background in (forward, backward)
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-9)
