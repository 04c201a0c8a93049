"""Whatever a window holds: nothing is left out, the size holds, every window is told once."""

from __future__ import annotations

import re
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.digest.page import Page
from tests.unit.digest.samples import NOW, digest_of, item, message_of
from tracker.digest import DigestPolicy, what_changed
from tracker.digest.excerpt import Wanted, excerpt
from tracker.model import Item, Reason, StoryId

WORDS = st.text(st.sampled_from("abcdefgh  中文标题اب\u202e<&\"'"), min_size=1, max_size=80)
SCORES = st.none() | st.floats(0, 1, allow_nan=False)


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    count = draw(st.one_of(st.integers(0, 40), st.integers(40, 900)))
    titles = draw(st.lists(WORDS, min_size=1, max_size=6))
    scores = draw(st.lists(SCORES, min_size=1, max_size=6))
    per_story = draw(st.integers(1, 60))
    in_stories = draw(st.integers(0, 4))
    return [
        item(
            n,
            title=f"t{n}t {titles[n % len(titles)]}",
            score=scores[n % len(scores)],
            story=StoryId(n // per_story) if in_stories and n % 4 < in_stories else None,
            first_seen_at=NOW - timedelta(minutes=n),
            topics=() if n % 7 == 0 else item(n).topics,
        )
        for n in range(1, count + 1)
    ]


@settings(max_examples=25, deadline=None)
@given(items(), st.sampled_from([88_000, 40_000, 15_000]))
def test_every_item_is_in_the_digest_once_and_in_both_parts_of_a_mail_within_its_size(given_items, cap):
    digest = digest_of(given_items)
    assert sorted(i.id for i in digest.items) == sorted(i.id for i in given_items)
    message = message_of(digest, policy=DigestPolicy(html_bytes=cap))
    assert len(message.html.encode()) <= cap
    words, plain = Page(message.html).words, re.sub(r"\s+", " ", message.plain)
    named = re.findall(r"\bt(\d+)t\b", plain)
    assert sorted(named) == sorted(i.id for i in given_items)
    left = re.search(r"(\d+) more items are listed in the plain text", words)
    shown = set(re.findall(r"\d+", words))
    missing = sum(i.id not in shown for i in given_items)
    assert missing <= (int(left[1]) if left else 0)
    assert (left is None) or cap < 88_000


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), WORDS, st.integers(-9, 500), st.integers(-9, 500), st.integers(20, 230))
def test_an_excerpt_is_words_of_the_text_in_one_line_within_its_limit(text, phrase, start, end, limit):
    reasons = (Reason(kind="passage", text=phrase, start=start, end=end),)
    found = excerpt(text, Wanted([phrase]), reasons=reasons, title=phrase, limit=limit)
    assert len(found) <= limit
    assert "\n" not in found
    pieces = [piece for part in found.split(" … ") for piece in part.rstrip("…").split()]
    assert all(piece in text or not piece.isascii() for piece in pieces)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_a_change_is_one_line_and_none_for_the_same_text(old, new):
    assert what_changed(old, old) == ""
    told = what_changed(old, new)
    assert len(told) <= 140
    assert "\n" not in told
