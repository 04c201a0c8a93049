"""Near-duplicate detection at ten thousand, a hundred thousand and a million stored articles.

    python -m benchmarks.scale --data ../shared/data/neardup --folder DIR [--sizes 10000,100000,1000000] [--json FILE]

Archives are filled in bulk (`scale_fill` says how); then, in a process of its own for each size, copies of random stored
articles in eighteen edits and new articles come in turn the way of a polled entry: looked up in the compare-then-record
transaction, recorded, fifty to a transaction. The same copies are asked at every size, and at the largest also copies of
later articles. CPU is of the process; memory is the growth over the whole run of lookups.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.neardup_adapter import Detector
from benchmarks.news_edits import EDITS
from benchmarks.news_stream import News, invented_texts, texts_of
from benchmarks.scale_fill import Archive, Source, fill
from tracker.model import Likeness
from tracker.neardup.policy import LikenessPolicy

__all__ = ["build", "decisions", "index_bytes", "main", "measured", "probes", "side_by_side", "sources_in"]

_SEED = 11
_PUBLISHED = "2026-01-01T03:00:00+00:00"
_SIDE_BY_SIDE = 600  # probes
_RESTARTED = 10_000  # articles in the archive that is opened anew in the middle
_INDEX = ("sketch", "ix_article_exact_key", "sentence")

Probe = tuple[str, int | None, dict[str, Any]]
"""Name of the edit ("new": none), the article it is a copy of, and the item."""


def build(texts: Sequence[str], folder: Path, sizes: Sequence[int], keep: int) -> None:
    """Write one archive for each size into `folder`/SIZE."""
    archive = Archive(News(texts, _SEED), _SEED)
    for size in sorted(sizes):
        (folder / str(size)).mkdir(parents=True, exist_ok=True)
        began = time.process_time()
        fill(archive, size, folder / str(size) / "x.db", keep)
        print(f"filled {size}: {time.process_time() - began:.0f} s of CPU", flush=True)


def probes(texts: Sequence[str], sources: Sequence[Source], count: int) -> Iterator[Probe]:
    """Copies of the sources, each edit in turn, every second time followed by a new article."""
    news, chance = News(texts, _SEED + 1), random.Random(_SEED)
    for number, source in enumerate(sources[:count]):
        edit = list(EDITS)[number % len(EDITS)]
        title, text = EDITS[edit](chance, (source.title, source.text), news)
        yield edit, source.article_id, _item(f"copy-{number}", title, text)
        if number % 2:
            told = news.article()
            yield "new", None, _item(f"new-{number}", told.title, told.text)


def measured(folder: Path, asked: Sequence[Probe], policy: LikenessPolicy, *, record: bool) -> dict[str, Any]:
    """Ask every probe of the archive in `folder`; `record` adds them, else nothing is changed."""
    detector = Detector(folder, policy)
    right: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    check: list[float] = []
    add: list[float] = []
    wrong = memory = 0
    for number, (edit, of, item) in enumerate(asked):
        began = time.process_time()
        likeness = detector.likeness(item)
        looked = time.process_time()
        if record:
            detector.add(item)
        check.append(looked - began)
        add.append(time.process_time() - looked)
        if of is None:
            wrong += likeness.is_duplicate
        else:
            right[edit][0] += likeness.is_duplicate and likeness.of == of
            right[edit][1] += 1
        memory = _resident() if number == 50 else memory
    grown = _resident() - memory
    verified = detector.stats()["candidates_verified"]
    detector.close()
    both = [one + other for one, other in zip(check, add, strict=True)]
    hit, all_ = (sum(pair[n] for pair in right.values()) for n in (0, 1))
    return {
        "recall": round(hit / max(1, all_), 4),
        "missed by edit": {edit: all_ - hit for edit, (hit, all_) in right.items() if hit < all_},
        "copies": all_,
        "new articles linked": wrong,
        "compared per lookup": round(verified / len(asked), 2),
        "check us": _percentiles(check),
        "add us": _percentiles(add),
        "check + add us": _percentiles(both),
        "memory growth MB": round(grown / 2**20, 1),
    }


def decisions(folder: Path, asked: Sequence[Probe], restart_after: int | None) -> list[Likeness]:
    """The verdict on every probe, each recorded; the store is closed and opened again after so many of them."""
    verdicts = []
    detector = Detector(folder)
    for number, (_, _, item) in enumerate(asked):
        if number == restart_after:
            detector.close()
            detector = Detector(folder)
        verdicts.append(detector.likeness(item))
        detector.add(item)
    detector.close()
    return verdicts


def side_by_side(folders: Sequence[Path], asked: Sequence[Probe]) -> list[int]:
    """Median CPU of a look-up in each archive, us: each is asked in turn, so that a busy machine slows all alike."""
    detectors = [Detector(folder) for folder in folders]
    taken: list[list[float]] = [[] for _ in folders]
    for _, _, item in asked:
        for detector, times in zip(detectors, taken, strict=True):
            began = time.process_time()
            detector.likeness(item)
            times.append(time.process_time() - began)
    for detector in detectors:
        detector.close()
    return [_percentiles(times)["p50"] for times in taken]


def sources_in(folder: Path) -> list[Source]:
    """The stored articles whose texts were kept."""
    return [Source(*row) for row in json.loads((folder / "x.json").read_text())]


def index_bytes(folder: Path) -> dict[str, float]:
    """Bytes per article of each part of the index, and of the prepared articles."""
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        (articles,) = connection.execute("SELECT count(*) FROM article").fetchone()
        pages = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ? AND aggregate = TRUE"
        size = {name: connection.execute(pages, (name,)).fetchone()[0] / articles for name in _INDEX}
        (prepared,) = connection.execute("SELECT avg(length(prepared)) FROM article").fetchone()
    return {**{name: round(n, 1) for name, n in size.items()}, "prepared": round(prepared, 1)}


def main() -> None:
    """Fill, then measure each size in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, help="folder of the near-duplicate sets; without it, invented words"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "scale")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--copies", type=int, default=900)
    parser.add_argument(
        "--caps", default="", help="other posting caps to ask with, changing nothing: 64,200,500"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--side-by-side", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--no-fill", action="store_true", help="the archives are there already")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_one_size(options)))
        return
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.side_by_side:
        print(json.dumps(_beside(options, sizes)))
        return
    if not options.no_fill:
        build(_texts(options), options.folder, sizes, options.copies)
    medians: list[int] = _in_own_process("--side-by-side")
    rows: list[dict[str, Any]] = [_in_own_process("--measure", str(size)) for size in sizes]
    for row, median in zip(rows, medians, strict=True):
        row["side by side us"] = median
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


