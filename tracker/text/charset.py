"""Bytes of unknown origin into text.

In this order: a byte-order mark, bytes that are valid UTF-8, what the document or the server declares, UTF-8 with
strays from windows-1252, a guess. Declarations are often wrong; valid UTF-8 hardly ever happens by accident.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DecodedText", "charset_in_header", "decode_bytes"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first characters of a document are "<" or "{" and ASCII: their zero bytes name the width and the order.
_WIDE_STARTS = (
    (re.compile(rb"[<{\s]\0\0\0[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\s]\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
)
# Declared names and the superset that is really used (WHATWG Encoding, section 4.2).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_UNUSABLE = {"utf-8", "utf-7", "utf-16", "utf-32", "idna", "punycode", "raw_unicode_escape", "unicode_escape"}
_NON_LATIN = [
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
]
_NON_LATIN_SHARE = 0.10  # bytes above ASCII in a text of other than Latin letters, markup included
_ENOUGH_BYTES = 40  # above ASCII, to guess from
_SAMPLE_BYTES = 16_384
_STRAY = re.compile("[\udc80-\udcff]")
_CUT_END = re.compile(
    "[\udcc2-\udcf4][\udc80-\udcbf]{0,2}$"
)  # the beginning of one character, at the very end
_NON_ASCII = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """A text and the encoding it was read by; `is_lossy` when bytes had to be replaced or dropped."""

    text: str
    encoding: str
    is_lossy: bool = False


def charset_in_header(content_type: str) -> str:
    """Find the charset a Content-Type value declares, or ""."""
    found = _HEADER_CHARSET.search(content_type)
    return found[1] if found else ""


def decode_bytes(body: bytes, declared: Iterable[str] = ()) -> DecodedText:
    """Decode a document; `declared` holds what it or its server says, the more trusted first. Never fails."""
    marked = _by_mark(body)
    if marked:
        return marked
    codec_names = [codec for codec in map(_usable_codec, declared) if codec]
    escaped = next((codec for codec in codec_names if codec.startswith("iso2022") and b"\x1b" in body), "")
    for codec in (escaped or "utf-8", *codec_names):
        try:
            return DecodedText(text=body.decode(codec), encoding=codec)
        except UnicodeDecodeError:
            continue
    return _mixed(body) or _guessed(body, codec_names)


def _by_mark(body: bytes) -> DecodedText | None:
    for mark, codec in _BOMS:
        if body.startswith(mark) and (codec != "utf-8" or _is_utf8(body)):
            return _replacing(body[len(mark) :], codec)
    for start, codec in _WIDE_STARTS:
        if start.match(body):
            return _replacing(body, codec)
    return None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _replacing(body: bytes, codec: str) -> DecodedText:
    text = body.decode(codec, "replace")
    return DecodedText(text=text, encoding=codec, is_lossy="\ufffd" in text)


def _usable_codec(name: str) -> str:
    try:
        found = codecs.lookup(name.strip().lower())
    except (LookupError, ValueError):  # an unknown name, a NUL in it
        return ""
    codec = _SUPERSETS.get(found.name, found.name)
    is_text = getattr(found, "_is_text_encoding", True)
    return codec if is_text and codec not in _UNUSABLE and not codec.startswith(("utf-16", "utf-32")) else ""


def _mixed(body: bytes) -> DecodedText | None:
    """Read UTF-8 with single bytes of windows-1252 in it, as careless templates make, or with a cut-off end."""
    text = _CUT_END.sub("", body.decode("utf-8", "surrogateescape"))
    if len(_STRAY.findall(text)) > len(_NON_ASCII.findall(text)):
        return None
    return DecodedText(text=_STRAY.sub(_from_cp1252, text), encoding="utf-8", is_lossy=True)


def _from_cp1252(found: re.Match[str]) -> str:
    return bytes([ord(found[0]) - 0xDC00]).decode("cp1252", "replace")


def _guessed(body: bytes, codec_names: list[str]) -> DecodedText:
    for codec in codec_names:
        text = body.decode(codec, "replace")
        if text.count("\ufffd") <= len(text) // 100:
            return DecodedText(text=text, encoding=codec, is_lossy=True)
    return _replacing(body, _guessed_codec(body))


def _guessed_codec(body: bytes) -> str:
    sample = body[:_SAMPLE_BYTES]
    if sum(byte > 0x7F for byte in sample) < max(_ENOUGH_BYTES, _NON_LATIN_SHARE * len(sample)):
        return "cp1252"
    from charset_normalizer import (
        from_bytes,
    )  # here, because few documents need it and every start would pay for it

    best = from_bytes(sample, cp_isolation=_NON_LATIN).best()
    return best.encoding if best else "cp1252"
