"""Follow a subject in the news: feeds in, a ranked list and a daily digest out, with reasons.

As a library: `from tracker import open_tracker`. Nothing is imported until it is asked for, so that
`tracker --help` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.app import Tracker, open_tracker
    from tracker.settings import load_settings

__all__ = ["Tracker", "__version__", "load_settings", "open_tracker"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in {"Tracker", "open_tracker"}:
        from tracker import app

        return getattr(app, name)
    if name == "load_settings":
        from tracker.settings import load_settings

        return load_settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
