"""The parsers are loaded only by who calls them: start-up time of the command depends on it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tracker.articles
import tracker.feeds
from tests.conftest import ROOT


def test_the_parent_imports_neither_feedparser_nor_trafilatura():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tracker.feeds, tracker.articles, tracker.urls; "
        "print([name for name in ('feedparser', 'trafilatura', 'lxml', 'listparser', 'charset_normalizer') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert loaded.strip() == "[]"


@pytest.mark.parametrize(
    ("room", "name"), [(tracker.feeds, "parse_feed"), (tracker.articles, "extract_page")]
)
def test_an_expensive_function_is_there_when_asked_for(room, name):
    assert callable(getattr(room, name))
    assert name in room.__all__
    with pytest.raises(AttributeError):
        _ = room.nonsense