def _in_own_process(*how: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.scale", *sys.argv[1:], *how]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    print(json.dumps(answer), flush=True)
    return answer


def _beside(options: argparse.Namespace, sizes: Sequence[int]) -> list[int]:
    texts, folders = _texts(options), [options.folder / str(size) for size in sizes]
    return side_by_side(folders, list(probes(texts, sources_in(folders[0]), options.copies))[:_SIDE_BY_SIDE])


def _one_size(options: argparse.Namespace) -> dict[str, Any]:
    texts, folder = _texts(options), options.folder / str(options.measure)
    sources = sources_in(folder)
    first = list(probes(texts, sources, options.copies))
    row: dict[str, Any] = {"articles": options.measure, "bytes per article": index_bytes(folder)}
    for cap in map(int, filter(None, options.caps.split(","))):
        row[f"cap {cap}"] = measured(folder, first, LikenessPolicy(posting_cap=cap), record=False)
    later = list(probes(texts, sources[options.copies :][::-1], options.copies // 2))
    if later:
        row["copies of later articles"] = measured(folder, later, LikenessPolicy(), record=False)
    with tempfile.TemporaryDirectory(dir=options.folder) as copy:
        if options.measure <= _RESTARTED:
            row["restart changes nothing"] = _same_after_restart(folder, Path(copy), first[:200])
        live = shutil.copytree(folder, Path(copy) / "live")
        return {**row, **measured(live, first, LikenessPolicy(), record=True)}


def _same_after_restart(folder: Path, copy: Path, asked: Sequence[Probe]) -> bool:
    verdicts = []
    for restart_after in (None, len(asked) // 2):
        place = copy / str(restart_after)
        shutil.copytree(folder, place)
        verdicts.append(decisions(place, asked, restart_after))
    return verdicts[0] == verdicts[1]


def _texts(options: argparse.Namespace) -> list[str]:
    return texts_of(options.data) if options.data else invented_texts(_SEED)


def _item(name: str, title: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": title,
        "text": text,
        "url": f"https://copy.example/{name}",
        "published": _PUBLISHED,
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, int]:
    ordered = sorted(seconds)
    return {
        name: round(1e6 * ordered[int(share * len(ordered))]) for name, share in (("p50", 0.5), ("p90", 0.9))
    }


def _resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


if __name__ == "__main__":
    main()
