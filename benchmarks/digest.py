"""Compose and render digests of 30, 300 and 2,000 new items: python -m benchmarks.digest

Prints CPU seconds (the best of five) and the size of both parts, and fails where a bar is missed: 2 s, 90 kB, nothing
left out.
"""

from __future__ import annotations

import re
import sys
import time

from tests.unit.digest.samples import digest_of, many, message_of
from tracker.delivery import to_mime
from tracker.model import Message

SIZES = (30, 300, 2000)
SECONDS, BYTES, RUNS = 2.0, 90_000, 5


def missing(message: Message, ids: set[str]) -> int:
    """Items that the plain part does not name."""
    return len(ids - set(re.findall(r"\bID (\d+)\b", re.sub(r"\s+", " ", message.plain))))


def main() -> int:
    """Measure and judge."""
    message_of(digest_of(many(3)))  # templates are read once a process
    print(
        f"{'items':>6} {'compose s':>10} {'render s':>9} {'mail s':>7} {'html B':>7} {'plain B':>8} {'missing':>8}"
    )
    failed = False
    for size in SIZES:
        items = many(size)
        best = (9e9, 0.0, 0.0, 0.0)
        for _ in range(RUNS):
            begun = time.process_time()
            digest = digest_of(items)
            composed = time.process_time()
            message = message_of(digest)
            rendered = time.process_time()
            to_mime(message)
            built = time.process_time()
            best = min(best, (built - begun, composed - begun, rendered - composed, built - rendered))
        html, plain = len(message.html.encode()), len(message.plain.encode())
        left = missing(message, {item.id for item in items})
        print(f"{size:>6} {best[1]:>10.3f} {best[2]:>9.3f} {best[3]:>7.3f} {html:>7} {plain:>8} {left:>8}")
        failed |= best[0] > SECONDS or html >= BYTES or left > 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
