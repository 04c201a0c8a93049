"""What leaves for other programs: each watch and each search as Atom and JSON Feed, and items as files.

A feed's address carries a key that is derived from the token: it reads feeds and opens nothing else. Files are always
attachments under names of ours.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.app.fields import item_fields
from tracker.model import Item
from tracker.outputs import Channel, render_atom, render_bibtex, render_csv, render_json_feed, render_ris
from tracker.outputs.json_text import json_text
from tracker.web.asked import Asked, asked_of
from tracker.web.keys import Keys
from tracker.web.pages.feeds import attachment
from tracker.web.render import page, site_of

__all__ = ["feed_key", "open_paths", "routes"]

_MOST: Final = 10_000
_FEEDS: Final = {
    "atom": ("application/atom+xml", render_atom),
    "json": ("application/feed+json", render_json_feed),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A kind of file: its media type, its name, and who writes it."""

    kind: str
    name: str
    words: str
    write: Callable[[Sequence[Item]], str]


_FILES: Final[Mapping[str, _Form]] = {
    "csv": _Form(kind="text/csv; charset=utf-8", name="items.csv", words="CSV, for spreadsheets",
                 write=lambda items: render_csv(items, bom=True)),
    "ris": _Form(kind="application/x-research-info-systems; charset=utf-8", name="items.ris",
                 words="RIS, for Zotero, EndNote and Citavi", write=render_ris),
    "bib": _Form(kind="application/x-bibtex; charset=utf-8", name="items.bib", words="BibTeX", write=render_bibtex),
    "jsonl": _Form(kind="application/jsonl; charset=utf-8", name="items.jsonl", words="JSON, a line for each item",
                   write=lambda items: "".join(f"{json_text(item_fields(item))}\n" for item in items)),
}  # fmt: skip


def feed_key(keys: Keys) -> str:
    """What the addresses of our feeds carry."""
    return keys.derived("feeds")[:40]


def _overview(request: Request) -> Response:
    """The addresses of the feeds and files of a list, as it was asked for."""
    asked = asked_of(request, size=1)
    given = urlencode({name: value for name, value in asked.shown.items() if value and name != "by"})
    key: Keys = request.state.keys
    base = f"{request.url.scheme}://{request.url.netloc}/out/{feed_key(key)}"
    watch = asked.shown["watch"]
    plain = f"{base}/{watch}"
    search = f"{base}/search"
    return page(
        request,
        "out.html",
        asked=asked.shown,
        is_filtered=asked.is_filtered,
        feeds=[
            (form, f"{search}.{form}?{given}" if asked.is_filtered else f"{plain}.{form}") for form in _FEEDS
        ],
        files=[(one.words, f"/download/{one.name}?{given}") for one in _FILES.values()],
    )


def _watch_feed(request: Request) -> Response:
    name = request.path_params["name"]
    _check_key(request)
    known = {one.name: one for one in site_of(request).loaded.settings.watch}
    if name not in known:
        raise HTTPException(404)
    asked = asked_of(request, size=1)
    query = replace(asked.query, watch=name, text="", topic=None, outlet=None, language=None)
    return _feed(request, replace(asked, query=query), name, known[name].title or name)


def _search_feed(request: Request) -> Response:
    _check_key(request)
    asked = asked_of(request, size=1)
    told = [asked.shown[name] for name in ("watch", "q", "topic", "outlet", "language") if asked.shown[name]]
    return _feed(request, asked, f"search\n{urlencode(sorted(asked.shown.items()))}", ": ".join(told))


def _feed(request: Request, asked: Asked, name: str, title: str) -> Response:
    kind, render = _FEEDS[request.path_params["form"]]
    most = site_of(request).loaded.settings.outputs.entries
    with site_of(request).reading() as tracker:
        items = tracker.items(replace(asked.query, by="time", limit=most))
        begun = tracker.followed_since() or datetime.now(UTC)
    channel = Channel(name=name, title=title, empty_at=begun, self_url=str(request.url))
    return Response(render(channel, items).encode("utf-8", "replace"), media_type=f"{kind}; charset=utf-8")


def _download(request: Request) -> Response:
    form = _FILES.get(request.path_params["form"])
    if form is None:
        raise HTTPException(404)
    asked = asked_of(request, size=1)
    with site_of(request).reading() as tracker:
        items = tracker.items(replace(asked.query, by="time", limit=_MOST))
    return attachment(form.write(items).encode("utf-8", "replace"), form.kind, form.name)


def _check_key(request: Request) -> None:
    """Answer a wrong key as if there was nothing."""
    keys: Keys = request.state.keys
    offered = request.path_params["key"].encode("utf-8", "replace")
    if not hmac.compare_digest(offered, feed_key(keys).encode()) or request.path_params["form"] not in _FEEDS:
        raise HTTPException(404)


routes = [
    Route("/out", _overview),
    Route("/out/{key}/search.{form}", _search_feed),
    Route("/out/{key}/{name}.{form}", _watch_feed),
    Route("/download/items.{form}", _download),
]
open_paths = ("/out/",)
