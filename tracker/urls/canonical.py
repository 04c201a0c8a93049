"""The one spelling to which all addresses of a page reduce.

On top of RFC 3986 section 6 (done by w3lib): http and https are one, default ports, fragments, user names, www./m./amp.
hosts, AMP paths, session ids, tracking parameters and trailing slashes fall away. The result is stable: applying it
again changes nothing (`tests/property/test_urls.py`).
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus, urlsplit

from tracker.urls.address import clickable_url, host_of
from tracker.urls.tracking import tracking
from tracker.urls.unwrap import plain_host, unwrap_url

__all__ = ["canonical_url", "is_same_host", "is_same_site"]

_MAX_PASSES = 6
_AMP_PATH = re.compile(r"(?<=[^/])/amp/?$|(?<=.)(?:\.amp(?=\.html?$)|\.amp$)", re.IGNORECASE)
_SESSION_PATH = re.compile(r"(?:;|%3b)(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
# Most article addresses: nothing here for w3lib to change.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?(?:/(?!\.)[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")


def canonical_url(url: str) -> str | None:
    """The normal form of a web address for comparing; None when it is not one."""
    current = clickable_url(url)
    for _ in range(_MAX_PASSES):
        if current is None:
            return None
        reduced = _reduced(unwrap_url(current))
        if reduced is None or unwrap_url(reduced) == reduced:
            return reduced
        current = reduced
    return None


def is_same_site(one: str, other: str) -> bool:
    """Whether one address's host is the other's or lies below it (www., m. and amp. apart)."""
    return is_same_host(host_of(one), host_of(other))


def is_same_host(one: str, other: str) -> bool:
    """The same of two hosts, as `host_of` gives them."""
    first, second = plain_host(one), plain_host(other)
    if not first or not second:
        return False
    return first == second or first.endswith("." + second) or second.endswith("." + first)


def _reduced(url: str) -> str | None:
    bare = url.partition("#")[0]
    is_plain = _PLAIN.fullmatch(bare)
    parts = urlsplit(bare if is_plain else _canonicalised(_without_session(bare)))
    shown = plain_host(host_of(bare))
    port = f":{parts.port}" if parts.port not in {None, 80 if parts.scheme == "http" else 443} else ""
    scheme = parts.scheme if port else "https"
    query = _kept_query(shown, parts.query)
    netloc = f"[{shown}]" if ":" in shown else shown
    reduced = f"{scheme}://{netloc}{port}{_reduced_path(parts.path)}{'?' + query if query else ''}"
    return reduced if is_plain else clickable_url(reduced)


def _canonicalised(url: str) -> str:
    from w3lib.url import canonicalize_url  # with urllib.request, http and email behind it

    return canonicalize_url(url)


def _without_session(url: str) -> str:
    path, mark, query = url.partition("?")
    return _SESSION_PATH.sub("", path) + mark + query


def _reduced_path(path: str) -> str:
    previous = ""
    while path != previous:
        previous, path = path, _AMP_PATH.sub("", path.rstrip("/"))
    return path or "/"


def _kept_query(host: str, query: str) -> str:
    rules, kept = tracking(), []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair and not rules.drops(host, unquote_plus(name), unquote_plus(value)):
            kept.append(pair)
    return "&".join(kept)
