"""Where log lines go and how they look: one line for each event, with its facts as fields.

Event names are constant lower-case phrases; facts come in `extra`. Lines go to standard error as text or
JSON. Bodies, mail addresses and secrets are never logged; that is the caller's promise, not checked here.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

__all__ = ["configure_logs", "log_to_file"]

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Send events of `level` (debug, info, warning, error) and above to standard error; replaces an earlier call."""
    lines = logging.StreamHandler()
    lines.setFormatter(_JsonLines() if form == "json" else _TextLines())
    root = logging.getLogger("tracker")
    root.handlers = [lines]
    root.setLevel(level.upper())
    root.propagate = False


def log_to_file(path: Path, event: str, error: BaseException) -> None:
    """Append one event with the traceback of `error`. Raises `OSError` when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record = logging.LogRecord(
        "tracker", logging.ERROR, __file__, 0, event, None, (type(error), error, error.__traceback__)
    )
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(_TextLines().format(record) + "\n")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _at(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


class _TextLines(logging.Formatter):
    """2026-11-22T07:30:00.000Z warning poll failed feed=3 code=dns."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {key}={_shown(value)}" for key, value in _facts(record).items())
        line = f"{_at(record)} {record.levelname.lower()} {_escaped(record.getMessage())}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _JsonLines(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"at": _at(record), "level": record.levelname.lower(), "event": record.getMessage()}
        fields |= {key: str(value) for key, value in _facts(record).items()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def _shown(value: object) -> str:
    text = _escaped(str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text else text


def _escaped(text: str) -> str:
    """A feed's title must not forge a second log line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
