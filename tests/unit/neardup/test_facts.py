"""What fills the slots of a text."""

from __future__ import annotations

import pytest

from tracker.neardup.facts import Fact, facts_of, numbers_in


def read(text: str, starts: tuple[int, ...] = (0,)) -> list[Fact]:
    return facts_of(text.split(), text.lower().split(), starts)


def values(text: str, starts: tuple[int, ...] = (0,)) -> list[str]:
    return [fact.value for fact in read(text, starts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the office counted 41 cases", ["41"]),
        ("the office counted forty one cases", ["forty one"]),
        ("it opened on Tuesday the 3 of May", ["tuesday", "3", "may"]),
        ("said Ines Calder on friday", ["ines calder", "friday"]),
        ("The plant opened", []),
        ("prices rose 26bn in march", ["26bn", "march"]),
        ("el martes no hay el lunes 5 de enero", ["martes", "lunes 5", "enero"]),
    ],
)
def test_figures_dates_and_names_fill_slots(text: str, expected: list[str]) -> None:
    assert values(text) == expected


def test_the_first_word_of_a_sentence_is_no_name() -> None:
    assert values("it rained Nobody came", starts=(0, 2)) == []
    assert values("it rained Nobody came") == ["nobody"]


def test_capitals_tell_nothing_where_nearly_all_words_have_them() -> None:
    assert values("FED ADDS RESERVES VIA 3 CUSTOMER REPURCHASES") == ["3"]


def test_a_slot_is_the_same_slot_when_its_neighbour_slot_is_filled_differently() -> None:
    first = read("the index fell 12 points to 900 at noon")
    second = read("the index fell 7 points to 950 at noon")
    assert [fact.key for fact in first] == [fact.key for fact in second]
    assert [fact.value for fact in first] == ["12", "900"]


def test_a_text_without_words_has_no_facts() -> None:
    assert facts_of([], [], ()) == []


def test_numbers_are_the_figures_alone() -> None:
    assert numbers_in(read("on Monday 12 ships and 3rd class 7 boats")) == {"12", "7"}


def test_a_long_list_of_names_is_kept_short() -> None:
    text = "present were " + "Ada Bell " * 100 + "and nobody else at all so the meeting was closed " * 20
    (value,) = values(text)
    assert value.startswith("ada bell ada bell")
    assert len(value) == 80
