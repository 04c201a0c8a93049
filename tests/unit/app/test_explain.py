"""What `why` says of an address that a person judged."""

from __future__ import annotations

from typing import cast

import pytest

from tests.unit.cli.samples import item
from tracker.app.explain import explain
from tracker.model import Fate, Item, Verdict
from tracker.ports import Store


class _Fates:
    """A place where the fates of one address are found."""

    def __init__(self, *items: Item) -> None:
        self._items = items

    def fates_of(self, url: str) -> tuple[Item, ...]:
        return self._items


def why(**changed: object) -> tuple[str, str]:
    store = cast("Store", _Fates(item(**changed)))
    told = explain(store, "https://example.org/a")
    return told.sentence, told.command


@pytest.mark.parametrize(
    ("verdict", "fate", "said"),
    [
        (Verdict.RELEVANT, Fate.KEPT, "You judged it relevant, so it is kept, whatever its score of 0.11"),
        (
            Verdict.IRRELEVANT,
            Fate.BELOW_THRESHOLD,
            "You judged it irrelevant, so it is not kept, whatever its score of 0.11",
        ),
    ],
)
def test_a_persons_word_is_said_first_and_its_withdrawal_is_the_advice(
    verdict: Verdict, fate: Fate, said: str
) -> None:
    sentence, command = why(judged=verdict, fate=fate, score=0.11)
    assert sentence.startswith(said)
    assert command == "tracker judge 7 --undo"


@pytest.mark.parametrize(
    ("verdict", "fate"), [(Verdict.IRRELEVANT, Fate.KEPT), (Verdict.RELEVANT, Fate.BELOW_THRESHOLD)]
)
def test_a_word_that_has_not_come_into_force_says_when_it_does(verdict: Verdict, fate: Fate) -> None:
    sentence, command = why(judged=verdict, fate=fate)
    assert sentence.startswith(f"You judged it {verdict.value}; until the next rescoring it is")
    assert command == "tracker rescore"


@pytest.mark.parametrize("verdict", [None, Verdict.NOT_DUPLICATE])
def test_without_a_word_on_relevance_the_score_is_the_reason(verdict: Verdict | None) -> None:
    sentence, command = why(judged=verdict, fate=Fate.BELOW_THRESHOLD, score=0.3)
    assert "scored 0.30, under the line 0.50" in sentence
    assert command == "tracker judge 7 relevant"
