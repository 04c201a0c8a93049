"""Immediate alerts as values: what is worth one, when it may come, and the words."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.digest.samples import NOW, WATCH, carrier, item
from tracker.digest.alert import alerting, bundles, compose_alert, is_quiet, trial_alert
from tracker.model import Alert, Item, Reason, StoryId

OWN = json.loads((Path(__file__).parents[2] / "data" / "digest" / "titles.json").read_text(encoding="utf-8"))[
    "titles"
]


def numbers(alerts: tuple[tuple[tuple[Item, ...], ...], ...]) -> list[list[list[str]]]:
    return [[[one.id for one in story] for story in alert] for alert in alerts]


def composed(*items: Item, room: int = 9) -> Alert:
    (stories,) = bundles(items, room)
    return compose_alert(stories, WATCH, target="desk", made_at=NOW)


def document(alert: Alert) -> dict[str, Any]:
    return json.loads(alert.body)


@pytest.mark.parametrize(
    ("hours", "zone", "quiet", "loud"),
    [
        (None, "UTC", [], ["00:00", "12:00"]),
        ((time(22), time(7)), "UTC", ["22:00", "23:59", "00:00", "06:59"], ["07:00", "12:00", "21:59"]),
        ((time(7), time(22)), "UTC", ["07:00", "21:59"], ["22:00", "06:59", "00:00"]),
        ((time(22), time(7)), "Asia/Tokyo", ["13:00", "21:59"], ["12:59", "22:00"]),
    ],
)
def test_quiet_hours_go_over_midnight_by_the_clock_of_their_zone(hours, zone, quiet, loud):
    for clock in (*quiet, *loud):
        now = datetime.combine(NOW.date(), time.fromisoformat(clock), tzinfo=UTC)
        assert is_quiet(now, hours, zone) is (clock in quiet)


@pytest.mark.parametrize(
    ("score", "line", "asked", "passes"),
    [
        *(
            (0.75, 0.5, None, True),
            (0.74, 0.5, None, False),
            (0.84, 0.7, None, False),
            (0.85, 0.7, None, True),
        ),
        *((0.6, 0.5, 0.6, True), (0.59, 0.5, 0.6, False), (None, 0.5, 0.6, False)),
    ],
)
def test_what_stands_half_way_from_the_line_to_one_or_above_a_number_is_worth_an_alert(
    score, line, asked, passes
):
    assert bool(alerting([item(score=score, threshold=line)], asked)) is passes


@pytest.mark.parametrize(
    ("age", "passes"), [(timedelta(days=2), True), (timedelta(days=2, seconds=1), False)]
)
def test_what_was_published_long_before_it_was_seen_is_no_news(age, passes):
    assert bool(alerting([item(score=0.9, published_at=NOW - age, first_seen_at=NOW)], None)) is passes
    assert alerting([item(score=0.9, published_at=None)], None) != ()


def test_each_story_has_one_alert_told_by_its_best_item():
    story = StoryId(7)
    items = [item(1, score=0.8, story=story), item(2, score=0.9, story=story), item(3, score=0.85)]
    assert numbers(bundles(items, 9)) == [[["2", "1"]], [["3"]]]


@pytest.mark.parametrize(
    ("waiting", "room", "alerts"),
    [(3, 9, 3), (4, 9, 1), (3, 2, 1), (1, 1, 1), (2, 0, 0), (0, 9, 0), (40, 1, 1)],
)
def test_when_more_wait_than_there_is_room_for_one_alert_tells_them_together(waiting, room, alerts):
    made = bundles([item(number) for number in range(1, waiting + 1)], room)
    assert len(made) == alerts
    assert sum(len(alert) for alert in made) == (waiting if room else 0)


def test_one_story_is_told_with_score_source_extract_reasons_and_link():
    found = composed(item(1, carriers=(carrier("Outlet 5"), carrier("Outlet 6"))))
    assert found.title == "Upper chamber closes while lock gates are lifted, report 1"
    score, extract, why, link, watch = found.text.splitlines()
    assert score == "0.98 · Outlet 1 · outlet1.example · also in 2 outlets"
    assert "Two lock gates weighing 90 tons" in extract
    assert (
        why
        == "Why: About your topics: lock gate (title, 3 more), sluice (2 times); Places: Canada (title): the one you named"
    )
    assert link == found.link == item(1).url
    assert watch == "Watch: Repair of the river locks"


def test_several_are_told_together_five_by_name_and_the_rest_by_number():
    found = composed(*(item(number) for number in range(1, 13)))
    assert found.title == "12 new: Repair of the river locks"
    assert [n for n in range(1, 13) if f"report {n}" in found.text] == [1, 2, 3, 4, 5]
    assert found.text.endswith("and 7 more, in the next digest")
    assert (found.link, len(found.families)) == ("", 12)
    assert (document(found)["more"], len(document(found)["items"])) == (7, 5)


def test_five_are_all_told_by_name():
    found = composed(*(item(number) for number in range(1, 6)))
    assert "more" not in found.text
    assert found.text.count("https://") == 5


def test_the_document_for_programs_says_the_same():
    found = composed(item(1, carriers=(carrier("Outlet 5"),)))
    told = document(found)
    assert (told["version"], told["id"], told["watch"]) == (1, found.key, "river-locks")
    assert (told["title"], told["text"], told["link"]) == (found.title, found.text, found.link)
    assert told["made_at"] == "2026-11-22T12:30:00Z"
    (one,) = told["items"]
    assert (one["id"], one["score"], one["threshold"], one["also"]) == ("1", 0.98, 0.5, 1)
    assert one["published_at"] == "2026-11-22T12:23:00Z"
    assert one["topics"] == {"lock gates": 0.8, "funding": 0.4}
    assert found.body.isascii()


def test_the_key_is_the_same_for_the_same_alert_only():
    first, again = composed(item(1)), composed(item(1))
    (stories,) = bundles([item(1)], 1)
    other_target = compose_alert(stories, WATCH, target="phone", made_at=NOW)
    later = compose_alert(stories, WATCH, target="desk", made_at=NOW + timedelta(seconds=1))
    assert first == again
    assert len({first.key, composed(item(2)).key, other_target.key, later.key}) == 4


def test_a_trial_says_that_it_is_one():
    found = trial_alert(WATCH, target="desk", made_at=NOW)
    assert document(found)["test"] is True
    assert "Repair of the river locks" in found.text


# ---------------------------------------------------------------- nothing foreign is active


def nasty(number: int, title: str) -> Item:
    """An item in which everything a stranger writes is the title."""
    return item(
        number,
        title=title,
        outlet=title,
        text=f"{title} {title}"[:9000],
        url=title if number == 2 else f"https://x.example/{number}",
        language=title,
        reasons=(Reason(kind="topics", text=title), Reason(kind="nearest", text=title, start=0, end=9)),
        carriers=(carrier(title or "x", title=title),),
    )


def assert_inert(alert: Alert) -> None:
    for line in (alert.title, *alert.text.splitlines()):
        strange = {c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
        assert strange <= set("\u2068\u2069\u200c\u200d")
        assert line.count("\u2068") == line.count("\u2069")
    assert len(alert.title) < 200
    assert len(alert.text) < 8000
    assert alert.link in {"", "https://x.example/1"}
    assert alert.body.isascii()
    urls = {one["url"] for one in document(alert)["items"]}
    assert all(url is None or re.match(r"https?://[a-z0-9.-]+(/|$)", url) for url in urls)


def check(title: str) -> None:
    assert_inert(composed(nasty(1, title)))
    assert_inert(composed(*(nasty(number, title) for number in range(1, 8))))


@pytest.mark.parametrize("row", OWN, ids=[row["id"] for row in OWN])
def test_no_title_of_our_own_collection_is_active_in_an_alert(row):
    check(row["title"])


def test_the_titles_of_the_shared_collection_are_not_active_in_an_alert(shared):
    path = shared / "data" / "hostile" / "titles.json"
    if not path.exists():
        pytest.skip("titles.json is not among the evaluation data")
    rows = json.loads(path.read_text(encoding="utf-8"))["titles"]
    for row in rows:
        check(row.get("title", ""))
    assert len(rows) >= 60


@pytest.mark.parametrize("bad", ["a\x1b[31mred", "a\u202egnp.exe", "\u2068open"])
def test_the_check_would_see_what_is_active(bad):
    with pytest.raises(AssertionError):
        assert_inert(replace(composed(nasty(1, "calm")), text=bad))
