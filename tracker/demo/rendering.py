"""Pieces as the bytes a news site sends: article pages in several layouts, and feeds in four formats.

Pure but for reading the bundled templates. Formats: RSS 2.0, RSS 1.0 (RDF), Atom (RFC 4287),
JSON Feed 1.1. Pages carry sentences beside the article (consent notices, teasers of other pieces,
newsletter boxes, comments) that a careless extractor takes for text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from textwrap import shorten

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from tracker.demo.pieces import FeedSpec, Newsroom, Outlet, Piece

__all__ = ["FeedPage", "Press"]

_MEDIA_TYPES = {
    "rss2": "application/rss+xml",
    "rss1": "application/rdf+xml",
    "atom": "application/atom+xml",
    "jsonfeed": "application/feed+json",
}

_TEASER_CHARS = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A feed as its readers address it. ``url`` is where it stands now."""

    url: str
    title: str
    media_type: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    piece: Piece
    url: str
    link: str
    guid: str
    first_at: datetime
    changed: bool
    body_html: str


class Press:
    """Prints the newsroom for one base URL, such as ``http://127.0.0.1:8081``."""

    def __init__(self, newsroom: Newsroom, base_url: str) -> None:
        self.newsroom = newsroom
        self.base_url = base_url
        self._templates = Environment(
            loader=PackageLoader("tracker.demo", "layouts"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["rfc822"] = lambda instant: format_datetime(instant, usegmt=True)
        self._templates.filters["w3c"] = _w3c

    def url_of(self, piece: Piece) -> str:
        """Return the address at which a piece stands."""
        return self.base_url + self.newsroom.path_of(piece)

    def street(self) -> str:
        """Print the site's root page: a list of the outlets."""
        return self._templates.get_template("street.html").render(outlets=self.newsroom.outlets.values())

    def front(self, outlet: Outlet, batch: int) -> str:
        """Print an outlet's front page, which announces its feeds."""
        standing = [
            self._card(piece) for piece in self.newsroom.standing(batch) if piece.outlet == outlet.key
        ]
        return self._templates.get_template("front.html").render(standing=standing, **self._frame(outlet))

    def page(self, piece: Piece) -> str:
        """Print the article page of a piece, in its outlet's layout or the one set for this page."""
        outlet = self.newsroom.outlets[piece.outlet]
        layout = self.newsroom.page_layouts.get(piece.slug, outlet.layout)
        return self._templates.get_template(layout).render(
            piece=piece,
            url=self.url_of(piece),
            paragraphs=piece.paragraphs,
            pull_quote=max(piece.paragraphs[-1].split(". "), key=len),
            related=self._related(piece),
            json_ld=self._json_ld(piece, outlet, "\n\n".join(piece.paragraphs)),
            wall_ld=self._json_ld(piece, outlet, None),
            **self._frame(outlet),
        )

    def feed(self, outlet: Outlet, spec: FeedSpec, batch: int, changed_at: datetime) -> str:
        """Print one feed as text in its own format."""
        entries = self._entries(outlet, spec, batch)
        feed = self.feed_page(outlet, spec)
        if spec.format == "jsonfeed":
            return _json_feed(feed, f"{self.base_url}/{outlet.key}/", entries)
        template = "malformed" if spec.fault == "malformed" else spec.format
        return self._templates.get_template(f"feeds/{template}.xml.j2").render(
            **{**self._frame(outlet), "feed": feed, "entries": entries, "changed_at": changed_at}
        )

    def feed_page(self, outlet: Outlet, spec: FeedSpec) -> FeedPage:
        """Say how a feed is announced."""
        return FeedPage(
            url=f"{self.base_url}/{outlet.key}/{spec.path}",
            title=spec.title,
            media_type=_MEDIA_TYPES[spec.format],
            content=spec.content,
        )

    def _frame(self, outlet: Outlet) -> dict[str, object]:
        feeds = [self.feed_page(outlet, spec) for spec in outlet.feeds if spec.fault in (None, "malformed")]
        return {"outlet": outlet, "home": f"{self.base_url}/{outlet.key}/", "feeds": feeds}

    def _card(self, piece: Piece) -> dict[str, str]:
        teaser = shorten(piece.paragraphs[0], _TEASER_CHARS, placeholder="...")
        return {"url": self.url_of(piece), "title": piece.title, "teaser": teaser}

    def _related(self, piece: Piece) -> list[dict[str, str]]:
        """Pick three pieces of the outlet, same section first; first batch only, so that pages stay."""
        shelf = [one for one in self.newsroom.pieces if one.outlet == piece.outlet and one.batch == 1]
        start = shelf.index(piece) + 1 if piece in shelf else 0
        others = [
            one for one in shelf[start:] + shelf[:start] if one.slug not in (piece.slug, piece.replaces)
        ]
        others.sort(key=lambda one: one.section != piece.section)
        return [self._card(one) for one in others[:3]]

    def _json_ld(self, piece: Piece, outlet: Outlet, body: str | None) -> dict[str, object]:
        free = {"articleBody": body} if body else {"isAccessibleForFree": False}
        return {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": piece.title,
            "datePublished": _w3c(piece.published_at),
            "author": {"@type": "Person", "name": piece.author or outlet.name},
            "publisher": {"@type": "Organization", "name": outlet.name},
            "mainEntityOfPage": self.url_of(piece),
            **free,
        }

    def _entries(self, outlet: Outlet, spec: FeedSpec, batch: int) -> list[_Entry]:
        return [
            self._entry(piece, outlet, spec)
            for piece in self.newsroom.standing(1 if spec.frozen else batch)
            if piece.outlet == outlet.key and (not spec.sections or piece.section in spec.sections)
        ]

    def _entry(self, piece: Piece, outlet: Outlet, spec: FeedSpec) -> _Entry:
        first = self.newsroom.by_slug[piece.replaces] if piece.replaces else piece
        url = self.url_of(piece)
        return _Entry(
            piece=piece,
            url=url,
            link=f"{url}?{spec.utm}" if spec.utm else url,
            guid=f"tag:{outlet.host_label},2026:{first.slug}",
            first_at=first.published_at,
            changed=first is not piece,
            body_html="".join(f"<p>{escape(paragraph)}</p>" for paragraph in piece.paragraphs),
        )


def _w3c(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_feed(feed: FeedPage, home: str, entries: Sequence[_Entry]) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": home,
        "feed_url": feed.url,
        "items": [_json_item(entry, feed.content) for entry in entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _json_item(entry: _Entry, content: str) -> dict[str, object]:
    piece = entry.piece
    text = {"content_html": entry.body_html} if content == "full" else {"content_text": piece.summary}
    changed = {"date_modified": _w3c(piece.published_at)} if entry.changed else {}
    return {
        "id": entry.guid,
        "url": entry.link,
        "title": piece.title,
        "summary": piece.summary,
        **text,
        "date_published": _w3c(entry.first_at),
        **changed,
        "authors": [{"name": piece.author}] if piece.author else [],
        "tags": [piece.section],
    }
