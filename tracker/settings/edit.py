"""A configuration file's text with one value changed and all else, comments too, as a person wrote it. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from tracker.errors import UsageError
from tracker.settings.positions import key_lines

__all__ = ["with_threshold"]

_VALUE: Final = re.compile(r"""^(\s*threshold\s*=\s*)(?:\{[^}]*\}|"[^"]*"|'[^']*'|[^\s#]+)(.*)$""", re.DOTALL)
_NAME: Final = re.compile(r"^(\s*)name\s*=")


def with_threshold(text: str, watch: str, value: float) -> str:
    """Give a watch a threshold, in the line it has already or in a new one below its name.

    Raises `UsageError` where the file is written so that this cannot be done safely.
    """
    before: dict[str, Any] = tomllib.loads(text.replace("\r\n", "\n"))
    at = next((n for n, one in enumerate(before.get("watch", ())) if one.get("name") == watch), None)
    if at is None:
        raise _by_hand(watch, value)
    lines, found = text.splitlines(keepends=True), key_lines(text.replace("\r\n", "\n").encode())
    line = found.get(("watch", at, "threshold"))
    if line is not None:
        lines[line - 1] = _VALUE.sub(lambda match: f"{match[1]}{value:.2f}{match[2]}", lines[line - 1])
    else:
        line = found.get(("watch", at, "name"), 1)
        name = _NAME.match(lines[line - 1])
        end = "\r\n" if lines[line - 1].endswith("\r\n") else "\n"
        if name:
            lines[line - 1] = lines[line - 1].rstrip("\r\n") + end
            lines.insert(line, f"{name[1]}threshold = {value:.2f}{end}")
    changed = "".join(lines)
    before["watch"][at]["threshold"] = round(value, 2)
    if _parsed(changed) != before:
        raise _by_hand(watch, value)
    return changed


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return None


def _by_hand(watch: str, value: float) -> UsageError:
    return UsageError(
        f"The configuration of {watch} is written in a way that cannot be changed from here.",
        hint=f"Write threshold = {value:.2f} under its [[watch]].",
    )
