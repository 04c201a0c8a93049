"""How well a watch does, estimated from few judgements: what to draw for judging, and precision and recall from it.

Draw with `draw_strata` and `draw_more`, count what was judged as it stands now with `counted`, and `estimate`. Pure:
chance comes in as a function. Reading order: `strata.py`, `spread.py`, `intervals.py`, `present.py`.
"""

from tracker.evaluation.intervals import Counted, Estimate, Interval, estimate
from tracker.evaluation.present import Standing, counted
from tracker.evaluation.strata import draw_more, draw_strata, layer_of

__all__ = [
    "Counted",
    "Estimate",
    "Interval",
    "Standing",
    "counted",
    "draw_more",
    "draw_strata",
    "estimate",
    "layer_of",
]
