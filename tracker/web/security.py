"""The guard before all pages: pure ASGI, so nothing is routed, parsed or answered that has not passed it.

In this order: method, Host (the defence against DNS rebinding, which no same-origin rule sees), who asks (cookie or
token), then for whatever changes something: its kind of body, where it comes from, and the form's own mark. Every
answer leaves with the same headers. A refusal carries nothing of what was asked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from typing import Any, Final

from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.web.keys import Keys
from tracker.web.limits import TooLarge, TooSlow, impatient, read_body, replayed
from tracker.web.refusal import is_api, refusal

__all__ = [
    "HEADERS",
    "SANDBOXED",
    "Guard",
    "Policy",
    "allowed_hosts",
    "caller_of",
    "is_loopback",
    "secured",
]

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
"""On every answer."""
SANDBOXED: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""Instead of the first of `HEADERS`, for mailed HTML: no script, no request, no form, an origin of its own."""
_READING: Final = frozenset({"GET", "HEAD"})
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_JSON: Final = "application/json"
_LOGIN: Final = "/login"
_LONGEST_PATH: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Where the page answers. `hosts` are exact Host values; `open_paths` ask for no cookie (a slash: all below)."""

    hosts: frozenset[str]
    cookie: str
    open_paths: tuple[str, ...] = (_LOGIN, "/static/", "/healthz")


class _Refused(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Guard:
    """Lets a request pass to `app`, or answers it."""

    def __init__(self, app: ASGIApp, policy: Policy, keys: Keys) -> None:
        self._app = app
        self._policy = policy
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at one request; see the module."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = _with_headers(impatient(send))
        try:
            passed = await self._examined(scope, receive)
        except _Refused as refused:
            answer: Response = PlainTextResponse(refused.sentence + "\n", refused.status)
            if is_api(scope):
                answer = refusal(refused.status, refused.sentence)
            if refused.status == 405:
                answer.headers["Allow"] = "GET, HEAD, POST"
            if refused.status == 401 and scope["method"] in _READING and not is_api(scope):
                answer = RedirectResponse(_LOGIN, 303)
            await answer(scope, receive, send)
            return
        try:
            await self._app(scope, passed, send)
        except TooSlow:
            return  # an answer that ends in the middle has its connection closed

    async def _examined(self, scope: Scope, receive: Receive) -> Receive:
        """Return what the page may receive. Raises `_Refused`."""
        headers = Headers(scope=scope)
        method = scope["method"]
        if method not in _READING and method != "POST":
            raise _Refused(405, "This method is not used here.")
        if len(scope["path"]) > _LONGEST_PATH:
            raise _Refused(414, "This address is too long.")
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._policy.hosts:
            raise _Refused(421, "This address is not answered here.")
        state = scope.setdefault("state", {})
        state["keys"], state["cookie_name"], state["csrf"] = self._keys, self._policy.cookie, ""
        cookie = self._identified(scope, headers)
        if cookie:
            state["csrf"] = self._keys.csrf(cookie)
        if method in _READING:
            return receive
        return await self._checked_body(scope, receive, headers, cookie)

    def _identified(self, scope: Scope, headers: Headers) -> str | None:
        """Return the session's cookie; None where a token or nothing was needed. Raises `_Refused`."""
        cookie = _cookie(headers, self._policy.cookie)
        if cookie and self._keys.is_session(cookie):
            return cookie
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            admission = self._keys.admit(token.strip(), caller_of(scope))
            if admission == "yes":
                return None
            status, said = (
                (429, "Too many attempts; wait a minute.") if admission == "later" else (401, _NO_ENTRY)
            )
            raise _Refused(status, said)
        if _is_open(scope["path"], self._policy.open_paths):
            return None
        raise _Refused(401, _NO_ENTRY)

    async def _checked_body(
        self, scope: Scope, receive: Receive, headers: Headers, cookie: str | None
    ) -> Receive:
        """Read and check what wants to change something; leaves its form in the scope's state."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON if is_api(scope) else kind not in _FORMS:
            raise _Refused(415, "This kind of content is not taken here.")
        by_token = cookie is None and "authorization" in headers
        if not by_token and not _is_own(headers):
            raise _Refused(403, "This came from another site.")
        try:
            body = await read_body(receive)
        except TooLarge:
            raise _Refused(413, "This is more than is taken here.") from None
        except TooSlow:
            raise _Refused(408, "This took too long.") from None
        form = FormData() if kind == _JSON else await _form(scope, replayed(body, receive))
        scope["state"]["form"], scope["state"]["body"] = form, body
        if cookie is not None:
            offered = headers.get("x-csrf-token") or str(form.get("csrf", ""))
            if not self._keys.is_csrf(cookie, offered):
                raise _Refused(403, "This form is too old; load its page again.")
        return replayed(body, receive)


_NO_ENTRY: Final = "The token is needed."


def allowed_hosts(addresses: Iterable[tuple[str, int]], names: Iterable[str] = ()) -> frozenset[str]:
    """Return the Host values under which we are known: our addresses with their port, and configured names."""
    found = {name.lower() for name in names}
    for address, port in addresses:
        known = {"localhost", "127.0.0.1", "[::1]"} if is_loopback(address) else {_in_url(address)}
        known |= {"localhost", "127.0.0.1"} if address in {"0.0.0.0", "::"} else set()  # noqa: S104 - asked for
        found |= {f"{one}:{port}" for one in known}
        found |= known if port == 80 else set()
    return frozenset(found)


def caller_of(scope: Scope) -> str:
    """The address that a request comes from: a proxy's, where there is one before us."""
    return str((scope.get("client") or ("",))[0])


def is_loopback(host: str) -> bool:
    """Whether an address of this computer is reached by this computer only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _is_open(path: str, open_paths: Iterable[str]) -> bool:
    return any(path.startswith(one) if one.endswith("/") else path == one for one in open_paths)


def _is_own(headers: Headers) -> bool:
    """Whether a browser says that our own page sent this; older ones say only the origin."""
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if sites:
        return sites == ["same-origin"]
    host = headers["host"]
    return len(origins) == 1 and origins[0] in {f"http://{host}", f"https://{host}"}


def _cookie(headers: Headers, name: str) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


async def _form(scope: Scope, receive: Receive) -> FormData:
    try:
        return await Request(scope, receive).form(max_files=1, max_fields=200, max_part_size=1_000_000)
    except (HTTPException, MultiPartException, UnicodeDecodeError):
        raise _Refused(400, "This form cannot be read.") from None


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            secured(MutableHeaders(scope=message))
        await send(message)

    return sending


def secured(headers: Any) -> None:
    """Put `HEADERS` on an answer; only a stricter policy of its own may stand in place of ours."""
    own = headers.get("content-security-policy")
    for name, value in HEADERS.items():
        headers[name] = value
    if own == SANDBOXED:
        headers["content-security-policy"] = SANDBOXED
