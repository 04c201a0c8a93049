"""What a test may ask of time, on a computer that is slow, or busy with something else: to wait long, and to compare.

No test knows how fast a computer is. What is waited for is waited for until `PATIENCE_S`, which only a failing test
needs; what must not be slow is compared with itself on less, in one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["PATIENCE_S", "assert_growth", "until"]

PATIENCE_S = 120.0
"""Seconds until something that must happen counts as never happening."""


def until(is_true: Callable[[], Any], what: str = "it never came to pass") -> None:
    """Look again and again; AssertionError after `PATIENCE_S`."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def assert_growth(do: Callable[[int], object], small: int, large: int, at_most: float = 100) -> None:
    """`do(large)` costs at most so many times as much as `do(small)`; what is quadratic at 16 times the size costs 256.

    CPU time of this thread, the best of three; of up to nine where something came between.
    """
    costs: dict[int, float] = {}
    for number in range(9):
        for size in (small, large):
            costs[size] = min(costs.get(size, 1e9), cost(do, size))
        if number >= 2 and costs[large] < at_most * costs[small]:
            return
    raise AssertionError(
        f"{large / small:.0f} times the size costs {costs[large] / costs[small]:.0f} times as much"
    )


def cost(do: Callable[[int], object], size: int) -> float:
    """Seconds of this thread's CPU."""
    started = time.thread_time()
    do(size)
    return time.thread_time() - started
