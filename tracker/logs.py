"""Where log lines go and how they look: one line for each event, with its facts as fields. And what no line shows.

Event names are constant lower-case phrases; facts come in `extra`. Lines go to standard error as text or JSON. Bodies
and mail addresses are never logged; that is the caller's promise. Secrets are taken out here, whatever brought them: a
server that repeats a password in its refusal, a traceback, an address with a login in it.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

__all__ = ["configure_logs", "keep_secret", "log_to_file", "redacted"]

_HIDDEN: Final = "***"
_SHORTEST: Final = 4  # characters: what is shorter occurs in every other word
_LARGEST_FILE: Final = 2**20
_USERINFO: Final = re.compile(r"(?<=://)[^/?#\s@\"'<>]+@")
_NAMED: Final = re.compile(
    r"((?:^|[?&;\s\"'])(?:[\w-]*(?:token|secret|password|passwd|signature|api[_-]?key|auth)|key|sig|pwd)=)[^&\s#\"'<>]+",
    re.IGNORECASE,
)
_CREDENTIALS: Final = re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{8,}")
_secrets: set[str] = set()
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Send events of `level` (debug, info, warning, error) and above to standard error; replaces an earlier call."""
    lines = logging.StreamHandler()
    lines.setFormatter(_JsonLines() if form == "json" else _TextLines())
    root = logging.getLogger("tracker")
    root.handlers = [lines]
    root.setLevel(level.upper())
    root.propagate = False


def keep_secret(value: str) -> None:
    """Show this value in no log line from now on, nor the forms that it takes in addresses and headers."""
    if len(value) >= _SHORTEST:
        _secrets.update({value, quote(value, safe=""), b64encode(value.encode("utf-8", "replace")).decode()})


def redacted(text: str) -> str:
    """Take secrets out: those known by `keep_secret`, and what has the form of one in addresses and headers."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    text = _USERINFO.sub(f"{_HIDDEN}@", text)
    return _CREDENTIALS.sub(rf"\1 {_HIDDEN}", _NAMED.sub(rf"\1{_HIDDEN}", text))


def log_to_file(path: Path, event: str, error: BaseException) -> None:
    """Append one event with the traceback of `error`; a file of a megabyte makes room for a new one.

    Raises `OSError` when the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_FILE:
        path.replace(path.with_name(f"{path.name}.1"))
    record = logging.LogRecord(
        "tracker", logging.ERROR, __file__, 0, event, None, (type(error), error, error.__traceback__)
    )
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(_TextLines().format(record) + "\n")


def _facts(record: logging.LogRecord) -> dict[str, str]:
    return {key: redacted(str(value)) for key, value in vars(record).items() if key not in _STANDARD}


def _at(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


class _TextLines(logging.Formatter):
    """2026-11-22T07:30:00.000Z warning poll failed feed=3 code=dns."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {key}={_shown(value)}" for key, value in _facts(record).items())
        line = f"{_at(record)} {record.levelname.lower()} {_escaped(redacted(record.getMessage()))}{facts}"
        return f"{line}\n{redacted(self.formatException(record.exc_info))}" if record.exc_info else line


class _JsonLines(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event = redacted(record.getMessage())
        fields = {"at": _at(record), "level": record.levelname.lower(), "event": event, **_facts(record)}
        if record.exc_info:
            fields["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(fields)


def _shown(value: str) -> str:
    text = _escaped(value)
    return json.dumps(text, ensure_ascii=False) if " " in text else text


def _escaped(text: str) -> str:
    """A feed's title must not forge a second log line."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
