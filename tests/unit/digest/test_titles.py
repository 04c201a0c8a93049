"""Titles made to deceive, through the HTML part, the plain part and the headers: nothing foreign is active."""

from __future__ import annotations

import email
import json
import re
import unicodedata
from dataclasses import replace
from email import policy
from pathlib import Path

import pytest

from tests.patience import assert_growth
from tests.unit.digest.page import Page
from tests.unit.digest.samples import NOW, carrier, digest_of, feed, item, lost, message_of
from tracker.delivery import to_mime
from tracker.digest import DigestPolicy, what_changed
from tracker.model import (
    Delivery,
    DeliveryState,
    FeedHealth,
    Item,
    Message,
    Reason,
    StoryId,
    Undelivered,
)
from tracker.text.display import has_mixed_scripts

OWN = json.loads((Path(__file__).parents[2] / "data" / "digest" / "titles.json").read_text(encoding="utf-8"))[
    "titles"
]
MORE = ["", "\ud800lone", "中" * 300, "x" * 5000, "Z" + "\u0335" * 300, "long words " * 40_000]
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted"]


def nasty(number: int, title: str) -> Item:
    """An item in which everything a stranger writes is the title."""
    change = what_changed("One sentence.", f"One sentence. {title}")
    return item(
        number,
        title=title,
        outlet=title,
        text=f"{title} {title}"[:9000],
        id=f"i{number}",
        reasons=(Reason(kind="topics", text=title), Reason(kind="nearest", text=title, start=0, end=9)),
        carriers=(carrier(title or "x", title=title), carrier(title or "x", "version", title, change=change)),
    )


def not_sent(title: str) -> Undelivered:
    """An alert that was given up, with a stranger's words in every place."""
    verdict = Delivery(recipient=title, state=DeliveryState.REFUSED, detail=title)
    return lost("alert", subject=title, delivery=verdict)


def mail_of_title(title: str) -> Message:
    """One story in full, its second item and two other stories in a line each, one just under the line."""
    trouble = feed(1, title or "x", FeedHealth.SILENT)
    told = [nasty(1, title), nasty(3, title), nasty(4, title), nasty(5, title)]
    told = [replace(one, story=StoryId(7)) if one.id in {"i1", "i3"} else one for one in told]
    digest = digest_of(told, borderline=[nasty(2, title)], feeds=[trouble], undelivered=[not_sent(title)])
    return message_of(digest, policy=DigestPolicy(full_stories=1, full_at_most=1))


@pytest.fixture(scope="module")
def shape() -> set[tuple[str, str]]:
    """The tags and attributes of the same mail with harmless words."""
    return tags_of(mail_of_title("Раypal pays"))


def tags_of(message: Message) -> set[tuple[str, str]]:
    return {(tag, name) for tag, attrs in Page(message.html).tags for name in attrs or {"": ""}}


def assert_inert(message: Message, shape: set[tuple[str, str]]) -> None:
    """No tag, attribute or loaded resource beside ours; no control, direction or lone half of a character."""
    assert tags_of(message) <= shape
    assert all(re.match(r"https?://[a-z0-9.-]+/", link) for link in Page(message.html).links)
    assert not re.search(r"(?:src|background|poster|srcset|action)=", re.sub(r">[^<]*<", "><", message.html))
    assert "url(" not in re.sub(r">[^<]*<", "><", message.html)
    for part in (message.html, message.plain, message.subject):
        strange = {c for c in part if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
        assert strange <= set("\n\u2068\u2069\u200c\u200d")
    for line in message.plain.splitlines():
        assert line.count("\u2068") == line.count("\u2069")
        outside = re.sub("\u2068[^\u2069]*\u2069", "", line)
        assert not any(unicodedata.bidirectional(c) in {"R", "AL"} for c in outside)


def assert_headers_are_ours(message: Message) -> None:
    read = email.message_from_bytes(to_mime(message), policy=policy.default)
    assert read.keys() == [*HEADERS, "MIME-Version", "Content-Type"]
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert len(read["Subject"]) <= 200
    assert not {c for c in read["Subject"] if unicodedata.category(c) in {"Cc", "Cs"}}


def check(title: str, shape: set[tuple[str, str]]) -> None:
    message = mail_of_title(title)
    assert_inert(message, shape)
    assert_headers_are_ours(message)
    if has_mixed_scripts(title[:150]):
        assert "mixed alphabets" in Page(message.html).words
        assert "[mixed alphabets]" in message.plain


@pytest.mark.parametrize(
    "title",
    [*(row["title"] for row in OWN), *MORE],
    ids=[*(row["id"] for row in OWN), *map(str, range(len(MORE)))],
)
def test_no_title_of_our_own_collection_is_active(title, shape):
    check(title, shape)


@pytest.mark.parametrize("unit", ["x", "中", "\u0335", "long words ", "<b>", "&", "a. 12 ", "\u202e", "аb "])
def test_the_time_a_mail_takes_grows_with_the_length_of_its_titles_only(unit):
    assert_growth(lambda size: to_mime(mail_of_title("Z" + unit * (size // len(unit)))), 4_000, 64_000)


def test_the_titles_of_the_shared_collection_are_not_active(shared, shape):
    path = shared / "data" / "hostile" / "titles.json"
    if not path.exists():
        pytest.skip("titles.json is not among the evaluation data")
    rows = json.loads(path.read_text(encoding="utf-8"))["titles"]
    for row in rows:
        check(row.get("title", ""), shape)
    assert len(rows) >= 60


@pytest.mark.parametrize(
    "title", ["= A formula?", "Lock & gate <open>", "\u05e9\u05dc\u05d5\u05dd", 'C\'est "bon"']
)
def test_the_words_of_a_title_stay_visible(title):
    message = message_of(digest_of([item(1, title=title, published_at=NOW)]))
    assert title in Page(message.html).words
    assert title in message.plain


def test_the_check_would_see_markup(shape):
    message = message_of(digest_of([item(1)]))
    for bad in ("<img src=x>", "<b onclick=x>", "\u202e"):
        broken = type(message)(
            **{f: getattr(message, f) for f in message.__slots__} | {"html": message.html + bad}
        )
        with pytest.raises(AssertionError):
            assert_inert(broken, shape)
