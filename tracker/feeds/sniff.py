"""What a body that should be a feed really is, in one sentence a person understands.

Web pages in place of feeds (errors, sign-in, consent, bot checks) are the commonest way a feed dies quietly; their
validators must never be remembered, so they are refused before anything else looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracker.feeds.raw import RawEntry
from tracker.model import ParseProblem, Refused
from tracker.text.charset import charset_in_header
from tracker.text.kinds import binary_kind
from tracker.text.plain import plain_line

__all__ = ["declared_encodings", "moved_notices", "refuse_binary", "refuse_markup"]

_PROLOG_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_FIRST = 2  # notices stand at the top; further down they tell of a move long ago, to this very address
_MOVED = re.compile(
    r"\b(?:this|our|the) (?:(?:rss|atom|xml|news|web) ?)*feed (?:has|have|is|was)(?: been| now)? "
    r"(?:moved|moving|relocated|replaced|discontinued|retired|closed)\b"
    r"|(?:^|\brss |\batom )feed (?:has )?moved\b|\bnew (?:rss |atom )feed (?:address|url|location)\b"
    r"|\bupdate your (?:rss |atom )?feed(?:s| ?reader)?\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^<>]*>([^<]{0,300})", re.IGNORECASE)
# The first that matches names the page. Sought in the title and the first 64,000 characters, in lower case.
_PAGE_KINDS = (
    (
        re.compile(
            r"cf-chl|challenge-platform|just a moment\.\.\.|captcha|verify (?:that )?you are (?:a )?human"
        ),
        "a bot check",
    ),
    (re.compile(r"""type=["']?password|<title[^<>]*>\s*(?:sign|log)[ -]?in\b"""), "a sign-in page"),
    (re.compile(r"<title[^<>]*>[^<]*(?:anmelden|iniciar sesi|connexion|accedi|登录)"), "a sign-in page"),
    (re.compile(r"<title[^<>]*>[^<]*(?:consent|cookie|privacy|datenschutz)"), "a consent page"),
    (
        re.compile(r"<title[^<>]*>[^<]*(?:\b[45][0-9]{2}\b|not found|error|unavailable|forbidden|denied)"),
        "an error page",
    ),
    (re.compile(r"(?:domain|website) (?:is |may be )?for sale|buy this domain|parked"), "a parked domain"),
)

_FEED_LIST = "this is a list of feeds (OPML), not a feed; save it as a file and run tracker feeds import FILE"


def declared_encodings(body: bytes, content_type: str) -> list[str]:
    """What a document says its encoding is, then what its Content-Type header says; "" where that says nothing."""
    found = _PROLOG_ENCODING.match(body[:200])
    return [found[1].decode("ascii") if found else "", charset_in_header(content_type)]


def moved_notices(entries: Sequence[RawEntry]) -> list[ParseProblem]:
    """Find an entry whose headline says that the feed itself has gone: a person is told, nothing is followed."""
    titles = (plain_line(entry.title, 120) for entry in entries[:_FIRST])
    return [
        ParseProblem(code="moved_notice", detail=f"an entry says that the feed has moved: “{title}”")
        for title in titles
        if _MOVED.search(title)
    ][:1]


def refuse_binary(body: bytes) -> Refused | None:
    """Refuse what is not text at all: nothing, documents and images by their first bytes, noise."""
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return Refused(code="empty_body", detail="the server sent an empty body")
    kind = binary_kind(body)
    return Refused(code="not_a_feed", detail=f"this is {kind}, not a feed") if kind else None


def refuse_markup(text: str, root: str) -> Refused:
    """Name the page, document or text that was found in place of a feed."""
    if root == "opml":
        return Refused(code="not_a_feed", detail=_FEED_LIST)
    head = text[:64_000].lower()
    if root == "html" or "<html" in head or "<!doctype html" in head or "<body" in head:
        return Refused(code="not_a_feed", detail=_page_sentence(text, head))
    if root:
        return Refused(code="not_a_feed", detail=f"this is an XML document <{root[:40]}>, not a feed")
    start = plain_line(text[:400], 60)
    return Refused(code="not_a_feed", detail=f"this is text that begins “{start}”, not a feed")


def _page_sentence(text: str, head: str) -> str:
    kind = next((name for pattern, name in _PAGE_KINDS if pattern.search(head)), "a web page")
    found = _TITLE.search(text, 0, 64_000)
    title = plain_line(found[1], 80) if found else ""
    return f"this is {kind} (“{title}”), not a feed" if title else f"this is {kind}, not a feed"
