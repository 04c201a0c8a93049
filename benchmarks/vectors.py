"""Measure what a sentence encoder adds to the score, fit its constants, and write the table of docs/relevance.md.

  python -m benchmarks.vectors --data FOLDER --seeds DIR --model FOLDER [--kept FILE] [--topics 8] [--write docs/relevance.md]

FOLDER of the data holds `topic`, `topic2`, `topic3` and `tracking`; DIR the seeds of `topic`; FOLDER of the model what
`[relevance] model` names. Every watch is run as the engine runs it, without and with the encoder: items in order of
date, 300 before them, one, three and five seeds. Of a stream the first topics of each kind in the order of their
names' hashes are run, `RIGHT` relevant and `WRONG` irrelevant items each. `--kept` keeps vectors between runs.

The constants of `tracker/relevance/meaning.py` are looked for on a coarse grid, where the mean over all kinds of
watches of the average precision and of F1 at the line is best; each set is also reported with the constants that are
best without it.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
import pickle
import resource
import statistics
import time
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from operator import mul
from pathlib import Path
from typing import Any

from benchmarks.fit_relevance import average_precision, cut_short
from benchmarks.relevance import put_between
from benchmarks.relevance_adapter import Scorer
from benchmarks.topic_eval import front_matter, read_lines, topics_of
from tracker.app.encoder import load_encoder
from tracker.relevance import Encoder, build_profile, meaning_text
from tracker.relevance import meaning as shipped
from tracker.relevance.meaning import usual_closeness

Item = dict[str, Any]
Vector = tuple[float, ...]
SUBJECTS = {
    "topic": "US-China counternarcotics",
    "topic2": "EU-China car duties",
    "topic3": "PFAS in drinking water",
}
STREAMS = {
    ("abp-dev", "beat"): "US news, beats",
    ("abp-dev", "story"): "US news, stories",
    ("reuters-dev", "beat"): "Reuters 1987, beats",
}
WARM, RIGHT, WRONG = 300, 40, 300
RARITY = 4.0
"""Irrelevant items that one of a graded subject stands for in F1, as in `fit_relevance`."""
THINNED = 2000
"""Irrelevant items per topic of a stream that those measured stand for in F1."""
CUT_WEIGHT = 0.2
"""What texts cut short weigh beside whole ones in the choice of constants, as in `fit_relevance`."""
NEAR = tuple(step / 10 for step in range(-3, 4))
"""F1 at a line is the mean of lines about it, since one document more or less is no evidence."""
WEIGHTS = (1.0, 2.0, 3.0, 4.0, 6.0)
SHARES = (0.55, 0.65, 0.75, 0.85, 0.95)
MOSTS = (0.75, 1.0, 1.5, 2.0)
BEGIN, END = "<!-- figures: benchmarks.vectors -->", "<!-- end of the encoder's figures -->"


@dataclass(frozen=True, slots=True, order=True)
class Constants:
    """What `meaning.py` calls `_WEIGHT`, `_USUAL_SHARE` and `_MOST`."""

    weight: float
    share: float
    most: float

    def term(self, cosine: float, own: float) -> float:
        return max(-self.most, min(self.most, self.weight * (cosine - self.share * own)))


SHIPPED = Constants(shipped._WEIGHT, shipped._USUAL_SHARE, shipped._MOST)  # noqa: SLF001 - their own measurement
GRID = [Constants(*found) for found in product(WEIGHTS, SHARES, MOSTS)]


@dataclass(frozen=True, slots=True)
class Row:
    """One item: its grade, log-odds without and with the encoder as shipped, and its cosine to the nearest seed."""

    grade: int
    without: float
    shipped: float
    cosine: float


@dataclass(slots=True)
class Run:
    """One watch: its set, whether texts were cut, the number of its seeds, how close they are to one another, and how
    many items each irrelevant one stands for."""

    name: str
    cut: bool
    seeds: int
    rarity: float
    own: float
    rows: list[Row] = field(default_factory=list)


class Kept:
    """An encoder whose vectors are kept in a file, if one is named."""

    def __init__(self, encoder: Encoder, path: Path | None) -> None:
        self.name, self._encoder, self._path, self._new = encoder.name, encoder, path, 0
        self._held: dict[bytes, array[float]] = {}
        if path and path.exists():
            self._held = pickle.loads(path.read_bytes())

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        keys = [hashlib.sha256(f"{self.name} {text}".encode()).digest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._held}
        for key, vector in zip(missing, self._encoder.encode(list(missing.values())), strict=True):
            self._held[key] = array("f", vector)
        self._new += len(missing)
        return [tuple(self._held[key]) for key in keys]

    def save(self, *, least: int) -> None:
        """Write the file when there are so many new vectors."""
        if self._path and self._new >= least:
            self._path.write_bytes(pickle.dumps(self._held))
            self._new = 0


class MeaningScorer(Scorer):
    """The same scorer with an encoder, as `pipeline/scoring.py` uses one."""

    def __init__(self, seeds: Sequence[Item], topics: Sequence[Any], encoder: Kept) -> None:
        super().__init__(seeds, topics)
        self.encoder = encoder
        self.policy = replace(self.policy, model=encoder.name)
        self.meanings = encoder.encode([meaning_text(seed.title, seed.text) for seed in self.watch.seeds])
        self.profile = build_profile(self.watch, self.background, self.policy, meanings=self.meanings)

    def _read(self, item: Any) -> Any:
        if self.profile.is_stale(self.background):
            self.profile = build_profile(
                self.watch, self.background, self.policy, previous=self.profile, meanings=self.meanings
            )
        (vector,) = self.encoder.encode([text_of(item)])
        return replace(super()._read(item), meaning=vector)


def text_of(item: Any) -> str:
    return meaning_text(item.get("title") or "", item.get("text") or "")


def log_odds(probability: float) -> float:
    within = min(1 - 1e-12, max(1e-12, probability))
    return math.log(within / (1 - within))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A watch to run: its set, seeds, topics, the items before, the items with their grades, and their rarity."""

    name: str
    cut: bool = False
    seeds: Sequence[Item]
    topics: Sequence[Any]
    warm: Sequence[Item]
    items: Sequence[tuple[Item, int]]
    rarity: float


