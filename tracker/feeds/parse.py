"""Feed bytes to entries: RSS 0.9 to 2.0, RDF, Atom, JSON Feed, news sitemaps.

Runs in a sandboxed child: a document may take any time and memory, or crash the parser, without harm to others.
Well-formed XML is read by `xml_tree.py`, everything else by feedparser, which is given nothing but a `BytesIO` of
prepared XML (`prepare.py`): given a string it may open a URL or a file of that name. It neither sanitises nor resolves
markup (half its time), for no foreign markup is ever shown; its dates and its reading of encodings are not used.
Cleaning and identity are in `entries.py`.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import feedparser

from tracker.feeds.entries import entries_from
from tracker.feeds.json_feed import read_json_feed
from tracker.feeds.prepare import XmlText, prepare_xml, root_name
from tracker.feeds.raw import RawEntry, RawFeed
from tracker.feeds.sitemap import read_sitemap, refuse_sitemap_index
from tracker.feeds.sniff import declared_encodings, moved_notices, refuse_binary, refuse_markup
from tracker.feeds.xml_tree import read_tree, ttl_of
from tracker.model import FeedFormat, ParsedFeed, ParseProblem, Refused
from tracker.text.charset import DecodedText, decode_bytes
from tracker.text.plain import clean_line, plain_line
from tracker.urls import clickable_url

__all__ = ["MAX_ENTRIES", "MAX_FEED_BYTES", "parse_feed", "read_with_feedparser"]

MAX_ENTRIES = 10_000
MAX_FEED_BYTES = 10 * 1024 * 1024
_XML_ROOTS = {"rss", "rdf", "feed", "channel", "urlset"}


def parse_feed(body: bytes, url: str, content_type: str) -> ParsedFeed | Refused:
    """Parse the feed that `url` (after redirects) answered with; `content_type` is the header's value or "".

    Refused as `empty_body`, `not_a_feed`, `too_large` or `entity_bomb` with a sentence saying what it is instead.
    """
    if len(body) > MAX_FEED_BYTES:
        return Refused(code="too_large", detail=f"the feed is larger than {MAX_FEED_BYTES // 1024**2} MiB")
    refused = refuse_binary(body)
    if refused:
        return refused
    decoded = decode_bytes(body, declared_encodings(body, content_type))
    raw = _read(decoded)
    return raw if isinstance(raw, Refused) else _cleaned(raw, url, decoded)


def _read(decoded: DecodedText) -> RawFeed | Refused:
    start = decoded.text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return read_json_feed(decoded.text.lstrip("\ufeff"))
    root = root_name(decoded.text)
    if root == "sitemapindex":
        return refuse_sitemap_index(decoded.text)
    if root not in _XML_ROOTS:
        return refuse_markup(decoded.text, root)
    xml = prepare_xml(decoded.text)
    if isinstance(xml, Refused):
        return xml
    return read_sitemap(xml.text) if root == "urlset" else _read_xml(xml)


def _cleaned(raw: RawFeed, url: str, decoded: DecodedText) -> ParsedFeed:
    readable = [entry for entry in raw.entries if not entry.is_empty]
    unreadable = raw.unreadable + len(raw.entries) - len(readable)
    site_url = clickable_url(raw.site_link, url)
    return ParsedFeed(
        format=raw.format,
        title=plain_line(raw.title, 200),
        site_url=site_url,
        language=clean_line(raw.language, 35).lower() or None,
        ttl=raw.ttl,
        entries=entries_from(readable[:MAX_ENTRIES], url, site_url),
        problems=(
            *raw.problems,
            *_reading_problems(len(readable), unreadable, decoded),
            *moved_notices(readable),
        ),
        degraded=raw.degraded,
        next_url=_elsewhere(raw.next_link, url),
        new_url=_elsewhere(raw.new_link, url),
    )


def _elsewhere(link: str, url: str) -> str | None:
    """Where a feed's own link leads; None when that is nowhere, or the document it stands in."""
    target = clickable_url(link, url)
    return None if target is None or target == clickable_url(url) else target


def _reading_problems(readable: int, unreadable: int, decoded: DecodedText) -> list[ParseProblem]:
    problems = []
    if readable > MAX_ENTRIES:
        detail = f"the feed lists {readable} entries; only the first {MAX_ENTRIES} were read"
        problems.append(ParseProblem(code="too_many_entries", detail=detail))
    if unreadable:
        detail = f"{unreadable} of the listed items hold nothing that could be read"
        problems.append(ParseProblem(code="unreadable_entries", detail=detail))
    if decoded.is_lossy:
        detail = f"some bytes are not valid {decoded.encoding} and were replaced"
        problems.append(ParseProblem(code="bad_encoding", detail=detail))
    if not readable:
        problems.append(ParseProblem(code="no_entries", detail="the feed is readable but lists no entries"))
    return problems


