"""Pollers that ask every feed at a fixed distance, with validators and nothing else: what most scripts do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.results import Item

AGENT = {"User-Agent": "fixed/1.0 (+https://example.org/fixed)", "Accept": "*/*", "Accept-Encoding": "gzip"}


def poll_every(
    interval: float, origin: Origin, *, until: float, outages: Sequence[tuple[float, float]] = ()
) -> dict[Item, float]:
    """Ask every feed at once, every `interval` seconds; when each item was first seen."""
    found: dict[Item, float] = {}
    validators: dict[str, Mapping[str, str]] = {}
    at = 0.0
    while at < until:
        if not any(start <= at < end for start, end in outages):
            for feed in origin.feeds:
                if _ask(origin, feed.url, at, validators):
                    for item in origin.visible(feed, at):
                        found.setdefault((feed.number, item), at)
        at += interval
    return found


def _ask(origin: Origin, url: str, at: float, validators: dict[str, Mapping[str, str]]) -> bool:
    """Whether a whole feed document came; redirects are followed as by any library."""
    for hop in range(10):
        headers = {**AGENT, **validators.get(url, {})}
        made = origin.answer(url, headers, at)
        origin.note(url, headers, (at + hop * 0.1, at + hop * 0.1 + 0.1), made)
        response = made[0]
        if response.status not in {301, 302}:
            break
        url = response.headers["Location"]
    names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
    if response.status == 200:
        validators[url] = {names[k]: v for k, v in response.headers.items() if k in names}
    return response.status == 200 and response.good
