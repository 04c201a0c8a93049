"""Which kind an edited text is: what a desk does to wire copy is no news, a sentence with a new figure is."""

from __future__ import annotations

import pytest

from tests.unit.neardup.samples import (
    CHINESE_TEXT,
    CHINESE_TITLE,
    PARAGRAPHS,
    TEXT,
    TITLE,
    candidate,
    likeness,
)
from tracker.model import LikenessKind

EXACT, COPY, TRUNCATED, VERSION = (
    LikenessKind.EXACT,
    LikenessKind.COPY,
    LikenessKind.TRUNCATED,
    LikenessKind.VERSION,
)

WIRE_TITLE = "Ferry line to Ost cut back"
WIRE = (
    "The ferry line between Brenn and Ost will run twice a day instead of five times from the first of June, the "
    "operator said. It blamed the price of fuel and a shortage of engineers. The mayor of Ost called the plan a blow to "
    "the island and asked for talks before the summer."
)


def kind(new: str, old: str, new_title: str = WIRE_TITLE, old_title: str = WIRE_TITLE) -> LikenessKind:
    return likeness((new_title, new), candidate((old_title, old))).kind


@pytest.mark.parametrize(
    "printed",
    [
        f"OST (Coast Wire) - {WIRE}",
        f"BRENN, June 2 (Coast Wire) -- {WIRE}",
        f"By Ann Reed, Coast Wire | March 3, 2026 4:10 pm\nBRENN (Coast Wire) - {WIRE}",
        f"{WIRE} (Reporting by Tom Okri; Editing by Ann Reed)",
        f"Source: Coast Wire | Editor: Tom Okri\n{WIRE} (c) 2026 Coast Wire. All rights reserved.",
        f"{WIRE} Read the full story",
        f"{WIRE}\n\nSubscribe to our newsletter and follow us for alerts. You may share this with three readers.",
    ],
)
@pytest.mark.parametrize("first", [WIRE, f"LORN (Harbour News Agency) - {WIRE}"])
def test_a_wire_text_under_another_line_is_a_copy_however_short(printed: str, first: str) -> None:
    assert kind(printed, first) is COPY


NAMED = WIRE.replace("The ferry line", "Northern Lines said on Friday that the ferry", 1)


@pytest.mark.parametrize("line", ["LORN (CW) - ", "LORN, Jan 5 (CW) - "])
def test_datelines_of_one_town_differ_in_nothing_that_counts(line: str) -> None:
    """The name behind the dash and the town before the brackets stand in both lines: neither is a changed fact."""
    assert kind(line + NAMED, f"LORN, Jan 4 (Coast Wire) - {NAMED}") is COPY


@pytest.mark.parametrize(
    "changed",
    [
        WIRE.replace("five times", "six times"),
        WIRE.replace("first of June", "tenth of June"),
        f"{WIRE} Some 340 people signed a letter.",
        WIRE.replace("It blamed", "About 90 jobs will go, it said. It blamed"),
        f"The operator gave way late on Sunday and promised talks with the island. {WIRE}",
        f"{WIRE} Two of the island's hotels said that guests had begun to cancel their rooms for the summer.",
    ],
)
def test_another_fact_or_sentence_makes_a_version(changed: str) -> None:
    assert kind(changed, WIRE) is VERSION
    assert kind(f"OST (Coast Wire) - {changed}", f"BRENN (Coast Wire) - {WIRE}") is VERSION


def test_misprints_in_many_words_are_no_news_and_one_other_number_among_them_is() -> None:
    misread = TEXT.replace("Calder", "Ca1der").replace("flounder", "f1ounder").replace("the ", "tbe ", 6)
    assert kind(misread, TEXT, TITLE, TITLE) is COPY
    assert kind(misread.replace("24 turbines", "26 turbines"), TEXT, TITLE, TITLE) is VERSION


