from __future__ import annotations

import pytest

from tests.patience import assert_growth
from tracker.digest.excerpt import Wanted, excerpt
from tracker.model import Reason

DRUGS = Wanted(["fentanyl", "precursor", "芬太尼"])


def test_two_distant_sentences_are_joined_by_a_gap():
    text = (
        "The lead tells of ships in ports. "
        + "Nothing here at all to see today. " * 3
        + "Then fentanyl precursor barrels were found."
    )
    assert (
        excerpt(text, DRUGS)
        == "The lead tells of ships in ports. … Then fentanyl precursor barrels were found."
    )


def test_neighbours_are_joined_by_a_space():
    text = "Police found fentanyl in a port. The precursor came by ship last week."
    assert excerpt(text, DRUGS) == text


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. Coast Guard seized fentanyl off Florida on Monday.",
        "Gen. J. R. Smith spoke of fentanyl on Jan. 5 in St. Louis.",
        "Prices rose 4.5 percent as fentanyl fell.",
    ],
)
def test_initials_abbreviations_and_decimals_end_no_sentence(text):
    filler = "Something else happened somewhere on that day too."
    assert text in excerpt(f"{text} {filler} {filler}", DRUGS, limit=400)


def test_chinese_sentences_are_found_without_spaces():
    text = "北京消息。会议在周一举行。中国公安部宣布管制三种芬太尼前体。天气晴朗。"
    assert "芬太尼前体" in excerpt(text, DRUGS)


def test_chinese_neighbours_are_joined_without_a_space():
    text = "中国公安部宣布管制三种芬太尼前体化学品，明年一月起施行。两国代表在檀香山会晤后发表了关于芬太尼的联合声明。"
    assert excerpt(text, DRUGS) == text


def test_a_sentence_that_repeats_the_title_is_passed_over():
    assert excerpt(
        "Ships arrive. Fentanyl seized in port city by officers.", DRUGS, title="Ships arrive"
    ) == ("Fentanyl seized in port city by officers.")


@pytest.mark.parametrize("limit", [40, 120, 230])
def test_the_limit_holds(limit):
    text = "A very long sentence about fentanyl " + "and more words " * 60 + ". Another about precursor."
    assert 0 < len(excerpt(text, DRUGS, limit=limit)) <= limit


def test_empty_text_and_no_phrases_give_what_they_can():
    assert excerpt("", DRUGS) == ""
    assert excerpt("Only this sentence stands here.", Wanted([])) == "Only this sentence stands here."


def test_words_of_the_reasons_choose_among_sentences():
    text = "One plain opening sentence for all readers. " + "Dull words without any weight in here. " * 4
    text += "The Honolulu meeting produced a shared alert list."
    found = excerpt(
        text, Wanted([]), reasons=[Reason(kind="wording", text="honolulu, meeting, alert, shared")]
    )
    assert "Honolulu meeting" in found


@pytest.mark.parametrize("unit", ["a", ". ", "x. ", "。", "\n"])
def test_of_hostile_texts_only_so_much_is_read(unit):
    assert len(excerpt(unit * 100_000, DRUGS)) <= 230
    assert_growth(lambda size: excerpt(unit * (size // len(unit)), DRUGS), 12_500, 200_000, at_most=8)


def passage(text: str, words: str) -> Reason:
    start = text.index(words)
    return Reason(kind="passage", text="quoted", start=start, end=start + len(words))


def test_passages_that_carried_the_score_are_shown_before_anything_else():
    text = (
        "Ships came in on Monday, said the harbour. Police found fentanyl there. It rained. "
        + "Dull words here. " * 9
    )
    text += "The envoys agreed to share all their lists of names by spring."
    assert excerpt(text, DRUGS, reasons=[passage(text, "The envoys agreed to share")]).endswith(
        "The envoys agreed to share all their lists of names by spring."
    )


def test_of_many_passages_the_first_two_quoted_are_shown():
    sentences = [f"Sentence number {n} tells some news of its own today." for n in range(9)]
    text = " ".join(sentences)
    reasons = [passage(text, sentences[n]) for n in (6, 4, 3, 2)]
    assert excerpt(text, Wanted([]), reasons=reasons) == f"{sentences[4]} … {sentences[6]}"


def test_a_passage_far_down_a_long_text_is_found_by_its_place():
    text = "Opening words that say little of it. " + "Dull words here, and more of them. " * 400
    text += "At the end the fentanyl accord is signed."
    found = excerpt(text, DRUGS, reasons=[passage(text, "At the end the fentanyl accord is signed.")])
    assert found == "Opening words that say little of it. … At the end the fentanyl accord is signed."


@pytest.mark.parametrize(
    ("start", "end"), [(-5, 3), (5, 5), (9, 2), (0, 10_000), (10_000, 10_004), (None, 4)]
)
def test_places_outside_the_text_are_of_another_text(start, end):
    reason = Reason(kind="passage", text="x", start=start, end=end)
    assert (
        excerpt("Only this sentence stands here.", DRUGS, reasons=[reason])
        == "Only this sentence stands here."
    )


@pytest.mark.parametrize(
    "dateline",
    ["BEIJING, Nov 16 (Harbor Wire) - ", "WASHINGTON (AP) — ", "NEW YORK, Sept. 3 – ", "GENEVA - "],
)
def test_the_place_and_date_before_a_wire_report_take_no_room(dateline):
    assert (
        excerpt(f"{dateline}China will control three chemicals.", DRUGS)
        == "China will control three chemicals."
    )


@pytest.mark.parametrize("text", ["NATO - the alliance - met.", "A B - c", "US-China talks ended."])
def test_other_capitals_stay(text):
    assert excerpt(text, DRUGS) == text
