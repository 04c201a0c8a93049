"""What a page says about itself: JSON-LD (schema.org), Open Graph and older meta elements, link and html attributes.

Read from the parsed tree in one pass, for a tenth of what trafilatura's own metadata pass costs. All of it is foreign
text: it is cleaned, never trusted. Only `extract.py` calls this; the tree is lxml's, but lxml is not needed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from tracker.text.dates import parse_date
from tracker.text.plain import clean_line, plain_line
from tracker.urls import clickable_url, is_same_site

__all__ = ["PageFacts", "page_facts"]

_MAX_TITLE_CHARS = 300
_MAX_NAME_CHARS = 120
_MAX_ELEMENTS = 2_000
_MAX_SCRIPTS = 20
_MAX_SCRIPT_CHARS = 1_000_000
_MAX_NODES = 500
_ARTICLE_TYPE = re.compile(
    r"(?:News|Report|Analysis|Opinion|Blog|Live|Tech|Scholarly|Background|Review|Satirical)\w*|Article"
)
_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "publishdate",
    "publish-date",
    "pubdate",
    "publication_date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
)
_TITLE_NAMES = ("og:title", "twitter:title", "parsely-title", "dc.title", "sailthru.title")
_AUTHOR_NAMES = (
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "byl",
)
_SITE_NAMES = ("og:site_name", "application-name", "dc.publisher", "publisher")
_BY = re.compile(r"^(?:by|von|par|por|di|door)\s+(?=\S)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?=$|[-_])")
_TITLE_SUFFIX = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,40}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """The page's statements. `body` is the article's text where JSON-LD carries it."""

    title: str = ""
    byline: str = ""
    site: str = ""
    published_at: datetime | None = None
    language: str | None = None
    canonical_link: str | None = None
    body: str = ""


@dataclass(slots=True)
class _Head:
    """The elements worth reading, collected in one walk over the tree."""

    metas: dict[str, str] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    canonical: str = ""
    title: str = ""
    time: str = ""


def page_facts(tree: Any, url: str) -> PageFacts:
    """Read what the page at `url` says about itself; `tree` is its lxml root element."""
    head = _head(tree)
    story = _story(head.scripts)
    titles = (
        _text(story, "headline"),
        _first(head.metas, _TITLE_NAMES),
        _TITLE_SUFFIX.sub("", head.title[:1000]),
    )
    dates = (_text(story, "datePublished"), *(head.metas.get(name, "") for name in _DATE_NAMES), head.time)
    return PageFacts(
        title=next((line for title in titles if (line := plain_line(title[:2000], _MAX_TITLE_CHARS))), ""),
        byline=_byline(story, head.metas),
        site=plain_line(
            _first(head.metas, _SITE_NAMES)[:500] or _names(story.get("publisher")), _MAX_NAME_CHARS
        ),
        published_at=next((read for date in dates if (read := parse_date(date))), None),
        language=_language(tree, head.metas, story),
        canonical_link=_canonical_link(head.canonical, url),
        body=_text(story, "articleBody"),
    )


def _head(tree: Any) -> _Head:
    head = _Head()
    for element in islice(tree.iter("meta", "link", "script", "title", "time"), _MAX_ELEMENTS):
        if element.tag == "meta":
            _note_meta(head, element)
        elif element.tag == "script" and "ld+json" in (element.get("type") or ""):
            head.scripts.append(element.text or "")
        elif element.tag == "link" and "canonical" in (element.get("rel") or "").lower().split():
            head.canonical = head.canonical or element.get("href") or ""
        elif element.tag == "title":
            head.title = head.title or element.text or ""
        elif element.tag == "time" and (
            element.get("itemprop") == "datePublished" or element.get("pubdate") is not None
        ):
            head.time = head.time or element.get("datetime") or ""
    return head


def _note_meta(head: _Head, element: Any) -> None:
    name = element.get("property") or element.get("name") or element.get("itemprop") or ""
    content = element.get("content")
    if name and content:
        head.metas.setdefault(name.strip().lower(), content[:2000])


def _story(scripts: list[str]) -> Mapping[str, Any]:
    """Find the first article among the JSON-LD nodes; an empty mapping when there is none."""
    for script in scripts[:_MAX_SCRIPTS]:
        for node in _nodes(_parsed(script)):
            kinds = node.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _ARTICLE_TYPE.fullmatch(kind) for kind in named):
                return node
    return {}


def _parsed(script: str) -> Any:
    if len(script) > _MAX_SCRIPT_CHARS:
        return None
    try:
        return json.loads(script.strip().removeprefix("<![CDATA[").removesuffix("]]>"), strict=False)
    except (ValueError, RecursionError):  # a page's script may hold anything
        return None


def _nodes(parsed: Any) -> Iterator[Mapping[str, Any]]:
    """Walk objects breadth first through lists, @graph and the containers of an article; bounded."""
    queue, visited = [parsed], 0
    while queue and visited < _MAX_NODES:
        node = queue.pop(0)
        visited += 1
        if isinstance(node, list):
            queue.extend(node[:_MAX_NODES])
        elif isinstance(node, dict):
            yield node
            queue.extend(
                node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "item") if key in node
            )


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def _names(value: Any) -> str:
    """Join the names of people or organisations as JSON-LD writes them: text, an object, or a list of these."""
    listed = value[:10] if isinstance(value, list) else [value]
    names = [
        item if isinstance(item, str) else _text(item, "name")
        for item in listed
        if isinstance(item, str | dict)
    ]
    lines = (plain_line(name[:500], _MAX_NAME_CHARS) for name in names)
    return ", ".join(dict.fromkeys(line for line in lines if line and "://" not in line))


def _byline(story: Mapping[str, Any], metas: Mapping[str, str]) -> str:
    named = _names(story.get("author")) or _names(story.get("creator"))
    meta = next((metas[name] for name in _AUTHOR_NAMES if name in metas and "://" not in metas[name]), "")
    return _BY.sub("", clean_line(named or plain_line(meta[:500], _MAX_NAME_CHARS), 2 * _MAX_NAME_CHARS))


def _language(tree: Any, metas: Mapping[str, str], story: Mapping[str, Any]) -> str | None:
    declared = (
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        tree.get("xml:lang"),
    )
    others = (
        metas.get("og:locale"),
        metas.get("content-language"),
        metas.get("language"),
        _text(story, "inLanguage"),
    )
    for value in (*declared, *others):
        found = _LANGUAGE.match((value or "").strip())
        if found:
            return found[0].lower()
    return None


def _canonical_link(link: str, url: str) -> str | None:
    """Accept the page's canonical link only from its own site, and not when it leads every page to the front."""
    target = clickable_url(link, url) if link and url else None
    if target is None or not is_same_site(target, url):
        return None
    is_front = target.partition("?")[0].count("/") <= 3 and target.partition("?")[0].endswith("/")
    return None if is_front and not url.partition("?")[0].endswith("/") else target


def _first(metas: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((metas[name] for name in names if name in metas), "")