@pytest.mark.parametrize("kept", [0.95, 0.9, 0.7, 0.5, 0.3])
def test_a_text_without_its_end_is_cut_short(kept: float) -> None:
    words = TEXT.split()
    cut = " ".join(words[: int(kept * len(words))])
    assert kind(f"{cut}...", TEXT, TITLE, TITLE) is TRUNCATED
    assert kind(f"LORN (Coast Wire) - {cut} [+900 chars]", TEXT, TITLE, TITLE) is TRUNCATED


def test_a_text_with_new_sentences_in_place_of_its_end_is_a_version() -> None:
    text = " ".join(
        [*PARAGRAPHS[:3], "The court said on Friday that it would hear the case of the fishermen in May."]
    )
    assert kind(text, TEXT, TITLE, TITLE) is VERSION


def test_a_text_without_a_paragraph_in_its_middle_is_a_copy() -> None:
    assert kind(" ".join([*PARAGRAPHS[:1], *PARAGRAPHS[2:]]), TEXT, TITLE, TITLE) is COPY


def test_a_title_that_names_a_correction_makes_a_version_unless_both_do() -> None:
    for mark in ("CORRECTED-", "UPDATE 2-", "Berichtigung: ", "Corrección: "):
        assert kind(f"{TEXT} More.", TEXT, mark + TITLE, TITLE) is VERSION
        assert kind(f"{TEXT} More.", TEXT, mark + TITLE, mark + TITLE) is COPY


def test_the_kind_is_stored_with_its_figures() -> None:
    def why(new: str) -> str:
        return likeness((WIRE_TITLE, new), candidate((WIRE_TITLE, WIRE))).reasons[1]

    assert why(WIRE.replace("five times", "six times")) == "version: 0 words added, 1 fact changed"
    assert why(f"{WIRE} Some 340 people signed a letter.") == "version: 6 words added, 0 facts changed"
    assert why(" ".join(WIRE.split()[:30])) == "cut short: 30 of 54 words are left, none added"
    assert why(f"OST (Coast Wire) - {WIRE}") == "a copy: no passage added, same wording"


COUNTS = (412, 87, 464, 293, 154, 630, 519, 275, 841)
TOLD = " ".join(
    f"{place} was heard {day}. Observers there counted {count} objections from fishing groups and let them stand."
    for place, day, count in zip(
        ("Brenn", "Ost", "Lorn", "Tarn", "Velm", "Asker", "Dun", "Morby", "Eide"),
        ("early", "late", "at noon", "again", "in private", "twice", "in haste", "by letter", "in spring"),
        COUNTS,
        strict=True,
    )
)


def test_a_changed_figure_is_found_where_the_same_words_stand_around_many_figures() -> None:
    def reasons(old: str, new: str) -> str:
        return "; ".join(
            likeness((WIRE_TITLE, TOLD.replace(old, new)), candidate((WIRE_TITLE, TOLD))).reasons
        )

    assert kind(TOLD.replace("464", "1234"), TOLD) is VERSION
    assert '("1234" for "464"); version: 0 words added, 1 fact changed' in reasons("464", "1234")
    assert kind(TOLD.replace("let them stand", "left them alone"), TOLD) is COPY
    assert "1 fact changed" not in reasons("objections", "complaints")


def test_chinese_texts_have_the_same_kinds() -> None:
    half = CHINESE_TEXT[: len(CHINESE_TEXT) // 2]
    added = f"{CHINESE_TEXT}法院星期四下令电站停止一半水轮机的运行，直到鱼道的研究完成为止。"
    assert kind(half, CHINESE_TEXT, CHINESE_TITLE, CHINESE_TITLE) is TRUNCATED
    assert kind(added, CHINESE_TEXT, CHINESE_TITLE, CHINESE_TITLE) is VERSION
    assert kind(f"（海岸通讯社）{CHINESE_TEXT}", CHINESE_TEXT, CHINESE_TITLE, CHINESE_TITLE) is COPY
