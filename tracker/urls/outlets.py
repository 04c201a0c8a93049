"""How many outlets are behind a list of carriers: two feeds, or two spellings of the name, of one site are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tracker.urls.address import host_of
from tracker.urls.canonical import is_same_site

__all__ = ["distinct_outlets"]

_DASH: Final = re.compile(r"\s+[-–—|:»]\s+")


def distinct_outlets(carried: Iterable[tuple[str, str]], own: tuple[str, str] = ("", "")) -> tuple[str, ...]:
    """Name each outlet once, in the order given, but for `own`. Carriers are pairs of (outlet, address).

    A host without a domain name (an IP address, localhost) tells nothing about whose page it is.
    """
    met = [own]
    for name, url in carried:
        shown = name.strip() or host_of(url)
        if shown and not any(_is_same(shown, url, other, address) for other, address in met):
            met.append((shown, url))
    return tuple(name for name, _ in met[1:])


def _is_same(name: str, url: str, other: str, address: str) -> bool:
    if name.casefold() == other.strip().casefold():
        return True
    if _is_named(url) and _is_named(address):
        return is_same_site(url, address)
    return host_of(url) == host_of(address) and _head(name) == _head(other)


def _head(name: str) -> str:
    """Return what stands before a dash or a bar: feeds of one outlet are called "Outlet - Section"."""
    return _DASH.split(name.strip(), maxsplit=1)[0].casefold()


def _is_named(url: str) -> bool:
    return host_of(url).rpartition(".")[2].isalpha() and "." in host_of(url)
