"""What judging is worth, and what the three presets of the threshold let through.

  python -m benchmarks.feedback --data FOLDER --seeds DIR [--repeats 10] [--only presets|subjects|stream]

FOLDER holds `topic`, `topic2`, `topic3` and `tracking`. Judging is simulated: each set is split at random into a half
from which a person judges what the tracker is least sure of, five at a time, and a half on which the figures are taken;
repeated with other splits. `line` is what `tracker judge` does: every score moves alike. `seeds` is what it does not do,
and a person may: add the articles judged relevant, the newest of them, to the seeds, and leave the line.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.fit_relevance import average_precision
from benchmarks.relevance import WARM, Figures, Subject, subjects_of
from benchmarks.relevance_adapter import Scorer
from benchmarks.topic_eval import read_lines
from tracker.app.threshold import PRESETS
from tracker.model import Relevance, Seed, Verdict
from tracker.relevance import (
    NOTHING_JUDGED,
    Analysed,
    Judged,
    analyse,
    build_profile,
    learn_from,
    score_article,
)

Item = dict[str, Any]
STEPS = (0, 5, 10, 20)
AT_ONCE = 5
METHODS = ("line", "seeds")
EXAMPLES = 15
STREAM_SEEDS, STREAM_ITEMS, STREAM_TOPICS = 3, 160, 10


class Reader:
    """Scores texts for one watch that is judged; the stream's statistics stand still."""

    def __init__(self, scorer: Scorer, *, examples: bool) -> None:
        self.scorer, self.examples = scorer, examples
        self.verdicts: list[tuple[Item, bool]] = []
        self.profile, self.judged = scorer.profile, NOTHING_JUDGED

    def score(self, item: Item, judged: Judged | None = None) -> Relevance:
        seen: Analysed = item.setdefault("analysed", analyse(item["title"], item["text"], item.get("lang")))
        profile = replace(
            self.profile, threshold=1.1
        )  # nothing passes: passages, which only cost, are not looked for
        chosen = self.judged if judged is None else judged
        return score_article(profile, seen, self.scorer.background, self.scorer.policy, judged=chosen)

    def judge(self, items: Iterable[tuple[Item, bool]]) -> None:
        self.verdicts += items
        if self.examples:
            liked = [item for item, right in self.verdicts if right][-EXAMPLES:]
            extra = tuple(Seed(name=item["id"], title=item["title"], text=item["text"]) for item in liked)
            watch = replace(self.scorer.watch, seeds=self.scorer.watch.seeds + extra)
            self.profile = build_profile(watch, self.scorer.background, self.scorer.policy)
            return
        self.judged = learn_from(
            (self.score(item, NOTHING_JUDGED), Verdict.RELEVANT if right else Verdict.IRRELEVANT)
            for item, right in self.verdicts
        )


def unsure(reader: Reader, items: Sequence[Item]) -> list[Item]:
    """What is nearest to the line, of what was not judged yet."""
    done = {item["id"] for item, _ in reader.verdicts}
    open_items = [item for item in items if item["id"] not in done]
    return sorted(open_items, key=lambda item: abs(log_odds(reader.score(item).score)))


def log_odds(score: float) -> float:
    kept = min(1 - 1e-9, max(1e-9, score))
    return math.log(kept / (1 - kept))


def figures(reader: Reader, items: Sequence[Item]) -> tuple[float, float, float, float]:
    """AP, F1, precision and recall at the line, of what is wanted."""
    scored = [(reader.score(item).score, item["wanted"]) for item in items]
    kept = [wanted for score, wanted in scored if score >= 0.5]
    right, wanted = sum(kept), sum(wanted for _, wanted in scored)
    precision, recall = right / max(1, len(kept)), right / max(1, wanted)
    f1 = 2 * right / max(1, len(kept) + wanted)
    return average_precision([(log_odds(s), 2 * w) for s, w in scored], 2), f1, precision, recall


def simulate(
    scorer: Scorer, items: Sequence[Item], repeats: int
) -> dict[tuple[str, int], list[tuple[float, ...]]]:
    found: dict[tuple[str, int], list[tuple[float, ...]]] = defaultdict(list)
    for number in range(repeats):
        shuffled = random.Random(number).sample(items, len(items))
        ours, theirs = shuffled[::2], shuffled[1::2]
        for method in METHODS:
            reader = Reader(scorer, examples=method == "seeds")
            for step in range(0, STEPS[-1] + 1, AT_ONCE):
                if step:
                    reader.judge([(item, item["wanted"]) for item in unsure(reader, ours)[:AT_ONCE]])
                if step in STEPS:
                    found[method, step].append(figures(reader, theirs))
    return found


