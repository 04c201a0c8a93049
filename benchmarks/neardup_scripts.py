"""Near-duplicates in other languages and scripts: recall by edit and false merges, in invented texts of eleven languages.

    python -m benchmarks.neardup_scripts

Of every language: an article, its edits, the same event in other words, another article, and a weekly report of one form
in three issues (`tests/data/scripts.json`). All languages go through one store, in one stream.
"""

from __future__ import annotations

import json
import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.neardup_adapter import Detector

__all__ = ["Told", "figures", "stream"]

_TEXTS = Path(__file__).resolve().parent.parent / "tests" / "data" / "scripts.json"
_FIRST_AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
_ISSUES = [(37, 3, 58, 9), (41, 10, 37, 12), (29, 17, 41, 8)]


class Told(NamedTuple):
    """One item: its language, what was done to it ("" for a text that must stay alone), and when it came."""

    language: str
    edit: str
    title: str
    text: str
    at: datetime


def stream(language: str, material: dict[str, Any]) -> Iterator[Told]:
    """The items of a language in order; the first is what the edits are made of."""
    title, sentences = material["title"], material["text"]
    glue = "" if language in {"zh", "ja"} else " "
    text = glue.join(sentences)
    yield Told(language, "", title, text, _FIRST_AT)
    edited = {
        "as it is": text,
        "decomposed characters": unicodedata.normalize("NFD", text),
        "credit line": f"{material['credit']} {text}",
        "paragraphs": "\n\n".join(sentences),
        "cut to 4 of 7 sentences": glue.join(sentences[:4]),
        "first 2 sentences": glue.join(sentences[:2]),
        "a misprint in 60 characters": _misprinted(text),
        "a sentence left out": glue.join([*sentences[:3], *sentences[4:]]),
        "another article added": f"{text}\n{material['other']}",
        "another number": text.replace("24", "26"),
    }
    for hours, (edit, new) in enumerate(edited.items(), 1):
        yield Told(language, edit, title, new, _FIRST_AT + timedelta(hours=hours))
    yield Told(language, "", title, material["retold"], _FIRST_AT + timedelta(hours=12))
    yield Told(language, "", material["other_title"], material["other"], _FIRST_AT + timedelta(hours=13))
    for week, numbers in enumerate(_ISSUES):
        report = material["report"].format(**dict(zip("abcd", numbers, strict=True)))
        yield Told(language, "", report[:40], report, _FIRST_AT + timedelta(days=7 * week + 1))


def figures() -> dict[str, dict[str, Any]]:
    """For each language: copies found of all, what was missed, kinds, and texts wrongly tied."""
    languages: dict[str, dict[str, Any]] = json.loads(_TEXTS.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        detector = Detector(Path(folder))
        for language, material in languages.items():
            row: dict[str, Any] = {"found": 0, "of": 0, "missed": [], "kinds": Counter(), "wrong": []}
            first = None
            for number, told in enumerate(stream(language, material)):
                item = _item(told, number)
                likeness = detector.likeness(item)
                detector.add(item)
                name = detector.name(likeness.of) if likeness.is_duplicate else None
                first = first or item["id"]
                if told.edit:
                    row["of"] += 1
                    row["found"] += name == first
                    row["kinds"][f"{told.edit}: {likeness.kind.value}"] += 1
                    row["missed"] += [] if name == first else [(told.edit, likeness.reasons)]
                elif name:
                    row["wrong"].append((told.title, name, likeness.reasons))
            found[language] = row
        detector.close()
    return found


def main() -> None:
    """Print the table of languages, then the kinds over all."""
    kinds: Counter[str] = Counter()
    for language, row in figures().items():
        kinds.update(row["kinds"])
        print(
            f"| {language} | {row['found']} of {row['of']} | {len(row['wrong'])} |",
            row["missed"],
            row["wrong"],
        )
    for kind, count in sorted(kinds.items()):
        print(f"  {kind} {count}")


def _misprinted(text: str) -> str:
    """Double or drop one letter in sixty."""
    chance = random.Random(5)
    return "".join(
        char if not char.isalpha() or chance.random() > 1 / 60 else chance.choice(["", char * 2])
        for char in text
    )


def _item(told: Told, number: int) -> dict[str, Any]:
    name = f"{told.language}-{number}"
    return {
        "id": name,
        "title": told.title,
        "text": told.text,
        "url": f"https://{told.language}.example/{number}",
        "published": told.at.isoformat(),
    }


if __name__ == "__main__":
    main()
