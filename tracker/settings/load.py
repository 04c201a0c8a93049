"""File, environment and flags into one `Settings`, remembering where each value came from.

All mistakes are reported at once as a `ConfigError`. Values are checked here and nowhere else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import BaseModel, ValidationError

from tracker.errors import ConfigError, ConfigProblem
from tracker.settings.kept_out import hidden, take_out_secrets
from tracker.settings.locate import Home, Mode, find_home
from tracker.settings.passwords import PASSWORD_VARIABLE
from tracker.settings.positions import KeyPath, key_lines, line_of
from tracker.settings.problems import Place, config_error, key_name, problems_of, syntax_problem
from tracker.settings.schema import AlertSettings, FeedSettings, Settings, WatchSettings

__all__ = ["LoadedSettings", "load_settings", "shown_values"]

_VARIABLE: Final = re.compile(r"TRACKER_([A-Z]+)__([A-Z_]+)")
_LISTS: Final = {"watch": "watches", "feed": "single feeds", "topic": "topics", "alert": "alert targets"}
"""Tables that come several times, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings:
    """The effective configuration; every path in it is absolute.

    `origins` tells for each key ("http.contact", "watch[NAME].digest.at") "file:line", "environment
    TRACKER_...", "flag" or "default". `mode` says why this file was taken, `state` is the folder the
    program writes to.
    """

    settings: Settings
    origins: Mapping[str, str]
    root: Path
    config_path: Path
    mode: Mode
    state: Path

    def problem(self, key: str, message: str, hint: str = "") -> ConfigProblem:
        """Word something that is wrong with a key, placed where its value comes from, else at its table."""
        table = key.rpartition(".")[0]
        around = (origin for name, origin in self.origins.items() if name.rpartition(".")[0] == table)
        given = (origin for origin in (self.origins.get(key, "default"), *around) if origin != "default")
        file, _, line = next(given, str(self.config_path)).rpartition(":")
        if line.isdigit():
            return ConfigProblem(file=file, line=int(line), key=key, message=message, hint=hint)
        whole = f"{file}:{line}" if file else line
        return ConfigProblem(file=whole, line=None, key=key, message=message, hint=hint)


