"""Run every benchmark that a figure in docs/ comes from, one after the other: python -m benchmarks.all

It takes hours, most of them the simulated month of `citizen` and the million articles of `scale`, and 6 GB of disk.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
DETECTOR = [
    str(SHARED / "eval/neardup_eval.py"),
    "--data",
    str(SHARED / "data/neardup"),
    "--detector",
    "benchmarks.adapters:detector",
]
TRACKING = [
    str(SHARED / "eval/tracking_eval.py"), "--scorer", "benchmarks.adapters:scorer", "--names", "--warm", "300",
    str(SHARED / "data/tracking/abp-dev"), str(SHARED / "data/tracking/reuters-dev"),
]  # fmt: skip
FOR_SEEDS = ["--data", str(SHARED / "data"), "--seeds", "seeds/us-china-counternarcotics"]
RUNS = [
    ["-m", "benchmarks.extraction"],
    ["-m", "benchmarks.served_site"],
    *(
        ["-m", "benchmarks.topic_eval", "--data", str(SHARED / "data"), "--warm", "300", *chosen]
        for chosen in (
            ["--set", "topic", "--seeds", "seeds/us-china-counternarcotics"],
            ["--set", "topic2"],
            ["--set", "topic3"],
        )
    ),
    TRACKING,
    ["-m", "benchmarks.relevance", *FOR_SEEDS, "--original", str(SHARED / "seeds"), "--streams"],
    ["-m", "benchmarks.feedback", *FOR_SEEDS],
    *(
        [["-m", "benchmarks.vectors", *FOR_SEEDS, "--model", "model"]]
        if Path("model/model.onnx").is_file()
        else []
    ),
    ["-m", "benchmarks.evaluate_coverage", *FOR_SEEDS],
    ["-m", "benchmarks.topic_syndication"],
    DETECTOR,
    ["-m", "benchmarks.neardup"],
    ["-m", "benchmarks.neardup_kinds"],
    ["-m", "benchmarks.neardup_scripts"],
    ["-m", "benchmarks.scale", "--data", str(SHARED / "data/neardup")],
    ["-m", "benchmarks.stories"],
    ["-m", "benchmarks.digest"],
    ["-m", "benchmarks.web"],
    ["-m", "benchmarks.startup"],
    ["-m", "benchmarks.poll_cost"],
    ["-m", "benchmarks.citizen"],
]


def main() -> int:
    if not SHARED.is_dir():
        print("The evaluation data folder ../shared is not beside this checkout: nothing to measure.")
        return 1
    worst = 0
    for run in RUNS:
        print(f"\n== python {' '.join(run)}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, *run], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
