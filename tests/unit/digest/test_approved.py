"""The mails of three editions are exactly the approved files; see `editions.py` for how a change is approved."""

from __future__ import annotations

import pytest

from tests.unit.digest.editions import FILES, editions

APPROVE = (
    "A reader would get another mail than the approved one. If that is meant: run "
    "`python -m tests.unit.digest.editions`, look at {} in a browser and read `git diff`, then commit both."
)


@pytest.fixture(scope="module")
def mails():
    return editions()


@pytest.mark.parametrize("name", ["day", "catch-up", "quiet"])
def test_the_mail_is_the_approved_one(mails, name):
    html, plain = FILES / f"{name}.html", FILES / f"{name}.txt"
    assert mails[name].plain == plain.read_text(encoding="utf-8"), APPROVE.format(plain)
    assert mails[name].html == html.read_text(encoding="utf-8"), APPROVE.format(html)


def test_every_edition_is_approved(mails):
    assert {path.stem for path in FILES.glob("*.html")} == set(mails)
