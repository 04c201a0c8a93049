"""Our own hostile feeds and pages in the real sandbox: read or refused with a sentence, inert, within the limits.

Small on every push; in the campaign thousands of times larger, when the limits of time and memory have to hold them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.campaigns import of_full
from tests.fuzz.own_cases import FEEDS, MUST, PAGES
from tests.fuzz.test_hostile_inputs import judge_entry
from tracker.model import ExtractedPage, ParsedFeed, Refused
from tracker.sandbox import ProcessSandbox, SandboxPolicy

SMALL, LARGE = 40, 20_000
FEED_CAP, PAGE_CAP = 10 * 2**20, 5 * 2**20  # what the fetcher hands on at most
GRACE_S = 5.0


def read_all(sandbox: ProcessSandbox, size: int) -> Iterator[tuple[str, object]]:
    """One after the other: together the large ones would fill the memory of the test."""
    for name, make in FEEDS.items():
        yield f"feed {name}", sandbox.parse_feed(make(size)[:FEED_CAP], "http://feed.test/f", "").result(60)
    for name, make in PAGES.items():
        body = make(size)[:PAGE_CAP]
        yield f"page {name}", sandbox.extract_page(body, "http://site.test/a", "text/html").result(60)


def problem_with(name: str, value: object) -> str:
    """What a case does that none may do, or nothing."""
    kind, _, case = name.partition(" ")
    if isinstance(value, Refused):
        if value.code == "crashed" or not value.detail:
            return f"{name}: {value}"
        return f"{name}: refused though it must be read: {value}" if kind == "feed" and case in MUST else ""
    if isinstance(value, ExtractedPage):
        return "" if value.text.replace("\n", " ").isprintable() else f"{name}: text that is not plain"
    assert isinstance(value, ParsedFeed)
    if case in MUST and not any(entry.title == "A good story" for entry in value.entries):
        return f"{name}: the good story is lost"
    for entry in value.entries:
        try:
            judge_entry({"forbid_href": ["127.0.0.1", "secret", "file:"]}, entry)
        except AssertionError as error:
            return f"{name}: {str(error)[:200]}"
    return ""


def campaign(size: int, deadline: timedelta) -> Counter[str]:
    sandbox, started = ProcessSandbox(SandboxPolicy(workers=1, deadline=deadline)), time.monotonic()
    try:
        values = dict(read_all(sandbox, size))
    finally:
        sandbox.close()
    problems = [problem for name, value in values.items() if (problem := problem_with(name, value))]
    seen = Counter(value.code if isinstance(value, Refused) else "read" for value in values.values())
    took = time.monotonic() - started
    print(
        f"\n{len(values)} hostile inputs of our own, size {size}: {dict(seen)}, {len(problems)} problems, {took:.0f} s"
    )
    assert problems == [], "\n".join(problems)
    assert took < len(values) * (deadline.total_seconds() + GRACE_S)
    return seen


def test_there_are_as_many_as_in_the_collected_set() -> None:
    assert len(FEEDS) + len(PAGES) >= 104


def test_small_hostile_inputs_of_our_own_have_a_declared_outcome() -> None:
    seen = campaign(SMALL, deadline=timedelta(seconds=30))
    assert not {"timeout", "memory", "crashed"} & set(seen)
    assert seen["read"] > 100


@pytest.mark.campaign
def test_large_hostile_inputs_of_our_own_have_a_declared_outcome_within_the_limits() -> None:
    seen = campaign(of_full(LARGE), deadline=timedelta(seconds=10))
    assert seen["read"] > 50


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("feed empty_items", Refused(code="not_a_feed", detail="x"), "must be read"),
        ("feed empty_items", ParsedFeed(format="rss"), "good story"),
        ("feed picture", Refused(code="crashed", detail="x"), "crashed"),
        ("page zeros", ExtractedPage(text="a\x1bb"), "not plain"),
    ],
)  # fmt: skip
def test_the_judge_of_our_own_inputs_can_find_them_guilty(name: str, value: object, word: str) -> None:
    assert word in problem_with(name, value)
