"""Foreign XML made harmless and, where that is safe, well-formed, before any parser sees it.

The document type goes, and with it every way to expand or load anything: harmless internal entities are replaced
here, under limits; all others stay as visible text. What cannot stand in XML (control characters, references to
surrogates, bare ampersands, HTML names) is dropped or escaped. A document cut off in the middle loses its incomplete
last entry and gets its end tags. A blanket refusal of document types would lose real feeds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from html.entities import html5

from tracker.model import Refused

__all__ = ["XmlText", "prepare_xml", "root_name"]

_MAX_ENTITIES = 32
_MAX_ENTITY_CHARS = 1_000
_MAX_EXPANSION_CHARS = 1_000_000
_MAX_DOCTYPE_CHARS = 1_000_000
_JUNK_CHARS = 65_536  # how far behind warnings and blank lines the document may begin
_START = re.compile(r"<\?xml\s|<(?:rss|feed|rdf:RDF|urlset|opml)[\s>]")
_HTML = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_VISIBLE = re.compile(r"[^\s\ufeff]")
# Unfinished comments and quotes run to the end: nothing is looked at twice.
_DOCTYPE_TOKEN = re.compile(r"""<!--(?:.*?-->|.*)|"[^"]*"?|'[^']*'?|[\[\]>]""", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]+)\s+(?:"([^"]*)"|'([^']*)'|(SYSTEM|PUBLIC)\b)""")
_NAMED = re.compile(r"&([A-Za-z_][\w.-]*);")
_NAMED_OR_BARE = re.compile(r"&(?:(?!lt;|gt;|amp;|quot;|apos;)([A-Za-z_][\w.-]*);|(?!#?\w+;))")
_NUMBERED = re.compile(r"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));?")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>")
_LOCATION_END = re.compile(r"</url\s*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlText:
    """An XML document that declares UTF-8 and has no document type.

    `root`: its first element's name without prefix, in lower case. `is_cut`: its end was missing. `is_doubled`:
    another document follows.
    """

    text: str
    root: str
    is_cut: bool = False
    is_doubled: bool = False


def root_name(text: str) -> str:
    """Name the first element (no prefix, lower case), or "" where a document does not begin with markup.

    Text before the XML declaration or the feed's root, such as a warning of the server's, is looked past.
    """
    _, root_at = _prolog(text, _document_start(text))
    found = _ROOT.match(text, root_at)
    return found[2].lower() if found else ""


def prepare_xml(text: str) -> XmlText | Refused:
    """Make a document safe for an XML parser; refused as `entity_bomb` when its entities are excessive."""
    doctype, root_at = _prolog(text, _document_start(text))
    found = _ROOT.match(text, root_at)
    if not found:
        return Refused(code="not_a_feed", detail="the document has no root element")
    body = _NOT_XML.sub("", _NUMBERED.sub(_valid_reference, text[root_at:]))
    entities = _declared_entities(doctype, body)
    if isinstance(entities, Refused):
        return entities
    repaired, is_cdata_open = _outside_cdata(body, _escaper(entities))
    whole, is_cut = _completed(repaired, found[0][1:])
    return XmlText(
        text=f'<?xml version="1.0" encoding="utf-8"?>{whole}',
        root=found[2].lower(),
        is_cut=is_cut or is_cdata_open,
        is_doubled=_is_doubled(whole, found[0][1:]),
    )


def _document_start(text: str) -> int:
    head = text[:200].lstrip("\ufeff \t\r\n")
    if head.startswith(("<?xml", "<!")) or _START.match(head):
        return 0
    found = _START.search(text, 0, _JUNK_CHARS)
    return found.start() if found and not _HTML.search(text, 0, found.start()) else 0


def _prolog(text: str, position: int) -> tuple[str, int]:
    """Pass over declarations, comments and the document type: (document type, where the root element begins)."""
    doctype = ""
    while True:
        visible = _VISIBLE.search(text, position)
        position = visible.start() if visible else len(text)
        if text.startswith("<?", position):
            end = text.find("?>", position) + 2
        elif text.startswith("<!--", position):
            end = text.find("-->", position) + 3
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, position)
            doctype = text[position:end]
        else:
            return doctype, position
        if end <= position:
            return doctype, len(text)
        position = end


def _doctype_end(text: str, start: int) -> int:
    depth = 0
    for token in _DOCTYPE_TOKEN.finditer(text, start, start + _MAX_DOCTYPE_CHARS):
        if token[0] == ">" and depth == 0:
            return token.end()
        depth += (token[0] == "[") - (token[0] == "]")
    return 0


def _declared_entities(doctype: str, body: str) -> dict[str, str] | Refused:
    declared = {
        found[1]: "" if found[4] else found[2] or found[3] or "" for found in _ENTITY.finditer(doctype)
    }
    if not declared:
        return {}
    counts = Counter(_NAMED.findall(body))
    expansion = sum(len(value) * counts[name] for name, value in declared.items())
    longest = max(map(len, declared.values()))
    if len(declared) > _MAX_ENTITIES or longest > _MAX_ENTITY_CHARS or expansion > _MAX_EXPANSION_CHARS:
        detail = (
            f"the document declares {len(declared)} entities, the longest {longest} characters, that would expand "
            f"to {expansion} characters"
        )
        return Refused(code="entity_bomb", detail=detail)
    return {name: escape(unescape(value)) for name, value in declared.items() if not _NAMED.search(value)}


def _escaper(entities: dict[str, str]) -> Callable[[re.Match[str]], str]:
    def escaped(found: re.Match[str]) -> str:
        name = found[1]
        if name in entities:
            return entities[name]
        if name and name + ";" in html5:
            return escape(html5[name + ";"])
        return "&amp;" + found[0][1:]

    return escaped


def _valid_reference(found: re.Match[str]) -> str:
    digits, base = (found[1], 10) if found[1] else (found[2], 16)
    number = int(digits, base) if len(digits) < 10 else -1
    if 0x80 <= number <= 0x9F:  # meant as windows-1252, as HTML reads it
        return unescape(found[0])
    is_character = number in {9, 10, 13} or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0x10FFFF
    return found[0] if is_character and number & 0xFFFE != 0xFFFE else ""


def _outside_cdata(text: str, replacement: Callable[[re.Match[str]], str]) -> tuple[str, bool]:
    """Repair references outside CDATA; a section that never ends is left out, and said so."""
    pieces, position = [], 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        end = text.find("]]>", start) + 3
        pieces.append(_NAMED_OR_BARE.sub(replacement, text[position:start]))
        if end < 3:
            return "".join(pieces), True
        pieces.append(text[start:end])
        position = end
    return "".join([*pieces, _NAMED_OR_BARE.sub(replacement, text[position:])]), False


def _completed(text: str, root: str) -> tuple[str, bool]:
    if _closing(root).search(text):
        return text, False
    ends = [found.end() for found in (_LOCATION_END if root == "urlset" else _ENTRY_END).finditer(text)]
    if not ends:
        return text, True
    channel = "</channel>" if "<channel" in text and "</channel>" not in text[: ends[-1]] else ""
    return f"{text[: ends[-1]]}{channel}</{root}>", True


def _is_doubled(text: str, root: str) -> bool:
    first = _closing(root).search(text)
    return bool(first and re.compile(rf"<{re.escape(root)}[\s>]").search(text, first.end()))


def _closing(root: str) -> re.Pattern[str]:
    return re.compile(rf"</{re.escape(root)}\s*>")
