"""An analyst's morning in a real browser: judge ten items, read an item, a story and a digest; scripts on and off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.builders import article, record, relevance
from tests.e2e.web.conftest import Opened, Served, violations
from tracker.model import Fate, WatchName
from tracker.store import open_store

PAGES = (
    "/",
    "/search",
    "/?q=fentanyl&fate=any",
    "/items/9",
    "/stories",
    "/stories/1",
    "/digests",
    "/nowhere",
)


def judged(served: Served) -> dict[int, str]:
    """What the store remembers, by article."""
    store = open_store(f"sqlite:///{served.folder}/state/tracker.db")
    try:
        found = store.judgements("us-china-counternarcotics")  # type: ignore[arg-type]
    finally:
        store.close()
    return {int(one.article_id): one.verdict.value for one in found}


def test_ten_items_are_judged_by_keyboard_and_the_last_word_taken_back(visit: Opened, served: Served) -> None:
    before = len(judged(served))
    page = visit("/")
    for number in range(10):
        page.keyboard.press("j") if number == 0 else None
        page.keyboard.press("r" if number % 2 else "n")
        page.wait_for_function("n => document.querySelectorAll('.verdict').length >= n", arg=number + 1)
    assert page.locator(".verdict.irrelevant").count() == 5
    assert len(judged(served)) == before + 10
    assert page.locator("#said").inner_text().startswith("Noted: relevant.")
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelectorAll('.verdict').length === 9")
    assert len(judged(served)) == before + 9
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/**")


def test_items_are_judged_by_forms_where_scripts_are_off(visit: Opened, served: Served) -> None:
    page = visit("/?by=time", scripts=False)
    before = len(judged(served))
    for _ in range(3):
        open_item = page.locator(".items .item").filter(has_not=page.locator(".verdict")).first
        name = open_item.get_attribute("id")
        open_item.get_by_role("button", name="Relevant", exact=True).click()
        page.wait_for_load_state()
        assert page.url.endswith(f"/?by=time#{name}")
        assert page.locator(f"#{name} .verdict.relevant").is_visible()
    assert len(judged(served)) == before + 3
    page.locator(f"#{name}").get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert page.locator(f"#{name} .verdict").count() == 0
    assert len(judged(served)) == before + 2


def test_counts_go_on_by_themselves_and_lead_to_what_came(visit: Opened, served: Served) -> None:
    watch = WatchName("us-china-counternarcotics")
    page = visit("/?by=time")
    count = page.locator(".count [data-live-kept]")
    before = int(count.inner_text())
    expect(page.locator("a.fresh")).to_be_hidden()
    store = open_store(f"sqlite:///{served.folder}/state/tracker.db")
    try:
        with store.ingesting() as session:
            late = record(
                first_seen_at=datetime.now(UTC), fates={watch: Fate.KEPT}, article=article(title="Late news"),
                relevance=(relevance(watch=watch),),
            )  # fmt: skip
            session.record(late)
    finally:
        store.close()
    expect(count).to_have_text(str(before + 1))
    expect(page.locator("a.fresh")).to_have_text("1 more: show them")
    page.locator("a.fresh").click()
    expect(page.locator(".item .title").first).to_have_text("Late news")
    expect(page.locator("a.fresh")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_filter_and_a_search_find_and_set_off_the_words(visit: Opened, scripts: bool) -> None:  # noqa: FBT001
    page = visit("/", scripts=scripts)
    page.locator("#f-q").fill('"pill presses"')
    page.locator("#f-fate").select_option("any")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/?*q=*")
    titles = page.locator(".item").all_inner_texts()
    assert titles
    assert "pill presses" in page.locator(".item mark").first.inner_text().lower()
    page.locator(".item .outlet").first.click()
    page.wait_for_url("**outlet=*")
    assert page.locator("#f-outlet").input_value() != ""
    page.goto(page.url.partition("?")[0] + "?q=zzzzunknown")
    assert page.get_by_text("No items here.").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_story_is_read_from_its_first_report_to_what_a_version_changed(
    visit: Opened,
    scripts: bool,  # noqa: FBT001
) -> None:
    page = visit("/stories", scripts=scripts)
    page.locator(".title a", has_text="Parents who lost children").click()
    assert page.get_by_text("First told by").is_visible()
    assert page.locator("svg.chart circle.original").count() > 1
    roles = page.locator(".timeline .role").all_inner_texts()
    assert "original" in roles
    assert len(set(roles)) > 1
    page.get_by_role("link", name="what changed").first.click()
    assert page.locator("ins, del").count() > 0


def test_an_item_says_why_it_is_here_and_where_else_it_stands(visit: Opened) -> None:
    page = visit("/items/9")
    assert page.locator(".text mark.passage").count() > 0
    why = page.get_by_role("complementary").inner_text()
    assert "and kept with score" in why or "it is kept by its score" in why  # where another journey judged it
    assert page.get_by_text("together:").is_visible()
    assert page.locator("tr.here").count() == 1


def test_a_digest_is_shown_exactly_as_mailed(visit: Opened, served: Served) -> None:
    page = visit("/digests", scripts=False)
    page.locator("table a").first.click()
    page.wait_for_url("**/mail")
    sent = (served.folder / "digest.html").read_text(encoding="utf-8")
    shown = page.request.get(page.url).text()
    assert shown.strip().replace("\r\n", "\n") == sent.strip().replace("\r\n", "\n")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_shuts_anybody_out(visit: Opened, served: Served, dark: bool) -> None:  # noqa: FBT001
    page = visit("/", dark=dark)
    for path in PAGES:
        page.goto(served.address + path)
        assert violations(page) == [], path
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url("**/login")
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_of_360_pixels_shows_it_all(visit: Opened, path: str) -> None:
    page = visit(path, width=360, scripts=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_first_page_is_light(visit: Opened, served: Served) -> None:
    page = visit("/")
    sizes = {}
    for path in ("/", "/static/style.css", "/static/htmx.min.js", "/static/keys.js", "/static/icon.svg"):
        answer = page.request.get(served.address + path)
        sizes[path] = int(answer.headers["content-length"])
    assert sum(sizes.values()) < 120_000, sizes
    assert sizes["/"] < 40_000
