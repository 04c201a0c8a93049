"""What a version changed, in a line."""

from __future__ import annotations

import pytest

from tests.patience import assert_growth
from tracker.digest import what_changed

OLD = (
    "A gate fell into the chamber on Friday. Rescuers said 12 people were dead and 30 hurt. "
    "The mayor, Ann Ortega, spoke at noon. Work goes on."
)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("12 people were dead", "15 people were dead", "12 to 15 people"),
        ("12 people were dead and 30 hurt", "12 people were dead and 41 hurt", "30 to 41 hurt"),
        ("12 people were dead and 30 hurt", "15 dead and 41 hurt", "12 to 15 dead"),
        ("The mayor, Ann Ortega, spoke", "The mayor, Anna Ortega, spoke", "Ann to Anna Ortega"),
        ("Work goes on.", "", "removed “Work goes on.”"),
        ("Work goes on.", "Work goes on. Divers came at two.", "added “Divers came at two.”"),
        (
            "Work goes on.",
            "Work goes on. Divers came at two. They left.",
            "added “Divers came at two.” and 1 more",
        ),
        ("12 people", "15 people", "12 to 15 people"),
        ("Work goes on.", "Work goes on.", ""),
        ("Work goes on.", "Work  goes\non.", ""),
    ],
)
def test_the_change_is_told_by_figures_then_words_then_sentences(old, new, told):
    found = what_changed(OLD, OLD.replace(old, new))
    assert found.startswith(told) if told else found == ""


def test_one_replacement_is_told_once_and_without_the_words_behind_a_comma():
    dead = "There are {0} dead. Of {0} people four were rowing."
    assert what_changed(dead.format(12), dead.format(15)) == "12 to 15 dead"
    named = "The minister, {}, a farmer, spoke."
    told = what_changed(named.format("Somchai Prasert"), named.format("Anan Wattana"))
    assert told == "Somchai Prasert to Anan Wattana"


def test_figures_go_before_words_and_added_sentences_are_counted():
    new = OLD.replace("12 people", "15 people").replace("noon", "one") + " Divers came at two."
    assert what_changed(OLD, new) == "12 to 15 people; 1 sentence added"


def test_a_text_that_is_quite_another_says_how_it_begins():
    told = what_changed(OLD, "The bridge was opened. Nobody came to see it, as it rained.")
    assert told.startswith("added “The bridge was opened.”") or " to " in told


@pytest.mark.parametrize(
    ("old", "new"),
    [("x ", "y "), ("a. ", "b. "), ("水利部门周六批准。", "水利部门周日批准。")],
)
def test_of_texts_that_are_too_long_only_so_much_is_compared(old, new):
    def tell(size):
        return what_changed(old * (size // len(old)), new * (size // len(new)))

    assert_growth(tell, 12_500, 200_000, at_most=8)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("", "New text."),
        ("x " * 100_000, "y " * 100_000),
        ("a. " * 50_000, "b. " * 50_000),
        ("水利部门周六批准。" * 3000, "水利部门周日批准。" * 3000),
        ("\u202e\x1b[31m12 dead", "15 dead\r\nBcc: x"),
    ],
)
def test_any_two_texts_are_told_in_one_clean_line(old, new):
    told = what_changed(old, new)
    assert len(told) <= 140
    assert told.isprintable()