def _read_xml(xml: XmlText) -> RawFeed | Refused:
    tree = read_tree(xml.text)
    has_entries = tree is not None and not all(entry.is_empty for entry in tree.entries)
    read = tree if tree and has_entries else read_with_feedparser(xml)
    if isinstance(read, Refused):
        return read
    if xml.is_cut:
        problem = ParseProblem(
            code="cut_off", detail="the document ends in the middle; whole entries were read"
        )
        return replace(read, problems=(problem,), degraded=True)
    if xml.is_doubled:
        problem = ParseProblem(code="two_documents", detail="a second document follows the first")
        return replace(read, problems=(problem,), degraded=True)
    return read


def read_with_feedparser(xml: XmlText) -> RawFeed | Refused:
    """Read a prepared document by feedparser, which forgives what is not well-formed."""
    try:
        result = _feedparser_result(xml)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Malformed input reaches bugs of feedparser ("links" missing, for one): that feed is unreadable, no more.
        return Refused(
            code="unreadable", detail=f"the feed is too malformed to be read ({type(error).__name__})"
        )
    feed = result["feed"]
    return RawFeed(
        format=_format(xml.root, str(result.get("version") or "")),
        title=_text(feed, "title"),
        site_link=_text(feed, "link"),
        language=_text(feed, "language") or _text(_part(feed, "title_detail"), "language"),
        ttl=ttl_of(
            _text(feed, "ttl").strip(), _text(feed, "sy_updateperiod"), _text(feed, "sy_updatefrequency")
        ),
        entries=tuple(_raw_entry(entry, is_atom=xml.root == "feed") for entry in result["entries"]),
        problems=_problems(result),
        next_link=next(
            (_text(link, "href") for link in _list(feed, "links") if _text(link, "rel") == "next"), ""
        ),
        new_link=_text(feed, "itunes_new-feed-url"),
    )


def _feedparser_result(xml: XmlText) -> Any:
    return feedparser.parse(
        BytesIO(xml.text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _problems(result: Any) -> tuple[ParseProblem, ...]:
    if not result["bozo"]:
        return ()
    reason = clean_line(str(result.get("bozo_exception", "")), 120)
    return (ParseProblem(code="not_well_formed", detail=f"the XML is not well-formed: {reason}"),)


def _format(root: str, version: str) -> FeedFormat:
    if root == "rdf" or version in {"rss090", "rss10"}:
        return FeedFormat.RDF
    return FeedFormat.ATOM if root == "feed" else FeedFormat.RSS


def _raw_entry(entry: Any, *, is_atom: bool) -> RawEntry:
    published = _text(entry, "published") or _text(entry, "created")
    updated = _text(entry, "updated")
    if not published and not is_atom:  # Dublin Core's date in RSS and RDF is the date of publication
        published, updated = updated, ""
    contents = [_text(content, "value") for content in _list(entry, "content")]
    return RawEntry(
        guid=_text(entry, "id"),
        link=_link(entry),
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        content=max(contents, key=len, default=""),
        authors=tuple(_text(author, "name") for author in _list(entry, "authors"))
        or (_text(entry, "author"),),
        published=published,
        updated=updated,
        language=_text(entry, "language") or _text(_part(entry, "title_detail"), "language"),
        outlet=_text(_part(entry, "source"), "title") or _text(entry, "publisher"),
    )


def _link(entry: Any) -> str:
    """Choose the article's own address: behind FeedBurner the one it kept, else the alternate, else any page's."""
    chosen = _text(entry, "feedburner_origlink") or _text(entry, "link")
    if chosen:
        return chosen
    pages = [
        link for link in _list(entry, "links") if _text(link, "rel") not in {"enclosure", "self", "replies"}
    ]
    return next((href for link in pages if (href := _text(link, "href"))), "")


# feedparser's dictionaries invent keys (asked for "updated", they answer with "published"), so they are asked in the
# plain dictionary's way.
def _text(container: Any, key: str) -> str:
    value = dict.get(container, key) if isinstance(container, dict) else None
    return value if isinstance(value, str) else ""


def _part(container: Any, key: str) -> Any:
    return dict.get(container, key) or {}


def _list(container: Any, key: str) -> list[Any]:
    value = dict.get(container, key)
    return value if isinstance(value, list) else []
