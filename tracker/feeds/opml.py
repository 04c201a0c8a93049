"""Feed lists in and out: OPML 2.0 (http://opml.org/spec2.opml), folders as tags."""

from __future__ import annotations

import codecs
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TypedDict

from tracker.feeds.prepare import prepare_xml
from tracker.model import Feed, ParseProblem, Refused
from tracker.text.charset import decode_bytes
from tracker.text.plain import clean_line, plain_line
from tracker.text.tags import find_tags
from tracker.urls import clickable_url

__all__ = ["OpmlFeed", "OpmlList", "parse_opml", "render_opml"]

_MAX_BYTES = 1024 * 1024
_MAX_OUTLINES = 5_000
_MAX_TAGS = 50
_SEPARATORS = re.compile("[,/]")  # of categories and of their paths
_LINKS = {"link", "include"}  # other lists
_USERINFO = re.compile(r"^([a-z]+://)[^/?#]*@", re.IGNORECASE)


class _Listed(TypedDict):
    """A feed as listparser gives it; `categories` are paths of folders."""

    url: str
    title: str
    categories: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """One feed of a list; its tags are the folders it lies in and its categories."""

    url: str
    title: str = ""
    site_url: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlList:
    """The feeds of a list, each address once, and what in it could not be used."""

    feeds: tuple[OpmlFeed, ...] = ()
    problems: tuple[ParseProblem, ...] = ()


def parse_opml(body: bytes) -> OpmlList:
    """Read a feed list of at most 1 MiB and 5,000 outlines.

    A document that is no such list comes out empty, with the problem `not_opml`, `too_large` or `entity_bomb`. One
    that is broken or cut off has the problem `not_well_formed` beside the feeds that could be read.
    """
    if len(body) > _MAX_BYTES:
        return _unusable("too_large", "the feed list is larger than 1 MiB")
    text = decode_bytes(body).text
    xml = prepare_xml(text)
    if isinstance(xml, Refused) and xml.code == "entity_bomb":
        return _unusable(xml.code, xml.detail)
    if isinstance(xml, Refused) or xml.root != "opml":
        return _unusable("not_opml", "this is no OPML document")
    if xml.text.count("<outline") > _MAX_OUTLINES:
        return _unusable("too_large", f"the feed list has more than {_MAX_OUTLINES} outlines")
    sites = _sites(xml.text)
    try:
        return _collected(_outlines(xml.text), sites, text)
    except ET.ParseError as error:  # a list that was cut off must not be taken for all there is
        detail = f"the feed list is broken or cut off in line {error.position[0]}"
        broken = ParseProblem(code="not_well_formed", detail=detail)
    found = _collected(_recovered(xml.text), sites, text)
    return replace(found, problems=(broken, *found.problems))


def render_opml(feeds: Sequence[Feed | OpmlFeed], title: str = "Feeds") -> str:
    """Write a feed list: tags become nested folders, the first outermost, and categories where those can say them.

    User names and passwords in addresses are left out: lists are made to be passed on.
    """
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<opml version="2.0">']
    lines += [f"  <head><title>{escape(title)}</title></head>", "  <body>", *_folder_lines(feeds, 0)]
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outlines(xml: str) -> list[_Listed]:
    """List the feeds of a well-formed list, as listparser would; every start of the program passes here.

    Raises `ParseError`.
    """
    feeds: dict[str, _Listed] = {}
    folders: list[str] = []
    for event, element in ET.iterparse(io.StringIO(xml), ("start", "end")):  # noqa: S314 - no document type is left
        if element.tag.rpartition("}")[2].lower() != "outline":
            continue
        if event == "end":
            folders.pop()
            continue
        outline = {name.lower(): value.strip() for name, value in element.items()}
        url, kind = outline.get("xmlurl"), outline.get("type", "").lower()
        title = outline.get("text") or outline.get("title", "")
        if url and kind != "source":  # which is another list
            paths = [path.split("/") for path in outline.get("category", "").split(",")]
            listed = feeds.setdefault(url, {"url": url, "title": title, "categories": []})
            listed["categories"] += [*([part.strip() for part in path] for path in paths), [*folders]]
        folders.append("" if url is not None or kind in _LINKS else title)
    return list(feeds.values())


