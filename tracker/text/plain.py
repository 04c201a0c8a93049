"""Foreign markup and foreign text into plain text that is safe to store, compare and print.

Scans are linear in the length of their input, whatever it holds. Nothing here knows HTML well enough to find the main
text of a page: that is `articles/extract.py`.
"""

from __future__ import annotations

import re
from html import unescape

__all__ = ["clean_line", "clean_lines", "plain_line", "plain_text"]

# Controls (but not the white space among them), soft hyphens, zero-width spaces, direction controls, byte-order marks,
# annotation and tag characters, surrogates. ZWJ and ZWNJ stay: Persian, Indic scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f\ud800-\udfff]"
)
# Possessive groups: an unfinished tag or quote costs one look as far as the next "<", never more.
_TAG = re.compile(
    r"""<(?:(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*+)(?:[^<>"']++|"[^"<]*"|'[^'<]*'|["'])*+>|!--|[!?/][^<>]*+>)"""
)
_HIDDEN = frozenset({"head", "iframe", "math", "noembed", "script", "style", "svg", "template"})
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6r]|header|li|"
    "main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_LEFTOVER_MARKUP = re.compile(
    r"&(?:#[0-9]+|#x[0-9a-f]+|[a-z]+[0-9]*);|</?[a-z][a-z0-9]*[\s/>]", re.IGNORECASE
)
_ABSURD_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")


def clean_line(text: str, limit: int | None = None) -> str:
    """Make one line: no control, direction or zero-width characters, single spaces, at most `limit` characters."""
    line = " ".join(_INVISIBLE.sub("", text).split())
    if limit is None or len(line) <= limit:
        return line
    kept = line[: limit - 1]
    at_word = kept.rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else kept).rstrip() + "…"


def clean_lines(text: str) -> str:
    """Clean each line of a text as `clean_line` does and drop the empty ones."""
    lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def plain_text(markup: str) -> str:
    """Take the readable text out of an HTML fragment, one line for each block; scripts and the like are left out."""
    return clean_lines(_unescaped("".join(_text_pieces(markup)) if "<" in markup else markup))


def plain_line(markup: str, limit: int | None = None) -> str:
    """Make one line of an HTML fragment; text that was escaped several times is unescaped as often."""
    text = plain_text(markup)
    for _ in range(3):
        if not _LEFTOVER_MARKUP.search(text):
            break
        text = plain_text(text)
    return clean_line(text, limit)


def _text_pieces(markup: str) -> list[str]:
    pieces, position = [], 0
    while found := _TAG.search(markup, position):
        pieces.append(markup[position : found.start()])
        name = (found["name"] or "").lower()
        if _BLOCK.fullmatch(name):
            pieces.append("\n")
        skipped_to = _end_of_hidden(markup, found, name)
        if skipped_to is None:  # what is opened here is never closed: a browser shows nothing of the rest
            return pieces
        position = skipped_to
    pieces.append(markup[position:])
    return pieces


def _end_of_hidden(markup: str, found: re.Match[str], name: str) -> int | None:
    if found[0] == "<!--":
        end = markup.find("-->", found.end())
        return None if end < 0 else end + 3
    if name not in _HIDDEN or found["close"] or found[0].endswith("/>"):
        return found.end()
    closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, found.end())
    return closing.start() if closing else None


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    return unescape(_ABSURD_REFERENCE.sub("", text))
