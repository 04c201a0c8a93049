"""Near-duplicate detection beside what others do, through one scorer in one run.

    python -m benchmarks.neardup [--systems ours,exact,...] [--streams reuters,modern,controlled] [--json FILE]

The rivals are the rules that feed readers and crawlers use: an equal hash of the normalised text, SimHash with Hamming
distance 3 and 7, MinHash with locality-sensitive hashing (the datasketch library, where it is installed), and like titles.
Each gets normalised words for nothing, remembers every item, and names the nearest match.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from rapidfuzz import fuzz, process

from benchmarks.adapters import detector
from tracker.text.normalise import comparison_words

__all__ = ["SYSTEMS", "main", "simhash"]

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_NOTHING = (None, 0.0, "new")
_LANES = [sum((byte >> lane & 1) << 16 * lane for lane in range(8)) for byte in range(256)]
Item = dict[str, Any]
Answer = tuple[str | None, float, str]


class System(Protocol):
    """What the scorer asks of a detector."""

    def check(self, item: Item) -> Answer:
        """(id of the item this one repeats or None, similarity 0..1, kind)."""

    def add(self, item: Item) -> None:
        """Remember an item."""


class ExactHash:
    """The same words in the same order."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def check(self, item: Item) -> Answer:
        """The first item with these words."""
        of = self._first.get(_joined(item))
        return (of, 1.0, "exact") if of else _NOTHING

    def add(self, item: Item) -> None:
        """Remember the words."""
        self._first.setdefault(_joined(item), item["id"])


