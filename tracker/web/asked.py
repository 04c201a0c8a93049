"""What the address of a list asks for: watch, order, filters and page, each checked, none of it believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request

from tracker.model import Fate, ItemQuery, WatchName
from tracker.web.render import site_of, text_of

__all__ = ["ANY", "Asked", "asked_of", "number_of", "watch_of"]

ANY: Final = "any"
_MOST: Final = 10_000
"""Items that one list is paged through; further down filters lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list as asked for. `shown` are the values as they stand in the form, "" for what was not given."""

    query: ItemQuery
    number: int
    shown: dict[str, str]

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any(
            self.shown[name] for name in ("q", "topic", "outlet", "language", "fate", "since", "until")
        )


def asked_of(request: Request, *, size: int) -> Asked:
    """Read an address's query. Raises 404 for an unknown watch; what makes no sense otherwise is left out."""
    names = ("q", "topic", "outlet", "language", "fate", "since", "until", "by", "watch")
    shown = {name: text_of(request, name) for name in names}
    shown["watch"] = watch_of(request)
    fate = _fate(shown)
    shown["by"] = _order(shown, fate)
    since, until = (_day(shown, name) for name in ("since", "until"))
    query = ItemQuery(
        watch=WatchName(shown["watch"]),
        text=shown["q"],
        topic=shown["topic"] or None,
        outlet=shown["outlet"] or None,
        language=shown["language"] or None,
        fate=fate,
        since_at=since,
        until_at=until + timedelta(days=1) if until else None,
        by="time" if shown["by"] == "time" else "score",
    )
    return Asked(query=query, number=number_of(request, _MOST // size), shown=shown)


def watch_of(request: Request) -> str:
    """The watch that the address names, or the first one. Raises 404 for one that is not there."""
    names = [watch.name for watch in site_of(request).loaded.settings.watch]
    chosen = text_of(request, "watch") or names[0]
    if chosen not in names:
        raise HTTPException(404)
    return chosen


def number_of(request: Request, most: int) -> int:
    """The page asked for, from 1."""
    asked = text_of(request, "page", "1", limit=9)
    return min(max(int(asked), 1), most) if asked.isascii() and asked.isdecimal() else 1


def _fate(shown: dict[str, str]) -> Fate | None:
    if shown["fate"] == ANY:
        return None
    known = {fate.value for fate in Fate}
    if shown["fate"] not in known or shown["fate"] == Fate.KEPT.value:
        shown["fate"] = ""
        return Fate.KEPT
    return Fate(shown["fate"])


def _order(shown: dict[str, str], fate: Fate | None) -> Literal["score", "time"]:
    """What was not kept has no order of its own: the newest first."""
    if fate is not Fate.KEPT and fate is not Fate.BELOW_THRESHOLD:
        return "time"
    return "time" if shown["by"] == "time" else "score"


def _day(shown: dict[str, str], name: str) -> datetime | None:
    """A date as the beginning of its day on this computer; what is none is left out."""
    try:
        day = datetime.strptime(shown[name], "%Y-%m-%d")  # noqa: DTZ007 - local, made aware below
        return day.astimezone().astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        shown[name] = ""
        return None
