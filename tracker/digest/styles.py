"""The style sheet of the mail, put into the elements: many mail readers drop sheets.

The sheet has one rule of one class a line, so that its declarations can be written where a class is used. What only a
sheet can say (@media: small screens, dark mode) stays one, for the readers that keep it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

__all__ = ["Styles", "styles"]

_RULE: Final = re.compile(r"\.(\w+)\{([^{}]+)\}")
_CLASS: Final = re.compile(r"\.([a-z]\w*)(?=[,{])")


class Styles:
    """A sheet taken apart. `kept` is the part that must stay a sheet."""

    def __init__(self, sheet: str) -> None:
        lines = [line for line in sheet.splitlines() if line]
        self.kept = Markup("\n".join(line for line in lines if line.startswith("@")))  # noqa: S704  # our own file
        rules = (found for line in lines if (found := _RULE.fullmatch(line)))
        self._rules = {found[1]: found[2] for found in rules}
        self._named = set(_CLASS.findall(self.kept))
        self._made: dict[tuple[str, ...], Markup] = {}

    def attributes(self, *classes: str) -> Markup:
        """Return what an element of these classes carries. Raises `KeyError` for a class without a rule."""
        made = self._made.get(classes)
        if made is None:
            named = " ".join(name for name in classes if name in self._named)
            style = ";".join(self._rules[name] for name in classes)
            text = (f' class="{named}"' if named else "") + f' style="{style}"'
            made = self._made[classes] = Markup(text)  # noqa: S704  # names and rules of our own
        return made


@cache
def styles() -> Styles:
    """Read the sheet beside the template."""
    return Styles(files("tracker.digest").joinpath("templates", "digest.css").read_text(encoding="utf-8"))
