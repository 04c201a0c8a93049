"""Options that several commands share, and the values they take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import click

__all__ = ["DURATION", "LIMIT", "SINCE", "json_option", "jsonl_option", "watch_option"]

_F = TypeVar("_F", bound=Callable[..., Any])
_LONGEST: Final = timedelta(days=36_500)


class _Duration(click.ParamType[Any]):
    """How long, written as 7d or 36h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a duration."""
        from tracker.settings.values import parse_duration

        try:
            length = parse_duration(value)
        except ValueError as error:
            self.fail(f'"{value}" {error}.', param, ctx)
        if not timedelta(0) < length <= _LONGEST:
            self.fail(f'"{value}" must be more than nothing, and at most {_LONGEST.days}d.', param, ctx)
        return length


class _Since(click.ParamType[Any]):
    """A day, an instant, or how long ago; never in the future."""

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
LIMIT = click.IntRange(1, 1_000_000)
"""How many rows; beyond it a database cannot count."""
SINCE = _Since()


def watch_option(function: _F) -> _F:
    """--watch NAME."""
    return click.option("--watch", "-w", metavar="NAME", callback=_named, help="Only this watch.")(function)


def json_option(function: _F) -> _F:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, callback=_one_form, help="Print one JSON document."
    )(function)


def jsonl_option(function: _F) -> _F:
    """--jsonl."""
    return click.option(
        "--jsonl", "as_jsonl", is_flag=True, callback=_one_form, help="Print one JSON object a line."
    )(function)


def _named(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse a name of nothing, such as an unset variable of a script leaves: it must not mean all."""
    if value is not None and not value.strip():
        raise click.BadParameter("is empty; tracker status lists the watches.", ctx, param)
    return value


def _one_form(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    """Refuse the second of --json and --jsonl; options come here in the order of the command line."""
    if value and (ctx.params.get("as_json") or ctx.params.get("as_jsonl")):
        raise click.UsageError("--json and --jsonl exclude each other; choose one.", ctx)
    return value
