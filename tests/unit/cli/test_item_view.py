"""Items as people and programs read them."""

from __future__ import annotations

import json
from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.samples import NOW, item
from tracker.cli.item_view import item_fields, item_lines, items_text, other_outlets, why_line
from tracker.cli.output import json_text
from tracker.model import Fate, Reason, WatchName
from tracker.text.columns import display_width

CONTRACT = [
    "id",
    "url",
    "canonical_url",
    "title",
    "outlet",
    "feed",
    "published",
    "first_seen",
    "lang",
    "watch",
    "score",
    "threshold",
    "topics",
    "reasons",
    "fate",
    "duplicate_of",
    "similarity",
    "kind",
    "family",
    "story",
    "carriers",
]


def shown(**changed: object) -> list[str]:
    return [click.unstyle(line) for line in item_lines(item(**changed), width=80, now=NOW)]


def test_the_json_fields_are_those_of_the_contract_in_its_order() -> None:
    fields = json.loads(json_text(item_fields(item())))
    assert list(fields)[: len(CONTRACT)] == CONTRACT
    assert set(fields) - set(CONTRACT) == {"original", "note", "source", "grade", "judged"}
    assert fields["published"] == "2026-11-20T10:00:00Z"
    assert fields["topics"] == {"precursors": 0.6, "fentanyl": 0.97}
    assert fields["reasons"][0] == {
        "kind": "topics",
        "text": "About your topics: fentanyl (title)",
        "weight": 2.0,
    }
    assert fields["carriers"][0]["outlet"] == "A"
    assert fields["fate"] == "kept"


def test_the_text_is_in_the_json_only_when_asked_for() -> None:
    assert "text" not in item_fields(item())
    assert item_fields(item(), full=True)["text"] == "The whole text."


def test_an_item_is_told_in_four_lines() -> None:
    assert shown() == [
        "7  0.91  Two countries list three chemicals",
        "      Example Times · 2 h ago · fentanyl 0.97, precursors 0.60",
        "      why: fentanyl (title); Places: China (title)",
        "      also in 2 outlets; 1 version",
    ]


def test_topics_and_places_are_the_reasons_why() -> None:
    assert why_line(item().reasons, 80) == "fentanyl (title); Places: China (title)"


def test_long_reasons_share_the_line() -> None:
    topics = Reason(kind="topics", text="About your topics: " + "fentanyl, " * 20, weight=1.0)
    line = why_line((topics, Reason(kind="places", text="Places: China", weight=-0.1)), 60)
    assert display_width(line) <= 60
    assert line.startswith("fentanyl, fentanyl")
    assert line.endswith("…; Places: China")


def test_reasons_too_long_for_one_line_have_two() -> None:
    reasons = (
        Reason(
            kind="topics",
            text="About your topics: EU anti-subsidy duties on Chinese electric cars",
            weight=1.0,
        ),
        Reason(
            kind="places", text="Places: China, European Union: both of the two your seeds share", weight=1.0
        ),
    )
    why = " ".join(line.strip() for line in shown(reasons=reasons, carriers=())[2:])
    assert why == (
        "why: EU anti-subsidy duties on Chinese electric cars; "
        "Places: China, European Union: both of the two your seeds share"
    )


def test_without_topics_and_places_whatever_speaks_for_it_is_told() -> None:
    reasons = (
        Reason(kind="wording", text="Wording: 0.4", weight=1.0),
        Reason(kind="also", text="Also about: Mexico", weight=-1.0),
        Reason(kind="length", text="Length, 90 words", weight=0.1),
    )
    assert why_line(reasons, 80) == "Wording: 0.4"


def test_own_outlet_and_spelling_do_not_count_as_other_outlets() -> None:
    assert other_outlets(item()) == 2


def test_without_carriers_topics_or_reasons_nothing_is_said_of_them() -> None:
    assert shown(carriers=(), topics=(), reasons=()) == [
        "7  0.91  Two countries list three chemicals",
        "      Example Times · 2 h ago",
    ]


def test_another_fate_is_named_with_its_note() -> None:
    lines = shown(fate=Fate.COPY, duplicate_of="3", note="same words", score=None)
    assert lines[0].startswith("7   --   Two")
    assert "      copy of 3: same words" in lines


def test_an_undated_item_tells_when_it_was_seen() -> None:
    assert "seen 1 h ago" in shown(published_at=None)[1]


def test_topics_that_do_not_fit_beside_the_outlet_have_their_own_line() -> None:
    lines = shown(outlet="The Very Long Name of a Regional Newspaper", carriers=(), reasons=())
    assert lines[1:] == [
        "      The Very Long Name of a Regional Newspaper · 2 h ago",
        "      fentanyl 0.97, precursors 0.60",
    ]


def test_a_long_title_takes_two_lines_and_ends_in_an_ellipsis() -> None:
    lines = shown(title="word " * 60, carriers=(), topics=(), reasons=())
    assert len(lines) == 3
    assert lines[1].endswith("…")


def test_no_escape_or_bidirectional_character_reaches_the_terminal() -> None:
    evil = "\x1b]0;owned\x07Title\u202egnp.exe\u2066\x9b31m\nsecond line"
    text = "\n".join(
        shown(title=evil, outlet=evil, reasons=(), note=evil, fate=Fate.UNREADABLE, id="7\x1b[2J")
    )
    assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e", "\u2066"}


@given(st.text(max_size=300), st.text(max_size=80), st.integers(40, 120))
def test_no_line_is_wider_than_the_terminal(title: str, outlet: str, width: int) -> None:
    lines = item_lines(item(title=title, outlet=outlet), width=width, now=NOW)
    assert all(display_width(click.unstyle(line)) <= width for line in lines)


def test_several_watches_are_listed_apart() -> None:
    both = (item(), item(watch=WatchName("v"), id="8"))
    text = click.unstyle(items_text(both, width=80, now=NOW, empty="None."))
    assert text.index("w: 1 item") < text.index("7  0.91") < text.index("v: 1 item") < text.index("8  0.91")


def test_an_empty_list_says_so() -> None:
    assert items_text((), width=80, now=NOW, empty="None.") == "None."


@pytest.mark.parametrize(
    ("age", "words"),
    [(timedelta(seconds=20), "0 min ago"), (timedelta(hours=30), "30 h ago"), (timedelta(days=3), "3 d ago")],
)
def test_ages_are_told_roughly(age: timedelta, words: str) -> None:
    assert words in shown(published_at=NOW - age)[1]


def test_an_old_or_future_date_is_told_as_a_date() -> None:
    assert "2025-" in shown(published_at=NOW - timedelta(days=400))[1]
    assert "ago" not in shown(published_at=NOW + timedelta(days=3))[1]
