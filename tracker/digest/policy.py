"""The knobs of the digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["DigestPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPolicy:
    """Sizes and shares of a digest.

    `topic_floor`: a story whose strongest topic (0..1) is weaker stands under "Other". `excerpt_chars`: two lines.
    `html_bytes`: the HTML part never grows beyond it, because mail services cut a longer one off. `full_stories`: how
    many stories keep their full form when there is little room, `full_at_most` when there is enough: beyond, a line
    each is read sooner. `borderline`: how many just under the line are shown, `borderline_from`: the share of the line
    they must reach. `older`: what was published longer before it was first seen is marked as older, not left out.
    `plain_columns`: width of the plain part.
    """

    topic_floor: float = 0.1
    subject_chars: int = 110
    excerpt_chars: int = 230
    html_bytes: int = 88_000
    full_stories: int = 12
    full_at_most: int = 30
    borderline: int = 5
    borderline_from: float = 0.5
    troubled_feeds: int = 12
    lost_named: int = 8
    outlets_named: int = 8
    plain_columns: int = 74
    older: timedelta = timedelta(days=60)
