"""The inbox: what a watch kept, best or newest first, with filters and search; below it what nearly was kept."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.model import Fate, WatchName
from tracker.settings import WatchSettings
from tracker.web.asked import ANY, asked_of, watch_of
from tracker.web.lines import line_of
from tracker.web.remembered import choices_of
from tracker.web.render import page, site_of
from tracker.web.steps import next_step

__all__ = ["nav", "routes"]

_SIZE: Final = 25
_FATES: Final = (
    ("", "kept"), (Fate.BELOW_THRESHOLD.value, "below the line"), (Fate.COPY.value, "copies"),
    (Fate.VERSION.value, "versions"), (Fate.PENDING.value, "waiting for their page"),
    (Fate.UNREADABLE.value, "unreadable"), (Fate.REFUSED.value, "refused"), (Fate.FILTERED.value, "filtered"),
    (Fate.TOO_OLD.value, "too old"), (ANY, "everything"),
)  # fmt: skip


def _inbox(request: Request) -> Response:
    asked = asked_of(request, size=_SIZE)
    site_of(request).warm()
    is_plain = not asked.is_filtered
    assert asked.query.watch is not None
    with site_of(request).reading() as tracker:
        leaf = tracker.reading.items(asked.query, asked.number, _SIZE)
        near = tracker.reading.near_misses(asked.query.watch) if is_plain and asked.number == 1 else ()
        step = next_step(tracker) if is_plain and not leaf.rows and asked.number == 1 else None
        outlets, languages = choices_of(request, tracker)
        names = [WatchName(one.name) for one in site_of(request).loaded.settings.watch]
        kept = tracker.reading.kept(names if is_plain else ())
    watch = _chosen(request, asked.query.watch)
    phrases = tuple(phrase for topic in watch.topic for phrase in (topic.name, *topic.phrases))
    return page(
        request, "inbox.html", watch=watch, asked=asked.shown, is_filtered=asked.is_filtered, leaf=leaf,
        lines=[line_of(item, asked.query.text, phrases) for item in leaf.rows],
        near=[line_of(item, "", phrases) for item in near],
        outlets=outlets, languages=languages, fates=_FATES, step=step, back=_own_path(request),
        kept=kept,
    )  # fmt: skip


def _search(request: Request) -> Response:
    """The same filters on a page of their own, over everything that was ever seen."""
    with site_of(request).reading() as tracker:
        outlets, languages = choices_of(request, tracker)
    asked = dict.fromkeys(("q", "topic", "outlet", "language", "since", "until"), "")
    watch = _chosen(request, watch_of(request))
    return page(
        request, "search.html", watch=watch, asked={**asked, "watch": watch.name, "fate": ANY, "by": "time"},
        outlets=outlets, languages=languages, fates=_FATES,
    )  # fmt: skip


def _chosen(request: Request, name: str) -> WatchSettings:
    return next(one for one in site_of(request).loaded.settings.watch if one.name == name)


def _own_path(request: Request) -> str:
    """This page, to come back to it."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


routes = [Route("/", _inbox), Route("/search", _search)]
nav = (("Inbox", "/"), ("Search", "/search"))
