"""What changed between two versions."""

from __future__ import annotations

import click
from hypothesis import given
from hypothesis import strategies as st

from tracker.cli.article_view import diff_text
from tracker.text.word_diff import changes_between

_TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "g"]), max_size=60).map(" ".join)


def test_a_changed_figure_is_shown_among_its_neighbours() -> None:
    old = "one two three four five six seven police found 12 bodies in the house on the hill near the town today"
    new = old.replace("12", "15")
    assert click.unstyle(diff_text(changes_between(old, new))) == (
        "… four five six seven police found [-12-] {+15+} bodies in the house on the …"
    )


def test_equal_texts_have_no_changes() -> None:
    assert changes_between("a b  c", "a b c") == ()


def test_controls_in_the_texts_are_not_printed() -> None:
    assert "\x1b[2J" not in click.unstyle(diff_text(changes_between("a", "a \x1b[2Jb")))


@given(_TEXTS, _TEXTS)
def test_what_went_and_came_is_complete(old: str, new: str) -> None:
    changes = changes_between(old, new)
    removed = sum(len(c.text.split()) for c in changes if c.kind == "removed")
    added = sum(len(c.text.split()) for c in changes if c.kind == "added")
    assert len(new.split()) - len(old.split()) == added - removed
    assert bool(changes) == (old.split() != new.split())


@given(_TEXTS)
def test_a_whole_new_text_is_all_added(new: str) -> None:
    assert " ".join(c.text for c in changes_between("", new)) == new
