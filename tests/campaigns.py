"""How much of a campaign is run: all of it, or the share that TRACKER_CAMPAIGN_SHARE says (0.1: a tenth)."""

from __future__ import annotations

import os

__all__ = ["of_full"]


def of_full(count: int) -> int:
    """So many of a full campaign's cases; at least one."""
    return max(1, round(count * float(os.environ.get("TRACKER_CAMPAIGN_SHARE", "1"))))
