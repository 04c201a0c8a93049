"""How a feed is reached that is not open to everybody: login and headers for its own origin only, and a proxy. Pure.

Credentials go to exactly the scheme, host and port of the requested address. A redirect to anywhere else, also from
https to http, is followed without them. A proxy serves every hop: leaving it half-way would show the site who asks.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, replace
from urllib.parse import unquote

from tracker.fetch.failures import UNSENT, Refusal
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import Target, userinfo_of
from tracker.model import Access, FetchReason, FetchRequest

__all__ = ["Proxy", "access_for", "access_headers", "access_of", "access_refusal", "proxy_of"]

_PROXY = re.compile(
    r"http://(?:(?P<user>[^/?#@:]*)(?::(?P<password>[^/?#@]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?/?"
)
_OPEN = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy taken apart; `login` is user name and password, if it wants any."""

    host: str
    port: int
    login: tuple[bytes, bytes] | None


def access_of(request: FetchRequest) -> Access:
    """What was given for the request; a login written into its address counts when no other was given."""
    given = request.access or _OPEN
    userinfo = userinfo_of(request.url)
    if not userinfo or given.username or given.password:
        return given
    username, _, password = userinfo.partition(":")
    return replace(given, username=unquote(username), password=unquote(password))


def access_for(access: Access, target: Target, origin: str) -> Access:
    """What of an access given for `origin` may be used for a target: all of it, or elsewhere the proxy alone."""
    return access if target.origin == origin else Access(proxy=access.proxy)


def access_headers(access: Access) -> dict[str, str]:
    """Basic authentication (RFC 7617, in UTF-8) and the extra headers."""
    headers = dict(access.headers)
    if access.username or access.password:
        login = b64encode(f"{access.username}:{access.password}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {login}"
    return headers


def proxy_of(text: str) -> Proxy | None:
    """Read http://[user:password@]host:port; None for anything else."""
    match = _PROXY.fullmatch(text)
    port = int(match["port"] or 80) if match else 0
    if match is None or not 0 < port <= 65535:
        return None
    user, password = (unquote(match[part] or "").encode() for part in ("user", "password"))
    login = (user, password) if user or password else None
    return Proxy(host=match["host"].strip("[]").lower(), port=port, login=login)


def access_refusal(access: Access, target: Target, policy: FetchPolicy) -> Refusal | None:
    """Refuse what cannot be sent, or not through a proxy.

    The proxy looks names up, so their addresses cannot be judged here; "localhost" is refused by its name (RFC 6761
    section 6.3), literal addresses were judged with the text of the address.
    """
    if not all(name.isascii() and value.isascii() for name, value in access.headers.items()):
        return UNSENT
    if access.proxy is None:
        return None
    if proxy_of(access.proxy) is None:
        detail = "The proxy of this feed is not usable; its address must look like http://proxy.example:3128."
        return Refusal(reason=FetchReason.BAD_URL, detail=detail)
    is_local = target.host == "localhost" or target.host.endswith(".localhost")
    if is_local and not policy.is_exempt(target.host, target.port):
        detail = f"{target.host} would be the proxy's own machine, which feeds may not reach."
        return Refusal(reason=FetchReason.BLOCKED_ADDRESS, detail=detail)
    return None
