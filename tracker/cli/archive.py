"""Archives of articles as JSON lines, read one line at a time, from a file (also gzipped) or standard input."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, cast

from tracker.errors import UsageError

__all__ = ["archive_rows"]


def archive_rows(path: Path) -> Iterator[Mapping[str, object]]:
    """Read the objects of an archive in order; "-" is standard input. Raises `UsageError` naming the bad line."""
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, f"{path}:{number}")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the path."
        ) from error


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _row(line: bytes, place: str) -> Mapping[str, object]:
    hint = 'Each line is one object: {"id": ..., "url": ..., "title": ..., "text": ..., "published": ...}'
    try:
        row = json.loads(line)
    except ValueError as error:  # also wrong UTF-8
        raise UsageError(f"{place} is not JSON: {error}.", hint=hint) from error
    if not isinstance(row, dict):
        raise UsageError(f"{place} is not a JSON object.", hint=hint)
    return row
