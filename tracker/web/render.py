"""Templates made into answers: the environment with its filters, and `page`, which every page module calls.

All that comes from feeds is foreign: filters clean it (controls, stacked marks), templates escape it, and `<bdi>` shuts
it in, so that right-to-left titles cannot reorder their neighbours. Addresses become links only when they are http(s).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tracker.text.display import clean_line, clean_text, has_mixed_scripts
from tracker.urls import host_of
from tracker.web.site import Site

__all__ = [
    "ago",
    "anchor",
    "compile_templates",
    "counted",
    "form_of",
    "go",
    "page",
    "query",
    "site_of",
    "template",
    "text_of",
    "until",
]

_OLD: Final = timedelta(days=14)
_STEPS: Final = ((timedelta(days=2), timedelta(days=1), "d"), (timedelta(hours=1), timedelta(hours=1), "h"))


def page(request: Request, name: str, /, status: int = 200, **context: Any) -> Response:
    """Render a template for this request. It knows `request`, `csrf`, `watches`, `nav`, `here` and what is given."""
    return HTMLResponse(template(request, name, **context), status)


def template(request: Request, name: str, /, **context: Any) -> str:
    """Render a template, or a part of a page, to text."""
    site, csrf = site_of(request), getattr(request.state, "csrf", "")
    given = {
        "request": request,
        "csrf": csrf,
        "form_mark": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(csrf),
        "watches": site.loaded.settings.watch,
        "nav": request.app.state.nav,
        "here": request.url.path,
        "now": datetime.now(UTC),
        "is_part": request.headers.get("hx-request") == "true",
    }
    return _ENVIRONMENT.get_template(name).render({**given, **context})


def compile_templates() -> None:
    """Make every template ready: the first page made from one waits 20 ms for it."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


def site_of(request: Request) -> Site:
    """Return the installation: use it with `reading()`, or with `working()` for what writes or scores."""
    site: Site = request.app.state.site
    return site


def form_of(request: Request) -> FormData:
    """The form that was posted; read and checked by the guard already."""
    form: FormData = request.state.form
    return form


def text_of(request: Request, name: str, default: str = "", *, limit: int = 500) -> str:
    """A value of the address's query as one clean line."""
    return clean_line(request.query_params.get(name, default), limit)


def go(where: str) -> Response:
    """Send the browser to one of our own pages, as after a POST. Raises `ValueError` for another site's address."""
    if not where.startswith("/") or where.startswith(("//", "/\\")):
        raise ValueError("not one of our own pages")
    return RedirectResponse(where, 303)


def query(given: Mapping[str, Any], **changed: Any) -> str:
    """Write an address's query: what was given with some values changed; empty ones are left out."""
    pairs = {name: value for name, value in {**given, **changed}.items() if value not in {None, ""}}
    return f"?{urlencode(pairs)}" if pairs else ""


def anchor(reference: str) -> str:
    """Write an item's id as an anchor in a page."""
    return "".join(c for c in reference if c.isalnum())


def counted(count: int, one: str, many: str = "") -> str:
    """Write "1 feed", "2,345 feeds"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ago(at: datetime | None, now: datetime | None = None) -> Markup:
    """Say how long ago, with the full time at hand; what is older than two weeks as a date."""
    if at is None:
        return Markup("never")
    past = (now or datetime.now(UTC)) - at
    if past > _OLD or past < -timedelta(minutes=1):
        return _time(at, f"{at.astimezone():%Y-%m-%d}")
    return _time(at, f"{_rough(past)} ago")


def until(at: datetime | None, now: datetime | None = None) -> Markup:
    """Say in how long."""
    if at is None:
        return Markup("not planned")
    ahead = at - (now or datetime.now(UTC))
    return _time(at, f"in {_rough(ahead)}" if ahead > timedelta(0) else "now")


def _local(at: datetime) -> Markup:
    return _time(at, f"{at.astimezone():%Y-%m-%d %H:%M}")


def _time(at: datetime, words: str) -> Markup:
    exact = at.astimezone()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="seconds"), f"{exact:%Y-%m-%d %H:%M %Z}", words
    )


def _rough(span: timedelta) -> str:
    for least, unit, letter in _STEPS:
        if span >= least:
            return f"{span // unit} {letter}"
    return f"{max(span, timedelta(0)) // timedelta(minutes=1)} min"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _foreign(text: str | None, limit: int | None = None) -> Markup:
    """Foreign words on one line, shut in; words that mix look-alike letters are said to."""
    shown = clean_line(text or "", limit)
    warned = Markup(' <span class="mixed" title="mixes alphabets whose letters look alike">⚠</span>')
    return Markup("<bdi>{}</bdi>").format(shown) + (warned if has_mixed_scripts(shown) else "")


def _out(url: str | None, words: str = "", names_host: bool = True) -> Markup:  # noqa: FBT001, FBT002 - a filter
    """A link that leaves: no referrer, no opener, and its host shown, unless its words are its address.

    What is no web address is only written.
    """
    address = clean_line(url or "")
    if not address.lower().startswith(("http://", "https://")) or any(c in address for c in "\\ \t"):
        return Markup("<span>{}</span>").format(words or address)
    return Markup('<a class="out" href="{}" rel="noopener noreferrer nofollow">{}</a>').format(
        address, Markup('{} <span class="host">{}</span>').format(_foreign(words), host_of(address))
        if words and names_host
        else _foreign(words) if words else host_of(address),
    )  # fmt: skip


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "ago": ago,
    "until": until,
    "local": _local,
    "score": _score,
    "foreign": _foreign,
    "line": clean_line,
    "anchor": anchor,
    "lines": clean_text,
    "counted": counted,
    "query": query,
    "host": host_of,
    "out": _out,
}


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tracker.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(_FILTERS)
    return environment


_ENVIRONMENT: Final = _environment()
