"""Which service turned us away: known bot checks told from the answer itself, so that a person knows whom to ask.

A mere name in a header is no proof, because these services also pass on the site's own errors: what counts is a
header that only their refusal carries, or a mark of their refusal page in its first bytes. Sources: the services' own
documentation of these headers, and their pages as served in 2024-2026. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tracker.fetch.failures import Refusal
from tracker.model import FetchReason

__all__ = ["MAY_BE_PROTECTION", "START_BYTES", "explain_protection", "protection_of"]

START_BYTES = 16 * 1024
"""How much of a refusal's body is looked at."""
MAY_BE_PROTECTION = frozenset({401, 403, 405, 406, 429, 503})
"""Statuses such services refuse with (AWS: 405, Vercel: 429), beside checks that come with a success."""
_CLOUDFLARE_CHECK = ("cf-mitigated", "challenge")
_AWS_CHECK = ("x-amzn-waf-action", "challenge|captcha")
_VERCEL_CHECK = ("x-vercel-mitigated", "challenge|deny")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A service and what only its refusals have: a header with a value, or words of its page.

    `beside` is a header that must be there, too, where the words alone could stand in any error page.
    """

    name: str
    header: tuple[str, str] | None = None
    page: str = ""
    beside: tuple[str, str] | None = None

    def fits(self, headers: Mapping[str, str], page: str) -> bool:
        """Whether the answer carries this mark."""
        if self.beside and not _has(headers, self.beside):
            return False
        return _has(headers, self.header) if self.header else re.search(self.page, page) is not None


_MARKS = (
    _Mark(name="Cloudflare", header=_CLOUDFLARE_CHECK),
    _Mark(
        name="Cloudflare",
        page=r"(?i)<title>(just a moment|attention required! \| cloudflare)|/cdn-cgi/challenge-platform/|"
        r"cf-(chl|browser-verification|error-details)|error code: 10[0-2]\d",
        beside=("server", "cloudflare"),
    ),
    _Mark(name="AWS WAF", header=_AWS_CHECK),
    _Mark(name="AWS WAF", page=r"\.awswaf\.com/|window\.gokuProps"),
    _Mark(name="DataDome", page=r"captcha-delivery\.com/"),
    _Mark(name="DataDome", header=("x-datadome", "protected"), beside=("server", "datadome")),
    _Mark(name="HUMAN (PerimeterX)", page=r"px-captcha|window\._pxAppId|captcha\.px-cdn\.net"),
    _Mark(name="Imperva", page=r"Incapsula incident ID|/_Incapsula_Resource"),
    _Mark(name="Akamai", page=r"errors\.edgesuite\.net/|(?i:sec-if-cpt-container)|/_sec/cp_challenge/"),
    _Mark(
        name="Akamai",
        page=r"(?i)<title>access denied</title>[\s\S]*reference\s*(&#32;|\s)*(#|&#35;)",
        beside=("server", "akamai"),
    ),
    _Mark(name="Sucuri", page=r"(?i)sucuri website firewall|sucuri_cloudproxy_js"),
    _Mark(name="Sucuri", header=("x-sucuri-block", ".")),
    _Mark(name="Vercel", header=_VERCEL_CHECK),
    _Mark(name="Vercel", page=r"<title>Vercel Security Checkpoint"),
    _Mark(name="Anubis", page=r"/\.within\.website/x/(cmd/anubis|xess)/|id=[\"']anubis_(challenge|version)"),
    _Mark(name="DDoS-Guard", page=r"(?i)/\.well-known/ddos-guard/|<title>ddos-guard", beside=("server", "ddos-guard")),
)  # fmt: skip
_CHECKS_WITH_SUCCESS = re.compile(
    r"<script id=[\"']anubis_challenge|<iframe id=[\"']main-iframe[\"'] src=[\"']/_Incapsula_Resource|"
    r"sucuri_cloudproxy_js="
)
"""Marks of checks that come with a success; narrow, because an article may write about them."""


def protection_of(status: int, headers: Mapping[str, str], start: bytes) -> str:
    """Name the service behind a refusal; "" when none is recognised. Header names are lower-case."""
    page = start[:START_BYTES].decode("utf-8", errors="replace")
    if 200 <= status < 300:
        is_check = _has(headers, _AWS_CHECK) or bool(_CHECKS_WITH_SUCCESS.search(page))
    elif status == 429:  # mostly a rate limit, whoever keeps it
        is_check = _has(headers, _VERCEL_CHECK) or _has(headers, _CLOUDFLARE_CHECK)
    else:
        is_check = status in MAY_BE_PROTECTION
    return next((mark.name for mark in _MARKS if mark.fits(headers, page)), "") if is_check else ""


def explain_protection(name: str) -> Refusal:
    """Say who refuses, and what a person can do; we do not try to look like a browser."""
    detail = (
        f"{name}, a protection service, keeps automatic readers from this site; ask the site to let its feed be read, "
        "set http.contact so that it knows you, or give this feed the headers it agreed with you, in [[feed]]."
    )
    return Refusal(reason=FetchReason.PROTECTED, detail=detail)


def _has(headers: Mapping[str, str], wanted: tuple[str, str]) -> bool:
    name, value = wanted
    return re.search(value, headers.get(name, ""), re.IGNORECASE) is not None
