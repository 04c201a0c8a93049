"""Archives of articles as JSON lines, read one line at a time, from a file (also gzipped) or standard input."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, cast

from tracker.errors import UsageError

__all__ = ["archive_rows", "check_readable"]


def archive_rows(path: Path) -> Iterator[Mapping[str, object] | str]:
    """Read an archive line by line; "-" is standard input. A line that is no object comes out as a sentence saying so.

    Raises `UsageError` when the file cannot be read at all, or no further because it is cut off or damaged.
    """
    try:
        with _opened(path) as lines:
            yield from (_row(line) for line in lines if line.strip())
    except (EOFError, zlib.error) as error:
        raise UsageError(
            f"{path} is cut off or damaged; what stands before that place was read.",
            hint="Make the file anew and run the command again; what is known already is not stored twice.",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the path."
        ) from error


def check_readable(path: Path) -> None:
    """Raise `UsageError` when the file cannot be opened, before anything else is done."""
    try:
        path.open("rb").close()
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


def _row(line: bytes) -> Mapping[str, object] | str:
    try:
        row = json.loads(line)
    except ValueError as error:  # also wrong UTF-8
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON that can be read: it is nested too deeply"
    return row if isinstance(row, dict) else "not a JSON object"
