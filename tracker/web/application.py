"""`make_web_app`: pages over one installation as an ASGI application, with the guard before them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tracker.errors import StoreBusy, TrackerError, UsageError
from tracker.web.keys import Keys
from tracker.web.refusal import is_api, refusal
from tracker.web.render import page
from tracker.web.routes import all_routes, navigation, open_paths
from tracker.web.security import Guard, Policy, secured
from tracker.web.site import Site

__all__ = ["make_web_app"]

_log = logging.getLogger(__name__)
_STATIC: Final = Path(__file__).parent / "static"
_WORTH_PACKING: Final = 4_000  # bytes
_SENTENCES: Final = {
    400: ("This cannot be done.", "What was asked is not complete, or makes no sense."),
    404: ("There is no such page.", "It may have been moved, merged into another, or never been there."),
    405: ("This is not how this page is asked.", "Go back and use its buttons."),
    503: ("The database is busy.", "Another program is writing; load this page again in a moment."),
    500: ("Something unexpected happened.", "Nothing stored is lost. The log of the program says more."),
}


def make_web_app(site: Site, keys: Keys, *, hosts: frozenset[str], cookie: str = "tracker") -> Starlette:
    """Make the application.

    `hosts`: the exact Host values it answers (`security.allowed_hosts`). `cookie`: the session cookie's name, which
    should tell ports apart, for cookies do not. Who brings the site closes it.
    """
    policy = Policy(hosts=hosts, cookie=cookie)
    policy = Policy(hosts=hosts, cookie=cookie, open_paths=(*policy.open_paths, *open_paths()))
    app = Starlette(
        routes=[*all_routes(), Mount("/static", StaticFiles(directory=_STATIC), name="static")],
        middleware=[
            Middleware(Guard, policy=policy, keys=keys),
            Middleware(GZipMiddleware, minimum_size=_WORTH_PACKING, compresslevel=4),
        ],
        exception_handlers={
            HTTPException: _not_so,
            TrackerError: _told,
            Exception: _failed,
        },
    )
    app.state.site, app.state.nav = site, navigation()
    return app


def _not_so(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error_page(request, error.status_code)


def _told(request: Request, error: Exception) -> Response:
    """Expected failure: told by its kind, for the error's own words carry what was asked."""
    if isinstance(error, UsageError):
        return _error_page(request, 404)
    _log.error("page failed", extra={"problem": str(error)})
    return _error_page(request, 503 if isinstance(error, StoreBusy) else 500)


def _failed(request: Request, error: Exception) -> Response:
    """A bug: starlette raises it again behind this answer, so the server logs it with its traceback."""
    del error
    answer = _error_page(request, 500)
    secured(answer.headers)  # this one leaves outside of the guard
    return answer


def _error_page(request: Request, status: int) -> Response:
    head, words = _SENTENCES.get(status, _SENTENCES[400])
    if is_api(request.scope):
        return refusal(status, head)
    return page(request, "error.html", status, head=head, words=words)
