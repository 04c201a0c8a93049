"""Laws of near-duplicate detection, over made-up texts."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tests.unit.neardup.samples import POLICY, candidate
from tracker.model import LikenessKind
from tracker.neardup.compare import compare_article
from tracker.neardup.features import overlap_of, pair_features, wording_of
from tracker.neardup.fingerprint import fingerprint, fingerprint_of, sketch
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared, prepare
from tracker.neardup.rules import similarity
from tracker.text.normalise import comparison_words, normalise

_WORDS = st.sampled_from(
    [
        "the",
        "of",
        "Lorn",
        "ferry",
        "rose",
        "12",
        "seven",
        "May",
        "Tuesday",
        "river",
        "said",
        "old",
        "quay",
        "3.5",
        "mln",
        "don't",
        "习",
        "近",
        "平",
        "क्षेत्र",
    ]
)
_ENDS = st.sampled_from([" ", " ", " ", ". ", "\n", ", ", "! ", "。"])
news = st.lists(st.tuples(_WORDS, _ENDS), max_size=150).map(
    lambda parts: "".join(word + end for word, end in parts)
)
anything = st.text(max_size=300)
texts = news | anything
articles = st.tuples(st.text(max_size=40) | news.map(lambda text: text[:60]), texts)


@given(articles)
def test_a_text_is_an_exact_copy_of_itself(article: tuple[str, str]) -> None:
    new = prepare(*article)
    verdict = compare_article(wording_of(new), NOW, [candidate(article)], {}, POLICY)
    assert verdict.kind is LikenessKind.EXACT or not new.words
    assert verdict.similarity == 1.0 or not new.words


@given(articles, articles)
def test_containment_and_similarity_are_the_same_from_both_sides(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    first, second = wording_of(prepare(*one)), wording_of(prepare(*other))
    there, back = overlap_of(first, second), overlap_of(second, first)
    assert (there.shared, there.containment, there.jaccard, there.ratio) == (
        back.shared,
        back.containment,
        back.jaccard,
        back.ratio,
    )
    assert there.new_in_old == back.old_in_new
    assert similarity(there, POLICY) == similarity(back, POLICY)


@given(articles, articles)
def test_every_share_of_a_pair_is_a_share(one: tuple[str, str], other: tuple[str, str]) -> None:
    here, there = wording_of(prepare(*one)), wording_of(prepare(*other))
    pair = pair_features(here, there, overlap_of(here, there), timedelta(0), POLICY)
    shares = (pair.containment, pair.jaccard, pair.ratio, pair.lead, pair.start)
    assert all(
        0 <= share <= 1 for share in (*shares, pair.conflict_rate, pair.number_density, pair.own_share)
    )
    assert 0 <= pair.title <= 100
    assert pair.numbers_shared <= pair.numbers


@given(articles)
def test_packing_loses_nothing(article: tuple[str, str]) -> None:
    prepared = prepare(*article)
    unpacked = Prepared.unpack(prepared.pack())
    assert unpacked == prepared
    assert unpacked is not None
    assert fingerprint_of(wording_of(unpacked)) == fingerprint(*article)


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=400), st.data())
def test_a_part_keeps_every_sketch_value_of_the_whole_that_is_its_own(
    hashes: list[int], data: st.DataObject
) -> None:
    end = data.draw(st.integers(0, len(hashes)))
    part = hashes[:end]
    own = {value >> 16 for value in part}
    assert set(sketch(hashes)) & own <= set(sketch(part))


@given(st.lists(articles, min_size=1, max_size=5), articles, st.permutations(range(5)))
def test_the_order_of_candidates_does_not_change_the_verdict(
    stored: list[tuple[str, str]], new: tuple[str, str], order: list[int]
) -> None:
    lenient = LikenessPolicy(min_shared=1, min_containment=0.1, short_size=0)
    candidates = [candidate(article, number + 1) for number, article in enumerate([*stored, new, new])]
    shuffled = [candidates[place] for place in order if place < len(candidates)]
    rest = [one for one in candidates if one not in shuffled]
    wording = wording_of(prepare(*new))
    straight = compare_article(wording, NOW, candidates, {}, lenient)
    assert compare_article(wording, NOW, [*rest, *shuffled], {}, lenient) == straight


@given(anything)
def test_normal_words_are_normal_already(text: str) -> None:
    words = comparison_words(text)
    assert all(word == word.lower() and word for word in words)
    assert comparison_words(" ".join(words)) == words


@given(anything)
def test_normalising_never_fails_and_keeps_plain_words(text: str) -> None:
    assert "ferry" in comparison_words(f"{text} ferry")
    assert isinstance(normalise(text), str)
