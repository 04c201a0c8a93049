"""Fit the weights of `tracker/relevance/policy.py` on the development data, and report each subject fitted without it.

  python -m benchmarks.fit_relevance --data FOLDER --seeds DIR [--rows FILE] [--off 300]

FOLDER holds `topic`, `topic2`, `topic3` and `tracking`. Every watch is run as the engine runs it: items in order of
date, learning what passed. Each item is measured twice, as it is and cut to its title and 0, 25, 50 or 100 words, so
that one line serves all lengths; watches have one, three and five seeds. `--rows` keeps the measurements for the next
run. The same data give the same figures to the last digit: no chance is involved.

The weights of the evidence are fitted on pairs: in every watch each relevant text against the irrelevant ones that look
most like it, and grade 3 against grade 2, so that they say what ranks a text above its likes, whatever the watch. One
logistic regression then turns the sum into log-odds, and the line is set where F1, averaged over all kinds of watches,
is best for watches of three and five seeds: one line for all. A graded subject counts as much as `SUBJECT_WEIGHT`
topics of the streams, cut texts and watches of one seed less than others; no evidence weighs less than nothing.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import pickle
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from operator import mul
from pathlib import Path
from typing import Any

from benchmarks.relevance_adapter import Scorer
from benchmarks.topic_eval import front_matter, read_lines, topics_of
from tracker.model import Relevance
from tracker.relevance import Analysed, analyse, build_profile, increments_of
from tracker.relevance.score import measure

FEATURES = ("whole", "head", "nearest", "core", "same", "topics", "places", "foreign", "brief")
SUBJECTS = ("topic", "topic2", "topic3")
STREAMS = ("abp-dev", "reuters-dev")
CUTS = (0, 25, 50, 100)
WARM = 300
SUBJECT_WEIGHT = 12.0
CUT_WEIGHT = 0.2
"""What a text cut short weighs beside the whole one, and a watch of one seed beside one of more."""
RARITY = 4.0
"""Irrelevant items that one of a graded subject stands for: there 40 % are relevant, in feeds few."""
RIGHT = 60
"""Relevant items of a topic of a stream that are measured."""
HARDEST = 30
RIVALS = 8
"""Of the irrelevant texts of a watch that look most relevant, so many are compared, and each relevant text with so many
of these."""
BEST_WEIGHT, BETTER_WEIGHT = 1.5, 0.3
"""What a pair weighs whose better text has grade 3, and a pair of grades 3 and 2."""
MOVES = [step / 10 for step in range(-25, 26)]
"""What the offset is moved by."""
BINS = [step / 10 for step in range(-120, 121)]
NEAR = 3
"""Places where the line is looked for; F1 at one is the mean of so many on either side, since one document more or less
is no evidence."""
PRIOR, BELIEF = 1.0, 0.1
"""What a measure weighs when nothing is known of it, and how firmly: with so few subjects the data may move the weights
from equality, not make them."""
THINNED = 2000
"""Off-topic items that the evaluation keeps per topic of a stream: what false alarms are scaled to."""
STARTING = {
    True: dict(zip((*FEATURES, "offset"), (1.2, 0.8, 0.4, 0.4, 0.0, 0.8, 1.5, 1.3, 1.0, 5.8), strict=True)),
    False: dict(zip((*FEATURES, "offset"), (0.4, 1.4, 0.7, 0.6, 0.0, 0.0, 0.5, 1.1, 1.3, 4.7), strict=True)),
}
"""Weights, with and without topics, by which items pass while others are measured and by which texts look relevant; so
the fit rests on no later fit."""
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
        for cut in (True, False):
            analysed = read(item, cut=cut)
            found = measure(profile, analysed, background, policy).features(profile)
            if found:
                run.rows.append(Row(tuple(found[name] for name in FEATURES), grade, cut))
        passes = bool(found) and log_odds(run.rows[-1], STARTING[profile.named]) >= 0
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
                rest = _thinned(topic["id"], [(at, items[at]) for at in on[count:]], RIGHT)
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


def _mass(run: Run) -> float:
    """Return what a run weighs: its subject as much as several, or as one where it has many watches."""
    subject = SUBJECT_WEIGHT / {1: 5, 3: 4, 5: 1}[run.seeds] if run.graded else 1.0
    return subject * (CUT_WEIGHT if run.seeds == 1 else 1.0)


def _share(row: Row) -> float:
    return (CUT_WEIGHT if row.cut else 1.0) * (BEST_WEIGHT if row.grade == 3 else 1.0)


def pairs_of(run: Run, starting: dict[str, float]) -> list[tuple[tuple[float, ...], float]]:
    """Return the pairs of a run as differences of features, the better text's less the other's, with their masses."""
    looks = sorted(run.rows, key=lambda row: -log_odds(row, starting))
    wrong = [row for row in looks if row.grade < 2][:HARDEST]
    right = [row for row in looks if row.grade >= 2]
    second = [row for row in right if row.grade == 2]
    found: list[tuple[Row, Row, float]] = []
    for at, row in enumerate(right):
        step = max(1, len(wrong) // RIVALS)
        found += [(row, other, _share(row)) for other in wrong[at % step :: step]]
        if row.grade == 3:
            step = max(1, len(second) // RIVALS)
            found += [(row, other, BETTER_WEIGHT * _share(row)) for other in second[at % step :: step]]
    total = sum(mass for _, _, mass in found) or 1.0
    return [
        (
            tuple(a - b for a, b in zip(better.features, other.features, strict=True)),
            mass / total * _mass(run),
        )
        for better, other, mass in found
    ]


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


def _newton(
    rows: Sequence[tuple[Sequence[float], float, float]], prior: float = 0.0, belief: float = 1e-3
) -> list[float]:
    """Minimise the logistic loss of (features, whether it holds, mass), leaning on weights known before."""
    size = len(rows[0][0])
    weights = [prior] * size
    total = sum(mass for _, _, mass in rows)
    for _ in range(12):
        slope = [belief * (weight - prior) for weight in weights]
        curve = [[belief * (a == b) for b in range(size)] for a in range(size)]
        for found, holds, mass in rows:
            odds = sum(map(mul, weights, found))
            chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
            pull, stiff = mass / total * (chance - holds), mass / total * chance * (1 - chance)
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
        if max(map(abs, step)) < 1e-5:
            break
    return weights


def _evidence(pairs: Sequence[tuple[tuple[float, ...], float]], names: Sequence[str]) -> dict[str, float]:
    """Return the weights of the evidence. What would weigh less than nothing is left out."""
    chosen = [FEATURES.index(name) for name in names]
    while True:
        weights = _newton([([found[at] for at in chosen], 1.0, mass) for found, mass in pairs], PRIOR, BELIEF)
        kept = [at for at, weight in zip(chosen, weights, strict=True) if weight > 0]
        if len(kept) == len(chosen):
            found = dict.fromkeys(FEATURES, 0.0)
            return found | {FEATURES[at]: weight for at, weight in zip(chosen, weights, strict=True)}
        chosen = kept


def _scaled(runs: Sequence[Run], weights: dict[str, float]) -> dict[str, float]:
    """Return the weights times what turns their sum into log-odds, relevant and irrelevant texts weighing the same."""
    rows = []
    for run in runs:
        right = sum(_share(row) for row in run.rows if row.grade >= 2) or 1.0
        wrong = sum(_share(row) for row in run.rows if row.grade < 2) or 1.0
        for row in run.rows:
            mass = _mass(run) * _share(row) / (right if row.grade >= 2 else wrong)
            rows.append(((log_odds(row, weights), 1.0), float(row.grade >= 2), mass))
    scale, offset = _newton(rows)
    return {name: scale * weight for name, weight in weights.items()} | {"offset": offset}


def fit(
    runs: Sequence[Run],
    pairs: Sequence[Sequence[tuple[tuple[float, ...], float]]],
    names: Sequence[str] = FEATURES,
) -> dict[str, float]:
    """Return the weights of the evidence, and the offset; `pairs` are those of each run."""
    found = _evidence([pair for some in pairs for pair in some], names)
    return set_line(runs, _scaled(runs, found | {"offset": 0.0}))


def log_odds(row: Row, weights: dict[str, float]) -> float:
    """Return the log-odds that these weights give a measured text."""
    return weights["offset"] + sum(
        weights[name] * value for name, value in zip(FEATURES, row.features, strict=True)
    )


def f1(run: Run, odds: Sequence[tuple[float, int]], line: float) -> float:
    """Return F1 of what passes a line."""
    passed = [grade for value, grade in odds if value >= line]
    right = sum(grade >= 2 for grade in passed)
    wrong = (RARITY if run.graded else run.scale) * (len(passed) - right)
    return 2 * right / (right + wrong + sum(grade >= 2 for _, grade in odds)) if right else 0.0


def _f1_curve(run: Run, weights: dict[str, float]) -> list[float]:
    """Return F1 of whole texts at every line of `BINS`, each the mean of those near it."""
    odds = [(log_odds(row, weights), row.grade) for row in run.rows if not row.cut]
    right, wrong = (sorted(value for value, grade in odds if (grade >= 2) is good) for good in (True, False))
    curve = []
    for line in BINS:
        found = len(right) - bisect_left(right, line)
        alarms = (RARITY if run.graded else run.scale) * (len(wrong) - bisect_left(wrong, line))
        curve.append(2 * found / (found + alarms + len(right)) if found else 0.0)
    padded = [curve[0]] * NEAR + curve + [curve[-1]] * NEAR
    return [sum(padded[at : at + 2 * NEAR + 1]) / (2 * NEAR + 1) for at in range(len(curve))]


def set_line(runs: Sequence[Run], weights: dict[str, float]) -> dict[str, float]:
    """Move the offset where F1 of whole texts is best for watches of several seeds, averaged within kinds and then over
    them."""
    curves = [(run.kind, _f1_curve(run, weights)) for run in runs if run.seeds > 1]

    def mean_f1(move: float) -> float:
        at = min(len(BINS) - 1, max(0, len(BINS) // 2 - round(10 * move)))
        by_kind = defaultdict(list)
        for kind, curve in curves:
            by_kind[kind].append(curve[at])
        return sum(sum(values) / len(values) for values in by_kind.values()) / len(by_kind)

    return weights | {"offset": weights["offset"] + max(MOVES, key=mean_f1)}


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
    sys.stdout.flush()


def measured(data: Path, seeds: Path, off: int, *, named: bool) -> list[Run]:
    """Measure everything."""
    return [*stream_runs(data, off, named=named), *subject_runs(data, seeds, named=named)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, required=True, help="the seeds of `topic`")
    parser.add_argument("--rows", type=Path, help="where measurements are kept between runs")
    parser.add_argument("--off", type=int, default=300, help="irrelevant items per topic of a stream")
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
        pairs = [pairs_of(run, STARTING[named]) for run in runs]
        print("with topics" if named else "without topics")
        for left_out in SUBJECTS:
            print(f" fitted without {left_out}")
            kept = [(run, some) for run, some in zip(runs, pairs, strict=True) if run.subject != left_out]
            weights = fit([run for run, _ in kept], [some for _, some in kept], features)
            report([run for run in runs if run.subject == left_out], weights)
        weights = fit(runs, pairs, features)
        print(" fitted on all:", ", ".join(f"{name}={value:.3f}" for name, value in weights.items()))
        report(runs, weights)


if __name__ == "__main__":
    main()
