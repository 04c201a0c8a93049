"""The knobs of the digest."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DigestPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPolicy:
    """Sizes and shares of a digest.

    `topic_floor`: a story whose strongest topic (0..1) is weaker stands under "Other". `html_bytes`: the HTML part
    never grows beyond it, because mail services cut a longer one off. `full_stories`: how many stories keep their full
    form when there are too many for that. `excerpt_chars`: about two lines. `plain_columns`: width of the plain part.
    """

    topic_floor: float = 0.1
    subject_chars: int = 110
    excerpt_chars: int = 230
    html_bytes: int = 88_000
    full_stories: int = 12
    borderline: int = 5
    troubled_feeds: int = 12
    outlets_named: int = 8
    plain_columns: int = 74
