"""The files of a new project, from the templates beside this module. Writes nothing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from tracker.settings.schema import schema_json

__all__ = ["starter_files"]


def starter_files(name: str, title: str) -> Mapping[str, str]:
    """Text by path below the project folder, for one watch called `name`."""
    quoted = json.dumps(title, ensure_ascii=False)[1:-1]  # escapes what TOML escapes, in the same way
    return {
        "config/tracker.toml": Template(_template("tracker.toml")).substitute(name=name, title=quoted),
        "config/tracker.schema.json": schema_json(),
        "config/feeds.opml": _template("feeds.opml.txt"),
        f"seeds/{name}/.gitkeep": "",
        "seeds/README.txt": _template("seeds.txt"),
        "state/.gitkeep": "",
    }


def _template(name: str) -> str:
    return (files("tracker.settings") / "templates" / name).read_text(encoding="utf-8")
