"""Every page in the order of the navigation; a page module joins by its line in `MODULES`."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Final

from starlette.routing import BaseRoute

from tracker.web.pages import (
    api,
    digests,
    feeds,
    inbox,
    item,
    judge,
    live,
    login,
    metrics,
    outs,
    profile,
    stories,
    watch,
    why,
)

__all__ = ["MODULES", "Nav", "all_routes", "navigation", "open_paths"]

MODULES: Final[tuple[ModuleType, ...]] = (
    login, inbox, item, judge, stories, watch, profile, feeds, why, digests, outs, live, metrics, api,
)  # fmt: skip
"""Each has `routes`; `nav`, if it stands in the navigation: (words, path) pairs; and `open_paths`, if it has pages that
ask for no cookie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nav:
    """One place in the navigation."""

    words: str
    path: str


def all_routes() -> list[BaseRoute]:
    """The routes of all modules."""
    return [route for module in MODULES for route in module.routes]


def navigation() -> tuple[Nav, ...]:
    """The navigation of all modules, in their order."""
    return tuple(
        Nav(words=words, path=path) for module in MODULES for words, path in getattr(module, "nav", ())
    )


def open_paths() -> tuple[str, ...]:
    """Paths that ask for no cookie; whoever opens one guards it otherwise, as output feeds do with a derived key."""
    return tuple(path for module in MODULES for path in getattr(module, "open_paths", ()))
