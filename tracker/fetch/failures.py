"""Why an exchange gave nothing: the one table from library errors and status codes to a code and a sentence.

Sentences are for the person who follows the feed: what happened and what to do. They never hold text sent by the
server. `Refusal` is a value; `RefusalError` carries one through library code that knows only exceptions.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpcore

from tracker.model import FetchReason

__all__ = [
    "TRANSPORT_ERRORS",
    "UNSENT",
    "Refusal",
    "RefusalError",
    "explain_error",
    "explain_status",
    "explain_tls",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A reason and one plain sentence."""

    reason: FetchReason
    detail: str


class RefusalError(Exception):
    """A `Refusal` on its way up through the HTTP library; never leaves this room."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


TRANSPORT_ERRORS = (
    RefusalError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    OSError,
)

_LOST = Refusal(
    reason=FetchReason.CONNECTION_LOST,
    detail="The server closed the connection before answering; the next poll tries again.",
)
_BROKEN = Refusal(
    reason=FetchReason.PROTOCOL_ERROR,
    detail="The server's answer is not valid HTTP; if this stays, tell the publisher or remove the feed.",
)
UNSENT = Refusal(
    reason=FetchReason.BAD_URL,
    detail="The request could not be written as HTTP; check the extra headers of this feed in [[feed]].",
)
_CUT = Refusal(
    reason=FetchReason.TRUNCATED,
    detail="The answer broke off before its announced end; nothing was taken from it and the next poll tries again.",
)


def explain_error(error: BaseException, *, after_headers: bool) -> Refusal:
    """Map a transport error; `after_headers` tells that the status line had arrived already."""
    if isinstance(error, RefusalError):
        return error.refusal
    if isinstance(error, httpcore.RemoteProtocolError):
        return _explain_protocol(str(error), after_headers=after_headers)
    if isinstance(error, httpcore.LocalProtocolError):
        return _BROKEN if after_headers else UNSENT
    if isinstance(error, httpcore.ProxyError):
        return _explain_proxy(str(error))
    return _CUT if after_headers else _LOST


def _explain_protocol(message: str, *, after_headers: bool) -> Refusal:
    """Tell a vanished peer from bad HTTP: the library has one exception for both (texts pinned by a test)."""
    if message.startswith("Server disconnected"):
        return _LOST
    if after_headers and message.startswith("peer closed connection"):
        return _CUT
    return _BROKEN


def _explain_proxy(message: str) -> Refusal:
    """Tell why a proxy opened no tunnel (RFC 9110 section 9.3.6), by the status at the head of the library's text."""
    if message.startswith("407"):
        return explain_status(407)
    said = f" ({message[:3]})" if message[:3].isdigit() else ""
    detail = (
        f"The proxy of this feed does not lead to the site{said}; check the proxy, the next poll tries again."
    )
    return Refusal(reason=FetchReason.CONNECT, detail=detail)


def explain_tls(error: Exception, host: str) -> Refusal:
    """Say what is wrong with a TLS handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        problem = f"the certificate is not accepted ({error.verify_message.rstrip('.')})"
    elif isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        problem = "the server does not speak TLS there; the address may have to begin with http:"
    else:
        problem = "the handshake failed"
    return Refusal(reason=FetchReason.TLS, detail=f"No secure connection to {host}: {problem}.")


_BY_STATUS = {
    204: (FetchReason.EMPTY_BODY, "The server answered without a document; the next poll tries again."),
    205: (FetchReason.EMPTY_BODY, "The server answered without a document; the next poll tries again."),
    206: (
        FetchReason.TRUNCATED,
        "The server sent a part of the document unasked (206); nothing was taken from it.",
    ),
    304: (
        FetchReason.UNEXPECTED_304,
        'The server says "not modified" (304) though we had nothing to compare with.',
    ),
    401: (
        FetchReason.FORBIDDEN,
        "The server wants a login (401); if you have one, give it in a [[feed]] table of the configuration.",
    ),
    403: (
        FetchReason.FORBIDDEN,
        "The server refuses us; it may block automatic readers, so polls become rarer.",
    ),
    404: (FetchReason.NOT_FOUND, "There is no such page (404); look on the site for its new address."),
    407: (
        FetchReason.FORBIDDEN,
        "The proxy of this feed wants a user name and password (407); give them with proxy_env in [[feed]].",
    ),
    410: (FetchReason.GONE, "The publisher says this was removed for good (410); remove the feed."),
    429: (FetchReason.RATE_LIMITED, "The server says we ask too often (429); we wait as long as it asks."),
    451: (FetchReason.FORBIDDEN, "The server withholds this for legal reasons (451)."),
}


def explain_status(status: int) -> Refusal:
    """Map a status that brings no document."""
    if status in _BY_STATUS:
        reason, detail = _BY_STATUS[status]
        return Refusal(reason=reason, detail=detail)
    if 500 <= status <= 599:
        detail = f"The server reports a fault of its own ({status}); the next poll tries again."
        return Refusal(reason=FetchReason.SERVER_ERROR, detail=detail)
    detail = f"The server answered with status {status}, which brings no document; check the address."
    return Refusal(reason=FetchReason.HTTP_ERROR, detail=detail)
