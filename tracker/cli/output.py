"""How results are written: JSON for programs, and the words for times and counts that people read."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from tracker.errors import UsageError
from tracker.outputs.json_text import json_text, plain

__all__ = [
    "ago",
    "counted",
    "echo_json",
    "echo_jsonl",
    "json_text",
    "local",
    "plain",
    "size_text",
    "terminal_width",
    "until",
    "write_file",
]

_STEPS: Final = ((timedelta(days=2), timedelta(days=1), "d"), (timedelta(hours=1), timedelta(hours=1), "h"))
_OLD: Final = timedelta(days=14)


def echo_json(value: object) -> None:
    """Print one document."""
    click.echo(json_text(value, indent=2))


def echo_jsonl(values: Iterable[object]) -> None:
    """Print one object a line."""
    for value in values:
        click.echo(json_text(value))


def terminal_width() -> int:
    """Columns to write in: 80 where the output is no terminal, at most 120."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def ago(at: datetime | None, now: datetime) -> str:
    """Say how long ago; what is older than two weeks, or in the future, as a date."""
    if at is None:
        return "never"
    past = now - at
    return local(at)[:10] if past > _OLD or past < -timedelta(minutes=1) else f"{_rough(past)} ago"


def until(at: datetime | None, now: datetime) -> str:
    """Say in how long."""
    if at is None:
        return "not planned"
    return "now" if at <= now else f"in {_rough(at - now)}"


def local(at: datetime) -> str:
    """Write an instant in the zone of this computer."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def counted(count: int, one: str, many: str = "") -> str:
    """Write "1 feed", "2 feeds"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _rough(span: timedelta) -> str:
    for least, unit, letter in _STEPS:
        if span >= least:
            return f"{span // unit} {letter}"
    return f"{max(span, timedelta(0)) // timedelta(minutes=1)} min"


def size_text(size: int) -> str:
    """Write bytes as kB or MB."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{size / 1024:.0f} kB"


def write_file(path: Path, content: bytes) -> None:
    """Write the whole file or leave the old one. A link or a device is written to, not replaced.

    Raises `UsageError` with the system's reason.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_bytes(content)
            return
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another file."
        ) from error
