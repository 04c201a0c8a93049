"""`tracker items` shows any title as text: nothing drives the terminal, nothing adds a line of its own."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.outputs.samples import NOW, TITLES, collected_titles, item
from tracker.cli.item_view import item_fields, items_text
from tracker.cli.output import json_text
from tracker.text.columns import display_width

ACTIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("title", [*TITLES, *collected_titles()])
def test_no_title_is_active_in_the_terminal_or_in_json_lines(title: str) -> None:
    one = item(title=title, outlet=title, note=title)
    text = items_text([one, item(number=2)], width=80, now=NOW, empty="")
    assert not ACTIVE.search(re.sub(r"\x1b\[(?:0|1|2|[349]\d)m", "", text)), (
        "styles of our own and nothing else"
    )
    first, second = text.split("\n\n")
    assert "Gate 2 lifted" in second
    assert len(first.splitlines()) <= 6
    assert all(display_width(re.sub("\x1b\\[[0-9;]*m", "", line)) <= 80 for line in text.splitlines())
    line = json_text(item_fields(one))
    assert "\n" not in line
    assert not ACTIVE.search(line)
    assert json.loads(line)["title"] == title
