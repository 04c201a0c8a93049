"""Page bytes to the article's text and what the page says about itself.

Runs in a sandboxed child: some pages of a megabyte keep any extractor busy for a minute. trafilatura finds the text
(its fast mode, without comments: better text for less work; its slow mode only where the fast one leaves most
paragraphs out). Its downloader, its encoding detection, its metadata and its de-duplication, which remembers earlier
pages and so loses text, are not used.
"""

from __future__ import annotations

import re
from typing import Any

import trafilatura
from htmldate import find_date
from lxml.etree import LxmlError
from lxml.html import HTMLParser, document_fromstring

from tracker.articles.metadata import PageFacts, page_facts
from tracker.model import ExtractedPage, ParseProblem, Refused
from tracker.text.charset import charset_in_header, decode_bytes
from tracker.text.dates import parse_date
from tracker.text.furniture import without_furniture
from tracker.text.kinds import binary_kind
from tracker.text.plain import clean_lines, plain_text

__all__ = ["MAX_PAGE_BYTES", "extract_page"]

MAX_PAGE_BYTES = 5 * 1024 * 1024
_HEAD_BYTES = 4096
_MIN_TEXT_CHARS = 40
_SHORT_CHARS = 1_000
_COVERED_SHARE = (
    0.3  # of the characters in paragraphs; below, the fast mode has mistaken a box for the article
)
_MAX_CHARS_FOR_DATES = 1_000_000  # htmldate's search is too slow for more
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_PROLOG_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""")
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|div|p|article|title|meta|h1|table|span)\b", re.IGNORECASE)
_FEED_START = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b")
_LOSS = re.compile(r"depth|huge|too (?:long|large|big)|limit", re.IGNORECASE)
_PARSER_OPTIONS = {"collect_ids": False, "default_doctype": False, "encoding": "utf-8"}


def extract_page(body: bytes, url: str, content_type: str) -> ExtractedPage | Refused:
    """Extract the article from the page that `url` (after redirects) answered with.

    Refused as `too_large`, `not_html`, `no_text` or `text_truncated`, with a sentence saying why.
    """
    if len(body) > MAX_PAGE_BYTES:
        return Refused(code="too_large", detail=f"the page is larger than {MAX_PAGE_BYTES // 1024**2} MiB")
    declared = [charset_in_header(content_type), *_declared_encodings(body)]
    markup = decode_bytes(body, declared).text
    refused = _refuse_other_kinds(body, markup)
    if refused:
        return refused
    tree, is_truncated = _parsed(_XML_DECLARATION.sub("", _NOT_TEXT.sub("", markup), count=1))
    if tree is None:
        return Refused(code="no_text", detail="the page is empty")
    facts = page_facts(tree, url)
    text = without_furniture(_main_text(tree, facts))
    return _page(facts, text, tree, is_truncated=is_truncated)


def _declared_encodings(body: bytes) -> list[str]:
    head = body[:_HEAD_BYTES]
    found = [_META_CHARSET.search(head), _PROLOG_ENCODING.match(head)]
    return [match[1].decode("ascii", "replace") for match in found if match]


def _refuse_other_kinds(body: bytes, text: str) -> Refused | None:
    kind = binary_kind(body)
    if not kind and not body.strip():
        return Refused(code="no_text", detail="the server sent an empty page")
    if not kind and _FEED_START.match(text):
        kind = "a feed"
    elif not kind and text[:200].lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        kind = "JSON"
    elif not kind and not _MARKUP.search(text):
        kind = "text without markup"
    return Refused(code="not_html", detail=f"this is {kind}, not a web page") if kind else None


def _parsed(text: str) -> tuple[Any, bool]:
    """Build the tree; also say whether libxml2 dropped parts of it (nested too deeply, a text node too long)."""
    parser = HTMLParser(remove_comments=True, remove_pis=True, **_PARSER_OPTIONS)
    try:
        tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError):  # nothing in it, or nothing lxml can make a tree of
        return None, False
    return tree, any(_LOSS.search(entry.message) for entry in parser.error_log)


def _main_text(tree: Any, facts: PageFacts) -> str:
    text = _extracted(tree, fast=True)
    if len(text) < max(_SHORT_CHARS, _COVERED_SHARE * _paragraph_chars(tree)):
        text = max(text, _extracted(tree, fast=False), key=len)
    if len(text) < _SHORT_CHARS:
        text = max(text, clean_lines(plain_text(facts.body)), key=len)
    return text


def _extracted(tree: Any, *, fast: bool) -> str:
    text = trafilatura.extract(tree, fast=fast, include_comments=False, deduplicate=False)
    return clean_lines(text or "")


def _paragraph_chars(tree: Any) -> int:
    return sum(len(text) for paragraph in tree.iter("p") for text in paragraph.itertext())


def _page(facts: PageFacts, text: str, tree: Any, *, is_truncated: bool) -> ExtractedPage | Refused:
    loss = "the page is nested too deeply or too large to be read whole"
    if len(text) < _MIN_TEXT_CHARS:
        code, detail = ("text_truncated", loss) if is_truncated else ("no_text", _why_no_text(tree))
        return Refused(code=code, detail=detail)
    return ExtractedPage(
        text=text,
        title=facts.title,
        byline=facts.byline,
        site=facts.site,
        published_at=facts.published_at or _date_in_page(tree),
        language=facts.language,
        canonical_link=facts.canonical_link,
        problems=(ParseProblem(code="text_truncated", detail=loss),) if is_truncated else (),
    )


def _date_in_page(tree: Any) -> Any:
    """Search the page's markup for a date where it states none."""
    size = sum(len(text) for text in tree.itertext())
    if size > _MAX_CHARS_FOR_DATES:
        return None
    return parse_date(find_date(tree, original_date=True, extensive_search=False) or "")


def _why_no_text(tree: Any) -> str:
    scripts = sum(1 for _ in tree.iter("script"))
    frames = sum(1 for _ in tree.iter("iframe", "frame"))
    if scripts >= 3:
        return "the page holds no text: it seems to be drawn by its scripts"
    if frames:
        return "the page holds no text: its content is in frames"
    return "the page holds no article text"
