"""What happened to an address: why an article is there, folded, under the line or missing, and what would change it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.web.lines import item_path
from tracker.web.render import page, site_of, text_of

__all__ = ["nav", "routes"]


def _why(request: Request) -> Response:
    url = text_of(request, "url", limit=2_000)
    answer = None
    if url:
        with site_of(request).reading() as tracker:
            answer = tracker.why(url)
    return page(request, "why.html", url=url, answer=answer, item_path=item_path)


routes = [Route("/why", _why)]
nav = (("Missing?", "/why"),)
