"""Journeys through watches, profiles and feeds, with scripts and without."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.web.conftest import Opened, Served, opened_page, violations
from tracker.demo.site import NewsroomSite

WATCH = "us-china-counternarcotics"
PATHS = (
    f"/watches/{WATCH}",
    f"/watches/{WATCH}?at=0.30",
    f"/watches/{WATCH}/sample",
    f"/watches/{WATCH}/profile",
    f"/watches/{WATCH}/profile?seed=20",
    "/feeds",
    "/feeds?health=troubled",
    "/feeds/1",
    "/why?url=https://nowhere.example/x",
    "/out",
)


@pytest.fixture(scope="module")
def served(newsroom: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo's project with its page, and with its newsroom open again."""
    folder = tmp_path_factory.mktemp("served") / "project"
    shutil.copytree(newsroom, folder)
    config = tomllib.loads((folder / "config/tracker.toml").read_text(encoding="utf-8"))
    port = int(config["http"]["allow_hosts"][0].rpartition(":")[2])
    with NewsroomSite(port=port) as site:
        for one in opened_page(folder):
            one.site = site
            yield one


def settled(page: Page) -> None:
    """Load the page until its background work has ended."""
    for _ in range(240):
        page.reload()
        if page.locator(".job progress").count() == 0:
            return
        page.wait_for_timeout(500)
    raise AssertionError("the work does not end")


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_wrong(visit: Opened, dark) -> None:
    page = visit(dark=dark)
    origin = page.url.rstrip("/")
    found = []
    for path in PATHS:
        page.goto(origin + path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found += [f"{path} {one}" for one in violations(page)]
    assert found == []


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_is_wider_than_a_phone(visit: Opened, scripts) -> None:
    page = visit(scripts=scripts, width=360)
    origin = page.url.rstrip("/")
    for path in PATHS:
        page.goto(origin + path)
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        else:
            box = page.locator("main").bounding_box()
            assert box, path
            assert box["width"] <= 360, path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_feed_is_added_by_its_sites_address_and_left_and_followed_again(
    visit: Opened, served: Served, scripts
) -> None:
    site = served.site
    page = visit("/feeds", scripts=scripts)
    page.get_by_text("Add a feed").click()
    page.get_by_label("Address of a site or of its feed").fill(f"{site.base_url}/harbor-wire/")
    page.get_by_role("button", name="Show all feeds there").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Feeds found")
    expect(page.get_by_text("followed already").first).to_be_visible()
    page.goto(f"{served.address}/feeds/3")
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Pause, or stop following").click()
    expect(page.get_by_text("It is not followed any more")).to_be_visible()
    page.get_by_text("Not followed any more:").click()
    page.get_by_role("button", name=re.compile("Follow again")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("It works")).to_be_visible()
    page.goto(f"{served.address}/feeds/3")
    page.get_by_role("button", name="Poll now").click()
    settled(page)
    expect(page.locator(".job")).to_contain_text("1 feed polled")


def test_a_wrong_address_is_told_without_repeating_it(visit: Opened) -> None:
    page = visit("/feeds", scripts=False)
    page.get_by_text("Add a feed").click()
    page.get_by_label("Address of a site or of its feed").fill("http://10.1.2.3/secret-name")
    page.get_by_role("button", name="Follow it").click()
    expect(page.locator(".warning")).to_contain_text("private")
    assert "secret-name" not in page.content()


@pytest.mark.parametrize("scripts", [True, False])
def test_why_an_article_is_missing_is_told(visit: Opened, scripts) -> None:
    page = visit(f"/watches/{WATCH}?at=0.30", scripts=scripts)
    page.locator("#at-line section").first.get_by_role("link").first.click()
    address = page.locator("a.out").first.get_attribute("href")
    page.get_by_role("link", name="Missing?").click()
    page.get_by_label("Address of the article").fill(address or "")
    page.get_by_role("button", name="Find out").click()
    expect(page.locator(".card")).to_contain_text("under the line")
    page.get_by_label("Address of the article").fill("https://nowhere.example/x")
    page.get_by_role("button", name="Find out").click()
    expect(page.locator(".card")).to_contain_text("Never seen")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_line_is_tried_then_moved(visit: Opened, served: Served, scripts) -> None:
    wanted = "0.30" if scripts else "0.20"
    config = served.folder / "config/tracker.toml"
    before = config.read_text(encoding="utf-8")
    page = visit(f"/watches/{WATCH}", scripts=scripts)
    slider = page.get_by_label("Least score to keep")
    slider.evaluate(f"one => {{ one.value = '{wanted}'; one.dispatchEvent(new Event('change', {{bubbles: true}})); }}") \
        if scripts else page.goto(f"{page.url}?at={wanted}")  # fmt: skip
    expect(page.get_by_role("heading", name=re.compile("Would enter: "))).to_be_visible()
    assert config.read_text(encoding="utf-8") == before, "looking changes nothing"
    told = [
        page.get_by_role("heading", name=re.compile(word)).inner_text() for word in ("enter: ", "leave: ")
    ]
    foretold = [int(words.rpartition(" ")[2]) for words in told]
    assert max(foretold) > 0
    page.get_by_role("button", name=f"Make {wanted} the line").click()
    expect(page.get_by_text("The new line is in the configuration file")).to_be_visible()
    settled(page)
    expect(page.locator(".job")).to_contain_text("entered")
    happened = re.findall(r"(\d+) entered, (\d+) left", page.locator(".job").inner_text())[0]
    for said, number in zip(foretold, happened, strict=True):
        assert abs(said - int(number)) <= 2, "scoring anew takes newer statistics, and copies, into account"
    assert tomllib.loads(config.read_text(encoding="utf-8"))["watch"][0]["threshold"] == float(wanted)
    assert len(config.read_text(encoding="utf-8").splitlines()) <= len(before.splitlines()) + 1
    expect(page.locator(".legend").filter(has_text="the line now")).to_contain_text(wanted)


@pytest.mark.parametrize("scripts", [True, False])
def test_an_example_is_tried_then_added(visit: Opened, served: Served, scripts) -> None:
    folder = served.server.site.loaded.settings.watch[0].seeds
    assert folder
    before = len(list(folder.iterdir()))
    page = visit(f"/watches/{WATCH}/profile", scripts=scripts)
    page.get_by_label("One more example").fill("20" if scripts else "25")
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.get_by_role("heading", name="With one more example")).to_be_visible()
    assert len(list(folder.iterdir())) == before, "looking changes nothing"
    page.get_by_role("button", name="Add this example").click()
    expect(page.get_by_text("The example is in the watch's folder")).to_be_visible()
    assert len(list(folder.iterdir())) == before + 1
    settled(page)
    expect(page.locator(".job")).to_contain_text("scored anew")


def test_a_poll_is_seen_as_it_goes_on(visit: Opened) -> None:
    page = visit("/feeds")
    expect(page.locator('[data-live="activity"]')).to_contain_text("poll")
    page.get_by_role("button", name="Poll what is due now").click()
    expect(page.locator('[data-live="job_said"]')).to_contain_text("polled")
