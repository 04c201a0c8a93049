"""The parsers are loaded only by who calls them: start-up time of the command depends on it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from types import ModuleType

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


HEAVY = (
    "httpx", "jinja2", "lxml", "trafilatura", "feedparser", "rapidfuzz", "wordfreq", "requests", "alembic", "apscheduler",
    "starlette", "rich", "listparser", "urllib.request", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql",
    "tracker.pipeline", "tracker.relevance", "tracker.digest", "tracker.polling",
)  # fmt: skip


def test_a_listing_pays_for_the_database_and_the_settings_alone(tmp_path):
    """Half the time of a short command is imports: whoever adds one of these to all commands is told here."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import tracker.cli.items\n"
        "from tracker.app import open_tracker\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    assert loaded.strip() == "[]"


@pytest.mark.parametrize("room", ["app", "digest", "feeds", "neardup", "outputs"])
def test_a_room_has_all_the_names_on_its_door(room):
    """A module of the same name would hide what is meant once it is loaded."""
    door = import_module(f"tracker.{room}")
    assert [name for name in door.__all__ if isinstance(getattr(door, name), ModuleType)] == []
    with pytest.raises(AttributeError):
        _ = door.nonsense


@pytest.mark.parametrize(
    ("room", "name"), [(tracker.feeds, "parse_feed"), (tracker.articles, "extract_page")]
)
def test_an_expensive_function_is_there_when_asked_for(room, name):
    assert callable(getattr(room, name))
    assert name in room.__all__
    with pytest.raises(AttributeError):
        _ = room.nonsense
