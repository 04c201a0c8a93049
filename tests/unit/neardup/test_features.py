"""The figures of a pair."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.neardup.samples import (
    FOOTER,
    OTHER_TEXT,
    OTHER_TITLE,
    PARAGRAPHS,
    TEXT,
    TITLE,
    bulletin,
    pair,
)
from tracker.neardup.boilerplate import sentence_hashes
from tracker.neardup.features import hide, overlap_of, wording_of
from tracker.neardup.prepared import prepare


def test_a_text_beside_itself_is_whole_in_every_figure() -> None:
    same = pair((TITLE, TEXT), (TITLE, TEXT), None)
    assert (same.containment, same.jaccard, same.ratio, same.lead, same.start) == (1, 1, 1, 1, 1)
    assert (same.title, same.titles_meet, same.conflict_rate) == (100, True, 0)
    assert same.agreeing > 8
    assert same.gap is None


def test_texts_with_nothing_in_common_share_nothing() -> None:
    other = pair((OTHER_TITLE, OTHER_TEXT), (TITLE, TEXT))
    assert (other.shared, other.containment, other.jaccard, other.lead, other.agreeing) == (0, 0, 0, 0, 0)


def test_texts_without_words_give_figures_and_no_error() -> None:
    empty = pair(("", ""), ("", ""))
    assert (empty.shared, empty.ratio, empty.containment, empty.jaccard, empty.numbers) == (0, 0, 0, 0, 0)


def test_a_cut_copy_is_contained_though_hardly_alike() -> None:
    cut = pair((TITLE, PARAGRAPHS[0]), (TITLE, TEXT))
    assert cut.new_in_old == 1
    assert cut.jaccard < 0.25
    assert cut.old_in_new == cut.ratio == cut.jaccard


def test_the_opening_is_looked_for_from_both_sides() -> None:
    rewritten = "Applause and a brass band greeted the first kilowatts. " * 2 + TEXT
    assert pair((TITLE, rewritten), (TITLE, TEXT)).lead == 1
    assert pair((TITLE, TEXT), (TITLE, rewritten)).lead == 1
    assert pair((TITLE, f"{OTHER_TEXT} {FOOTER}"), (TITLE, f"{TEXT} {FOOTER}")).lead == 0


def test_the_start_of_a_short_text_is_looked_for_near_the_head_of_a_long_one() -> None:
    digest = f"{OTHER_TEXT}\n\n{FOOTER}\n\n{FOOTER.upper()}\n\n{TEXT}"
    assert pair((TITLE, PARAGRAPHS[4]), (TITLE, PARAGRAPHS[4] + digest)).start == 1
    assert pair((TITLE, PARAGRAPHS[4]), (TITLE, digest)).start == 0


def test_facts_in_the_same_slot_agree_or_differ() -> None:
    changed = (
        TEXT.replace("24 turbines", "32 turbines")
        .replace("Ines Calder", "Ines Kalder")
        .replace("61,000", "16,000")
    )
    figures = pair((TITLE, changed), (TITLE, TEXT))
    assert figures.differing == 2  # the misspelt name still agrees
    assert figures.examples == (("16000", "61000"), ("32", "24"))


@pytest.mark.parametrize(
    ("new", "old", "differing"),
    [
        ("15 mln", "15 million", 0),
        ("12.8 billion", "13.2 billion", 1),
        ("1,200", "1200", 0),
        ("two hundred", "two thousand", 1),
        ("26bn", "86bn", 1),
        ("march 4", "march 11", 1),
        ("Clemence Ross", "C1emence Ross", 0),
        ("Alcan", "Chevron", 1),
        ("Secretary Wei", "Wei", 0),
    ],
)
def test_figures_must_be_equal_and_names_only_alike(new: str, old: str, differing: int) -> None:
    frame = "the agency said that {} was enough for now"
    assert pair(("", frame.format(new)), ("", frame.format(old))).differing == differing


def test_template_reports_differ_in_many_facts() -> None:
    figures = pair(bulletin("9 May", 41, 37, 12, "Velm"), bulletin("2 May", 37, 58, 9, "Ost"))
    assert figures.containment > 0.6
    assert figures.differing >= 4
    assert figures.has_other_title_numbers


def test_numbers_are_counted_in_the_whole_text() -> None:
    figures = pair(("", "prices were 1 and 2 and 3 today"), ("", "prices were 1 and 2 and 4 and 5 today"))
    assert (figures.numbers, figures.numbers_shared) == (3, 2)
    assert figures.number_density == pytest.approx(3 / 8)


def test_the_gap_is_passed_on() -> None:
    assert pair((TITLE, TEXT), (TITLE, TEXT), timedelta(days=2)).gap == timedelta(days=2)


def test_hidden_sentences_give_no_shingles_and_lower_the_own_share() -> None:
    whole = wording_of(prepare("", f"{TEXT}\n{FOOTER}"))
    footer = set(sentence_hashes(prepare("", FOOTER)))
    own = hide(whole, footer)
    assert own.shingles == wording_of(prepare("", TEXT)).shingles
    assert own.own_share == pytest.approx(len(TEXT.split()) / len(whole.prepared.words))
    assert overlap_of(own, whole).own_share == own.own_share
    assert hide(own, {12345}) is own
