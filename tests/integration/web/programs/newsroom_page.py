"""A small installation on the demo newsroom with its page open over loopback, and a client that has the token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import httpx

from tracker.demo.site import NewsroomSite
from tracker.web import PageServer

__all__ = ["Opened"]


@dataclass
class Opened:
    """A newsroom, an installation that polled five of its feeds, and the page over it."""

    site: NewsroomSite
    folder: Path
    server: PageServer
    client: httpx.Client
    """Asks with the token, as programs do."""
    reader: httpx.Client
    """Has a session, as browsers do."""

    @property
    def base(self) -> str:
        return self.server.address.rstrip("/")

    def posted(self, path: str, **fields: str) -> httpx.Response:
        """Post a form as the page's own form does."""
        return self.reader.post(path, data={"csrf": self.mark(), **fields})

    def mark(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.reader.get("/feeds").text)
        assert found
        return found[1]
