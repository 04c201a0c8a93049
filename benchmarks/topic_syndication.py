"""Near-duplicates in the topic sets: syndicated copies must be tied, independent reports must not.

    python -m benchmarks.topic_syndication [FOLDER ...]     default: ../shared/data/topic

`syndication.jsonl` holds groups of copies of one wire text and one independent report of the same event each;
`documents.jsonl` holds no duplicates at all, though many of its items tell the same event.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.neardup_adapter import Detector
from tracker.model import Likeness

_DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "topic"


def judged(items: list[dict[str, Any]]) -> dict[str, tuple[Likeness, str | None]]:
    """Each item's likeness and the id of the item it names, asked in order of publication."""
    with tempfile.TemporaryDirectory() as folder:
        detector = Detector(Path(folder))
        answers = {}
        for item in sorted(items, key=lambda item: (item["published"], item["id"])):
            likeness = detector.likeness(item)
            answers[item["id"]] = (likeness, detector.name(likeness.of))
            detector.add(item)
        detector.close()
    return answers


def flagged_documents(folder: Path) -> list[tuple[str, str | None]]:
    """Pairs flagged among documents that hold no duplicates."""
    answers = judged(_read(folder / "documents.jsonl"))
    return [(name, of) for name, (likeness, of) in answers.items() if likeness.is_duplicate]


def syndication_figures(folder: Path) -> dict[str, Any]:
    """Copies tied to the first item of their group, by relation and kind; what was swallowed; pairs right and wrong."""
    items = {item["id"]: item for item in _read(folder / "syndication.jsonl")}
    answers = judged(list(items.values()))
    tied: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    missed, swallowed, family = [], [], {}
    for name, (likeness, of) in answers.items():
        family[name] = family[of] if likeness.is_duplicate and of else name
        item = items[name]
        if item["role"] == "independent":
            swallowed += [name] if likeness.is_duplicate else []
        elif any(
            other["group"] == item["group"] and other["role"] == "copy"
            for other in map(items.get, family)
            if other is not item
        ):
            is_tied = likeness.is_duplicate and items[of or name]["group"] == item["group"]
            tied[item["relation_to_first"]][0] += is_tied
            tied[item["relation_to_first"]][1] += 1
            kinds[item["relation_to_first"]][likeness.kind.value] += 1
            missed += [] if is_tied else [(name, item["group"], likeness.kind.value, likeness.reasons)]
    right, wrong = _pairs(items, family)
    return {
        "tied of": dict(tied),
        "kinds": {relation: dict(counts) for relation, counts in kinds.items()},
        "missed": missed,
        "independent items swallowed": swallowed,
        "pairs right": right,
        "pairs wrong": wrong,
    }


def _pairs(items: dict[str, dict[str, Any]], family: dict[str, str]) -> tuple[int, int]:
    names = sorted(items)
    joined = [(a, b) for a in names for b in names if a < b and family[a] == family[b]]
    right = sum(
        items[a]["group"] == items[b]["group"] and {items[a]["role"], items[b]["role"]} == {"copy"}
        for a, b in joined
    )
    return right, len(joined) - right


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main(folders: list[str]) -> None:
    for folder in map(Path, folders or [str(_DEFAULT)]):
        print(folder)
        print("  flagged in documents.jsonl, all wrong:", flagged_documents(folder))
        if (folder / "syndication.jsonl").exists():
            for name, value in syndication_figures(folder).items():
                print(f"  {name}: {value}")


if __name__ == "__main__":
    main(sys.argv[1:])
