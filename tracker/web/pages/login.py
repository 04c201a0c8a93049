"""The way in: the token is handed over by POST and becomes a cookie; the address keeps it behind "#t=".

With scripts the form fills itself from the address; without, a person pastes the token.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.web.keys import SESSION_S, Keys
from tracker.web.render import form_of, go, page
from tracker.web.security import caller_of

__all__ = ["routes"]


def _show(request: Request) -> Response:
    return page(request, "login.html", wrong="")


def _enter(request: Request) -> Response:
    keys: Keys = request.state.keys
    admission = keys.admit(str(form_of(request).get("token", "")).strip(), caller_of(request.scope))
    if admission == "later":
        return page(request, "login.html", 429, wrong="Too many attempts; wait a minute.")
    if admission == "no":
        return page(request, "login.html", 403, wrong="This is not the token.")
    answer = go("/")
    answer.set_cookie(
        request.state.cookie_name, keys.new_session(), max_age=SESSION_S, path="/", httponly=True,
        samesite="strict",
    )  # fmt: skip
    return answer


def _leave(request: Request) -> Response:
    answer = go("/login")
    answer.delete_cookie(request.state.cookie_name, path="/", httponly=True, samesite="strict")
    return answer


routes = [
    Route("/login", _show),
    Route("/login", _enter, methods=["POST"]),
    Route("/leave", _leave, methods=["POST"]),
]
