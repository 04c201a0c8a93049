"""How many outlets are behind a list of carriers: two feeds, or two spellings of the name, of one site are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tracker.urls.address import host_of
from tracker.urls.canonical import is_same_host

__all__ = ["distinct_outlets"]

_DASH: Final = re.compile(r"\s+[-–—|:»]\s+")


def distinct_outlets(carried: Iterable[tuple[str, str]], own: tuple[str, str] = ("", "")) -> tuple[str, ...]:
    """Name each outlet once, in the order given, but for `own`. Carriers are pairs of (outlet, address).

    A host without a domain name (an IP address, localhost) tells nothing about whose page it is.
    """
    met = [(own[0], host_of(own[1]))]
    for name, url in carried:
        host = host_of(url)
        shown = name.strip() or host
        if shown and not any(_is_same(shown, host, other, place) for other, place in met):
            met.append((shown, host))
    return tuple(name for name, _ in met[1:])


def _is_same(name: str, host: str, other: str, place: str) -> bool:
    if name.casefold() == other.strip().casefold():
        return True
    if _is_named(host) and _is_named(place):
        return is_same_host(host, place)
    return host == place and _head(name) == _head(other)


def _head(name: str) -> str:
    """Return what stands before a dash or a bar: feeds of one outlet are called "Outlet - Section"."""
    return _DASH.split(name.strip(), maxsplit=1)[0].casefold()


def _is_named(host: str) -> bool:
    return host.rpartition(".")[2].isalpha() and "." in host
