"""How well a watch does, estimated from few judgements: what to draw for judging, and precision and recall from it.

Draw with `draw_strata` and `draw_more`, count what was judged, and `estimate`. Pure: chance comes in as a function.
Reading order: `strata.py`, `spread.py`, `intervals.py`.
"""

from tracker.evaluation.intervals import Counted, Estimate, Interval, estimate
from tracker.evaluation.strata import draw_more, draw_strata

__all__ = [
    "Counted",
    "Estimate",
    "Interval",
    "draw_more",
    "draw_strata",
    "estimate",
]
