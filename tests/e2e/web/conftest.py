"""One Chromium and the demo newsroom served over loopback, shared by the journeys of all pages."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tracker.demo.run import run_demo
from tracker.settings import load_settings
from tracker.web import PageServer, open_page

Opened = Callable[..., Page]
_PATIENCE_MS = 120_000  # only a test that fails waits so long; a busy computer may need it
expect.set_options(timeout=_PATIENCE_MS)


@dataclass
class Served:
    """A project folder and its page."""

    folder: Path
    server: PageServer
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Without the slash."""
        return self.server.address.rstrip("/")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def newsroom() -> Iterator[Path]:
    """The demo, run once; tests copy it."""
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder) / "demo", serve=False, say=lambda _: None, table=lambda *_: "")
        yield Path(folder) / "demo"


@pytest.fixture(scope="module")
def served(newsroom: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the demo's project with its page open, for one module."""
    folder = tmp_path_factory.mktemp("served") / "project"
    shutil.copytree(newsroom, folder)
    yield from opened_page(folder)


def opened_page(folder: Path) -> Iterator[Served]:
    """Open the page of a project on a free port; closed behind the yield."""
    server = open_page(load_settings(folder / "config" / "tracker.toml", {}, folder), port=0)
    server.start()
    try:
        yield Served(folder, server)
    finally:
        server.close()


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Opened]:
    """`visit("/stories", scripts=False, dark=True, width=390)`: a signed-in page; afterwards nothing may have left.

    Fails when anything was asked of another origin, or when the browser's console had something to complain about.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str = "/", *, scripts: bool = True, dark: bool = False, width: int = 1280) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("request", lambda request: _note(served, request))
        page.on(
            "console", lambda message: complaints.append(message.text) if _is_complaint(message) else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if scripts:
            page.goto(served.server.link)
        else:
            page.goto(f"{served.address}/login")
            page.fill("#token", served.server.link.partition("#t=")[2])
            page.click("#login button")
        page.wait_for_url(f"{served.address}/")
        if path != "/":
            page.goto(served.address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    away = [url for url in served.asked if not url.startswith((f"{served.address}/", "data:", "blob:"))]
    assert away == [], "a request left the origin"
    assert complaints == []


def _is_complaint(message: ConsoleMessage) -> bool:
    """Errors, but for that of a page that is not there, which tests ask for."""
    return message.type == "error" and not message.text.startswith(
        "Failed to load resource: the server responded"
    )


def _note(served: Served, request: Request) -> None:
    served.asked.append(request.url)


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        for node in one["nodes"]
    ]
