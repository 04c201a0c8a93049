"""Text quality of our extractor beside plain `trafilatura.extract`, page by page in the same run.

    python -m benchmarks.extraction [FOLDER] [--pages]

FOLDER holds `truth.jsonl` and gzipped pages (default: ../shared/data/pages). For pages with a body: precision and
recall of shingles of four words, averaged over the pages, and the F1 of the two averages. For pages with phrases: F1
over phrases that must and must not be there. CPU time per page, the two extractors taking turns. Exits with 1 when
ours is more than 0.01 below plain trafilatura on any set with bodies, or leaves a page empty that it does not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trafilatura

from tracker.articles.extract import extract_page
from tracker.model import ExtractedPage

PAGES = Path(__file__).resolve().parents[2] / "shared/data/pages"
TOLERANCE = 0.01
_WORD = re.compile(r"\w+")


@dataclass
class Tally:
    """What one extractor reached on one set of pages."""

    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    phrases: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    pages: int = 0
    empty: int = 0

    @property
    def f1(self) -> float:
        """F1 of the averages, or over phrases where there are no bodies."""
        if not self.precisions:
            hits = 2 * self.phrases["found"]
            return hits / (hits + self.phrases["missing"] + self.phrases["wrong"])
        precision, recall = mean(self.precisions), mean(self.recalls)
        return 2 * precision * recall / (precision + recall)


def mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))) if words else Counter()


def plain(body: bytes, _url: str) -> str:
    return trafilatura.extract(body) or ""


def ours(body: bytes, url: str) -> str:
    page = extract_page(body, url, "")
    return page.text if isinstance(page, ExtractedPage) else ""


def note(tally: Tally, truth: dict[str, Any], text: str) -> float:
    """Add one page; its own F1 comes back."""
    tally.pages += 1
    tally.empty += not text
    if truth["kind"] == "phrases":
        tally.phrases["found"] += (found := sum(phrase in text for phrase in truth["with"]))
        tally.phrases["missing"] += len(truth["with"]) - found
        tally.phrases["wrong"] += sum(phrase in text for phrase in truth["without"])
        return 0.0
    got, wanted = shingles(text), shingles(truth["body"])
    shared = sum((got & wanted).values())
    precision, recall = shared / max(1, sum(got.values())), shared / max(1, sum(wanted.values()))
    tally.precisions.append(precision)
    tally.recalls.append(recall)
    return 2 * precision * recall / (precision + recall) if shared else 0.0


def run(folder: Path, *, show_pages: bool) -> dict[str, dict[str, Tally]]:
    extractors: dict[str, Callable[[bytes, str], str]] = {"plain trafilatura": plain, "ours": ours}
    tallies: dict[str, dict[str, Tally]] = {}
    truths = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
    for number, truth in enumerate(truths):
        body = gzip.decompress((folder / truth["file"]).read_bytes())
        scores = {}
        for name in sorted(extractors, reverse=bool(number % 2)):
            tally = tallies.setdefault(truth["repo"], {}).setdefault(name, Tally())
            started = time.process_time()
            text = extractors[name](body, truth.get("url") or "")
            tally.seconds += time.process_time() - started
            scores[name] = note(tally, truth, text)
        if show_pages and abs(scores["ours"] - scores["plain trafilatura"]) > 0.02:
            print(f"{truth['file']}: plain {scores['plain trafilatura']:.3f}, ours {scores['ours']:.3f}")
    return tallies


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PAGES)
    parser.add_argument("--pages", action="store_true", help="name the pages on which the two differ")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    failed = False
    for name, pair in sorted(run(arguments.folder, show_pages=arguments.pages).items()):
        for extractor, tally in sorted(pair.items(), reverse=True):
            detail = (
                f"P {mean(tally.precisions):.4f} R {mean(tally.recalls):.4f}"
                if tally.precisions
                else "phrases"
            )
            cost = 1000 * tally.seconds / tally.pages
            print(
                f"{name:48} {extractor:18} F1 {tally.f1:.4f}  {detail:19}  empty {tally.empty}  {cost:.1f} ms/page"
            )
        was, now = pair["plain trafilatura"], pair["ours"]
        failed |= now.empty > was.empty or (bool(now.precisions) and now.f1 < was.f1 - TOLERANCE)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