def measure(setting: Setting, encoder: Kept) -> Run:
    """Score the items of one watch without and with the encoder. Earlier items are judged without it."""
    bare = Scorer(setting.seeds, setting.topics)
    full = MeaningScorer(setting.seeds, setting.topics, encoder)
    for item in setting.warm:
        bare.observe(item)
    full.background = copy.deepcopy(bare.background)
    encoder.encode(
        sorted((text_of(item) for item, _ in setting.items), key=len)
    )  # together: a batch is quicker
    own = usual_closeness(full.meanings) / SHIPPED.share
    run = Run(setting.name, setting.cut, len(setting.seeds), setting.rarity, own)
    for item, grade in setting.items:
        (vector,) = encoder.encode([text_of(item)])
        cosine = max(sum(map(mul, seed, vector)) for seed in full.meanings)
        run.rows.append(Row(grade, log_odds(bare.score(item)), log_odds(full.score(item)), cosine))
    return run


# ---------------------------------------------------------------- watches


def subject_settings(data: Path, shipped_seeds: Path) -> Iterator[Setting]:
    """The graded subjects with all seeds, with threes of them and with each alone; with all also cut to title and
    0, 25, 50 or 100 words."""
    warm = read_lines(data / "tracking/abp-dev/stream.jsonl.gz")[-WARM:]
    for folder, name in SUBJECTS.items():
        place = shipped_seeds if folder == "topic" else data / folder
        seeds = [
            front_matter(path) for path in sorted(place.glob("*.md" if folder == "topic" else "seed*.md"))
        ]
        graded = [(item, item["grade"]) for item in read_lines(data / folder / "documents.jsonl")]
        given = Setting(
            name=name,
            seeds=seeds,
            topics=topics_of(data / folder, bare=False),
            warm=warm,
            items=graded,
            rarity=RARITY,
        )
        for count in (1, 3, 5):
            for chosen in list(combinations(seeds, count))[:: 3 if count == 3 else 1]:
                yield replace(given, seeds=chosen)
        yield replace(given, cut=True, items=[(cut_short(item), grade) for item, grade in graded])