def _recovered(xml: str) -> list[_Listed]:
    """List what can be read of a broken list."""
    import listparser  # here, because it costs every start of the program 30 ms otherwise

    found: list[_Listed] = listparser.parse(codecs.BOM_UTF8 + xml.encode("utf-8", "replace"))["feeds"]
    return found


def _unusable(code: str, detail: str) -> OpmlList:
    return OpmlList(problems=(ParseProblem(code=code, detail=detail),))


def _sites(text: str) -> dict[str, str]:
    """Look up what listparser leaves out: the site each feed belongs to."""
    outlines = (attributes for _, attributes in find_tags(text, "outline"))
    return {
        outline["xmlurl"]: outline["htmlurl"]
        for outline in outlines
        if {"xmlurl", "htmlurl"} <= outline.keys()
    }


def _collected(listed: Sequence[_Listed], sites: dict[str, str], text: str) -> OpmlList:
    by_url: dict[str, OpmlFeed] = {}
    problems = []
    for item in listed:
        address = item["url"]
        url = clickable_url(address)
        if url is None:
            detail = f"{_line_of(address, text)}“{clean_line(address, 80)}” is not a web address"
            problems.append(ParseProblem(code="bad_url", detail=detail))
            continue
        earlier = by_url.get(url, OpmlFeed(url=url))
        title = plain_line(item["title"], 200)
        by_url[url] = OpmlFeed(
            url=url,
            title=earlier.title or ("" if title in {url, address} else title),
            site_url=earlier.site_url or clickable_url(sites.get(address, "")),
            tags=tuple(dict.fromkeys((*earlier.tags, *_tags(item)))),
        )
    return OpmlList(feeds=tuple(by_url.values()), problems=tuple(problems))


def _line_of(address: str, text: str) -> str:
    """Name the line that holds an address, as it stands in the list."""
    places = [text.find(written) for written in (f'"{escape(address)}"', f"'{escape(address)}'") if address]
    found = max(places, default=-1)
    return f"line {text.count(chr(10), 0, found) + 1}: " if found >= 0 else ""


def _tags(item: _Listed) -> tuple[str, ...]:
    names = [clean_line(name, 60) for path in item["categories"] for name in path]
    return tuple(dict.fromkeys(name for name in names if name))[:_MAX_TAGS]


def _folder_lines(feeds: Sequence[Feed | OpmlFeed], depth: int) -> list[str]:
    """Write the feeds without a further tag, then a folder for each tag that stands at this depth."""
    indent = "  " * (depth + 2)
    lines = [f"{indent}{_outline(feed)}" for feed in feeds if len(feed.tags) <= depth]
    for folder in dict.fromkeys(feed.tags[depth] for feed in feeds if len(feed.tags) > depth):
        members = [feed for feed in feeds if feed.tags[depth : depth + 1] == (folder,)]
        opening = f'{indent}<outline text="{_quoted(folder)}" title="{_quoted(folder)}">'
        lines += [opening, *_folder_lines(members, depth + 1), f"{indent}</outline>"]
    return lines


def _outline(feed: Feed | OpmlFeed) -> str:
    url = _without_password(feed.url)
    title = _quoted(feed.title or url)
    site = f' htmlUrl="{_quoted(_without_password(feed.site_url))}"' if feed.site_url else ""
    can_say = feed.tags and not _SEPARATORS.search("".join(feed.tags))
    tags = f' category="{_quoted(",".join(feed.tags))}"' if can_say else ""
    return f'<outline type="rss" text="{title}" title="{title}" xmlUrl="{_quoted(url)}"{site}{tags}/>'


def _quoted(text: str) -> str:
    return escape(clean_line(text))


def _without_password(url: str) -> str:
    return _USERINFO.sub(r"\1", url)
