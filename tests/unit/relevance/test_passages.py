"""The passages that carried a text."""

from __future__ import annotations

from tests.unit.relevance.samples import FAR, NEAR, POLICY, profile, score
from tracker.model import Reason
from tracker.relevance import Background, analyse, score_article
from tracker.relevance.passages import find_passages

FACETS = profile()
LONG = (
    NEAR[0],
    "The weather was mild. " + NEAR[1] + "\n\nVisitors admired the gardens. A band played until late.",
)


def passages(text: tuple[str, str]) -> list[Reason]:
    return [reason for reason in score(FACETS, text).reasons if reason.kind == "passage"]


def test_a_kept_text_shows_the_passages_that_carried_it_where_they_stand() -> None:
    found = [reason for reason in passages(LONG) if reason.start is not None]
    assert found
    for reason in found:
        assert LONG[1][reason.start : reason.end] == reason.text
    assert not any("weather" in reason.text or "band" in reason.text for reason in found)


def test_without_its_passages_a_text_no_longer_passes() -> None:
    found = passages(LONG)
    title, left = LONG
    for reason in sorted(found, key=lambda reason: -(reason.start or 0)):
        if reason.start is None:
            title = ""
        else:
            left = left[: reason.start] + left[reason.end :]
    assert not score_article(FACETS, analyse(title, left, "en"), Background(), POLICY).passes


def test_no_passage_is_shown_that_can_be_spared() -> None:
    def score_of(title: str, text: str) -> float:
        return 1.0 if "deciding" in text else 0.0

    text = "Lithium, lithium, brine. A deciding phrase."
    found = find_passages({"lithium": 2.0, "phrase": 1.0}, analyse("Title", text, "en"), score_of, 0.5)
    assert [reason.text for reason in found] == ["A deciding phrase."]


def test_a_rejected_text_shows_none() -> None:
    assert passages(FAR) == []


def test_passages_weigh_nothing_of_their_own() -> None:
    assert {reason.weight for reason in passages(LONG)} == {0.0}


def test_the_passage_with_the_most_telling_words_comes_first_and_long_ones_are_cut() -> None:
    text = "Nothing here. Lithium from a salt lake. " + "word " * 80 + "lithium lithium brine."
    found = find_passages({"lithium": 1.0, "brine": 1.0}, analyse("", text, "en"), lambda *_: 1.0, 0.5)
    assert [reason.text[:7] for reason in found] == ["word wo", "Lithium", "Nothing"]
    assert found[0].text.endswith("…")
    assert text[found[1].start : found[1].end] == "Lithium from a salt lake."


def test_of_a_sentence_only_the_clause_that_decides_is_shown() -> None:
    def score_of(title: str, text: str) -> float:
        return 1.0 if "deciding words" in text else 0.0

    text = "The band played until late, these are the deciding words, and it was mild."
    (found,) = find_passages({"lithium": 1.0}, analyse("A title", text, "en"), score_of, 0.5)
    assert found.text == "these are the deciding words"
    assert text[found.start : found.end] == found.text


def test_a_clause_too_short_to_be_read_alone_is_shown_with_its_sentence() -> None:
    def score_of(title: str, text: str) -> float:
        return 1.0 if "decided" in text else 0.0

    text = "The band played, decided, until late."
    (found,) = find_passages({}, analyse("", text, "en"), score_of, 0.5)
    assert found.text == text