class SimHash:
    """Charikar 2002 over word 3-grams, 64 bits; found by blocks of bits of which one must be equal (Manku 2007)."""

    def __init__(self, distance: int) -> None:
        self._distance = distance
        self._tables: list[dict[int, list[tuple[int, str]]]] = [
            defaultdict(list) for _ in range(distance + 1)
        ]
        self._hashed: tuple[str, int] = ("", 0)

    def check(self, item: Item) -> Answer:
        """The nearest item within the distance."""
        self._hashed = item["id"], simhash(_words(item))
        value = self._hashed[1]
        near = {
            (distance, of)
            for block, table in zip(self._blocks(value), self._tables, strict=True)
            for other, of in table.get(block, ())
            if (distance := (value ^ other).bit_count()) <= self._distance
        }
        if not near:
            return _NOTHING
        distance, of = min(near)
        return of, 1 - distance / 64, "near"

    def add(self, item: Item) -> None:
        """Enter the hash just made into every table."""
        name, value = self._hashed
        assert name == item["id"]
        for block, table in zip(self._blocks(value), self._tables, strict=True):
            table[block].append((value, name))

    def _blocks(self, value: int) -> list[int]:
        count = len(self._tables)
        bounds = [64 * number // count for number in range(count + 1)]
        return [value >> low & (1 << high - low) - 1 for low, high in pairwise(bounds)]


class MinHash:
    """datasketch.MinHashLSH over word shingles; of what it finds, the one with the greatest estimated Jaccard."""

    def __init__(self, width: int, threshold: float) -> None:
        datasketch = importlib.import_module(
            "datasketch"
        )  # no dependency of ours: only where it is installed
        self._signature: Any = datasketch.MinHash
        self._index: Any = datasketch.MinHashLSH(threshold=threshold, num_perm=128)
        self._signatures: dict[str, Any] = {}
        self._width, self._threshold = width, threshold

    def check(self, item: Item) -> Answer:
        """The most similar item at or over the threshold."""
        made = self._signature(num_perm=128)
        words = _words(item)
        made.update_batch(
            [" ".join(words[at : at + self._width]).encode() for at in range(len(words) - self._width + 1)]
        )
        self._signatures[item["id"]] = made
        found = [(made.jaccard(self._signatures[of]), of) for of in self._index.query(made)]
        best = max(found, default=(0.0, ""))
        return (best[1], best[0], "near") if best[0] >= self._threshold else _NOTHING

    def add(self, item: Item) -> None:
        """Enter the signature just made."""
        self._index.insert(item["id"], self._signatures[item["id"]])


class Titles:
    """rapidfuzz token_set_ratio of titles against every earlier title."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._titles: list[str] = []
        self._names: list[str] = []

    def check(self, item: Item) -> Answer:
        """The item with the likest title, if like enough."""
        found = process.extractOne(
            _title(item), self._titles, scorer=fuzz.token_set_ratio, score_cutoff=self._least
        )
        return (self._names[found[2]], found[1] / 100, "near") if found else _NOTHING

    def add(self, item: Item) -> None:
        """Remember the title."""
        self._titles.append(_title(item))
        self._names.append(item["id"])


SYSTEMS: dict[str, tuple[str, Callable[[], System]]] = {
    "exact": ("equal hash of the normalised text", ExactHash),
    "simhash3": ("SimHash, 64 bits, distance 3", lambda: SimHash(3)),
    "simhash7": ("SimHash, 64 bits, distance 7", lambda: SimHash(7)),
    "minhash5": ("datasketch MinHashLSH, 5-grams, Jaccard 0.7", lambda: MinHash(5, 0.7)),
    "minhash3": ("datasketch MinHashLSH, 3-grams, Jaccard 0.5", lambda: MinHash(3, 0.5)),
    "titles90": ("titles, token_set_ratio 90", lambda: Titles(90)),
    "titles95": ("titles, token_set_ratio 95", lambda: Titles(95)),
    "ours": ("this project, through a SQLite store", detector),
}
"""What each is called in the table, and what makes one."""


def simhash(words: list[str]) -> int:
    """SimHash of word 3-grams, 64 bits. The bits of each byte are counted eight at a time, in lanes of 16 bits."""
    shingles = [" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))]
    hashes = b"".join(blake2b(shingle.encode(), digest_size=8).digest() for shingle in shingles)
    value = 0
    for byte in range(8):
        counts = sum(map(_LANES.__getitem__, hashes[byte::8]))
        bits = (counts >> 16 * lane & 0xFFFF for lane in range(8))
        value |= sum(1 << 8 * byte + lane for lane, count in enumerate(bits) if 2 * count > len(shingles))
    return value


def main() -> None:
    """Run the systems asked for and print a Markdown row of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--streams", default="reuters,modern,controlled")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    scorer, results = _scorer(), {}
    print(
        "| system | precision | recall | F1 | false merges per 1000 | CPU us per item |\n|---|---|---|---|---|---|"
    )
    for name in options.systems.split(","):
        if name.startswith("minhash") and not importlib.util.find_spec("datasketch"):
            print(f"{SYSTEMS[name][0]}: left out, datasketch is not installed", file=sys.stderr)
            continue
        result = scorer.quality(
            f"benchmarks.neardup:{name}", str(_SHARED / "data/neardup"), options.streams.split(",")
        )
        results[name] = result
        print(_row(SYSTEMS[name][0], result), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


def __getattr__(name: str) -> Callable[[], System]:
    """The scorer asks for `benchmarks.neardup:NAME`, a function that makes a system."""
    if name in SYSTEMS:
        return SYSTEMS[name][1]
    raise AttributeError(name)


def _row(title: str, result: dict[str, Any]) -> str:
    links = result["ALL"]["links"]
    streams = [stream for name, stream in result.items() if name != "ALL"]
    cpu = sum(s["latency"]["cpu_us_per_item"] * s["items"] for s in streams) / sum(
        s["items"] for s in streams
    )
    return (
        f"| {title} | {links['precision']:.3f} | {links['recall']:.3f} | {links['f1']:.3f} | "
        f"{result['ALL']['false_merges_per_1000']:.2f} | {cpu:.0f} |"
    )


def _scorer() -> Any:
    path = _SHARED / "eval" / "neardup_eval.py"
    spec = importlib.util.spec_from_file_location("neardup_eval", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _words(item: Item) -> list[str]:
    return comparison_words(item["text"] or "")


def _joined(item: Item) -> str:
    return " ".join(_words(item)) or str(item["id"])


def _title(item: Item) -> str:
    return " ".join(comparison_words(item["title"] or "")) or str(item["id"])


if __name__ == "__main__":
    main()
