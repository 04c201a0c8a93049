"""A raw body to bytes, bounded: nothing is inflated past the cap, and a cut-off end is never taken for the whole.

The HTTP library's own decoding is not used: it inflates a whole chunk before anyone can count (306 KB became 973 MB)
and reports no error for a cut gzip stream. Only gzip and deflate are asked for; every other coding is refused.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tracker.fetch.failures import Refusal
from tracker.model import FetchReason

__all__ = ["ACCEPT_ENCODING", "Body", "announced_length", "inflate", "read_body", "read_start"]

ACCEPT_ENCODING = "gzip, deflate"
_GZIP_MAGIC = b"\x1f\x8b"
_STEP = 64 * 1024
_MAX_LAYERS = 2  # servers that pack a packed file (a .gz served with Content-Encoding: gzip) are common
_MAX_MEMBERS = 1000  # RFC 1952 section 2.2 allows many; empty ones would only burn time
_NO_CODING = re.compile(r"|identity|none|binary|(utf|iso|us|windows)-?[\w-]*")  # some name the charset here

Coding = Literal["identity", "gzip", "deflate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An inflated body; `is_vouched` tells that its end was announced (length, chunks or checksum) and reached."""

    content: bytes
    is_vouched: bool


async def read_body(chunks: AsyncIterator[bytes], headers: Mapping[str, str], cap: int) -> Body | Refusal:
    """Read and inflate. Header names are lower-case; transport errors pass through."""
    coding = _coding_of(headers.get("content-encoding", ""))
    if isinstance(coding, Refusal):
        return coding
    if (announced_length(headers) or 0) > cap:
        return _too_large(cap)
    raw = await _collect(chunks, cap)
    if isinstance(raw, Refusal):
        return raw
    content = inflate(raw, coding, cap)
    if isinstance(content, Refusal):
        return content
    is_framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()
    return Body(content=content, is_vouched=is_framed or content is not raw)


async def read_start(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """The first bytes of a body nobody wants whole, unpacked as far as they can be; transport errors pass through."""
    raw = bytearray()
    async for chunk in chunks:
        raw += chunk
        if len(raw) > limit:
            break
    start = bytes(raw[:limit])
    if not (start.startswith(_GZIP_MAGIC) or _has_zlib_header(start)):
        return start
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 32).decompress(start, limit)
    except zlib.error:
        return start


def announced_length(headers: Mapping[str, str]) -> int | None:
    """Content-Length as a number; None when absent or unreadable."""
    text = headers.get("content-length", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def inflate(raw: bytes, coding: Coding, cap: int) -> bytes | Refusal:
    """Undo the declared coding and gzip that was not declared, two layers in all; `raw` itself when there is none."""
    content = raw
    if coding == "gzip" and raw.lstrip()[:1] in {b"<", b"{"}:
        coding = "identity"  # declared but not done
    for layer in range(_MAX_LAYERS):
        if coding == "identity" and not content.startswith(_GZIP_MAGIC):
            break
        is_bare = coding == "deflate" and layer == 0 and not _has_zlib_header(content)
        unpacked = _inflate_layer(content, -zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS + 32, cap)
        if isinstance(unpacked, Refusal):
            return unpacked
        content, coding = unpacked, "identity"
    return _bad("It is packed more than twice") if content.startswith(_GZIP_MAGIC) else content


def _coding_of(header: str) -> Coding | Refusal:
    tokens = [token.strip().lower().removeprefix("x-") for token in header.split(",")]
    named = [token for token in tokens if not _NO_CODING.fullmatch(token)]
    if not named:
        return "identity"
    if named == ["gzip"]:
        return "gzip"
    if named == ["deflate"]:
        return "deflate"
    detail = (
        "The server packs its answer in a way we did not offer; tell the publisher to send plain or gzip."
    )
    return Refusal(reason=FetchReason.UNSUPPORTED_ENCODING, detail=detail)


async def _collect(chunks: AsyncIterator[bytes], cap: int) -> bytes | Refusal:
    collected = bytearray()
    async for chunk in chunks:
        collected += chunk
        if len(collected) > cap:
            return _too_large(cap)
    return bytes(collected)


def _has_zlib_header(content: bytes) -> bool:
    """RFC 1950 section 2.2; some servers send bare deflate data instead, as browsers accept."""
    first = int.from_bytes(content[:2], "big")
    return content.startswith(_GZIP_MAGIC) or (first % 31 == 0 and first >> 8 & 15 == 8)


def _inflate_layer(packed: bytes, window_bits: int, cap: int) -> bytes | Refusal:
    """Inflate all gzip members in turn; what follows the last one is padding and is ignored."""
    unpacked = bytearray()
    start = 0
    try:
        for _ in range(_MAX_MEMBERS):
            end = _inflate_member(packed, start, window_bits, unpacked, cap)
            if isinstance(end, Refusal):
                return end
            if packed[end : end + 2] != _GZIP_MAGIC:
                return bytes(unpacked)
            start = end
    except zlib.error:
        return _bad("It is damaged or not packed as declared")
    return _bad("It has too many parts")


def _inflate_member(
    packed: bytes, start: int, window_bits: int, unpacked: bytearray, cap: int
) -> int | Refusal:
    """Append one member to `unpacked` in steps; return where it ends. Raises zlib.error."""
    engine = zlib.decompressobj(window_bits)
    while not engine.eof:
        fed = packed[start : start + _STEP]
        start += len(fed)
        while True:
            piece = engine.decompress(fed, _STEP)
            unpacked += piece
            if len(unpacked) > cap:
                return _too_large(cap)
            fed = engine.unconsumed_tail
            if engine.eof or not (fed or len(piece) == _STEP):
                break
        if not engine.eof and start >= len(packed):
            detail = "The packed answer breaks off before its end; the next poll tries again."
            return Refusal(reason=FetchReason.TRUNCATED, detail=detail)
    return start - len(engine.unused_data)


def _too_large(cap: int) -> Refusal:
    detail = f"The answer is larger than {cap // 1024} KiB, the most we take; look for a shorter document."
    return Refusal(reason=FetchReason.TOO_LARGE, detail=detail)


def _bad(why: str) -> Refusal:
    detail = f"The answer cannot be unpacked. {why}; if this stays, tell the publisher."
    return Refusal(reason=FetchReason.BAD_ENCODING, detail=detail)
