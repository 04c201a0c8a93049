"""Each watch as a feed file, written after a run that kept or folded something, whole or not at all."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from tracker.model import Item, ItemQuery, WatchName
from tracker.outputs import Channel, render_atom, render_json_feed
from tracker.ports import Clock, Store
from tracker.settings import Settings

__all__ = ["FeedFiles"]

_log = logging.getLogger(__name__)
_RENDER: Final[dict[str, Callable[[Channel, Sequence[Item]], str]]] = {
    "atom": render_atom,
    "json": render_json_feed,
}


class FeedFiles:
    """The files that `[outputs]` asks for. One that cannot be written is said in the log and harms no run."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def update(self, *, changed: bool) -> None:
        """Write every file, or when nothing has changed those that are not there."""
        for watch in self._settings.watch:
            wanted: dict[str, Path] = {
                form: self._path(watch.name, form) for form in self._settings.outputs.feeds
            }
            if wanted and (changed or not all(path.exists() for path in wanted.values())):
                self._write(WatchName(watch.name), watch.title or watch.name, wanted)

    def _write(self, watch: WatchName, title: str, wanted: dict[str, Path]) -> None:
        query = ItemQuery(watch=watch, by="time", limit=self._settings.outputs.entries)
        items = self._store.items(query)
        for form, path in wanted.items():
            channel = Channel(
                name=watch, title=title, empty_at=self._begun_at(), self_url=self._published(path)
            )
            try:
                _replace(path, _RENDER[form](channel, items).encode("utf-8", "replace"))
            except OSError as error:
                _log.warning("the feed file %s cannot be written: %s", path, error.strerror)

    def _begun_at(self) -> datetime:
        return self._store.followed_since() or self._clock.now()

    def _path(self, watch: str, form: str) -> Path:
        return self._settings.outputs.folder / f"{watch}.{form}"

    def _published(self, path: Path) -> str:
        base = self._settings.outputs.base_url
        return f"{base.rstrip('/')}/{path.name}" if base else ""


def _replace(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return  # so that its date says when it changed
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fchmod(part.fileno(), 0o644)  # it is there to be read: a web server is another user
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