def load_settings(
    config: Path | None,
    environ: Mapping[str, str],
    cwd: Path,
    overrides: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Find, read, overlay and check the configuration.

    `overrides` are flags as "section.key" -> value; they win over `environ` (TRACKER_SECTION__KEY), which
    wins over the file. Raises `ConfigError` with every mistake found.
    """
    home = find_home(config, environ, cwd)
    source = _Source(file=_shown(home.config_path, cwd), text=_read(home.config_path, cwd))
    raw = source.parse()
    problems = take_out_secrets(raw, source.place, lambda path: key_name(path, raw))
    from_environment = _variables(environ)
    flags = {_dotted(key): value for key, value in (overrides or {}).items()}
    given = {path: f"environment {name}" for path, (name, _) in from_environment.items()}
    given |= dict.fromkeys(flags, "flag")
    for path, value in {**{p: v for p, (_, v) in from_environment.items()}, **flags}.items():
        problems += _overlay(raw, path, value, given[path])

    def place(path: KeyPath) -> tuple[str, int | None]:
        for one, origin in given.items():
            if path[: len(one)] == one or (one[: len(path)] == path and source.line(path) is None):
                return (origin, None)
        return source.place(path)

    settings = _checked(raw, problems, place)
    return LoadedSettings(
        settings=_resolved(settings, home),
        origins=_Origins(settings, raw, given, source),
        root=home.root,
        config_path=home.config_path,
        mode=home.mode,
        state=home.state,
    )


def shown_values(settings: Settings) -> Iterator[tuple[str, object]]:
    """Every key with its value in the form of the file, passwords in URLs and the ping's address starred out."""
    raw = settings.model_dump(mode="json")
    for path, value in _leaves(raw):
        shown = value
        if isinstance(value, str):  # whoever knows the ping's address can send it
            shown = f"{value.rpartition('://')[0]}://***" if path == ("daemon", "ping_url") else hidden(value)
        yield key_name(path, raw), shown


class _Source:
    """The text of the file; finds lines only when asked."""

    def __init__(self, *, file: str, text: str) -> None:
        self.file = file
        self._text = text
        self._lines: dict[KeyPath, int] | None = None

    def parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            problem = syntax_problem(error, self.file, self._text.rstrip("\n").count("\n") + 1)
            raise config_error([problem]) from error
        except RecursionError as error:
            said = "tables or lists stand too deep in one another to be read"
            raise config_error([ConfigProblem(file=self.file, line=None, key="", message=said)]) from error

    def place(self, path: KeyPath) -> tuple[str, int | None]:
        return (self.file, self.line(path))

    def line(self, path: KeyPath) -> int | None:
        if self._lines is None:
            self._lines = key_lines(self._text.encode())
        return line_of(path, self._lines)


class _Origins(Mapping[str, str]):
    """Origins by key; looked up when first asked, because finding lines costs time."""

    def __init__(
        self, settings: Settings, raw: Mapping[str, Any], given: Mapping[KeyPath, str], source: _Source
    ) -> None:
        self._settings, self._raw, self._given, self._source = settings, raw, given, source
        self._found: dict[str, str] = {}

    def _all(self) -> dict[str, str]:
        if not self._found:
            whole = self._settings.model_dump(mode="json")
            self._found = {key_name(path, whole): self._origin(path) for path, _ in _leaves(whole)}
        return self._found

    def _origin(self, path: KeyPath) -> str:
        if path in self._given:
            return self._given[path]
        return f"{self._source.file}:{self._source.line(path)}" if _stands_in(path, self._raw) else "default"

    def __getitem__(self, key: str) -> str:
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _shown(path: Path, cwd: Path) -> str:
    inside = path.is_relative_to(cwd.resolve())
    return str(path.relative_to(cwd.resolve())) if inside else str(path)


def _read(path: Path, cwd: Path) -> str:
    """Read the file as text, its line ends as TOML wants them."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = {"FileNotFoundError": "there is no such file", "PermissionError": "it may not be read"}
        said = reason.get(type(error).__name__, error.strerror or "it cannot be read")
        raise ConfigError(
            f"{_shown(path, cwd)} cannot be read: {said}.",
            hint="Check the path, or write a configuration with: tracker init.",
            problems=(ConfigProblem(file=_shown(path, cwd), line=None, key="", message=said),),
        ) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = ConfigProblem(
            file=_shown(path, cwd),
            line=line,
            key="",
            message="this is not UTF-8 text",
            hint="save the file as UTF-8",
        )
        raise config_error([problem]) from error


def _variables(environ: Mapping[str, str]) -> dict[KeyPath, tuple[str, object]]:
    """Values by key path, from TRACKER_SECTION__KEY."""
    found: dict[KeyPath, tuple[str, object]] = {}
    for name in sorted(environ):
        match = _VARIABLE.fullmatch(name)
        if match and name != PASSWORD_VARIABLE:
            section, key = match[1].lower(), match[2].lower()
            found[section, key] = (name, _typed(section, key, environ[name]))
    return found


def _typed(section: str, key: str, text: str) -> object:
    """Take apart a list, written as TOML or with commas; everything else is text for the model to read."""
    model = _section_model(section)
    one = model.model_fields.get(key) if model else None
    if one is None or get_origin(one.annotation) is not tuple:
        return text
    if text.strip().startswith("[") and text.strip().endswith("]"):  # "[::1]:80" is an address, no list
        try:
            return tomllib.loads(f"list = {text}")["list"]
        except tomllib.TOMLDecodeError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _section_model(section: str) -> type[BaseModel] | None:
    found = Settings.model_fields.get(section)
    annotation = found.annotation if found else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _overlay(raw: dict[str, Any], path: KeyPath, value: object, origin: str) -> list[ConfigProblem]:
    section, key = str(path[0]), str(path[-1])
    if section in _LISTS:
        message = f"{_LISTS[section]} can only be set in the file"
        return [ConfigProblem(file=origin, line=None, key=section, message=message)]
    table = raw.setdefault(section, {})
    if isinstance(table, dict):
        table[key] = value
    return []


def _dotted(key: str) -> KeyPath:
    section, _, name = key.partition(".")
    return (section, name)


def _checked(raw: dict[str, Any], problems: list[ConfigProblem], place: Place) -> Settings:
    found, settings = problems, Settings()
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        found = [*problems, *problems_of(error, raw, place)]
    if found:
        raise config_error(sorted(found, key=lambda problem: (problem.file, problem.line or 0)))
    return settings


def _resolved(settings: Settings, home: Home) -> Settings:
    mail = settings.mail
    secret = home.resolve(mail.password_file) if mail.password_file else None
    feeds_folder = {"folder": home.resolve(settings.outputs.folder)}
    token_file = {"token_file": home.resolve(settings.web.token_file)}
    return settings.model_copy(
        update={
            "store": settings.store.model_copy(update={"url": _absolute_url(settings.store.url, home)}),
            "mail": mail.model_copy(update={"folder": home.resolve(mail.folder), "password_file": secret}),
            "web": settings.web.model_copy(update=token_file),
            "outputs": settings.outputs.model_copy(update=feeds_folder),
            "feeds": settings.feeds.model_copy(update={"opml": home.resolve(settings.feeds.opml)}),
            "feed": tuple(_resolved_feed(feed, home) for feed in settings.feed),
            "watch": tuple(_resolved_watch(watch, home) for watch in settings.watch),
            "alert": tuple(_resolved_alert(alert, home) for alert in settings.alert),
        }
    )


def _resolved_watch(watch: WatchSettings, home: Home) -> WatchSettings:
    folder = watch.seeds or Path("seeds") / watch.name
    return watch.model_copy(update={"seeds": home.resolve(folder)})


def _resolved_feed(feed: FeedSettings, home: Home) -> FeedSettings:
    secret = home.resolve(feed.password_file) if feed.password_file else None
    headers = {name: home.resolve(path) for name, path in feed.header_files.items()}
    return feed.model_copy(update={"password_file": secret, "header_files": headers})


def _resolved_alert(alert: AlertSettings, home: Home) -> AlertSettings:
    named = {key: path for key in ("url_file", "secret_file") if (path := getattr(alert, key))}
    return alert.model_copy(update={key: home.resolve(path) for key, path in named.items()})


def _absolute_url(url: str, home: Home) -> str:
    path = url.removeprefix("sqlite:///")
    if path == url or path in {"", ":memory:"}:
        return url
    return f"sqlite:///{home.resolve(Path(path))}"


def _leaves(node: Mapping[str, Any], above: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    for key, value in node.items():
        path = (*above, key)
        if key in _LISTS and isinstance(value, list):
            for index, member in enumerate(value):
                yield from _leaves(member, (*path, index))
        elif isinstance(value, dict) and "per_day" not in value:
            yield from _leaves(value, path)
        else:
            yield path, value


def _stands_in(path: KeyPath, raw: Any) -> bool:
    """Whether the file itself says it."""
    for part in path:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True
