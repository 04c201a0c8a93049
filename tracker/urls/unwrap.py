"""Addresses that only lead to another one: search and alert redirects, link guards, AMP caches.

Libraries get this wrong (courlan appends the redirector's own parameters to a Google Alerts target), so it is ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.urls.address import clickable_url, host_of
from tracker.urls.tracking import wrappers_at

__all__ = ["plain_host", "unwrap_url"]

_MAX_DEPTH = 5
_GOOGLE_AMP = re.compile(r"/amp/(s/)?([^/].*)")
_CACHE_AMP = re.compile(r"/[a-z](?:/[a-z])?/(s/)?([^/].*)")
_CACHES = (".cdn.ampproject.org", ".ampproject.net", "bing-amp.com")
_EMBEDDED = re.compile(r"https?(?::|%3a)/?/", re.IGNORECASE)
_PRESENTATION_LABELS = {"www", "m", "mobile", "amp", "wap"}
_SECOND_LEVEL = {"co", "com", "org", "net", "gov", "edu", "ac"}


def unwrap_url(url: str) -> str:
    """The address behind redirectors and AMP caches, or `url` itself when there is none."""
    for _ in range(_MAX_DEPTH):
        inner = _inner(url)
        if inner is None:
            break
        url = inner
    return url


@lru_cache(maxsize=4096)
def plain_host(host: str) -> str:
    """A host without the labels that only choose a presentation: www., m., mobile., amp. (also en.m.wikipedia.org)."""
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _PRESENTATION_LABELS and not _is_public_suffix(labels[1:]):
        labels = labels[1:]
    if len(labels) > 3 and labels[1] == "m":
        labels = [labels[0], *labels[2:]]
    return ".".join(labels)


def _is_public_suffix(labels: list[str]) -> bool:
    return len(labels) == 2 and labels[0] in _SECOND_LEVEL and len(labels[1]) == 2


def _inner(url: str) -> str | None:
    host = plain_host(host_of(url))
    if not host:
        return None
    parts = urlsplit(url)
    for wrapper in wrappers_at(host):
        if parts.path.startswith(wrapper.path):
            return (
                _embedded_target(parts.path)
                if wrapper.embedded
                else _named_target(parts.query, wrapper.names)
            )
    return _amp_target(host, parts.path, parts.query)


def _named_target(query: str, names: tuple[str, ...]) -> str | None:
    parameters = parse_qs(query)
    for name in names:
        for value in parameters.get(name, ()):
            target = clickable_url(value) or clickable_url(unquote(value))
            if target:
                return target
    return None


def _embedded_target(path: str) -> str | None:
    found = _EMBEDDED.search(path, 1)
    return clickable_url(unquote(path[found.start() :])) if found else None


def _amp_target(host: str, path: str, query: str) -> str | None:
    is_google = host.startswith("google.") and host.count(".") <= 2
    is_cache = ("." + host).endswith(_CACHES)
    found = _GOOGLE_AMP.fullmatch(path) if is_google else _CACHE_AMP.fullmatch(path) if is_cache else None
    if found is None:
        return None
    target = f"{'https' if found[1] else 'http'}://{found[2]}"
    return clickable_url(f"{target}?{query}" if query else target)
