"""Run the graded topic sets through the relevance room and print their own judge's figures.

  python -m benchmarks.topic_eval --data FOLDER [--set topic] [--seeds DIR] [--config FILE] [--warm 300] [--bare]

FOLDER holds `topic`, `topic2`, `topic3` and `tracking/abp-dev`. Documents are read in order of date; `--warm N` first
observes the last N items of the abp-dev stream. `topic` takes its seeds from `--seeds` (text or Markdown with front
matter) and its topics from the first watch of `--config`, or from `SUBJECT` below; the others bring their own.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import runpy
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

from benchmarks.relevance_adapter import Scorer

SUBJECT: tuple[dict[str, Any], ...] = (
    {
        "name": "fentanyl",
        "phrases": ("fentanyl-related", "synthetic opioid", "opioids", "nitazene", "synthetic drugs"),
    },
    {"name": "precursor chemicals", "phrases": ("precursor", "pill press")},
    {
        "name": "counternarcotics working group",
        "phrases": (
            "counternarcotics", "narcotics", "anti-drug cooperation", "drug control", "drug trafficking",
            "drug trade", "drug policy", "drugs", "working group",
        ),
    },
)  # fmt: skip
ABROAD = (
    ("fentanilo", "opioides sintéticos", "drogas sintéticas", "fentanyl", "芬太尼", "合成毒品", "阿片类"),
    ("precursores", "precursores químicos", "grundstoffe", "vorläuferstoffe", "前体", "前體", "易制毒", "易製毒"),
    (
        "narcóticos", "narcotráfico", "drogas", "droga", "tráfico de drogas", "lucha antidrogas", "grupo de trabajo",
        "drogen", "rauschgift", "drogenhandel", "drogenbekämpfung", "arbeitsgruppe",
        "毒品", "禁毒", "缉毒", "緝毒", "涉毒", "工作组", "工作組",
    ),
)  # fmt: skip


def front_matter(path: Path) -> dict[str, Any]:
    """Read a seed: Markdown with front matter, or plain text whose first line is the title."""
    text = path.read_text(encoding="utf-8").strip()
    if text.startswith("---"):
        head, _, body = text[3:].partition("\n---")
        pairs = (line.partition(":") for line in head.splitlines())
        return {"id": path.stem, "text": body.strip()} | {
            key.strip(): value.strip() for key, _, value in pairs
        }
    first, _, rest = text.partition("\n")
    return {"id": path.stem, "title": first.strip()[:300], "text": rest.strip()}


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines, packed or not, in order of date."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return sorted((json.loads(line) for line in lines), key=lambda item: (item["published"], item["id"]))


def topics_of(folder: Path, config: Path | None = None, *, bare: bool) -> list[dict[str, Any]]:
    """Return the topics of a set."""
    own = folder / "topics.json"
    if config:
        topics = tomllib.loads(config.read_text(encoding="utf-8"))["watch"][0]["topic"]
    elif own.exists():
        topics = json.loads(own.read_text(encoding="utf-8"))["topics"]
    else:
        topics = [
            dict(topic) | {"phrases": topic["phrases"] + more}
            for topic, more in zip(SUBJECT, ABROAD, strict=True)
        ]
    return [{"name": topic["name"]} for topic in topics] if bare else topics


def judge(folder: Path, predictions: list[dict[str, Any]]) -> dict[str, float]:
    """Let the set's own score.py judge, and read its figures."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(prediction) + "\n" for prediction in predictions)
        file.flush()
        out = io.StringIO()
        main = runpy.run_path(str(folder / "score.py"))["main"]
        with contextlib.redirect_stdout(out):
            main(str(folder), file.name)
    print(out.getvalue())
    return {
        line[:34].strip(): float(line[34:])
        for line in out.getvalue().splitlines()
        if not line.startswith("  ")
    }


def run(scorer: Scorer, documents: list[dict[str, Any]], *, show: bool) -> list[dict[str, Any]]:
    """Score documents in order."""
    predictions = []
    for item in documents:
        relevance = scorer.relevance(item)
        predictions.append({"id": item["id"], "score": relevance.score, "passed": relevance.passes})
        if show:
            print(f"{relevance.score:.3f} grade {item['grade']} {item['confuser'] or ''} {item['title']}")
            for reason in relevance.reasons:
                print(f"      {reason.weight:+.2f} {reason.kind}: {reason.text}")
    return predictions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", default="topic", dest="name")
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--warm", type=int, default=0)
    parser.add_argument("--bare", action="store_true", help="topic names only, no phrases")
    parser.add_argument("--facets", default="auto")
    parser.add_argument("--show", action="store_true", help="print every document with its reasons")
    arguments = parser.parse_args()
    folder = arguments.data / arguments.name
    seeds = sorted((arguments.seeds or folder).glob("seed*.md" if not arguments.seeds else "*.*"))
    scorer = Scorer(
        [front_matter(path) for path in seeds],
        topics_of(folder, arguments.config, bare=arguments.bare),
        facets=arguments.facets,
    )
    if arguments.warm:
        for item in read_lines(arguments.data / "tracking/abp-dev/stream.jsonl.gz")[-arguments.warm :]:
            scorer.observe(item)
    documents = read_lines(folder / "documents.jsonl")
    started = time.process_time()
    predictions = run(scorer, documents, show=arguments.show)
    spent = (time.process_time() - started) / len(documents)
    profile = scorer.profile
    print(
        f"{len(seeds)} seeds, facets {profile.facets}, topics {profile.spoken:.2f}, places "
        f"{[(place.code, round(place.weight, 2), round(place.usual, 2)) for place in profile.places]}, "
        f"strength {profile.strength:.2f}, cohesion {profile.cohesion:.3f}, {1000 * spent:.2f} ms per document"
    )
    judge(folder, predictions)
    if (folder / "multilingual.jsonl").exists():
        foreign = run(scorer, read_lines(folder / "multilingual.jsonl"), show=True)
        print(f"other languages: {sum(item['passed'] for item in foreign)} of {len(foreign)} pass")


if __name__ == "__main__":
    main()
