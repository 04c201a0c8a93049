"""Whom a text credits, and what a version calls itself."""

from __future__ import annotations

import pytest

from tracker.neardup.credit import agency_of, correction_in, credit_in


@pytest.mark.parametrize(
    ("text", "byline", "found"),
    [
        ("WASHINGTON (AP) — Two countries met.", "", ("AP", "credit line")),
        ("BEIJING, Nov. 20 (Xinhua) -- China said.", "", ("Xinhua", "credit line")),
        ("(Reuters) - Oil rose.", "", ("Reuters", "credit line")),
        ("MEXICO CITY, Reuters - Officials said.", "", ("Reuters", "credit line")),
        ("PORT ELLEN (Harbour Wire) — The mayor said.", "", ("Harbour Wire", "credit line")),
        ("新华社北京11月20日电 外交部说。", "", ("Xinhua", "credit line")),
        ("He said so.\n— Reuters", "", ("Reuters", "credit line")),
        ("He said so.", "By Jane Doe | Associated Press", ("AP", "byline")),
        ("So it is. This article was originally published on The Bridge.", "", ("Bridge", "note")),
        ("The World Health Organization (WHO) - which is based in Geneva - said.", "", ("", "")),
        ("Officials said (see below) - and so on.", "", ("", "")),
        ("The deal (2026) - a large one.", "", ("", "")),
        ("", "", ("", "")),
    ],
)
def test_a_credit_is_read_where_agencies_write_it(text: str, byline: str, found: tuple[str, str]) -> None:
    name, where = credit_in(text, byline)
    assert (name.removeprefix("The "), where) == found


@pytest.mark.parametrize(
    ("title", "text", "mark"),
    [
        ("CORRECTED-Two countries list three chemicals", "", "correction"),
        ("Correction: Two countries", "", "correction"),
        ("UPDATE 2-Oil rises", "", "update"),
        ("Updated: Fire at the port", "", "update"),
        ("Fire at the port", "Text.\nCorrection: an earlier version gave another figure.", "correction"),
        ("Party updates its manifesto", "The plan was corrected by members.", ""),
    ],
)
def test_corrections_are_named_by_their_own_marks(title: str, text: str, mark: str) -> None:
    assert correction_in(title, text) == mark


def test_an_agency_goes_by_several_names() -> None:
    assert agency_of("The Associated Press") == agency_of("ap") == "AP"
    assert agency_of("Example Times") == ""
