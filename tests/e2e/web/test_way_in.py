"""The way in, with scripts and without."""

from __future__ import annotations

import pytest

from tests.e2e.web.conftest import Opened, Served


@pytest.mark.parametrize("scripts", [True, False])
def test_the_token_opens_the_page_and_leaves_the_address(
    visit: Opened, served: Served, *, scripts: bool
) -> None:
    page = visit(scripts=scripts)
    assert page.url == f"{served.address}/"
    assert page.get_by_role("heading", level=1).first.inner_text() != "Open the page"
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url(f"{served.address}/login")
    page.goto(f"{served.address}/")
    assert page.url == f"{served.address}/login"
