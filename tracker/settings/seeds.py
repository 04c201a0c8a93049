"""Seed files (text, Markdown, saved HTML pages) into `Seed` values, and a watch's settings into a `Watch`.

A seed may begin with front matter between two lines of "---": title, outlet, published, url, topics,
language. Without a title there, the first heading (Markdown) or headline-like line (text) is the title.
Reads files, writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tracker.errors import SeedError
from tracker.model import ExtractedPage, Refused, Seed, Topic, Watch, WatchName
from tracker.settings.schema import WatchSettings
from tracker.settings.seed_lines import MIN_WORDS, without_page_lines
from tracker.text.charset import decode_bytes
from tracker.text.tokens import words

__all__ = [
    "SeedFolder",
    "checked_length",
    "document_of",
    "document_of_text",
    "read_seeds",
    "seed_of",
    "watch_of",
]

_TEXT: Final = frozenset({".txt", ".md", ".html", ".htm"})
_FENCE: Final = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_MARKS: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[*+-][ \t]+)|(\*\*|__|`)", re.MULTILINE)
_TITLE_LINES: Final = 3
_TITLE_WORDS: Final = range(3, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A file half read: what front matter said, and the text below it."""

    text: str
    title: str = ""
    front: Mapping[str, str] = field(default_factory=dict)
    page: ExtractedPage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFolder:
    """What a seeds folder holds: the seeds that can be used, and an error for each file that cannot.

    `ignored`: names of files of other kinds and of folders, which are not looked into; hidden ones and a readme are
    left out without a word.
    """

    seeds: tuple[Seed, ...]
    problems: tuple[SeedError, ...]
    ignored: tuple[str, ...] = ()


def read_seeds(folder: Path) -> SeedFolder:
    """Read what can be read; one bad file harms no other. Without any seed there is a problem that says why."""
    try:
        found = _files(folder)
    except SeedError as error:
        return SeedFolder(seeds=(), problems=(error,))
    paths = [path for path in found if _is_wanted(path)]
    ignored = tuple(f"{path.name}/" if path.is_dir() else path.name for path in found if path not in paths)
    seeds: list[Seed] = []
    problems: list[SeedError] = []
    for path in paths:
        if path.suffix.lower() in _TEXT:
            try:
                seeds.append(seed_of(path))
            except SeedError as error:
                problems.append(error)
    try:
        _check_addresses([path for path in paths if path.suffix.lower() == ".url"], tuple(seeds))
    except SeedError as error:
        problems.append(error)
    if not seeds and not problems:
        problems.append(
            SeedError(
                f"There are no seeds in {folder}{_only(ignored)}.",
                hint="Put a few example articles on your subject there, each as a .txt, .md or .html file: "
                "copy their text, or use tracker seeds add.",
            )
        )
    return SeedFolder(seeds=without_page_lines(seeds), problems=tuple(problems), ignored=ignored)


def _only(ignored: tuple[str, ...]) -> str:
    return f", only what is not read: {', '.join(ignored)}" if ignored else ""


def seed_of(path: Path) -> Seed:
    """Read one seed file. Raises `SeedError` when it cannot be read or says too little."""
    return checked_length(document_of(path), str(path))


def document_of(path: Path) -> Seed:
    """Read any document that could be a seed, whatever its length. Raises `SeedError`."""
    content = _read(path)
    if _is_binary(content):
        raise SeedError(
            f"{path} is no text.", hint="Save the article as plain text or HTML, or take the file away."
        )
    is_page = path.suffix.lower() in {".html", ".htm"}
    return _seed(path, _from_page(path, content) if is_page else _from_text(_decoded(content), path))


def document_of_text(content: bytes) -> Seed:
    """Take a document from the bytes of a plain text, as if it had come from a .txt file."""
    return _seed(Path("-"), _from_text(_decoded(content), Path("-")))


def checked_length(seed: Seed, source: str) -> Seed:
    """Refuse a seed that says too little to learn from. Raises `SeedError`."""
    count = len(words(seed.text))
    if count < MIN_WORDS:
        raise SeedError(
            f"{source} has only {count} words of text; a seed needs {MIN_WORDS} or more.",
            hint="Paste the whole article, or take the file away.",
        )
    return seed


def watch_of(settings: WatchSettings, seeds: tuple[Seed, ...]) -> Watch:
    """Make the watch the engine knows. A threshold by items a day is the caller's; here it counts as auto."""
    topics = tuple(Topic(name=topic.name, phrases=topic.phrases or (topic.name,)) for topic in settings.topic)
    return Watch(
        name=WatchName(settings.name),
        title=settings.title or settings.name,
        seeds=seeds,
        topics=topics,
        feeds=settings.feeds,
        threshold=settings.threshold if isinstance(settings.threshold, float) else None,
        facets=settings.facets,
        places=settings.places,
        respect_robots=settings.respect_robots,
    )


