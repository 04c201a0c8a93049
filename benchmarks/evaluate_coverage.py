"""Does the 95 % interval of `tracker evaluate` hold the truth in 95 of 100 runs?

  python -m benchmarks.evaluate_coverage [--runs 1000] [--judged 20 40 80] [--only STREAM]
                                         [--data FOLDER --seeds DIR]

Each run makes a fresh population of scored articles with labels that the estimator does not see, draws the standing
sample, has it judged, changes the line or the scores, or neither, and looks whether the interval holds the population's own
precision and recall. Beside it, in the
same runs, the interval by normal approximation (Wald), which is what one would write down first. With `--data` the
populations are also the graded subjects with the tracker's own scores.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker.evaluation import Counted, Interval, Standing, counted, draw_more, draw_strata, estimate
from tracker.model import ArticleId

Population = list[tuple[float, bool]]
LINE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What has changed since the draw: the line, every score in log-odds, and each score by chance (a deviation)."""

    line: float = LINE
    shift: float = 0.0
    noise: float = 0.0

    def scores(self, people: Population, chance: random.Random) -> Population:
        """The population as it is scored now."""
        odds = [math.log(score / (1 - score)) + self.shift for score, _ in people]
        noise = [chance.gauss(0, self.noise) if self.noise else 0.0 for _ in people]
        moved = [1 / (1 + math.exp(-one - other)) for one, other in zip(odds, noise, strict=True)]
        return [(score, label) for score, (_, label) in zip(moved, people, strict=True)]


