"""Single tags and their attributes; bodies that are not text."""

from __future__ import annotations

import pytest

from tracker.text.kinds import binary_kind
from tracker.text.tags import find_tags


def test_tags_are_found_with_their_attributes_however_they_are_quoted():
    markup = "<LINK rel=alternate HREF='/a?x=1&amp;y=2' title=\"A > B\"><a><linked href=x><base href=/b/>"
    assert list(find_tags(markup, "link", "base")) == [
        ("link", {"rel": "alternate", "href": "/a?x=1&y=2", "title": "A > B"}),
        ("base", {"href": "/b/"}),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08\x00", "compressed data (gzip) that was not declared as such"),
        (b"\x89PNG\r\n", "a PNG image"),
        (bytes(range(32)) * 20, "binary data"),
        (b"<html>", ""),
        ("<html>中".encode("utf-16-le"), ""),
        ("<html>中".encode("utf-16"), ""),
        (b"", ""),
    ],
)
def test_bodies_that_are_not_text_are_named(body, kind):
    assert binary_kind(body) == kind
