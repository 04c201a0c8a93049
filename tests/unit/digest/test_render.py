"""What a reader gets: complete, bounded, inert, and the same words in both parts."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

import pytest

from tests.patience import assert_growth
from tests.unit.digest.page import Page
from tests.unit.digest.samples import NOW, PERIOD, carrier, digest_of, feed, item, lost, many, message_of
from tracker.digest import DigestPolicy
from tracker.digest.plain import wrapped
from tracker.model import (
    Delivery,
    DeliveryState,
    Fate,
    Message,
    Period,
    Reason,
    StoryId,
    TextGrade,
)

LINKS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "//x",
    "ftp://a.example/x",
    "\x00http://a",
]


def ids_in(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_time_a_digest_takes_grows_with_its_items_only():
    assert_growth(lambda count: message_of(digest_of(many(count))), 60, 960)


@pytest.mark.parametrize("count", [1, 30, 300, 2000])
def test_however_many_items_there_are_the_html_is_small_and_every_item_is_in_both_parts(count):
    items = many(count)
    message = message_of(digest_of(items))
    assert len(message.html.encode()) <= DigestPolicy().html_bytes < 90_000
    page = Page(message.html)
    assert {i.id for i in items} <= ids_in(page.words)
    plain = squeezed(message.plain)
    assert all(squeezed(i.title) in plain for i in items)
    assert {i.id for i in items} <= set(re.findall(r"\bID (\d+)\b", re.sub(r"\s+", " ", message.plain)))
    if count <= 300:
        assert all(i.title in page.words for i in items)
    if count <= 30:
        assert {i.url for i in items} <= set(page.links)


def test_wide_scripts_long_ids_and_endless_links_keep_the_bound_too():
    items = [
        item(
            n,
            id=f"archive-{n:030d}",
            title="中文标题" * 60,
            url="https://a.example/" + "x" * 990,
            text="文" * 3000,
        )
        for n in range(400)
    ]
    message = message_of(digest_of(items, feeds=[feed(n, "为" * 3000) for n in range(500)]))
    assert len(message.html.encode()) <= DigestPolicy().html_bytes < 90_000
    assert all(i.id in message.html for i in items)
    plain = squeezed(message.plain)
    assert all(i.id in plain for i in items)


def test_when_not_even_the_ids_fit_the_html_points_to_the_plain_part_that_has_them_all():
    items = [item(n, id=f"{n:060d}") for n in range(2000)]
    message = message_of(digest_of(items))
    assert len(message.html.encode()) <= DigestPolicy().html_bytes < 90_000
    listed = sum(i.id in message.html for i in items)
    assert f"{2000 - listed} more items are listed in the plain text of this mail" in Page(message.html).words
    plain = squeezed(message.plain)
    assert all(i.id in plain for i in items)


def test_a_story_with_hundreds_of_items_keeps_the_bound_and_all_of_them():
    items = [item(n, story=StoryId(1)) for n in range(500)]
    message = message_of(digest_of(items))
    assert len(message.html.encode()) <= DigestPolicy().html_bytes < 90_000
    assert {i.id for i in items} <= ids_in(Page(message.html).words)


def test_the_best_stories_keep_the_full_form_when_there_are_too_many():
    items = many(300)
    message = message_of(digest_of(items))
    best = max(items, key=lambda i: i.score or 0)
    worst = min(items, key=lambda i: i.score or 0)
    full = [m.start() for m in re.finditer(r'class="ex"', message.html)]
    assert len(full) >= 12
    assert message.html.index(best.title) < full[-1]
    assert message.html.index(worst.title) > message.html.index(best.title)


def told(message: Message) -> list[str]:
    """Both parts as words on one line."""
    return [re.sub(r"\s+", " ", text) for text in (Page(message.html).words, message.plain)]


FULL = item(
    41,
    title="Gates lifted at dawn",
    outlet="River Post",
    score=0.934,
    grade=TextGrade.TEASER,
    carriers=(
        carrier("Delta Courier"),
        carrier("Bay News"),
        carrier("River Post", "version", "Gates lifted at noon"),
        carrier("Bay News", "version", "Gates lifted at dawn"),
    ),
)


@pytest.mark.parametrize(
    "words",
    [
        "Repair of the river locks",
        "Sunday 22 November 2026",
        "Sat 21 Nov 07:30 EST to Sun 22 Nov 07:30 EST (America/New_York)",
        "0.93",
        "Gates lifted at dawn",
        "River Post",
        "outlet7.example",
        "Sun 22 Nov, 02:43",
        "ID 41",
        "only its beginning could be read",
        "Two lock gates weighing 90 tons",
        "About your topics: lock gate (title, 3 more), sluice (2 times)",
        "in 2 outlets: Delta Courier, Bay News",
        "headline now “Gates lifted at noon”",
        "Bay News: same headline, text changed",
        "tracker judge 90 relevant",
        "Your topic words yes, but Canada is missing",
        "failed 4 times in a row: The server answered 503.",
        "tracker feeds test https://feeds1.example/rss.xml",
        "seen 14 = kept 1 + copy 4 + below threshold 9",
        "tracker judge ID relevant",
        "tracker why URL",
    ],
)
def test_both_parts_tell(words):
    near = item(
        90, score=0.44, reasons=(Reason(kind="rejected", text="Your topic words yes, but Canada is missing"),)
    )
    digest = digest_of(
        [FULL],
        borderline=[near],
        feeds=[feed(1)],
        accounting={Fate.KEPT: 1, Fate.COPY: 4, Fate.BELOW_THRESHOLD: 9},
    )
    for part in told(message_of(digest)):
        assert words in part


def test_the_mail_names_the_days_of_a_longer_window():
    week = Period(from_at=NOW - timedelta(days=9), to_at=NOW)
    for part in told(message_of(digest_of([], period=week))):
        assert "covers 9 days, sat 14 nov to sun 22 nov" in part.casefold()


def test_a_quiet_day_is_a_short_mail_that_says_so():
    message = message_of(digest_of([]))
    assert len(message.html) < 8000
    for part in told(message):
        assert "Nothing new above the line." in part


def days_to(last: date, *counts: int) -> list[tuple[date, int]]:
    return [(last - timedelta(days=len(counts) - 1 - n), count) for n, count in enumerate(counts)]


def test_bars_of_thirty_days_stand_in_both_parts_and_have_words_for_a_screen_reader():
    days = days_to(date(2026, 11, 22), *[3, 0] * 14, 14, 7)
    message = message_of(digest_of([item(1)]), last_days=days)
    words = "2.1 a day, most 14 on Sat 21 Nov, today 7"
    assert f"24 Oct to 22 Nov: {words}" in message.plain
    assert "▃·" * 14 + "█▅" in message.plain
    assert f'role="img" aria-label="New items a day, 24 Oct to 22 Nov. {words}"' in message.html
    heights = [
        attrs["height"] for _, attrs in Page(message.html).tags if attrs.get("height") not in {None, "40"}
    ]
    assert heights == ["9", "1"] * 14 + ["20"]  # 3, 0 and 7 of 14; the full height is that of the row


@pytest.mark.parametrize(
    ("counts", "words"),
    [((1, 2, 3), "2.0 a day, today 3, the most"), ((40, 0), "20 a day, most 40 on Sat 21 Nov, today 0")],
)
def test_the_words_of_the_bars(counts, words):
    assert words in message_of(digest_of([]), last_days=days_to(date(2026, 11, 22), *counts)).plain


@pytest.mark.parametrize("counts", [(), (5,), (0, 0, 0)])
def test_days_that_compare_nothing_make_no_bars(counts):
    message = message_of(digest_of([item(1)]), last_days=days_to(date(2026, 11, 22), *counts))
    assert "a day" not in message.plain
    assert 'role="img"' not in message.html


def test_what_was_published_months_ago_is_marked_and_has_its_year():
    old = NOW - timedelta(days=400)
    for part in told(message_of(digest_of([item(1, published_at=old, first_seen_at=NOW)]))):
        assert "Sat 18 Oct 2025, 08:30 · ID 1 · older, first seen now" in part.replace("\u00a0", " ")
    recent = item(1, published_at=NOW - timedelta(days=59), first_seen_at=NOW)
    assert "older" not in message_of(digest_of([recent])).plain


@pytest.mark.parametrize("title", ["", "\u202e\u200b", " \n "])
def test_an_item_without_a_title_is_named_by_its_address(title):
    untitled = item(1, title=title, url="https://www.bay.example/a/lock%20gates.html?x=1")
    for part in told(message_of(digest_of([untitled]))):
        assert "bay.example/a/lock gates.html" in part
    nowhere = item(1, title=title, url="javascript:x")
    for part in told(message_of(digest_of([nowhere]))):
        assert "(no title)" in part


def test_a_version_tells_what_changed_in_its_text_and_its_headline():
    twice = item(
        1,
        title="Gates lifted",
        carriers=(
            carrier("Bay News", "version", "Gates lifted", change="12 to 15 dead"),
            carrier("Delta", "version", "Gates fall", change="2 sentences added"),
        ),
    )
    for part in told(message_of(digest_of([twice]))):
        assert "Bay News: 12 to 15 dead" in part
        assert "Delta: 2 sentences added; headline now “Gates fall”" in part


def test_reasons_are_few_those_of_the_wording_last_and_quoted_passages_are_the_excerpt():
    kinds = ("passage", "topics", "wording", "places", "length", "nearest", "core")
    reasons = tuple(Reason(kind=kind, text=f"said of {kind}") for kind in kinds)
    for part in told(message_of(digest_of([item(1, reasons=reasons)]))):
        assert [k for k in kinds if f"said of {k}" in part] == ["topics", "places", "nearest"]
    for part in told(message_of(digest_of([item(1, reasons=reasons[:3])]))):
        assert [k for k in kinds if f"said of {k}" in part] == ["topics", "wording"]


def test_a_link_of_the_compact_list_shows_its_host():
    items = [item(n, outlet="The Gazette", url=f"https://h{n}.example/x") for n in range(60)]
    words = Page(message_of(digest_of(items)).html).words
    assert all(
        f"The Gazette · h{n}.example\u00a0·\u00a0{n}" in words or f"ID\u00a0{n}" in words for n in range(60)
    )


def test_a_long_digest_tells_the_best_in_full_and_the_rest_in_a_line_each():
    html = message_of(digest_of([item(n, text="Short.") for n in range(80)])).html
    assert (
        html.count('role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>\n<td class="sc"')
        == 30
    )


def test_judging_is_a_click_when_the_page_has_an_address():
    message = message_of(digest_of([item(41)]), web_url="https://watch.example/")
    link = "https://watch.example/items/41?url=https%3A%2F%2Foutlet7.example%2F41"
    assert link in Page(message.html).links, "its address goes along: ids may be given anew after a restore"


@pytest.mark.parametrize("address", ["", "https://outlet.example/" + "x" * 1000])
def test_the_link_to_judge_by_names_no_address_where_there_is_none_or_an_endless_one(address: str):
    message = message_of(digest_of([item(41, canonical_url=address)]), web_url="https://watch.example/")
    assert "https://watch.example/items/41" in Page(message.html).links


def test_only_web_addresses_become_links_and_user_names_are_taken_out():
    items = [item(n, url=url) for n, url in enumerate(LINKS)]
    items.append(item(99, url="https://user:secret@host.example/a?b=1&c=<2>"))
    message = message_of(digest_of(items))
    assert Page(message.html).links == ["https://host.example/a?b=1&c=%3C2%3E"]
    assert "secret" not in message.html + message.plain
    assert "javascript:" not in message.plain


def test_mixed_alphabets_are_marked_and_right_to_left_titles_shut_in():
    message = message_of(digest_of([item(1, title="Раypal pays"), item(2, title="رئيس الهيئة في بكين")]))
    assert "mixed alphabets" in Page(message.html).words
    assert "[mixed alphabets]" in message.plain
    assert "\u2068رئيس الهيئة في بكين\u2069" in message.plain
    assert "<bdi>رئيس الهيئة في بكين</bdi>" in message.html


def test_a_right_to_left_title_is_shut_in_on_every_line_it_takes():
    title = "رئيس الهيئة في بكين يعلن " * 6
    plain = message_of(digest_of([item(1, title=title), *[item(n, title=title) for n in range(2, 60)]])).plain
    for line in plain.splitlines():
        assert line.count("\u2068") == line.count("\u2069")
        outside = re.sub("\u2068[^\u2069]*\u2069", "", line)
        assert not any(unicodedata.bidirectional(char) in {"R", "AL"} for char in outside)


def test_no_line_begins_with_what_closes_a_sentence():
    lines = wrapped("水利部门周六批准北河船闸大修方案，" * 9 + "工程预算由两亿四千万元增至三亿元。", 21)
    assert len(lines) > 10
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_styles_are_inlined_and_only_media_rules_stay_a_sheet():
    html = message_of(digest_of([item(1)])).html
    [sheet] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "prefers-color-scheme" in sheet
    assert not re.search(r"^\s*\.\w+\s*\{", sheet.replace("\n", " ").split("@media")[0])
    assert re.search(r'class="ti"[^>]*style="[^"]*Georgia', html)
    assert "var(" not in html
    assert "flex" not in html


def test_the_plain_part_keeps_its_columns_but_for_links_and_commands():
    digest = digest_of(
        [FULL, *many(40), item(77, title="中文标题很长" * 12)], feeds=[feed(1)], borderline=[item(5)]
    )
    for line in message_of(digest).plain.splitlines():
        assert len(line) <= 74 or line.strip().startswith(("http", "$ ")), line
        assert line == line.rstrip()


@pytest.mark.parametrize(
    "text", ["", "one", "a " * 200, "x" * 300, "中文" * 80, "mixed 中文 and words " * 20]
)
def test_wrapping_loses_nothing_and_keeps_the_width(text):
    lines = wrapped(text, 40)
    assert squeezed("".join(lines)) == squeezed(text)
    wide = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in lines]
    assert all(width <= 40 for width in wide)


def test_the_envelope_is_carried_and_the_same_digest_renders_the_same():
    digest = digest_of(many(20))
    message = message_of(digest, references=("<a@b>",))
    assert message == message_of(digest, references=("<a@b>",))
    assert message.subject == digest.subject
    assert message.recipients == ("ann@news.example",)
    assert message.references == ("<a@b>",)
    assert message.sent_at == NOW
    assert message.unsubscribe == "<mailto:tracker@news.example?subject=unsubscribe%20river-locks>"


def test_a_digest_of_a_window_given_in_another_zone_reads_in_the_zone_of_the_watch():
    message = message_of(digest_of([item(1)], timezone="Asia/Tokyo", period=PERIOD))
    assert "Sat 21 Nov 21:30 JST to Sun 22 Nov 21:30 JST (Asia/Tokyo)" in message.plain


def test_what_was_given_up_is_told_with_whom_and_why_and_where_to_look():
    unknown = Delivery(recipient="cy@news.example", state=DeliveryState.AMBIGUOUS, detail="handed over")
    message = message_of(digest_of([], undelivered=[lost(), lost("alert"), lost(delivery=unknown)]))
    for words in (Page(message.html).words, " ".join(message.plain.split())):
        assert "not delivered" in words.casefold()
        assert "bo@news.example" in words
        assert "given up Sun 22 Nov 02:30 EST: 550 no such user" in words
        assert "alert target desk" in words
        assert "tracker alerts test desk" in words
        assert "probably arrived, but nobody answered" in words


def test_more_than_a_few_that_were_given_up_are_counted():
    message = message_of(digest_of([item(1)], undelivered=[lost()] * 11))
    assert message.plain.count("550 no such user") == 8
    assert "NOT DELIVERED (11)" in message.plain
    assert "and 3 more: tracker status" in message.plain