CHANGES = {
    "": Since(),
    ", line then 0.15": Since(line=0.15),
    ", line then 0.75": Since(line=0.75),
    ", scores then new": Since(line=0.4, shift=0.5, noise=1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A stream: how many articles, how many of them relevant, and the log-odds both kinds get (mean, deviation)."""

    size: int
    share: float
    relevant: tuple[float, float]
    other: tuple[float, float]

    def populate(self, chance: random.Random) -> Population:
        people: Population = []
        for _ in range(self.size):
            is_relevant = chance.random() < self.share
            odds = chance.gauss(*(self.relevant if is_relevant else self.other))
            people.append((1 / (1 + math.exp(-odds)), is_relevant))
        return people


WORLDS = {
    "a month, good scores": World(size=800, share=0.06, relevant=(1.5, 1.5), other=(-4.0, 1.8)),
    "a month, poor scores": World(size=800, share=0.08, relevant=(0.0, 1.5), other=(-2.5, 1.5)),
    "a year": World(size=8000, share=0.02, relevant=(1.0, 1.5), other=(-4.5, 1.6)),
    "a week": World(size=120, share=0.15, relevant=(1.0, 1.5), other=(-3.0, 1.8)),
    "scores too high": World(size=800, share=0.06, relevant=(3.0, 1.5), other=(-1.5, 1.5)),
    "scores too low": World(size=800, share=0.12, relevant=(-1.0, 1.5), other=(-5.0, 1.5)),
}


def wald(strata: Sequence[Counted]) -> tuple[Interval, Interval]:
    """Precision and recall with their usual normal approximation, finite populations considered."""

    def total(*, side: bool) -> tuple[float, float]:
        value = variance = 0.0
        for one in strata:
            if one.kept is side and one.judged:
                share = one.relevant / one.judged
                rest = (1 - one.judged / one.size) / max(1, one.judged - 1)
                value += one.size * share
                variance += one.size**2 * rest * share * (1 - share)
        return value, variance

    (found, found_variance), (lost, lost_variance) = total(side=True), total(side=False)
    kept = max(1, sum(one.size for one in strata if one.kept))
    precision = found / kept
    everything = max(1e-9, found + lost)
    recall = found / everything
    slack = math.sqrt(lost**2 * found_variance + found**2 * lost_variance) / everything**2
    return around(precision, math.sqrt(found_variance) / kept), around(recall, slack)


def around(value: float, deviation: float) -> Interval:
    return Interval(value=value, low=value - 1.96 * deviation, high=value + 1.96 * deviation)


def truth(people: Population, line: float) -> tuple[float, float]:
    found = sum(label for score, label in people if score >= line)
    kept = sum(score >= line for score, _ in people)
    return found / max(1, kept), found / max(1, sum(label for _, label in people))


@dataclass(slots=True)
class Coverage:
    """How often the intervals held the truth, and how wide they were."""

    runs: int = 0
    precision: int = 0
    recall: int = 0
    naive_precision: int = 0
    naive_recall: int = 0
    widths: list[tuple[float, float]] | None = None

    def shares(self) -> tuple[float, float, float, float]:
        counts = (self.precision, self.recall, self.naive_precision, self.naive_recall)
        return tuple(count / max(1, self.runs) for count in counts)  # type: ignore[return-value]


def holds(interval: Interval, value: float) -> bool:
    return interval.low - 1e-9 <= value <= interval.high + 1e-9


def judged(
    people: Population, now: Population, line: float, count: int, chance: random.Random
) -> list[Counted]:
    """Draw the sample from `people`, have it judged, and count it as the scores and the line are now."""
    scores = [(ArticleId(at), score, LINE) for at, (score, _) in enumerate(people, start=1)]
    strata = draw_more(draw_strata(scores, chance.shuffle), count)
    present = {
        ArticleId(at): Standing(score=score, passes=score >= line, kept=score >= line)
        for at, (score, _) in enumerate(now, start=1)
    }
    verdicts = {one: people[one - 1][1] for stratum in strata for one in stratum.order[: stratum.drawn]}
    return [cell for one in strata for cell in counted(one, present, verdicts)]


def cover(
    populate: Callable[[random.Random], Population], count: int, runs: int, since: Since = CHANGES[""]
) -> Coverage:
    """Run; only runs in which both figures are told count, and those are nearly all."""
    coverage = Coverage(widths=[])
    for number in range(runs):
        chance = random.Random(number)
        people = populate(chance)
        now = since.scores(people, chance)
        strata = judged(people, now, since.line, count, chance)
        found = estimate(strata)
        if found.precision is None or found.recall is None:
            continue
        precision, recall = truth(now, since.line)
        naive = wald(strata)
        coverage.runs += 1
        coverage.precision += holds(found.precision, precision)
        coverage.recall += holds(found.recall, recall)
        coverage.naive_precision += holds(naive[0], precision)
        coverage.naive_recall += holds(naive[1], recall)
        coverage.widths.append((found.precision.width, found.recall.width))
    return coverage


def graded(data: Path, seeds: Path) -> dict[str, Callable[[random.Random], Population]]:
    """The graded subjects, scored; a population is a draw of their documents with repetition."""
    from benchmarks.feedback import Reader, warmed
    from benchmarks.relevance import WARM, subjects_of
    from benchmarks.topic_eval import read_lines

    warm = read_lines(data / "tracking/abp-dev/stream.jsonl.gz")[-WARM:]
    found = {}
    for subject in (one for at, one in enumerate(subjects_of(data, seeds, seeds)) if at != 1):
        reader = Reader(warmed(subject.seeds, subject.topics, warm), examples=False)
        rows = [(reader.score(item).score, item["grade"] >= 2) for item in subject.documents]
        rows += [(reader.score(item).score, False) for item in warm]
        found[subject.name] = lambda chance, rows=rows: chance.choices(rows, k=len(rows))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--judged", type=int, nargs="+", default=[20, 40, 80], help="sizes of the sample")
    parser.add_argument("--only", default="", help="streams whose names begin so")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=Path)
    arguments = parser.parse_args()
    worlds = {name: world.populate for name, world in WORLDS.items()}
    if arguments.data and arguments.seeds:
        worlds |= graded(arguments.data, arguments.seeds)
    print(
        "| stream | judged | holds precision | holds recall | Wald: precision | Wald: recall | median widths |"
    )
    print("|---|---|---|---|---|---|---|")
    cases = [
        (name + what, populate, since) for name, populate in worlds.items() for what, since in CHANGES.items()
    ]
    for name, populate, since in (case for case in cases if case[0].startswith(arguments.only)):
        for count in arguments.judged:
            found = cover(populate, count, arguments.runs, since)
            widths = [statistics.median(column) for column in zip(*found.widths, strict=True)]
            cells = " | ".join(f"{100 * share:.1f} %" for share in found.shares())
            print(f"| {name} | {count} | {cells} | {widths[0]:.2f}, {widths[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
