"""What of a seed's file is not learned from."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tracker.model import Seed
from tracker.settings.seed_lines import without_page_lines

SUBJECTS = ("bananas", "oranges", "mangoes", "melons", "grapes")


def lines_of(number: int) -> list[str]:
    fruit = SUBJECTS[number]
    return [
        f"Customs officers found cocaine among {fruit} in the port on day {number} of the strike, police said.",
        f"Two dockers who had opened the container of {fruit} were arrested, and a third is being looked for.",
    ]


def seeds(added: Sequence[str], count: int = 5) -> list[Seed]:
    return [Seed(name=f"{n}.txt", title="", text="\n".join([*lines_of(n), *added])) for n in range(count)]


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "Read more: Another story entirely",
        "A container in the port. Photo: Example Agency",
        "Your address will not be published",  # in no table: that all five have it tells
    ],
)
def test_lines_of_the_page_are_not_learned_from_and_are_kept_to_be_told(line: str) -> None:
    for number, seed in enumerate(without_page_lines(seeds([line]))):
        assert seed.text == "\n".join(lines_of(number))
        assert seed.left_out == (line,)


def test_a_line_that_stands_twice_in_a_seed_counts_once() -> None:
    (seed, *_) = without_page_lines(seeds([lines_of(0)[0]], count=1))
    assert seed.text == "\n".join(lines_of(0))
    assert seed.left_out == (lines_of(0)[0],)


@pytest.mark.parametrize(("holding", "of"), [(2, 2), (2, 5), (3, 7)])
def test_a_line_that_few_seeds_share_may_be_the_wire_s(holding: int, of: int) -> None:
    shared = "The ministry said that the talks had been open and useful."
    some = [Seed(name=f"{n}.txt", title="", text="\n".join([*lines_of(n % 5), str(n)])) for n in range(of)]
    some[:holding] = [Seed(name=one.name, title="", text=f"{one.text}\n{shared}") for one in some[:holding]]
    assert all(seed.text.endswith(shared) for seed in without_page_lines(some)[:holding])


def test_copies_of_one_text_keep_it() -> None:
    (first, *_) = copies = seeds([], count=1) * 4
    assert without_page_lines(copies) == (first,) * 4
