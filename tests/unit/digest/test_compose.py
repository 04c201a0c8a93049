from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.digest.samples import NOW, PERIOD, carrier, digest_of, feed, item, many
from tracker.digest import OTHER, message_id_for
from tracker.model import Fate, Period, Reason, StoryId, TopicScore


def topics(**scores: float) -> tuple[TopicScore, ...]:
    return tuple(TopicScore(topic=name.replace("_", " "), score=score) for name, score in scores.items())


@pytest.mark.parametrize("count", [0, 1, 30, 300])
def test_every_item_is_in_exactly_one_story(count):
    items = many(count)
    assert sorted(i.id for i in digest_of(items).items) == sorted(i.id for i in items)


def test_items_of_one_story_stand_together_best_first():
    told = [item(1, score=0.6, story=StoryId(7)), item(2, score=0.9), item(3, score=0.95, story=StoryId(7))]
    [section] = digest_of(told).sections
    assert [[i.id for i in story] for story in section.stories] == [["3", "1"], ["2"]]


def test_a_story_stands_under_its_strongest_topic_and_topicless_ones_under_other_last():
    items = [
        item(1, score=0.99, topics=()),
        item(2, score=0.7, topics=topics(funding=0.4, lock_gates=0.8)),
        item(3, score=0.9, topics=topics(funding=0.5, lock_gates=0.2)),
        item(4, score=0.6, topics=topics(lock_gates=0.01)),
    ]
    sections = digest_of(items).sections
    assert [s.heading for s in sections] == ["funding", "lock gates", OTHER]
    assert [[i.id for story in s.stories for i in story] for s in sections] == [["3"], ["2"], ["1", "4"]]


def test_equal_items_keep_one_order_whatever_order_they_come_in():
    items = [item(n, score=0.5, first_seen_at=NOW, topics=()) for n in range(9)]
    assert digest_of(items).items == digest_of(items[::-1]).items


def test_the_subject_says_the_finding_with_the_figures_of_the_accounting():
    items = [
        item(1, score=0.6, title="Lesser news"),
        item(2, score=0.9, title="Gates lifted", carriers=(carrier("A"), carrier("B"))),
    ]
    assert digest_of(items, accounting={Fate.COPY: 5}).subject == "2 new, 5 copies folded: Gates lifted"
    assert digest_of(items[:1], accounting={Fate.COPY: 1}).subject == "1 new, 1 copy folded: Lesser news"
    assert digest_of(items[:1], accounting={Fate.VERSION: 1}).subject == "1 new: Lesser news"


def test_a_quiet_day_says_so():
    assert digest_of([]).subject == "Nothing new: Repair of the river locks"


def test_a_window_of_several_days_is_named_in_the_subject():
    week = Period(from_at=NOW - timedelta(days=9), to_at=NOW)
    assert digest_of([], period=week).subject.startswith("Nothing new in 9 days")
    assert digest_of([item(1, title="A")], period=week, accounting={}).subject == "1 new in 9 days: A"


def test_the_subject_is_bounded_and_one_line():
    subject = digest_of([item(1, title="a\r\nBcc: v@v.test " + "long " * 500)]).subject
    assert len(subject) <= 110
    assert "\n" not in subject
    assert "\r" not in subject


def test_the_excerpt_carries_the_topic_words_and_replaces_the_text():
    [told] = digest_of([item(1)]).items
    assert "Two lock gates weighing 90 tons" in told.text
    assert "coffee" not in told.text
    assert len(told.text) <= 230


def test_borderline_is_a_small_sample_nearest_to_the_line():
    near = [item(n, score=n / 100, fate=Fate.BELOW_THRESHOLD) for n in range(20, 40)]
    assert [i.id for i in digest_of([], borderline=near).borderline] == ["39", "38", "37", "36", "35"]


def test_what_is_named_as_a_copy_of_something_new_is_not_shown_again_as_a_near_miss():
    near = [item(n, score=0.45, fate=Fate.BELOW_THRESHOLD, family=n) for n in (7, 8)]
    assert [i.id for i in digest_of([item(1, family=7)], borderline=near).borderline] == ["8"]


def test_feeds_and_accounting_are_kept_as_given():
    digest = digest_of([], feeds=[feed(1), feed(2)], accounting={Fate.KEPT: 0, Fate.PENDING: 3})
    assert [f.id for f in digest.feeds] == [1, 2]
    assert digest.accounting == {Fate.KEPT: 0, Fate.PENDING: 3}


def test_an_item_without_a_score_comes_last():
    assert [i.id for i in digest_of([item(1, score=None), item(2, score=0.0)]).items] == ["2", "1"]


def test_reasons_outweigh_nothing_but_ties():
    text = (
        "The first sentence tells of ships and more ships. Sirens of the harbour were tested at noon today. "
        "A crane from Rotterdam arrived on a pontoon for the works."
    )
    [told] = digest_of(
        [item(1, text=text, reasons=(Reason(kind="wording", text="crane, Rotterdam, pontoon"),))]
    ).items
    assert told.text.startswith("The first sentence")
    assert "crane" in told.text


def test_a_message_id_is_a_function_of_watch_and_window():
    first = message_id_for("river-locks", "2026-11-22", PERIOD, "News.Example")
    assert first == message_id_for("river-locks", "2026-11-22", PERIOD, "news.example")
    assert first.startswith("<digest.2026-11-22.")
    assert first.endswith("@news.example>")
    assert first != message_id_for("bridges", "2026-11-22", PERIOD, "news.example")
    later = Period(from_at=PERIOD.from_at, to_at=PERIOD.to_at + timedelta(microseconds=1))
    assert first != message_id_for("river-locks", "2026-11-22", later, "news.example")


@pytest.mark.parametrize("host", ["", "a>\r\nBcc: x@y", "münchen.example", "..", "x" * 400])
def test_no_host_can_break_a_message_id(host):
    name = message_id_for("w", "2026-11-22\r\n", PERIOD, host)
    assert name.isascii()
    assert name.count("<") == name.count(">") == name.count("@") == 1
    assert not set(name) & set("\r\n ")
    assert len(name) < 200
