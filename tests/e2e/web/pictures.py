"""Take the pictures of every page that the documentation shows, on the demo newsroom.

python -m tests.e2e.web.pictures                  writes docs/pictures/web-*.png
python -m tests.e2e.web.pictures FOLDER --all     every page, 390 and 1280 pixels wide, light and dark
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT
from tests.e2e.web.conftest import Served, opened_page
from tracker.demo.run import run_demo

WATCH = "us-china-counternarcotics"
PAGES = {
    "inbox": "/",
    "search": "/?q=fentanyl&fate=any",
    "search-form": "/search",
    "item": "/items/9",
    "item-version": "/items/2",
    "changes": "",
    "stories": "/stories",
    "story": "/stories/1",
    "digests": "/digests",
    "watch": f"/watches/{WATCH}?at=0.30",
    "profile": f"/watches/{WATCH}/profile?seed=20",
    "feeds": "/feeds",
    "feed": "/feeds/1",
    "why": "/why?url=https://nowhere.example/x",
    "out": "/out",
    "missing": "/nowhere",
    "login": "/login",
}
"""Paths by the name of the picture; "" is found by its link."""
SHOWN = ("inbox", "item", "story", "watch", "profile", "feeds", "feed", "why", "out", "search")
"""What the documentation keeps."""
WIDTHS = {390: 844, 1280: 900}
_TALLEST = 1_500


@contextmanager
def newsroom() -> Iterator[Served]:
    """The demo's project with its page open."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        run_demo(project, serve=False, say=lambda _: None, table=lambda *_: "")
        yield from opened_page(project)


def entered(browser: Browser, served: Served, width: int, *, dark: bool) -> Page:
    """A page that is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(served.server.link)
    page.wait_for_url(f"{served.address}/")
    return page


def picture(page: Page, served: Served, name: str, path: Path) -> None:
    """Take one picture, as long as the page but no longer than a reader would look."""
    if name == "changes":
        page.goto(f"{served.address}/stories/1")
        page.get_by_role("link", name="what changed").first.click()
    else:
        page.goto(served.address + PAGES[name])
    page.wait_for_load_state()
    tall = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or {"width": 1280, "height": 900}
    height = min(_TALLEST, max(tall, 300))
    page.screenshot(
        path=path, full_page=True, clip={"x": 0, "y": 0, "width": size["width"], "height": height}
    )


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs/pictures")
    options.add_argument("--all", action="store_true")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with newsroom() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width in WIDTHS:
            for dark in (False, True) if given.all else (False,):
                page = entered(browser, served, width, dark=dark)
                for name in PAGES if given.all else SHOWN:
                    shade = "-dark" if dark else ""
                    picture(page, served, name, given.folder / f"web-{name}-{width}{shade}.png")
        browser.close()


if __name__ == "__main__":
    main()
