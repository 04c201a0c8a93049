"""The [[feed]] and [[alert]] tables as what fetching and alerting need, their secrets read from where the file says."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tracker.errors import ConfigProblem
from tracker.model import Access
from tracker.settings.alert_tables import AlertSettings
from tracker.settings.feed_tables import FeedSettings
from tracker.settings.load import LoadedSettings
from tracker.settings.passwords import (
    SecretUnreadable,
    secret_from_command,
    secret_from_file,
    secret_from_variable,
)
from tracker.settings.problems import config_error
from tracker.settings.values import parse_header_value, parse_proxy

__all__ = ["AlertAddress", "alert_address", "feed_access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAddress:
    """Where one target's alerts go; neither is ever printed. `secret` is "" where there is none."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


def feed_access(loaded: LoadedSettings, environ: Mapping[str, str] | None = None) -> Mapping[str, Access]:
    """How each feed of a [[feed]] table is reached, by its exact address.

    Reads files and the environment and runs commands. Raises `ConfigError` with every source that gave no secret.
    """
    reader = _Reader(loaded=loaded, environ=os.environ if environ is None else environ)
    found = {table.url: reader.access(table) for table in loaded.settings.feed}
    if reader.problems:
        raise config_error(reader.problems)
    return MappingProxyType(found)


def alert_address(
    loaded: LoadedSettings, table: AlertSettings, environ: Mapping[str, str] | None = None
) -> AlertAddress:
    """Where one target's alerts go. Reads and raises as `feed_access` does."""
    reader = _Reader(loaded=loaded, environ=os.environ if environ is None else environ)
    found = reader.address(table)
    if reader.problems:
        raise config_error(reader.problems)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads secrets; what cannot be read becomes a problem and counts as empty."""

    loaded: LoadedSettings
    environ: Mapping[str, str] = field(repr=False)
    problems: list[ConfigProblem] = field(default_factory=list)

    def access(self, table: FeedSettings) -> Access:
        """Put one feed's access together."""
        return Access(
            username=table.username,
            password=self._secret(table, f"feed[{table.url}].password", "password"),
            headers=MappingProxyType(self._headers(table)),
            proxy=self._proxy(table),
        )

    def address(self, table: AlertSettings) -> AlertAddress:
        """Put one target's address together."""
        key = f"alert[{table.name}]"
        url = table.url or self._secret(table, f"{key}.url", "url").strip()
        return AlertAddress(url=url, secret=self._secret(table, f"{key}.secret", "secret"))

    def _secret(self, table: FeedSettings | AlertSettings, key: str, what: str) -> str:
        """Read the secret called `what` from the file, the command or the variable that is named; "" if none is."""
        path, command, variable = (
            getattr(table, f"{what}_{source}") for source in ("file", "command", "env")
        )
        if path:
            return self._file(f"{key}_file", path)
        if command:
            return self._read(f"{key}_command", lambda: secret_from_command(command))
        return self._variable(f"{key}_env", variable) if variable else ""

    def _headers(self, table: FeedSettings) -> dict[str, str]:
        headers = dict(table.headers)
        for name, path in table.header_files.items():
            key = f"feed[{table.url}].header_files.{name}"
            headers[name] = self._file(key, path, parse_header_value)
        for name, variable in table.header_env.items():
            key = f"feed[{table.url}].header_env.{name}"
            headers[name] = self._variable(key, variable, parse_header_value)
        return headers

    def _proxy(self, table: FeedSettings) -> str | None:
        if not table.proxy_env:
            return table.proxy
        return self._variable(f"feed[{table.url}].proxy_env", table.proxy_env, parse_proxy) or None

    def _file(self, key: str, path: Path, check: Callable[[str], str] = str) -> str:
        return self._read(key, lambda: check(secret_from_file(path)))

    def _variable(self, key: str, name: str, check: Callable[[str], str] = str) -> str:
        return self._read(key, lambda: check(secret_from_variable(name, self.environ)))

    def _read(self, key: str, source: Callable[[], str]) -> str:
        """Read one secret and check its form; errors name the source and never the value."""
        try:
            secret = source()
        except SecretUnreadable as error:
            message, hint = f"gave no secret: {error}", _remedy(key)
        except ValueError as error:
            message, hint = f"gave a value that cannot be used: it {error}", _remedy(key)
        else:
            if secret:
                return secret
            message, hint = "gave an empty secret", _remedy(key)
        self.problems.append(self.loaded.problem(key, message, hint))
        return ""


def _remedy(key: str) -> str:
    if key.endswith("_command"):
        return "try the command in a terminal"
    is_variable = "_env" in key.rpartition("]")[2]
    return "set it where the program starts" if is_variable else "check the path, its rights and its text"
