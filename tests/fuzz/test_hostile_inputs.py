"""The feed and page cases of the hostile set, read in the real sandbox with its real limits.

What must open nothing is read once more in a child that records what it opens. Every assert of the manifest that concerns parsing is judged. The `body` cases are the fetcher's (tests/integration).
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.fuzz.guarded_child import MEMORY_BYTES, run_guarded
from tracker.articles import choose_published
from tracker.articles.extract import extract_page
from tracker.feeds import sift_entries
from tracker.feeds.parse import parse_feed
from tracker.model import Entry, ExtractedPage, ParsedFeed, Refused
from tracker.sandbox import ProcessSandbox, SandboxPolicy

HOSTILE = SHARED / "data/hostile"
CASES = json.loads((HOSTILE / "manifest.json").read_text())["cases"] if HOSTILE.is_dir() else []
FEEDS = [case for case in CASES if case["kind"] == "feed"]
PAGES = [case for case in CASES if case["kind"] == "page"]
NOW = datetime.now(UTC)


@cache
def generated(name: str) -> bytes:
    spec = importlib.util.spec_from_file_location("hostile_generate", HOSTILE / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES[name]()


def named(case) -> str:
    return case["id"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    pool = ProcessSandbox(SandboxPolicy(workers=1))
    yield pool
    pool.close()


@pytest.mark.parametrize("case", FEEDS, ids=named)
def test_a_hostile_feed_has_a_declared_outcome_within_its_limits(case, sandbox):
    value = sandbox.parse_feed(generated(case["generator"]), "http://feed.test/f", "").result(60)
    judge_outcome(case, value)
    if isinstance(value, ParsedFeed):
        judge_feed(case["assert"], value)


@pytest.mark.parametrize("case", PAGES, ids=named)
def test_a_hostile_page_has_a_declared_outcome_within_its_limits(case, sandbox):
    arguments = (generated(case["generator"]), "http://site.test/a", "text/html")
    value, wanted = sandbox.extract_page(*arguments).result(60), case["assert"]
    judge_outcome(case, value)
    if isinstance(value, ExtractedPage):
        assert wanted.get("text_contains", "") in value.text
        assert value.text.replace("\n", " ").isprintable()
    for _ in range(wanted.get("repeat", 1) - 1 if "all_equal" in wanted else 0):
        assert sandbox.extract_page(*arguments).result(60) == value


@pytest.mark.parametrize("case", [case for case in CASES if "must-not-fetch" in case["expect"]], ids=named)
def test_what_must_not_be_fetched_opens_no_socket_and_no_file(case):
    body = generated(case["generator"])
    function, url = (
        (parse_feed, "http://feed.test/f") if case["kind"] == "feed" else (extract_page, "http://site.test/a")
    )
    outcome = run_guarded(function, body, url, "")
    assert outcome.opened == ()
    assert outcome.peak_mib < case["limits"]["peak_rss_mb"]
    assert not isinstance(outcome.value, Refused)


def judge_outcome(case, value) -> None:
    expected = set(case["expect"])
    assert isinstance(value, ParsedFeed | ExtractedPage | Refused)
    if not isinstance(value, Refused):
        may_parse = (
            "must-parse" in expected
            or "must-reject-with-error" not in expected
            or case["id"] == "json_huge_int"
        )
        assert may_parse, f"should have been refused, but gave {str(value)[:300]}"
        return
    assert value.code != "crashed", value
    assert value.detail
    is_over_the_cap = value.code == "too_large" and "too_large" in case.get("note", "")
    if "must-reject-with-error" in expected:
        assert value.code in case["assert"].get("error_any", [value.code])
        assert value.code not in {"timeout", "memory"}
    else:
        assert "must-parse" not in expected or is_over_the_cap, value


def judge_feed(wanted, feed: ParsedFeed) -> None:
    entries = feed.entries
    assert len(entries) >= wanted.get("min_items", 0)
    assert len(sift_entries(entries, {}).new) == wanted.get(
        "distinct_items", len(sift_entries(entries, {}).new)
    )
    assert feed.degraded or not wanted.get("degraded")
    assert any(wanted.get("title_contains", "") in one.title for one in entries) or not entries
    for one in entries:
        judge_entry(wanted, one)
    text = "".join(shown(one) + one.content_html for one in entries)
    assert len(text) <= wanted.get("max_text_chars", len(text))
    assert not [word for word in wanted.get("forbid", ()) if word in text]
    for number, instant in wanted.get("date_at", {}).items():
        assert dated(entries[int(number)]) == datetime.fromisoformat(instant)


def judge_entry(wanted, one: Entry) -> None:
    assert len(one.title) <= wanted.get("max_title_chars", 300)
    for identity in (one.key, one.guid or ""):
        assert len(identity.encode()) <= wanted.get("max_stored_id_bytes", 4096)
    for line in (one.title, one.summary, one.outlet or "", *one.authors):
        assert line.isprintable() or not {
            char for char in line if ord(char) < 32 or 0xD800 <= ord(char) < 0xE000
        }
        assert line.splitlines() in ([], [line])  # nothing a mail header or a log line could be broken by
        assert not set(wanted.get("forbid_chars", ())) & set(line)
    address = one.url or ""
    assert not address or address.partition(":")[0] in wanted.get("clickable_schemes", ["http", "https"])
    assert not [word for word in wanted.get("forbid_href", ()) if word in address]
    assert not [word for word in wanted.get("forbid_html", ()) if word in escape(shown(one))]
    if "dates_null_or_between" in wanted:
        date = dated(one)
        assert date is None or datetime(1990, 1, 1, tzinfo=UTC) <= date <= NOW + timedelta(days=2)


def shown(one: Entry) -> str:
    """All of an entry that is ever shown to a person as it is."""
    return " ".join((one.title, one.summary, one.outlet or "", *one.authors))


def dated(one: Entry) -> datetime | None:
    return choose_published(one.published_at, None, None, NOW)[0]


def test_the_judge_of_hostile_inputs_can_find_them_guilty():
    case = {"expect": ["must-parse"], "assert": {}, "id": "x"}
    with pytest.raises(AssertionError):
        judge_outcome(case, Refused(code="not_a_feed", detail="x"))
    with pytest.raises(AssertionError):
        judge_outcome({**case, "expect": ["must-reject-with-error"]}, ParsedFeed(format="rss"))
    with pytest.raises(AssertionError):
        judge_feed({"min_items": 1}, ParsedFeed(format="rss"))
    with pytest.raises(AssertionError):
        judge_entry({}, Entry(key="k", title="a\nb"))
    with pytest.raises(AssertionError):
        judge_entry({"forbid_href": ["127.0.0.1"]}, Entry(key="k", url="http://127.0.0.1/"))


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (lambda: [0] * MEMORY_BYTES, "memory"),
        (lambda: 1 // 0, "crashed"),
        (lambda: __import__("os")._exit(3), "crashed"),
    ],
)
def test_the_guarded_child_reports_how_it_failed(function, code):
    assert run_guarded(function).value.code == code


def test_the_guarded_child_sees_what_is_opened():
    assert run_guarded(Path("/etc/hostname").read_bytes).opened == ("open /etc/hostname",)