def _files(folder: Path) -> list[Path]:
    """What lies in the folder, by name, without hidden files and a readme."""
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError as error:
        raise SeedError(
            f"The seeds folder {folder} does not exist.",
            hint="Make it and put a few example articles on your subject there, as .txt, .md or .html files.",
        ) from error
    except OSError as error:
        raise SeedError(f"The seeds folder {folder} cannot be read: {error.strerror}.") from error
    return [path for path in found if path.name[0] != "." and path.stem.lower() != "readme"]


def _is_wanted(path: Path) -> bool:
    return path.suffix.lower() in _TEXT | {".url"}


def _check_addresses(paths: list[Path], seeds: tuple[Seed, ...]) -> None:
    """Check .url files: they only name an article, whose text must stand in another seed."""
    known = {seed.url for seed in seeds}
    for path in paths:
        found = re.search(r"https?://\S+", _decoded(_read(path)))
        if found is None:
            raise SeedError(
                f"{path} holds no web address.", hint="Write one line with the address of an article."
            )
        if found[0] not in known:
            raise SeedError(
                f"{path} names {found[0]}, but its text has not been fetched.",
                hint=f"Fetch it with: tracker seeds add {found[0]}",
            )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SeedError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the path and its permissions."
        ) from error


def _decoded(content: bytes) -> str:
    """Decode as the byte order mark says, else as UTF-8, else by likeness."""
    return decode_bytes(content).text.replace("\r\n", "\n").replace("\r", "\n")


def _is_binary(content: bytes) -> bool:
    """Whether too many control characters stand in it for any text."""
    text = _decoded(content[:20_000])
    odd = sum(1 for c in text if c == "\ufffd" or (ord(c) < 32 and c not in "\t\n\f") or 127 <= ord(c) < 160)
    return odd > 0.02 * len(text)


def _from_text(text: str, path: Path) -> _Draft:
    front, body = _front_matter(text)
    is_markdown = path.suffix.lower() == ".md"
    title = front.get("title", "")
    if not title:
        title, body = _markdown_title(body) if is_markdown else _text_title(body)
    return _Draft(text=_plain(body) if is_markdown else body.strip(), title=title, front=front)


def _from_page(path: Path, content: bytes) -> _Draft:
    """Read a saved page with the extractor of fetched ones (imported late: it takes 0.25 s)."""
    from tracker.articles import extract_page

    front, rest = _front_matter(_decoded(content))
    url = front.get("url", "")
    body = rest.encode() if front else content
    page = extract_page(body, url, "text/html; charset=utf-8" if front else "text/html")
    if isinstance(page, Refused):
        raise SeedError(
            f"No article text was found in {path}: {page.detail}", hint="Save its text as a .txt file."
        )
    return _Draft(text=page.text, title=front.get("title") or page.title, front=front, page=page)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    match = _FENCE.match(text)
    if match is None:
        return {}, text
    pairs = (line.split(":", 1) for line in match[1].splitlines() if ":" in line)
    front = {key.strip().lower(): _unquoted(value.strip()) for key, value in pairs}
    return front, text[match.end() :]


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _markdown_title(body: str) -> tuple[str, str]:
    heading = _HEADING.search(body)
    if heading is None:
        return _text_title(body)
    return heading[1].strip(), body[: heading.start()] + body[heading.end() :]


def _text_title(body: str) -> tuple[str, str]:
    """Take the first of the opening lines that looks like a headline: some words, no full stop."""
    lines = body.strip().splitlines()
    opening = [line.strip() for line in lines if line.strip()][:_TITLE_LINES]
    for line in opening:
        count = len(words(line))
        if line.endswith((".", "。", ":", "!")) or count > _TITLE_WORDS[-1]:
            break
        if count in _TITLE_WORDS and len(lines) > 1:
            return line, "\n".join(other for other in lines if other.strip() != line)
    return "", body


def _plain(markdown: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\1", markdown)).strip()


def _seed(path: Path, draft: _Draft) -> Seed:
    front = draft.front
    seed = Seed(
        name=path.name,
        title=draft.title,
        text=draft.text,
        outlet=front.get("outlet", ""),
        url=front.get("url") or None,
        published_at=_instant(front["published"], path) if front.get("published") else None,
        language=front.get("language") or None,
        topics=_names(front.get("topics", "")),
    )
    page = draft.page
    if page is None:
        return seed
    return replace(
        seed,
        outlet=seed.outlet or page.site,
        published_at=seed.published_at or page.published_at,
        language=seed.language or page.language,
        url=seed.url or page.canonical_link,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.strip("[]").split(",") if (name := _unquoted(part.strip())))


def _instant(text: str, path: Path) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SeedError(
            f'{path} has published: "{text}", which is no date.',
            hint="Write it as in 2024-08-02 or 2024-08-02T20:15:00Z.",
        ) from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
