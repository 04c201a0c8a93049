"""What each command costs before it does anything: CPU of bare Python and of five commands, and the memory of a run.

    python -m benchmarks.startup                        five rounds
    python -m benchmarks.startup --against FOLDER       beside another checkout, in turns

The demo's newsroom fills an installation and stays open, so that `fetch --all` asks feeds that answer "not modified"
and `fetch` finds none due. CPU is user and system time of the process and its children, median of the rounds; memory is
the largest sum, over the demo's processes, of the memory each has for itself and its share of what it has with others
(PSS; Linux only).
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PARTLY_FAILED = 4  # two of the newsroom's feeds are broken on purpose
COMMANDS: Mapping[str, Sequence[str]] = {
    "bare python": ("-c", "pass"),
    "--help": ("-m", "tracker", "--help"),
    "items": ("-m", "tracker", "items", "--limit", "3"),
    "status": ("-m", "tracker", "status"),
    "fetch, nothing due": ("-m", "tracker", "fetch"),
    "fetch --all, nothing new": ("-m", "tracker", "fetch", "--all"),
}


def python(checkout: Path, arguments: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    environment = dict(os.environ, PYTHONPATH=str(checkout), NO_COLOR="1")
    return subprocess.Popen(
        [sys.executable, "-P", *arguments],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def cpu(checkout: Path, arguments: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = python(checkout, arguments, folder)
    said, _ = process.communicate()
    assert process.returncode in {0, PARTLY_FAILED}, f"{checkout}: {' '.join(arguments)}: {said}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def own_memory(pid: int) -> int:
    """Bytes, what is shared counted in part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


class Peak(threading.Thread):
    """The largest sum of memory of a process and its children, looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.bytes, self.is_over = pid, 0, False

    def run(self) -> None:
        while not self.is_over:
            with suppress(OSError, ValueError):  # one of them has just ended
                self.bytes = max(self.bytes, sum(map(own_memory, tree(self.pid))))
            time.sleep(0.1)


@contextmanager
def newsroom(checkout: Path, folder: Path) -> Iterator[int]:
    """Run the demo into a folder and leave its newsroom open; its peak of memory in bytes."""
    demo = python(checkout, ("-m", "tracker", "demo", "--keep", str(folder), "--serve"), folder.parent)
    peak = Peak(demo.pid)
    if Path(f"/proc/{demo.pid}/smaps_rollup").exists():
        peak.start()
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "stays open" in line:
                break
        peak.is_over = True
        yield peak.bytes
    finally:
        demo.terminate()
        demo.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout")
    chosen = parser.parse_args()
    checkouts = {"this": HERE} | ({"other": chosen.against.resolve()} if chosen.against else {})
    spent: dict[tuple[str, str], list[float]] = {}
    peaks: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place, ExitStack() as open_rooms:
        folders = {name: Path(place) / name / "demo" for name in checkouts}
        for name, folder in folders.items():
            folder.parent.mkdir()
            peaks[name] = open_rooms.enter_context(newsroom(checkouts[name], folder))
        for _ in range(chosen.rounds + 1):  # the first warms caches, and leaves no feed due
            for label, arguments in COMMANDS.items():
                for name, checkout in checkouts.items():
                    spent.setdefault((label, name), []).append(cpu(checkout, arguments, folders[name]))
    print(f"{'CPU seconds':26}" + "".join(f"{name:>8}" for name in checkouts))
    for label in COMMANDS:
        row = [statistics.median(spent[label, name][1:]) for name in checkouts]
        print(f"{label:26}" + "".join(f"{seconds:8.2f}" for seconds in row))
    print(f"{'peak MB of a demo':26}" + "".join(f"{peaks[name] / 2**20:8.0f}" for name in checkouts))


if __name__ == "__main__":
    main()
