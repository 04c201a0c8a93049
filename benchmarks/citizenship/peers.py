"""Other feed readers among the cast: the same day over loopback, their own programs, our log and our rules.

    python -m benchmarks.citizenship.peers --python /path/to/venv/bin/python [--feeds 200] [--rounds 24]

The environment must hold `reader` and `rss2email`. Both are started once a simulated hour, as their documentation
advises; `reader` is told the simulated time, `rss2email` keeps none. They reach the origin as their web proxy. An item
counts as found when a whole document that lists it was sent. Rules that speak of seconds are not judged here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.citizen import RECORDINGS, terms_of
from benchmarks.citizenship.cast import FeedSpec, cast
from benchmarks.citizenship.clock import StandingClock
from benchmarks.citizenship.log import DAY, HOUR, START, Ask, Log
from benchmarks.citizenship.loopback import serving
from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.report import print_results
from benchmarks.citizenship.results import Item, compare, gettable
from benchmarks.citizenship.rules import judge

Program = Callable[[str, Sequence[FeedSpec], Path, dict[str, str]], Callable[[float], None]]
_READER = """
import sys
from datetime import datetime, timezone
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in sys.argv[2:]:
    reader.add_feed(url)
for line in sys.stdin:
    at = datetime.fromtimestamp(float(line), timezone.utc)
    reader._now = lambda: at
    reader.update_feeds()
    print("done", flush=True)
"""


def reader(
    python: str, feeds: Sequence[FeedSpec], folder: Path, environment: dict[str, str]
) -> Callable[[float], None]:
    """One process for the whole time; each line of input is an hour."""
    urls = [feed.url for feed in feeds]
    process = subprocess.Popen(
        [python, "-c", _READER, str(folder / "reader.db"), *urls], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def hour(at: float) -> None:
        assert process.stdin
        assert process.stdout
        if at < 0:
            process.stdin.close()
            process.wait()
            return
        print(START.timestamp() + at, file=process.stdin, flush=True)
        process.stdout.readline()

    return hour


def rss2email(
    python: str, feeds: Sequence[FeedSpec], folder: Path, environment: dict[str, str]
) -> Callable[[float], None]:
    """`r2e run` each hour; what it would mail is only remembered as seen."""
    command = [
        str(Path(python).parent / "r2e"),
        "-c",
        str(folder / "r2e.cfg"),
        "-d",
        str(folder / "r2e.json"),
    ]
    sections = "".join(f"[feed.f{feed.number}]\nurl = {feed.url}\n\n" for feed in feeds)
    (folder / "r2e.cfg").write_text(
        f"[DEFAULT]\nfrom = a@example.org\nto = b@example.org\n\n{sections}", "utf-8"
    )

    def hour(at: float) -> None:
        if at >= 0:
            subprocess.run([*command, "run", "--no-send"], env=environment, capture_output=True, check=False)

    return hour


def lived(
    program: Program, python: str, feeds: Sequence[FeedSpec], rounds: int
) -> tuple[Sequence[Ask], dict[Item, float]]:
    """The log of a program's day, and when each item was first sent to it."""
    clock = StandingClock()
    with tempfile.TemporaryDirectory() as name, closing(Log(Path(name) / "log")) as log:
        origin = Origin(feeds, log)
        with serving(origin, clock) as server:
            proxy = f"http://127.0.0.1:{server.port}"
            environment = {
                **os.environ,
                "http_proxy": proxy,
                "HTTP_PROXY": proxy,
                "no_proxy": "",
                "HOME": name,
            }
            hour = program(python, feeds, Path(name), environment)
            for number in range(rounds):
                clock.sleep_until(number * HOUR)
                hour(clock.seconds)
            hour(-1.0)
        asks = log.read()
    found: dict[Item, float] = {}
    for ask in asks:
        if ask.kind == "feed" and ask.status == 200 and ask.good:
            for item in origin.visible(feeds[ask.feed], ask.at):
                found.setdefault((ask.feed, item), ask.at)
    return asks, found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--python", required=True, help="the Python of the environment that holds the readers"
    )
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=24)
    chosen = parser.parse_args(arguments)
    end = chosen.rounds * HOUR
    feeds = cast(
        days=end / DAY, seed=1, size=chosen.feeds, recordings=RECORDINGS if RECORDINGS.is_dir() else None
    )
    terms = terms_of(feeds, end, (), has_clock=False)
    for program in (reader, rss2email):
        begun = time.monotonic()
        asks, found = lived(program, chosen.python, feeds, chosen.rounds)
        breaches = judge(asks, terms)
        result = compare(program.__name__, asks, found, gettable(feeds, asks, terms), feeds=feeds, end=end)
        print_results([(result, len(breaches))])
        for rule in sorted({breach.rule for breach in breaches}):
            first = next(breach for breach in breaches if breach.rule == rule)
            print(f"    {rule:2d}. for example {first.ask.url}: {first.detail}")
        by_rule = sorted(Counter(breach.rule for breach in breaches).items())
        print(
            "   by rule:",
            ", ".join(f"{rule}: {count}" for rule, count in by_rule),
            f"({time.monotonic() - begun:.0f} s)",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
