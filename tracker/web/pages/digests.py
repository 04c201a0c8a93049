"""The archive of digests: what was mailed, when and to whom; each exactly as mailed, in a sandbox of its own."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tracker.model import DigestId, SavedDigest
from tracker.web.asked import number_of
from tracker.web.render import page, site_of
from tracker.web.security import SANDBOXED

__all__ = ["nav", "routes"]

_SIZE: Final = 25


def _list(request: Request) -> Response:
    with site_of(request).reading() as tracker:
        leaf = tracker.reading.digests(None, number_of(request, 1000), _SIZE)
    return page(request, "digests.html", leaf=leaf)


def _mail(request: Request) -> Response:
    """The mail's HTML, unchanged: no script, no request and no form of it can do anything."""
    return HTMLResponse(_found(request).message.html, headers={"Content-Security-Policy": SANDBOXED})


def _plain(request: Request) -> Response:
    return PlainTextResponse(_found(request).message.plain)


def _found(request: Request) -> SavedDigest:
    with site_of(request).reading() as tracker:
        found = tracker.reading.digest(DigestId(request.path_params["digest"]))
    if found is None:
        raise HTTPException(404)
    return found


routes = [
    Route("/digests", _list),
    Route("/digests/{digest:int}/mail", _mail),
    Route("/digests/{digest:int}/plain", _plain),
]
nav = (("Digests", "/digests"),)
