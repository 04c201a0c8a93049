"""Foreign text into an address that is safe to print as a link, or None.

Only http and https with a host that can exist; user names and passwords are removed; control characters are refused.
What may be *fetched* is decided again, after name resolution, by `fetch/guard.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

__all__ = ["MAX_URL_CHARS", "clickable_url", "host_of", "is_web_url"]

MAX_URL_CHARS = 2048
_DEFAULT_PORT = {"http": 80, "https": 443}
# C0, C1, separators, zero-width and direction controls, surrogates, and the backslash browsers read as a slash
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?[]|"
_BARE_WWW = re.compile(r"www\.[a-z0-9-]+\.[a-z]{2}", re.IGNORECASE)


def clickable_url(url: str, base: str | None = None) -> str | None:
    """Resolve `url` against `base` (RFC 3986 section 5) into an address to open, at most 2048 characters long.

    None for every other scheme, impossible hosts and ports, control characters, and for a link from a public page to
    a private address (a feed on a private address may link to its like).
    """
    text = url.strip()
    if not text or len(text) > 2 * MAX_URL_CHARS or _FORBIDDEN.search(text):
        return None
    if _BARE_WWW.match(text):
        text = "//" + text
    is_complete = text.startswith(("http://", "https://"))
    parts = _split(text if is_complete or not base else _joined(base, text))
    if parts is None:
        return None
    host = _host(parts.hostname)
    if not host or (base and _is_private(host) and not _is_private(host_of(base))):
        return None
    result = urlunsplit(
        (
            parts.scheme,
            _netloc(parts, host),
            quote(parts.path, safe=_SAFE_IN_PATH) or "/",
            quote(parts.query, safe=_SAFE_IN_QUERY),
            quote(parts.fragment, safe=_SAFE_IN_QUERY),
        )
    )
    return result if len(result) <= MAX_URL_CHARS else None


def is_web_url(url: str) -> bool:
    """Whether this is a complete http or https address."""
    return clickable_url(url) is not None


def host_of(url: str) -> str:
    """The host in lower case (punycode for non-ASCII names, no port), or "" when there is none."""
    parts = _split(url.strip())
    return _host(parts.hostname) if parts else ""


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # an address that cannot be taken apart
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORT and parts.port != 0
    except ValueError:  # a broken IPv6 bracket, a port out of range
        return None
    return parts if usable else None


def _netloc(parts: SplitResult, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if parts.port in {None, _DEFAULT_PORT[parts.scheme]} else f"{shown}:{parts.port}"


@lru_cache(maxsize=4096)
def _host(hostname: str | None) -> str:
    name = (hostname or "").rstrip(".")
    if ":" in name:
        return _ip_text(name)
    try:
        ascii_name = name.encode("idna").decode("ascii").lower()
    except UnicodeError:  # empty or overlong labels, characters no host name has
        return ""
    labels = ascii_name.split(".")
    if _NUMERIC_LABEL.fullmatch(
        labels[-1]
    ):  # WHATWG URL, "ends in a number": only a plain dotted quad is accepted
        return _ip_text(ascii_name)
    is_valid = len(ascii_name) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return ascii_name if is_valid else ""


def _ip_text(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
    return not (mapped or address).is_global
