"""HTTP exchanges as values: what is asked, and the ways it can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

__all__ = [
    "Access",
    "FetchFailed",
    "FetchReason",
    "FetchRequest",
    "FetchResult",
    "Fetched",
    "NotModified",
    "Refused",
    "Validators",
]

_EMPTY: Mapping[str, str] = MappingProxyType({})


class FetchReason(StrEnum):
    """Why an HTTP exchange gave nothing usable; the code shown in reports and stored with the feed."""

    BAD_URL = "bad_url"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_SCHEME = "blocked_scheme"
    BLOCKED_PORT = "blocked_port"
    DNS = "dns"
    CONNECT = "connect"
    CONNECTION_LOST = "connection_lost"
    TLS = "tls"
    TIMEOUT_TOTAL = "timeout_total"
    PROTOCOL_ERROR = "protocol_error"
    REDIRECT_LIMIT = "redirect_limit"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    BAD_ENCODING = "bad_encoding"
    EMPTY_BODY = "empty_body"
    UNEXPECTED_304 = "error_unexpected_304"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    PROTECTED = "protected"
    HTTP_ERROR = "http_error"
    ROBOTS = "robots"
    STOPPED = "stopped"
    NO_TURN = "no_turn"  # others of ours kept the host busy; it was not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "anything new?" with; valid for exactly this `url`.

    `asked_url`: the address we had asked for when redirects led to `url`, else empty.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    asked_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How one feed is reached: credentials and headers for its own origin, a proxy for all. Never printed."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY, repr=False)
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One HTTP GET to make: `purpose` chooses the size cap and the Accept header.

    Login and headers of `access` are sent only to the origin of `url`, its proxy serves every hop. `obey_robots`:
    whether a page's robots.txt is asked first. `is_link`: a document named the address, not a person, so that a refusal
    does not say how to open it. The purpose "post" is a POST of `body`: no redirect is followed, and the answer's body
    is not read.
    """

    url: str
    purpose: Literal["feed", "page", "robots", "ping", "post"]
    validators: Validators | None = None
    access: Access | None = None
    obey_robots: bool = True
    is_link: bool = False
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete response: `url` after redirects, header names lower-case, `body` inflated.

    `permanent_url` is where permanent redirects alone led (RFC 9110 section 15.4), or None. `degraded` says in words
    that the end of the body cannot be vouched for (a response ended only by the closing connection).
    """

    request: FetchRequest
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    body: bytes
    permanent_url: str | None = None
    degraded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304 to our own validators: proof that nothing has changed."""

    request: FetchRequest
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No usable response: the code, one sentence for a person, and how long the server asked us to wait.

    `protection` names the service that stands before the site (Cloudflare ...) when the reason is `protected`.
    `handed_over`: the body of a POST was on its way, so that without a `status` nobody can tell whether it arrived.
    """

    request: FetchRequest
    reason: FetchReason
    detail: str
    status: int | None = None
    retry_after: timedelta | None = None
    protection: str = ""
    handed_over: bool = False


FetchResult = Fetched | NotModified | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a parser or extractor did not answer.

    `code`: too_large, timeout, memory, not_a_feed, not_html, no_text, crashed ...; `detail`: one sentence.
    """

    code: str
    detail: str
