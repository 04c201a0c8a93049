"""What a person changes of a watch from a screen: its line in the configuration file, the folder of its seeds.

Files are replaced whole or not at all. A daemon on this computer is told to read its configuration again.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from tracker.errors import UsageError
from tracker.model import Presence, Seed
from tracker.settings import LoadedSettings, WatchSettings
from tracker.settings.edit import with_threshold
from tracker.text.display import clean_line

__all__ = ["settings_with_line", "tell_daemon", "write_line", "write_seed"]

_LONGEST_NAME: Final = 60


def write_line(loaded: LoadedSettings, watch: str, value: float) -> LoadedSettings:
    """Write a watch's threshold into the configuration file; the settings with it. Raises `UsageError`."""
    path = loaded.config_path.resolve()
    try:
        content = path.read_bytes()
        mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        changed = with_threshold(content[len(mark) :].decode(), watch, value)
        _replace(path, mark + changed.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The configuration file cannot be written from here.",
            hint=f"Write threshold = {value:.2f} under its [[watch]].",
        ) from error
    return settings_with_line(loaded, watch, value)


def settings_with_line(loaded: LoadedSettings, watch: str, value: float) -> LoadedSettings:
    """The settings with another threshold for a watch."""
    watches = tuple(
        one.model_copy(update={"threshold": round(value, 2)}) if one.name == watch else one
        for one in loaded.settings.watch
    )
    return replace(loaded, settings=loaded.settings.model_copy(update={"watch": watches}))


def tell_daemon(daemon: Presence | None) -> bool:
    """Have a daemon on this computer read its configuration again; whether it could be told, or there is none."""
    if daemon is None:
        return True
    if daemon.host != socket.gethostname():
        return False
    try:
        os.kill(daemon.pid, signal.SIGHUP)
    except OSError:
        return False
    return True


def write_seed(loaded: LoadedSettings, watch: WatchSettings, seed: Seed) -> Path:
    """Put an example article into a watch's folder under a name of its title's words. Raises `UsageError`."""
    folder = watch.seeds or loaded.root / "seeds" / watch.name
    path = _free_path(folder, seed.title or "seed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_seed_text(seed), encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError("The folder of seeds cannot be written.", hint="Make it writable.") from error
    return path


def _seed_text(seed: Seed) -> str:
    """A seed as a file: front matter, then the text."""
    facts = {
        "title": clean_line(seed.title),
        "outlet": clean_line(seed.outlet),
        "published": seed.published_at.isoformat() if seed.published_at else "",
        "url": clean_line(seed.url or ""),
        "language": seed.language or "",
        "topics": ", ".join(seed.topics),
    }
    front = "".join(f"{key}: {value}\n" for key, value in facts.items() if value)
    return f"---\n{front}---\n\n{seed.text.strip()}\n"


def _free_path(folder: Path, title: str) -> Path:
    """A file name made of the title's words that is not taken."""
    stem = "-".join(re.findall(r"\w+", clean_line(title).lower()))[:_LONGEST_NAME].strip("-") or "seed"
    names = (folder / f"{stem}{'' if number == 1 else f'-{number}'}.txt" for number in range(1, 10_000))
    return next(path for path in names if not path.exists())


def _replace(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode & 0o777
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fchmod(part.fileno(), mode)
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
