"""JSON for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tracker.cli.output import counted, json_text, until
from tracker.model import Fate, Reason


def test_model_values_become_json() -> None:
    value = {
        "at": datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=8))),
        "wait": timedelta(minutes=1),
        Fate.KEPT: (Reason(kind="k", text="t", weight=1.0),),
    }
    assert json.loads(json_text(value)) == {
        "at": "2026-01-01T01:00:00Z",
        "wait": 60.0,
        "kept": [{"kind": "k", "text": "t", "weight": 1.0, "start": None, "end": None}],
    }


@given(st.text(max_size=50))
def test_any_text_is_read_back_and_no_control_reaches_the_terminal(text: str) -> None:
    written = json_text({"title": text})
    assert json.loads(written) == {"title": text}
    assert not any(
        ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
        for c in written
    )


def test_readable_letters_stay_readable() -> None:
    assert json_text({"t": "芬太尼 é"}) == '{"t": "芬太尼 é"}'


def test_counts_and_waits_are_words() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert (counted(1, "feed"), counted(2, "feed"), counted(2, "watch", "watches")) == (
        "1 feed",
        "2 feeds",
        "2 watches",
    )
    assert until(now + timedelta(minutes=5), now) == "in 5 min"
    assert until(now, now) == "now"
    assert until(None, now) == "not planned"
