"""Stories: a watch's events, the latest first; one event told from its first report, with copies told apart."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.model import WatchName
from tracker.web.asked import number_of, watch_of
from tracker.web.render import page, site_of
from tracker.web.story_chart import story_chart

__all__ = ["nav", "routes"]

_SIZE: Final = 20
_MOST_PAGES: Final = 500
_REPORTS: Final = 300


def _list(request: Request) -> Response:
    watch = watch_of(request)
    number = number_of(request, _MOST_PAGES)
    with site_of(request).reading() as tracker:
        leaf = tracker.reading.stories(WatchName(watch), number, _SIZE)
    return page(request, "stories.html", leaf=leaf, watch=watch, asked={"watch": watch})


def _one(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        view = tracker.story(request.path_params["story"])
    shown = view.reports[:_REPORTS]
    names = {report.family: report for report in view.reports if report.role == "original"}
    return page(
        request, "story.html", view=view, reports=shown, left_out=len(view.reports) - len(shown),
        originals=names, chart=story_chart(view.reports), merged=view.asked,
    )  # fmt: skip


routes = [Route("/stories", _list), Route("/stories/{story}", _one)]
nav = (("Stories", "/stories"),)
