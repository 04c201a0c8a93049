"""Options that several commands share, and the values they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

__all__ = ["DURATION", "SINCE", "json_option", "jsonl_option", "watch_option"]

_F = TypeVar("_F", bound=Callable[..., Any])


class _Duration(click.ParamType[Any]):
    """How long, written as 7d or 36h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a duration."""
        from tracker.settings.values import parse_duration

        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f'"{value}" {error}.', param, ctx)


class _Since(click.ParamType[Any]):
    """A day, an instant, or how long ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read "2026-11-20", "2026-11-20T08:00Z", "7d", "today" or "yesterday"; days begin in the local zone."""
        if isinstance(value, datetime):
            return value
        from tracker.settings.values import parse_since

        try:
            return parse_since(value, datetime.now(UTC))
        except ValueError as error:
            self.fail(f'"{value}" {error}.', param, ctx)


DURATION = _Duration()
SINCE = _Since()


def watch_option(function: _F) -> _F:
    """--watch NAME."""
    return click.option("--watch", "-w", metavar="NAME", help="Only this watch.")(function)


def json_option(function: _F) -> _F:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def jsonl_option(function: _F) -> _F:
    """--jsonl."""
    return click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line.")(function)
