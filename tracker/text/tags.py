"""Single tags of foreign markup with their attributes, found without building a tree.

For the few places that need one kind of tag (`link`, `outline`); nesting is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracker.text.plain import plain_line

__all__ = ["find_tags"]

_ATTRIBUTE = re.compile(r"""([a-zA-Z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")


def find_tags(markup: str, *names: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each opening tag of these names, in lower case, with its attributes as plain lines of text."""
    tag = re.compile(rf"""<({"|".join(names)})\b((?:[^<>"']++|"[^"<]*"|'[^'<]*'|["'])*+)>""", re.IGNORECASE)
    for found in tag.finditer(markup):
        yield found[1].lower(), _attributes(found[2])


def _attributes(inside: str) -> dict[str, str]:
    return {
        found[1].lower(): plain_line(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(inside)
    }
