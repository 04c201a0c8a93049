"""What changes slowly and is asked for by every page, kept for a minute."""

from __future__ import annotations

import time
from typing import Final

from starlette.requests import Request

from tracker.app import Tracker

__all__ = ["Choices", "choices_of"]

_FRESH_S: Final = 60.0
Choices = tuple[tuple[str, ...], tuple[str, ...]]


def choices_of(request: Request, tracker: Tracker) -> Choices:
    """The outlets and languages that filters offer."""
    state = request.app.state
    held: tuple[float, Choices] | None = getattr(state, "choices", None)
    if held is None or not held[1][0] or time.monotonic() - held[0] >= _FRESH_S:
        held = (time.monotonic(), tracker.reading.choices())
        state.choices = held
    return held[1]
