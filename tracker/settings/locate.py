"""Which configuration file counts, and where relative paths of it lead.

Named by flag or TRACKER_CONFIG, else the project around the working folder, else the person's own, else the
system's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tracker.errors import ConfigError

__all__ = ["Home", "Mode", "find_home"]

Mode: TypeAlias = Literal["project", "config", "xdg", "system"]
_FILE = "tracker.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where an installation lives: its file, why this one (`mode`), and its folders, all absolute."""

    config_path: Path
    mode: Mode
    root: Path
    state: Path

    def resolve(self, path: Path) -> Path:
        """Make a path absolute: state/... in the state folder, config/... beside the file, else the root."""
        path = path.expanduser()
        if path.is_absolute():
            return path
        anchors = {"state": self.state, "config": self.config_path.parent}
        first = path.parts[0] if path.parts else ""
        return anchors[first].joinpath(*path.parts[1:]) if first in anchors else self.root / path


def find_home(config: Path | None, environ: Mapping[str, str], cwd: Path) -> Home:
    """Find the configuration. Raises `ConfigError` when there is none."""
    named = config or (Path(environ["TRACKER_CONFIG"]) if environ.get("TRACKER_CONFIG") else None)
    if named is not None:
        return _named(cwd / named.expanduser())
    places = (_project(cwd), *_standard(environ))
    for home in places:
        if home.config_path.exists():
            return home
    looked = ", ".join(str(home.config_path) for home in places)
    raise ConfigError(
        "There is no configuration here.",
        hint=f"Write one with: tracker init. Or name one with --config. Looked for {looked}.",
    )


def _named(path: Path) -> Home:
    try:
        path = path.resolve()
    except (OSError, RuntimeError) as error:  # Python before 3.13 raises RuntimeError for links in a circle
        raise ConfigError(
            f"{path} leads nowhere: {error}.", hint="Name another file with --config."
        ) from error
    if path.is_dir():
        path = path / _FILE
    root = path.parent.parent if path.parent.name == "config" else path.parent
    return Home(config_path=path, mode="config", root=root, state=root / "state")


def _project(cwd: Path) -> Home:
    root = cwd.resolve()
    return Home(config_path=root / "config" / _FILE, mode="project", root=root, state=root / "state")


def _standard(environ: Mapping[str, str]) -> tuple[Home, Home]:
    from platformdirs import user_config_path, user_state_path

    own = (
        Path(environ["XDG_CONFIG_HOME"], "tracker")
        if environ.get("XDG_CONFIG_HOME")
        else user_config_path("tracker")
    )
    state = (
        Path(environ["XDG_STATE_HOME"], "tracker")
        if environ.get("XDG_STATE_HOME")
        else user_state_path("tracker")
    )
    system = Path("/etc/tracker")
    return (
        Home(config_path=own / _FILE, mode="xdg", root=own, state=state),
        Home(config_path=system / _FILE, mode="system", root=system, state=Path("/var/lib/tracker")),
    )
