"""Fit the weights of `tracker/relevance/policy.py` on the development data, and report each subject fitted without it.

  python -m benchmarks.fit_relevance --data FOLDER --seeds DIR [--rows FILE] [--off 60]

FOLDER holds `topic`, `topic2`, `topic3` and `tracking`. Every watch is run as the engine runs it: items in order of
date, learning what passed. Each item is measured twice, as it is and cut to its title and 0, 25, 50 or 100 words, so
that one line serves all lengths; watches have one, three and five seeds. `--rows` keeps the measurements for the next
run. The same data give the same figures to the last digit: no chance is involved.

The weights minimise the logistic loss, relevant and irrelevant items of a watch weighing the same, a graded subject as
much as `SUBJECT_WEIGHT` topics of the streams; none may be negative. Then the offset is moved to where F1, averaged
over all kinds of watches, is best.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import pickle
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.relevance_adapter import Scorer
from benchmarks.topic_eval import front_matter, read_lines, topics_of
from tracker.model import Relevance
from tracker.relevance import Analysed, analyse, build_profile, increments_of
from tracker.relevance.score import measure

FEATURES = ("whole", "head", "nearest", "core", "topics", "places", "foreign")
SUBJECTS = ("topic", "topic2", "topic3")
STREAMS = ("abp-dev", "reuters-dev")
CUTS = (0, 25, 50, 100)
WARM = 300
SUBJECT_WEIGHT = 6.0
RIDGE = 1e-4
THINNED = 2000
"""Off-topic items that the evaluation keeps per topic of a stream: what false alarms are scaled to."""
STARTING = {
    True: (0.40, 0.65, 0.73, 0.35, 0.81, 0.98, 2.7, 4.2),
    False: (0.62, 0.85, 0.50, 0.77, 0.0, 0.61, 1.28, 4.1),
}
"""Weights, with and without topics, by which items pass while others are measured; so the fit rests on no later fit."""
Item = dict[str, Any]


@dataclass(slots=True)
class Row:
    """One measured text: its features, its grade, and whether it was cut."""

    features: tuple[float, ...]
    grade: int
    cut: bool


@dataclass(slots=True)
class Run:
    """One watch over one set. `scale`: how many irrelevant items each measured one stands for."""

    subject: str
    kind: str
    seeds: int
    scale: float = 1.0
    rows: list[Row] = field(default_factory=list)

    @property
    def graded(self) -> bool:
        return self.subject in SUBJECTS


# ---------------------------------------------------------------- measuring


def _hash(text: str) -> int:
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16)


def cut_short(item: Item) -> Item:
    """Return an item cut to its title and the first words, how many its name decides."""
    words = (item.get("text") or "").split()
    return dict(item) | {"text": " ".join(words[: CUTS[_hash(item["id"]) % len(CUTS)]])}


_read: dict[tuple[str, bool], Analysed] = {}


def read(item: Item, *, cut: bool) -> Analysed:
    """Analyse an item once for all watches."""
    key = (item["id"], cut)
    if key not in _read:
        version = cut_short(item) if cut else item
        _read[key] = analyse(version.get("title") or "", version.get("text") or "", version.get("lang"))
    return _read[key]


def measure_run(run: Run, scorer: Scorer, warm: Iterable[Item], items: Iterable[tuple[Item, int]]) -> Run:
    """Run one watch over a set as the engine would, and keep what was measured. Earlier items are taken not to pass."""
    background, policy = scorer.background, scorer.policy
    for item in warm:
        background.observe(increments_of(read(item, cut=False), ()))
    for item, grade in items:
        if scorer.profile.is_stale(background):
            scorer.profile = build_profile(scorer.watch, background, policy, previous=scorer.profile)
        profile = scorer.profile
        present = dict(zip((*FEATURES, "offset"), STARTING[profile.named], strict=True))
        for cut in (True, False):
            analysed = read(item, cut=cut)
            found = measure(profile, analysed, background, policy).features(profile)
            if found:
                run.rows.append(Row(tuple(found[name] for name in FEATURES), grade, cut))
        passes = bool(found) and log_odds(run.rows[-1], present) >= 0
        relevance = Relevance(watch=scorer.watch.name, score=float(passes), threshold=0.5)
        background.observe(increments_of(analysed, [relevance]))
    return run


def _thinned(topic: str, items: list[tuple[int, Item]], most: int) -> list[tuple[int, Item]]:
    return sorted(items, key=lambda pair: _hash(f"{topic}|{pair[1]['id']}"))[:most]


def stream_runs(data: Path, off: int, *, named: bool) -> Iterable[Run]:
    """Measure every topic of the streams with one, three and five seeds."""
    for name in STREAMS:
        folder = data / "tracking" / name
        items = read_lines(folder / "stream.jsonl.gz")
        items.sort(key=lambda item: (item["published"], item.get("ord", ""), item["id"]))
        topics = json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]
        for topic in topics:
            on = [at for at, item in enumerate(items) if topic["label"] in item["labels"]]
            for count in (1, 3, 5):
                if len(on) < count + 5:
                    continue
                start = on[count - 1] + 1
                left_out = {
                    *on,
                    *(at for at, item in enumerate(items) if item["id"] in topic.get("ignore", ())),
                }
                others = [(at, item) for at, item in enumerate(items) if at >= start and at not in left_out]
                few = _thinned(topic["id"], others, off)
                rest = _thinned(topic["id"], [(at, items[at]) for at in on[count:]], off)
                todo = sorted([(at, 3) for at, _ in rest] + [(at, 0) for at, _ in few])
                seeds = [items[at] for at in on[:count]]
                scorer = Scorer(seeds, [topic["name"]] if named else [])
                warm = [items[at] for at in range(max(0, start - WARM), start) if at not in on[:count]]
                scale = min(THINNED, len(others)) / max(1, len(few)) * len(rest) / len(on[count:])
                run = Run(topic["id"], f"{name[:3]}-{topic['kind']}-{count}", count, scale)
                yield measure_run(
                    run, scorer, warm if named else (), ((items[at], grade) for at, grade in todo)
                )


def subject_runs(data: Path, shipped: Path, *, named: bool) -> Iterable[Run]:
    """Measure the graded subjects with all seeds, with threes of them and with each alone."""
    warm = read_lines(data / "tracking/abp-dev/stream.jsonl.gz")[-WARM:] if named else []
    for name in SUBJECTS:
        folder = data / name
        paths = sorted(shipped.glob("*.*")) if name == "topic" else sorted(folder.glob("seed*.md"))
        documents = read_lines(folder / "documents.jsonl")
        topics = topics_of(folder, bare=False) if named else []
        for count in (1, 3, 5):
            for chosen in list(combinations(paths, count))[:: 3 if count == 3 else 1]:
                scorer = Scorer([front_matter(path) for path in chosen], topics)
                run = Run(name, f"{name}-{count}", count)
                yield measure_run(run, scorer, warm, ((item, item["grade"]) for item in documents))


# ---------------------------------------------------------------- fitting


def _masses(run: Run) -> list[float]:
    """Return what every row of a run weighs: relevant and irrelevant ones sum to a half each."""
    right = sum(row.grade >= 2 for row in run.rows) or 1
    wrong = len(run.rows) - right or 1
    subject = SUBJECT_WEIGHT / {1: 5, 3: 4, 5: 1}[run.seeds] if run.graded else 1.0
    return [subject / 2 / (right if row.grade >= 2 else wrong) for row in run.rows]


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve linear equations by elimination."""
    size = len(right)
    rows = [[*matrix[at], right[at]] for at in range(size)]
    for at in range(size):
        pivot = max(range(at, size), key=lambda other: abs(rows[other][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            factor = rows[below][at] / rows[at][at]
            rows[below] = [mine - factor * above for mine, above in zip(rows[below], rows[at], strict=True)]
    solution = [0.0] * size
    for at in range(size - 1, -1, -1):
        known = sum(rows[at][other] * solution[other] for other in range(at + 1, size))
        solution[at] = (rows[at][size] - known) / rows[at][at]
    return solution


def _newton(rows: list[tuple[tuple[float, ...], bool, float]], names: Sequence[int]) -> list[float]:
    """Minimise the logistic loss over the chosen features and an offset, which comes last."""
    size = len(names) + 1
    weights = [0.0] * size
    for _ in range(12):
        slope = [RIDGE * weight for weight in weights]
        curve = [[RIDGE * (a == b) + 0.0 for b in range(size)] for a in range(size)]
        for features, relevant, mass in rows:
            found = [features[name] for name in names] + [1.0]
            odds = sum(weight * value for weight, value in zip(weights, found, strict=True))
            chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
            pull, stiff = mass * (chance - relevant), mass * chance * (1 - chance)
            for a in range(size):
                slope[a] += pull * found[a]
                part = stiff * found[a]
                line = curve[a]
                for b in range(a, size):
                    line[b] += part * found[b]
        for a in range(size):
            for b in range(a):
                curve[a][b] = curve[b][a]
        step = _solve(curve, slope)
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return weights


def fit(runs: Sequence[Run], features: Sequence[str] = FEATURES) -> dict[str, float]:
    """Return the weights and the offset. A feature that would weigh less than nothing is left out."""
    masses = [_masses(run) for run in runs]
    total = sum(map(sum, masses))
    rows = [
        (row.features, row.grade >= 2, mass / total)
        for run, weights in zip(runs, masses, strict=True)
        for row, mass in zip(run.rows, weights, strict=True)
    ]
    names = [FEATURES.index(name) for name in features]
    while True:
        weights = _newton(rows, names)
        kept = [name for name, weight in zip(names, weights, strict=False) if weight > 0]
        if len(kept) == len(names):
            break
        names = kept
    found = dict.fromkeys(FEATURES, 0.0)
    found |= {FEATURES[name]: weight for name, weight in zip(names, weights, strict=False)}
    return found | {"offset": best_offset(runs, found | {"offset": weights[-1]})}


def log_odds(row: Row, weights: dict[str, float]) -> float:
    """Return the log-odds that these weights give a measured text."""
    return weights["offset"] + sum(
        weights[name] * value for name, value in zip(FEATURES, row.features, strict=True)
    )


def f1(run: Run, odds: Sequence[tuple[float, int]], moved: float) -> float:
    """Return F1 of what passes when the offset is moved."""
    passed = [grade for value, grade in odds if value + moved >= 0]
    right = sum(grade >= 2 for grade in passed)
    wrong = run.scale * (len(passed) - right)
    return 2 * right / (right + wrong + sum(grade >= 2 for _, grade in odds)) if right else 0.0


def best_offset(runs: Sequence[Run], weights: dict[str, float]) -> float:
    """Return the offset at which F1 of whole texts, averaged within kinds and then over them, is best."""
    scored = [(run, [(log_odds(row, weights), row.grade) for row in run.rows if not row.cut]) for run in runs]

    def mean_f1(moved: float) -> float:
        by_kind = defaultdict(list)
        for run, odds in scored:
            by_kind[run.kind].append(f1(run, odds, moved))
        return sum(sum(found) / len(found) for found in by_kind.values()) / len(by_kind)

    return weights["offset"] + max((step / 20 for step in range(-80, 41)), key=mean_f1)


# ---------------------------------------------------------------- reporting


def average_precision(odds: Sequence[tuple[float, int]], least: int) -> float:
    """Return the average precision of grades from `least` on."""
    right = total = 0.0
    for rank, (_, grade) in enumerate(sorted(odds, key=lambda pair: -pair[0]), 1):
        if grade >= least:
            right += 1
            total += right / rank
    return total / right if right else 0.0


def report(runs: Sequence[Run], weights: dict[str, float]) -> None:
    """Print a line for each kind of watch, whole texts and cut ones."""
    lines: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for run in runs:
        for cut in (False, True):
            odds = [(log_odds(row, weights), row.grade) for row in run.rows if row.cut is cut]
            best = [value for value, grade in odds if grade == 3]
            low = [value for value, grade in odds if grade < 2]
            lines[run.kind + (" cut" if cut else "")].append(
                (
                    average_precision(odds, 2),
                    average_precision(odds, 3),
                    f1(run, odds, 0.0),
                    sum(value >= 0 for value in best) / len(best),
                    100 * sum(value >= 0 for value in low) / len(low),
                )
            )
    for kind, found in sorted(lines.items()):
        mean = [sum(column) / len(found) for column in zip(*found, strict=True)]
        print(
            f"  {kind:18s} AP2 {mean[0]:.3f} AP3 {mean[1]:.3f} F1 {mean[2]:.3f} R3 {mean[3]:.2f} FA {mean[4]:5.1f}"
        )


def measured(data: Path, seeds: Path, off: int, *, named: bool) -> list[Run]:
    """Measure everything."""
    return [*stream_runs(data, off, named=named), *subject_runs(data, seeds, named=named)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, required=True, help="the seeds of `topic`")
    parser.add_argument("--rows", type=Path, help="where measurements are kept between runs")
    parser.add_argument("--off", type=int, default=60, help="items of each side per topic of a stream")
    arguments = parser.parse_args()
    if arguments.rows and arguments.rows.exists():
        with gzip.open(arguments.rows, "rb") as file:
            sets = pickle.load(file)
    else:
        sets = {
            named: measured(arguments.data, arguments.seeds, arguments.off, named=named)
            for named in (True, False)
        }
        if arguments.rows:
            with gzip.open(arguments.rows, "wb") as file:
                pickle.dump(sets, file)
    for named, runs in sets.items():
        features = FEATURES if named else tuple(name for name in FEATURES if name != "topics")
        print("with topics" if named else "without topics")
        for left_out in SUBJECTS:
            print(f" fitted without {left_out}")
            weights = fit([run for run in runs if run.subject != left_out], features)
            report([run for run in runs if run.subject == left_out], weights)
        weights = fit(runs, features)
        print(" fitted on all:", ", ".join(f"{name}={value:.3f}" for name, value in weights.items()))
        report(runs, weights)


if __name__ == "__main__":
    main()