def table(title: str, found: dict[tuple[str, int], list[tuple[float, ...]]]) -> None:
    print(
        f"\n### {title}\n\n| judged | learns by | AP | F1 | precision | recall |\n|---|---|---|---|---|---|"
    )
    for step in STEPS:
        for method in METHODS:
            if step or method == METHODS[0]:
                mean = [statistics.mean(column) for column in zip(*found[method, step], strict=True)]
                print(
                    f"| {step} | {method if step else '-'} | "
                    + " | ".join(f"{value:.3f}" for value in mean)
                    + " |"
                )
    sys.stdout.flush()


def warmed(seeds: Sequence[Item], topics: Sequence[Any], warm: Sequence[Item]) -> Scorer:
    scorer = Scorer(seeds, topics)
    for item in warm:
        scorer.observe(item)
    scorer.profile = build_profile(scorer.watch, scorer.background, scorer.policy)
    return scorer


def judge_subjects(subjects: Sequence[Subject], warm: Sequence[Item], repeats: int) -> None:
    for subject in subjects:
        items = [{**item, "wanted": item["grade"] >= 2} for item in subject.documents]
        table(subject.name, simulate(warmed(subject.seeds, subject.topics, warm), items, repeats))


def judge_stream(data: Path, repeats: int) -> None:
    folder = data / "tracking" / "abp-dev"
    stream = read_lines(folder / "stream.jsonl.gz")
    total: dict[tuple[str, int], list[tuple[float, ...]]] = defaultdict(list)
    topics = json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]
    for topic in topics[:: max(1, len(topics) // STREAM_TOPICS)][:STREAM_TOPICS]:
        on = [item for item in stream if topic["label"] in item["labels"]]
        seeds, rest = on[:STREAM_SEEDS], on[STREAM_SEEDS:][: STREAM_ITEMS // 4]
        ignored = {*topic["ignore"], *(item["id"] for item in on)}
        off = [item for item in stream if item["id"] not in ignored]
        chance = random.Random(topic["id"])
        drawn = chance.sample(off, WARM + STREAM_ITEMS - len(rest))
        items = [{**item, "wanted": True} for item in rest] + [
            {**item, "wanted": False} for item in drawn[WARM:]
        ]
        scorer = warmed(seeds, [topic["name"]], drawn[:WARM])
        for key, rows in simulate(scorer, items, repeats).items():
            total[key] += rows
    table(f"A news stream, {STREAM_TOPICS} topics, {STREAM_SEEDS} seeds each", total)


def presets(subjects: Sequence[Subject], warm: Sequence[Item], lines: Sequence[float]) -> None:
    """Precision, recall of grade 3 and false alarms at each line."""
    print("| line | " + " | ".join(f"{one.name}: P, R3, FA" for one in subjects) + " | mean |")
    print("|---|" + "---|" * (len(subjects) + 1))
    scored = []
    for subject in subjects:
        scorer = warmed(subject.seeds, subject.topics, warm)
        reader = Reader(scorer, examples=False)
        scored.append([(reader.score(item).score, item) for item in subject.documents])
    for line in lines:
        found = [Figures.of([(score, score >= line, item) for score, item in rows]) for rows in scored]
        rows = [(one.precision, one.recall, one.alarms) for one in found]
        rows.append(tuple(map(statistics.mean, zip(*rows, strict=True))))
        names = [word for word, value in PRESETS.items() if math.isclose(value, line)]
        cells = (f"{p:.2f}, {r:.2f}, {a:.1f}" for p, r, a in rows)
        print(f"| {line:.2f} {' '.join(names)} | " + " | ".join(cells) + " |")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, required=True, help="the seeds of the first subject")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", choices=("presets", "subjects", "stream"))
    arguments = parser.parse_args()
    found = subjects_of(arguments.data, arguments.seeds, arguments.seeds)
    subjects = [found[0], *found[2:]]
    warm = read_lines(arguments.data / "tracking/abp-dev/stream.jsonl.gz")[-WARM:]
    if arguments.only in {None, "presets"}:
        steps = (1 / (1 + math.exp(-step / 4)) for step in range(-8, 9))
        presets(subjects, warm, sorted({*steps, *PRESETS.values()}))
    if arguments.only in {None, "subjects"}:
        judge_subjects(subjects, warm, arguments.repeats)
    if arguments.only in {None, "stream"}:
        judge_stream(arguments.data, max(1, arguments.repeats // 4))


if __name__ == "__main__":
    main()