def _drawn(places: Iterable[int], items: Sequence[Item], most: int) -> list[int]:
    """The same items for every number of seeds, as far as they are there."""
    return sorted(places, key=lambda at: hashlib.sha256(text_of(items[at]).encode()).digest())[:most]


def stream_settings(data: Path, most: int) -> Iterator[Setting]:
    """Topics of the two streams with their first articles for seeds."""
    for (folder, kind), name in STREAMS.items():
        items = read_lines(data / "tracking" / folder / "stream.jsonl.gz")
        items.sort(key=lambda item: (item["published"], item.get("ord", ""), item["id"]))
        told = json.loads((data / "tracking" / folder / "topics.json").read_text(encoding="utf-8"))["topics"]
        topics = [topic for topic in told if topic["kind"] == kind]
        topics.sort(key=lambda topic: hashlib.sha256(topic["id"].encode()).digest())
        for topic, count in product(topics[:most], (1, 3, 5)):
            on = [at for at, item in enumerate(items) if topic["label"] in item["labels"]]
            if len(on) < count + 5:
                continue
            seeds, start = on[:count], on[count - 1] + 1
            left_out = {*on, *(at for at, item in enumerate(items) if item["id"] in topic.get("ignore", ()))}
            off = [at for at in range(start, len(items)) if at not in left_out]
            right, wrong = _drawn(on[count:], items, RIGHT), _drawn(off, items, WRONG)
            yield Setting(
                name=name,
                seeds=[items[at] for at in seeds],
                topics=[topic["name"]],
                warm=[items[at] for at in range(max(0, start - WARM), start) if at not in seeds],
                items=[(items[at], 3 if at in right else 0) for at in sorted([*right, *wrong])],
                rarity=min(THINNED, len(off)) / len(wrong) * len(right) / len(on[count:]),
            )


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class Figures:
    """Average precision of grades from 2 and of grade 3; at the line F1, recall of grade 3, and false alarms per 100."""

    ap2: float
    ap3: float
    f1: float
    recall: float
    alarms: float

    @property
    def worth(self) -> float:
        return (self.ap2 + self.ap3) / 4 + self.f1 / 2


Kind = tuple[str, bool, int]


def _f1(run: Run, odds: Sequence[tuple[float, int]]) -> float:
    every, found = sum(grade >= 2 for _, grade in odds), []
    for line in NEAR:
        passed = [grade for value, grade in odds if value >= line]
        right = sum(grade >= 2 for grade in passed)
        found.append(2 * right / (right + run.rarity * (len(passed) - right) + every))
    return statistics.mean(found)


def figures_of(run: Run, odds: Sequence[tuple[float, int]]) -> Figures:
    best = [value for value, grade in odds if grade == 3]
    low = [value for value, grade in odds if grade < 2]
    return Figures(
        average_precision(odds, 2),
        average_precision(odds, 3),
        _f1(run, odds),
        sum(value >= 0 for value in best) / len(best),
        100 * sum(value >= 0 for value in low) / len(low),
    )


def _mean(figures: Collection[Figures]) -> Figures:
    return Figures(*(statistics.mean(getattr(one, name) for one in figures) for name in Figures.__slots__))


def by_kind(runs: Sequence[Run], odds_of: Any) -> dict[Kind, Figures]:
    """Return the mean figures of the watches of each kind; `odds_of` gives the log-odds of a row."""
    found = defaultdict(list)
    for run in runs:
        odds = [(odds_of(run, row), row.grade) for row in run.rows]
        found[run.name, run.cut, run.seeds].append(figures_of(run, odds))
    return {kind: _mean(some) for kind, some in found.items()}


def with_constants(runs: Sequence[Run], constants: Constants) -> dict[Kind, Figures]:
    """Figures as they would be with these constants, what is learned from decisions aside."""
    return by_kind(runs, lambda run, row: row.without + constants.term(row.cosine, run.own))


