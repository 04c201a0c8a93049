"""Secrets that stand in the file all the same: taken out and told, before anything could print them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tracker.errors import ConfigProblem
from tracker.settings.passwords import PASSWORD_VARIABLE
from tracker.settings.positions import KeyPath

__all__ = ["hidden", "take_out_secrets"]

_URL_PASSWORD: Final = re.compile(r"(://[^/@:]*:)([^@]+)(@)")
_LOGIN: Final = re.compile(r"(?<=://)[^/?#\s]*:[^/?#\s]*@")
_SECRET_HEADER: Final = re.compile(
    r"auth|cookie|token|secret|passw|api-?key|access-?key|credential|session", re.IGNORECASE
)
_IN_FEED: Final = "use username with password_file, password_command or password_env"
_IN_ALERT: Final = "use secret_file, secret_command or secret_env"
_ALERT_SECRETS: Final = frozenset({"secret", "token", "password"})
_STANDS: Final = "a password must not stand in this file"

Secret = tuple[KeyPath, str, str]
"""Where one stood, what is wrong and what would be right."""


def hidden(text: str) -> str:
    """Star out the password of an address."""
    return _URL_PASSWORD.sub(r"\1***\3", text)


def take_out_secrets(
    raw: dict[str, Any], place: Callable[[KeyPath], tuple[str, int | None]], name: Callable[[KeyPath], str]
) -> list[ConfigProblem]:
    """Remove them from the values that were read; `place` and `name` tell where a key stands and what it is called."""
    found = []
    for path, message, hint in (*_in_sections(raw), *_in_feeds(raw), *_in_alerts(raw)):
        file, line = place(path)
        found.append(ConfigProblem(file=file, line=line, key=name(path), message=message, hint=hint))
    return found


def _in_sections(raw: dict[str, Any]) -> Iterator[Secret]:
    mail, store = raw.get("mail"), raw.get("store")
    if isinstance(mail, dict) and mail.pop("password", None) is not None:
        hint = f"use password_file, password_command or {PASSWORD_VARIABLE}"
        yield ("mail", "password"), _STANDS, hint
    url = store.get("url") if isinstance(store, dict) else None
    if isinstance(store, dict) and isinstance(url, str) and _URL_PASSWORD.search(url):
        del store["url"]
        yield ("store", "url"), _STANDS, "use TRACKER_STORE__URL or PostgreSQL's own ~/.pgpass"


def _in_feeds(raw: dict[str, Any]) -> Iterator[Secret]:
    tables = raw.get("feed")
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict):
            yield from _in_feed(table, ("feed", index))


def _in_alerts(raw: dict[str, Any]) -> Iterator[Secret]:
    tables = raw.get("alert")
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        if not isinstance(table, dict):
            continue
        for key in _ALERT_SECRETS & table.keys():
            del table[key]
            yield ("alert", index, key), "a secret must not stand in this file", _IN_ALERT
        url = table.get("url")
        if isinstance(url, str) and _LOGIN.search(url):
            table["url"] = _LOGIN.sub("", url)
            yield ("alert", index, "url"), _STANDS, "use url_file, url_command or url_env"


def _in_feed(table: dict[str, Any], path: KeyPath) -> Iterator[Secret]:
    if table.pop("password", None) is not None:
        yield (*path, "password"), _STANDS, _IN_FEED
    for key, hint in (("url", _IN_FEED), ("proxy", "use proxy_env")):
        value = table.get(key)
        if isinstance(value, str) and _LOGIN.search(value):
            table[key] = _LOGIN.sub("", value)
            yield (*path, key), _STANDS, hint
    headers = table.get("headers")
    if not isinstance(headers, dict):
        return
    for name in tuple(headers):
        if _SECRET_HEADER.search(name):
            del headers[name]
            message = "a secret header must not stand in this file"
            yield (*path, "headers", name), message, "use header_files or header_env"
