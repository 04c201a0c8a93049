"""The invented newsroom as values: outlets, the feeds they offer and the pieces they print.

Everything is package data under ``newsroom/``. One line of a ``.jsonl`` file is one :class:`Piece`;
``outlets.json`` says how each outlet looks and which feeds it has. No outlet, person or event is real.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

__all__ = ["FeedSpec", "Newsroom", "Outlet", "Piece", "Role"]

Role = Literal["ontopic", "independent", "copy", "truncated", "correction", "confuser", "unrelated"]
FeedFormat = Literal["rss2", "rss1", "atom", "jsonfeed"]
FeedContent = Literal["full", "summary", "titles"]
FeedFault = Literal["malformed", "html", "gone"]

_PIECE_FILES = ("ontopic.jsonl", "copies.jsonl", "confusers.jsonl", "unrelated.jsonl")
_SUMMARY_CHARS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """One feed of an outlet; ``path`` is relative to the outlet's own folder.

    ``moved_from`` answers 301 to ``path``; a ``frozen`` feed never shows the second batch, so a
    second poll finds it unchanged; ``fault`` says what is wrong with it on purpose.
    """

    path: str
    title: str
    format: FeedFormat
    content: FeedContent
    tag: str
    sections: tuple[str, ...] = ()
    utm: str = ""
    frozen: bool = False
    moved_from: str | None = None
    fault: FeedFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented outlet: its look, and the sentences that stand on its pages beside the article."""

    key: str
    name: str
    host_label: str
    language: str
    layout: str
    tagline: str
    nav: tuple[str, ...]
    cookie: str
    newsletter: str
    about: str
    most_read: tuple[str, ...]
    comments: tuple[str, ...]
    feeds: tuple[FeedSpec, ...]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One printed text. ``of`` names the piece it derives from or whose event it tells independently.

    ``batch`` 2 appears only at the second poll. ``replaces`` names the piece at whose address it then
    stands (a correction that keeps the URL).
    """

    slug: str
    outlet: str
    section: str
    title: str
    author: str | None
    published_at: datetime
    paragraphs: tuple[str, ...]
    role: Role
    of: str | None
    batch: int
    kind: str
    replaces: str | None = None

    @property
    def path(self) -> str:
        """The address of the page under the site's root, unless the piece replaces another."""
        return f"/{self.outlet}/{self.published_at:%Y/%m/%d}/{self.slug}.html"

    @property
    def word_count(self) -> int:
        """Words of the article text, as split at white space."""
        return sum(len(paragraph.split()) for paragraph in self.paragraphs)

    @property
    def summary(self) -> str:
        """The first paragraph, cut after a word at about 240 characters, as feeds do."""
        first = self.paragraphs[0]
        return first if len(first) <= _SUMMARY_CHARS else first[:_SUMMARY_CHARS].rsplit(" ", 1)[0] + "..."


@dataclass(frozen=True)
class Newsroom:
    """All outlets and pieces, with the layouts of the few pages that differ from their outlet's.

    ``seeds`` are example articles on the demo's subject, by file name, ready to be written to a seeds folder.
    """

    outlets: Mapping[str, Outlet]
    pieces: tuple[Piece, ...]
    page_layouts: Mapping[str, str]
    seeds: Mapping[str, str]

    @classmethod
    def load(cls) -> "Newsroom":
        """Read the bundled newsroom; ``KeyError``, ``ValueError`` or ``TypeError`` if it is damaged."""
        folder = files("tracker.demo") / "newsroom"
        described = json.loads((folder / "outlets.json").read_text(encoding="utf-8"))
        outlets = {row["key"]: _outlet(row) for row in described["outlets"]}
        seeds = {seed.name: seed.read_text(encoding="utf-8") for seed in (folder / "seeds").iterdir()}
        return cls(outlets, tuple(_pieces(folder)), described["page_layouts"], dict(sorted(seeds.items())))

    @cached_property
    def by_slug(self) -> Mapping[str, Piece]:
        """Every piece by its slug, which is unique in the newsroom."""
        return {piece.slug: piece for piece in self.pieces}

    def path_of(self, piece: Piece) -> str:
        """Say where a piece stands: its own address, or that of the piece it replaces."""
        return self.by_slug[piece.replaces].path if piece.replaces else piece.path

    def standing(self, batch: int) -> tuple[Piece, ...]:
        """Return the pieces on the site once ``batch`` is out, newest first; replaced ones are gone."""
        out = [piece for piece in self.pieces if piece.batch <= batch]
        replaced = {piece.replaces for piece in out}
        kept = (piece for piece in out if piece.slug not in replaced)
        return tuple(sorted(kept, key=lambda piece: (piece.published_at, piece.slug), reverse=True))


def _outlet(row: dict[str, Any]) -> Outlet:
    feeds = tuple(FeedSpec(**_with_tuples(feed)) for feed in row.pop("feeds"))
    return Outlet(feeds=feeds, **_with_tuples(row))


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _pieces(folder: Traversable) -> Iterable[Piece]:
    for name in _PIECE_FILES:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            yield _piece(json.loads(line))


def _piece(row: dict[str, Any]) -> Piece:
    published_at = datetime.fromisoformat(row.pop("published"))
    return Piece(published_at=published_at, **_with_tuples(row))
