"""Measure relevance beside its rivals, and write the tables of docs/relevance.md.

  python -m benchmarks.relevance --data FOLDER --seeds DIR --original DIR [--streams] [--write docs/relevance.md]

FOLDER holds `topic`, `topic2`, `topic3` and `tracking`; the first subject is run with the shipped seeds and with the
original documents. Earlier items are the last 300 of the abp-dev stream. `--streams` runs the two news streams as well,
through `tracking_eval.py` beside the data, which takes a quarter of an hour and more.
"""

from __future__ import annotations

import argparse
import json
import random
import runpy
import statistics
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.fit_relevance import average_precision
from benchmarks.relevance_adapter import Scorer
from benchmarks.relevance_rivals import RANKERS, Filter
from benchmarks.topic_eval import front_matter, read_lines, topics_of
from tracker.model import WatchName
from tracker.relevance import analyse, build_profile, score_article

Item = dict[str, Any]
WARM = 300
CROWD = 50
DRAWS = 5
"""Random deletions of each kept item."""
BEGIN, END = "<!-- figures: benchmarks.relevance -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Subject:
    """A graded subject: its name in tables, folder, seeds and topics."""

    name: str
    folder: Path
    seeds: tuple[Item, ...]
    topics: tuple[Item, ...]

    @property
    def documents(self) -> list[Item]:
        return read_lines(self.folder / "documents.jsonl")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a scorer reached: average precision of grades from 2 and of grade 3; at its line precision, recall of
    grade 3, and false alarms per 100 of grades 0-1 and per 100 traps."""

    ap2: float
    ap3: float
    precision: float
    recall: float
    alarms: float
    traps: float

    @classmethod
    def of(cls, scored: Sequence[tuple[float, bool, Item]]) -> Figures:
        odds = [(score, item["grade"]) for score, _, item in scored]
        passed = [item for _, passes, item in scored if passes]
        low = [item for _, _, item in scored if item["grade"] < 2]
        traps = [item for item in low if item["trap"]]
        best = sum(item["grade"] == 3 for _, _, item in scored)
        wrong = [item for item in passed if item["grade"] < 2]
        return cls(
            average_precision(odds, 2),
            average_precision(odds, 3),
            (len(passed) - len(wrong)) / max(1, len(passed)),
            sum(item["grade"] == 3 for item in passed) / best,
            100 * len(wrong) / len(low),
            100 * sum(item["trap"] for item in wrong) / max(1, len(traps)),
        )

    def cells(self) -> str:
        return (
            f"{self.ap2:.3f} | {self.ap3:.3f} | {self.precision:.2f} | {self.recall:.2f} | {self.alarms:.1f} | "
            f"{self.traps:.1f}"
        )


def mean_figures(found: Sequence[Figures]) -> Figures:
    names = Figures.__slots__
    return Figures(*(statistics.mean(getattr(one, name) for one in found) for name in names))


def run_ours(subject: Subject, seeds: Sequence[Item], warm: Sequence[Item]) -> tuple[Scorer, Figures]:
    """Run our scorer over a subject in order of date."""
    scorer = Scorer(seeds, subject.topics)
    for item in warm:
        scorer.observe(item)
    scored = []
    for item in subject.documents:
        relevance = scorer.relevance(item)
        scored.append((relevance.score, relevance.passes, item))
    return scorer, Figures.of(scored)


def run_rival(rival: Any, documents: Sequence[Item], alarms: float) -> Figures:
    """Run a rival; one that only ranks gets the line at which it makes at most as many false alarms as we do."""
    scores = [(rival.score(item), item) for item in documents]
    line = rival.threshold
    if line is None:
        low = sorted((score for score, item in scores if item["grade"] < 2), reverse=True)
        line = low[round(alarms * len(low) / 100)] + 1e-12
    return Figures.of([(score, score >= line, item) for score, item in scores])


HEAD = "| scorer | AP, grade 2 and 3 | AP, grade 3 | precision | recall of grade 3 | false alarms per 100 | per 100 traps |"
RULE = "|---|---|---|---|---|---|---|"


def subject_table(subject: Subject, warm: Sequence[Item]) -> list[str]:
    """Ours and the rivals on one subject."""
    _, ours = run_ours(subject, subject.seeds, warm)
    lines = [f"### {subject.name}", "", HEAD, RULE, f"| **this tracker** | {ours.cells()} |"]
    _, cold = run_ours(subject, subject.seeds, ())
    lines.append(f"| the same, nothing seen before | {cold.cells()} |")
    for count in (3, 1):
        chosen = list(combinations(subject.seeds, count))[:: 3 if count == 3 else 1]
        few = mean_figures([run_ours(subject, seeds, warm)[1] for seeds in chosen])
        word = "three of the seeds" if count == 3 else "one of the seeds"
        lines.append(f"| {word}, mean of {len(chosen)} | {few.cells()} |")
    for name, rival in RANKERS.items():
        lines.append(
            f"| {name} | {run_rival(rival(subject.seeds, warm), subject.documents, ours.alarms).cells()} |"
        )
    rule = Filter(subject.folder.name)
    lines.append(f"| boolean filter | {run_rival(rule, subject.documents, ours.alarms).cells()} |")
    return [*lines, ""]


def confuser_table(subjects: Sequence[Subject], warm: Sequence[Item]) -> list[str]:
    """Which kinds of irrelevant documents pass."""
    lines = ["### What passes and should not", "", "| subject | kind | pass | of |", "|---|---|---|---|"]
    for subject in subjects:
        scorer = Scorer(subject.seeds, subject.topics)
        for item in warm:
            scorer.observe(item)
        passed, every = Counter[str](), Counter[str]()
        for item in subject.documents:
            passes = scorer.score(item) >= scorer.threshold
            if item["grade"] < 2:
                every[item["confuser"]] += 1
                passed[item["confuser"]] += passes
        silent = sum(count for kind, count in every.items() if not passed[kind])
        lines += [
            f"| {subject.name} | {kind} | {passed[kind]} | {every[kind]} |" for kind in every if passed[kind]
        ]
        lines.append(f"| {subject.name} | all other kinds | 0 | {silent} |")
    return [*lines, ""]


# ---------------------------------------------------------------- reasons


def _taken_out(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _random_spans(text: str, sizes: Sequence[int], chance: random.Random) -> list[tuple[int, int]]:
    """Return stretches of these lengths at random places, none over another where there is room."""
    taken: list[tuple[int, int]] = []
    for size in sorted(sizes, reverse=True):
        for _ in range(50):
            start = chance.randint(0, max(0, len(text) - size))
            if all(start + size <= other or start >= end for other, end in taken):
                taken.append((start, start + size))
                break
    return taken


def _without_random(item: Item, sizes: Sequence[int], chance: random.Random) -> tuple[str, str]:
    """Return title and text without stretches of these lengths at random places."""
    body = len(item["title"]) + 1
    drawn = _random_spans(item["title"] + "\n" + item["text"], sizes, chance)
    in_title = [(start, min(end, body - 1)) for start, end in drawn if start < body]
    in_text = [(max(0, start - body), end - body) for start, end in drawn if end > body]
    return _taken_out(item["title"], in_title), _taken_out(item["text"], in_text)


def deletion_test(subjects: Sequence[Subject], warm: Sequence[Item]) -> tuple[int, int, float, float]:
    """Return (kept, fallen without the shown passages, mean of those fallen without stretches as long elsewhere, share
    shown)."""
    kept = fallen = at_random = 0
    shares = []
    chance = random.Random(7)
    for subject in subjects:
        scorer = Scorer(subject.seeds, subject.topics)
        for item in warm:
            scorer.observe(item)
        for item in subject.documents:
            profile, background = scorer.profile, scorer.background
            relevance = scorer.relevance(item)
            if not relevance.passes:
                continue

            def passes(title: str, text: str) -> bool:
                analysed = analyse(title, text, "en")
                return score_article(profile, analysed, background, scorer.policy).passes  # noqa: B023

            shown = [reason for reason in relevance.reasons if reason.kind == "passage"]
            spans = [(reason.start, reason.end or 0) for reason in shown if reason.start is not None]
            titled = any(reason.start is None for reason in shown)
            kept += 1
            fallen += not passes("" if titled else item["title"], _taken_out(item["text"], spans))
            sizes = [end - start for start, end in spans] + [len(item["title"])] * titled
            shares.append(sum(sizes) / len(item["title"] + item["text"]))
            at_random += sum(not passes(*_without_random(item, sizes, chance)) for _ in range(DRAWS))
    return kept, fallen, at_random / DRAWS, statistics.mean(shares)


# ---------------------------------------------------------------- cost


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def costs(subject: Subject, warm: Sequence[Item]) -> list[str]:
    """CPU time per item and watch after tokenising, of tokenising, of building; size of a stored profile."""
    scorer = Scorer(subject.seeds, subject.topics)
    for item in warm:
        scorer.observe(item)
    read = [_timed(partial(analyse, item["title"], item["text"], "en")) for item in warm]
    spent = []
    for item in warm:
        analysed = analyse(item["title"], item["text"], "en")
        work = partial(score_article, scorer.profile, analysed, scorer.background, scorer.policy)
        spent.append(min(_timed(work) for _ in range(3)))
    built = min(
        _timed(partial(build_profile, scorer.watch, scorer.background, scorer.policy)) for _ in range(3)
    )
    quantiles = statistics.quantiles(spent, n=20)
    scoring = f"{statistics.median(spent):.2f} ms (p50), {quantiles[-1]:.2f} ms (p95)"
    size = len(scorer.profile.to_json()) / 1024
    return [
        f"- Scoring, CPU time per item and watch after tokenising: {scoring}.",
        f"- Tokenising, once per item: {statistics.median(read):.2f} ms.",
        f"- Building a profile from {len(subject.seeds)} seeds: {built:.0f} ms; as stored it has {size:.0f} KiB.",
    ]


def crowd_costs(data: Path, warm: Sequence[Item]) -> list[str]:
    """CPU time and memory of many watches over one stream: those of the two news streams, five seeds each."""
    seeds, names = [], []
    for folder in (data / "tracking" / name for name in ("abp-dev", "reuters-dev")):
        items = read_lines(folder / "stream.jsonl.gz")
        for topic in json.loads((folder / "topics.json").read_text(encoding="utf-8"))["topics"]:
            seeds.append([item for item in items if topic["label"] in item["labels"]][:5])
            names.append(topic["name"])
    first = Scorer(seeds[0], names[:1])
    for item in warm:
        first.observe(item)
    tracemalloc.start()
    watches = [
        replace(Scorer(own, [name]).watch, name=WatchName(f"watch-{at}"))
        for at, (own, name) in enumerate(zip(seeds[:CROWD], names, strict=False))
    ]
    profiles = [build_profile(watch, first.background, first.policy) for watch in watches]
    kept = tracemalloc.get_traced_memory()[0] / CROWD / 1024
    tracemalloc.stop()
    texts = [analyse(item["title"], item["text"], "en") for item in warm]
    spent = [
        _timed(lambda text=text: [score_article(p, text, first.background, first.policy) for p in profiles])
        for text in texts
    ]
    each = statistics.median(spent)
    told = (
        f"- {CROWD} watches over one stream of {len(texts)} items: {each:.1f} ms of CPU time per item (p50), "
    )
    return [
        told + f"{each / CROWD:.2f} ms per watch; {kept:.0f} KiB of memory per watch, its seeds and profile."
    ]


def stream_table(data: Path) -> list[str]:
    """The two news streams, judged by their own program: with topic names and 300 earlier items, and with neither."""
    program = data.parent / "eval" / "tracking_eval.py"
    judge = runpy.run_path(str(program))
    folders = [str(data / "tracking" / name) for name in ("abp-dev", "reuters-dev")]
    lines = []
    for title, options in (
        ("with topic names, 300 earlier items", {"names": True, "warm": WARM}),
        ("seeds only, nothing seen before", {}),
    ):
        report = judge["evaluate"](folders, Scorer, **options)
        lines += [
            f"### News streams, {title}",
            "",
            "| stream | seeds | AP | F1 at the default |",
            "|---|---|---|---|",
        ]
        for row in report["results"]:
            ap, f1 = row["summary"]["ap"], row["summary"]["f1"]
            lines.append(
                f"| {row['set']}, {row['kind']} | {row['k']} | {ap['mean']:.3f} [{ap['lo']:.2f}, {ap['hi']:.2f}] | "
                f"{f1['mean']:.3f} [{f1['lo']:.2f}, {f1['hi']:.2f}] |"
            )
        mean = statistics.mean(row["summary"]["f1"]["mean"] for row in report["results"])
        lines += [f"| mean of rows | | | {mean:.3f} |", ""]
    return lines


def subjects_of(data: Path, shipped: Path, original: Path) -> list[Subject]:
    """Return the graded subjects with their seeds."""

    def read(pattern: Sequence[Path]) -> tuple[Item, ...]:
        return tuple(front_matter(path) for path in sorted(pattern))

    first = tuple(topics_of(data / "topic", bare=False))
    own = [
        Subject(
            name,
            data / folder,
            read(list((data / folder).glob("seed*.md"))),
            tuple(topics_of(data / folder, bare=False)),
        )
        for name, folder in (("EU-China car duties", "topic2"), ("PFAS in drinking water", "topic3"))
    ]
    return [
        Subject("US-China counternarcotics", data / "topic", read(list(shipped.glob("*.md"))), first),
        Subject("the same, original seeds", data / "topic", read(list(original.glob("*.txt"))), first),
        *own,
    ]


def put_between(page: Path, begin: str, end: str, tables: str) -> None:
    """Replace what stands between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{tables}\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, required=True)
    parser.add_argument("--original", type=Path, required=True)
    parser.add_argument("--streams", action="store_true")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    arguments = parser.parse_args()
    subjects = subjects_of(arguments.data, arguments.seeds, arguments.original)
    warm = read_lines(arguments.data / "tracking/abp-dev/stream.jsonl.gz")[-WARM:]
    lines: list[str] = []
    for subject in subjects:
        lines += subject_table(subject, warm)
    lines += confuser_table([subjects[0], *subjects[2:]], warm)
    scorer, _ = run_ours(subjects[0], subjects[0].seeds, warm)
    foreign = [scorer.relevance(item) for item in read_lines(subjects[0].folder / "multilingual.jsonl")]
    kept, fallen, at_random, share = deletion_test([subjects[0], *subjects[2:]], warm)
    lines += [
        "### Other languages, reasons, cost",
        "",
        (
            "- Items in Spanish, Chinese and German, all of them relevant: "
            f"{sum(item.passes for item in foreign)} of {len(foreign)} pass."
        ),
        (
            f"- Without the passages shown, {fallen} of {kept} kept items fall under the line "
            f"({100 * fallen / kept:.0f} %); without stretches of equal length at random places, {at_random:.1f} "
            f"({100 * at_random / kept:.0f} %). The passages are {100 * share:.0f} % of the text on average: the texts "
            "have 100 words."
        ),
        *costs(subjects[0], warm),
        *crowd_costs(arguments.data, warm),
        "",
    ]
    if arguments.streams:
        lines += stream_table(arguments.data)
    tables = "\n".join(lines)
    print(tables)
    if arguments.write:
        put_between(arguments.write, BEGIN, END, tables)


if __name__ == "__main__":
    main()