def best_without(tried: dict[Constants, dict[Kind, Figures]], left_out: str | None) -> Constants:
    """Return the constants that are worth most over all kinds but those of one set; of equals the lightest."""

    def worth(constants: Constants) -> float:
        found = [
            (CUT_WEIGHT if cut else 1.0, one.worth)
            for (name, cut, _), one in tried[constants].items()
            if name != left_out
        ]
        return round(sum(mass * value for mass, value in found) / sum(mass for mass, _ in found), 4)

    return max(sorted(tried), key=worth)


# ---------------------------------------------------------------- cost


def costs(folder: Path, items: Sequence[Item]) -> tuple[Encoder, str]:
    """Load the encoder and return it with what it costs: CPU time per item, each alone as the engine reads, and memory."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    encoder = load_encoder(folder)
    loaded = time.process_time() - started
    spent = []
    for item in items:
        started = time.process_time()
        encoder.encode([text_of(item)])
        spent.append(1000 * (time.process_time() - started))
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    late = statistics.quantiles(spent, n=20)[-1]
    return encoder, (
        f"Cost: {statistics.median(spent):.1f} ms of CPU time per item (p50; {late:.1f} ms p95), once for all "
        f"watches; {memory:.0f} MiB of memory; {loaded:.1f} s of CPU time to load."
    )


# ---------------------------------------------------------------- the page

HEAD = "| set | seeds | AP, grade 2 and 3 | AP, grade 3 | F1 at the line | recall of grade 3 | false alarms per 100 |"


def _cells(before: Figures, after: Figures) -> str:
    pairs = [(getattr(before, name), getattr(after, name)) for name in ("ap2", "ap3", "f1")]
    cells = [f"{one:.3f} → {other:.3f}" for one, other in pairs]
    cells += [f"{before.recall:.2f} → {after.recall:.2f}", f"{before.alarms:.1f} → {after.alarms:.1f}"]
    return " | ".join(cells)


def _table(before: dict[Kind, Figures], after: dict[Kind, Figures]) -> list[str]:
    rows = [
        f"| {name}{', cut short' if cut else ''} | {seeds} | {_cells(one, after[name, cut, seeds])} |"
        for (name, cut, seeds), one in before.items()
    ]
    means = f"| mean of the rows | | {_cells(_mean(before.values()), _mean(after.values()))} |"
    return [HEAD, "|---|---|---|---|---|---|---|", *rows, means, ""]


def report(runs: Sequence[Run], cost: str) -> str:
    """The gain on every set as shipped, and with constants that never saw the set."""
    tried = {constants: with_constants(runs, constants) for constants in GRID}
    names = dict.fromkeys(run.name for run in runs)
    chosen = {name: best_without(tried, name) for name in names}
    blind = {kind: tried[chosen[kind[0]]][kind] for kind in tried[GRID[0]]}
    before = by_kind(runs, lambda _, row: row.without)
    judgements = sum(len(run.rows) for run in runs)
    return "\n".join(
        [
            f"Without → with the encoder, as shipped, on {len(runs)} watches and {judgements} judgements. {cost}",
            "",
            *_table(before, by_kind(runs, lambda _, row: row.shipped)),
            "The same, each set with the constants that are best on all others ("
            + "; ".join(
                f"{name}: {one.weight:g}, {one.share:g}, {one.most:g}" for name, one in chosen.items()
            )
            + f"; on all: {(all_ := best_without(tried, None)).weight:g}, {all_.share:g}, {all_.most:g}):",
            "",
            *_table(before, blind),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--kept", type=Path, help="where vectors are kept between runs")
    parser.add_argument("--topics", type=int, default=8, help="topics of each kind of stream")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    arguments = parser.parse_args()
    first = read_lines(arguments.data / "topic/documents.jsonl")[:60]
    loaded, cost = costs(arguments.model, first)
    encoder, runs = Kept(loaded, arguments.kept), []
    for setting in (
        *subject_settings(arguments.data, arguments.seeds),
        *stream_settings(arguments.data, arguments.topics),
    ):
        runs.append(measure(setting, encoder))
        encoder.save(least=500)
    encoder.save(least=1)
    tables = report(runs, cost)
    print(tables)
    if arguments.write:
        put_between(arguments.write, BEGIN, END, tables)


if __name__ == "__main__":
    main()
