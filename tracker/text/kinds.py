"""What a body is when it is not text: documents, images and archives by their first bytes, noise by its controls."""

from __future__ import annotations

__all__ = ["binary_kind"]

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed data (gzip) that was not declared as such"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio file"),
    (b"\x00\x00\x00\x18ftyp", "a video file"),
    (b"\x00\x00\x00\x20ftyp", "a video file"),
)
_HEAD_BYTES = 4096
_CONTROL_SHARE = 0.05  # text of any encoding stays far below
_CONTROLS = bytes((*range(9), *range(14, 32)))
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def binary_kind(body: bytes) -> str:
    """Name what the bytes are ("a PDF document"), or "" when they look like text in some encoding."""
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    head = body[:_HEAD_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    is_noise = (
        controls > _CONTROL_SHARE * len(head) and not head.startswith(_WIDE_MARKS) and not _is_wide(head)
    )
    return "binary data" if is_noise else ""


def _is_wide(head: bytes) -> bool:
    """Whether this is text of two or four bytes a character without a mark: its first characters are ASCII."""
    return set(head[0:8:2]) == {0} or set(head[1:8:2]) == {0}
