"""The form in which copies of a text are equal."""

from __future__ import annotations

import pytest

from tracker.text.normalise import cased_sentences, comparison_words, normalise


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Plain words", "plain words"),
        ("Tom &amp; Ann&#8217;s caf&eacute;", "tom & anns café"),
        ("the mayorâ€™s â€œplanâ€\x9d â€” CafÃ©", "the mayors “plan” — café"),
        ("ﬁnal ﬂood Ｆｅｎ ①", "final flood fen 1"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark"),
        ("don't o’clock rock 'n' roll", "dont oclock rock 'n' roll"),
        ("1,234,567 and 3.14 but a.b and 5, 6.", "1234567 and 314 but a.b and 5, 6."),
        ("Cafe\u0301", "café"),
        ("", ""),
    ],
)
def test_what_copies_print_differently_is_the_same_here(printed: str, expected: str) -> None:
    assert normalise(printed) == expected


def test_capitals_can_be_kept_for_telling_names() -> None:
    assert normalise("Ann&rsquo;s PLAN", keep_case=True) == "Anns PLAN"


def test_rightly_encoded_accents_are_left_alone() -> None:
    assert normalise("Älvsjö, São Paulo, «Âge»", keep_case=True) == "Älvsjö, São Paulo, «Âge»"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("U.S.-backed, 12.5% (up)", ["u", "s", "backed", "125", "up"]),
        ("snake_case", ["snake", "case"]),
        ("美国 FBI 局长", ["美", "国", "fbi", "局", "长"]),
        ("カタカナ漢字", ["カ", "タ", "カ", "ナ", "漢", "字"]),
        ("क्षेत्र में", ["क्षेत्र", "में"]),
        ("한국 정부", ["한국", "정부"]),
        ("Ünïcödé wörds", ["ünïcödé", "wörds"]),
        ("?! ...", []),
    ],
)
def test_words_are_runs_of_letters_and_digits_or_single_characters(text: str, words: list[str]) -> None:
    assert comparison_words(text) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One two. Three!\nFour five?", [["One", "two"], ["Three"], ["Four", "five"]]),
        ("Up 3.5 points", [["Up", "35", "points"]]),
        ("他来了。她走了。", [["他", "来", "了"], ["她", "走", "了"]]),
        ("...", []),
    ],
)
def test_sentences_end_at_stops_and_line_ends(text: str, sentences: list[list[str]]) -> None:
    assert cased_sentences(text) == sentences
