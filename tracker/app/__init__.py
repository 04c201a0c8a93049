"""Composition root and front door: `open_tracker` wires the rooms, `Tracker` has one method per thing a person can ask.

The terminal, the page, the daemon and library users call these and nothing below.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.app.feedback import Drawn, Evaluation, Judging, JudgingReport
    from tracker.app.front import Tracker, open_tracker
    from tracker.app.rescore import Change, RescoreReport
    from tracker.app.seed_advice import learned_sentences
    from tracker.app.views import (
        AlertStatus,
        ArticleView,
        DigestPreview,
        Explanation,
        FeedTest,
        OpmlImport,
        ProfileView,
        Progress,
        RunReport,
        SentAlert,
        SentDigest,
        Status,
        WatchStatus,
    )
    from tracker.app.wiring import make_fetcher, read_page

__all__ = [
    "AlertStatus",
    "ArticleView",
    "Change",
    "DigestPreview",
    "Drawn",
    "Evaluation",
    "Explanation",
    "FeedTest",
    "Judging",
    "JudgingReport",
    "OpmlImport",
    "ProfileView",
    "Progress",
    "RescoreReport",
    "RunReport",
    "SentAlert",
    "SentDigest",
    "Status",
    "Tracker",
    "WatchStatus",
    "learned_sentences",
    "make_fetcher",
    "open_tracker",
    "read_page",
]

_HOMES = {
    "Drawn": "feedback",
    "Evaluation": "feedback",
    "Judging": "feedback",
    "JudgingReport": "feedback",
    "Tracker": "front",
    "open_tracker": "front",
    "Change": "rescore",
    "RescoreReport": "rescore",
    "learned_sentences": "seed_advice",
    "AlertStatus": "views",
    "ArticleView": "views",
    "DigestPreview": "views",
    "Explanation": "views",
    "FeedTest": "views",
    "OpmlImport": "views",
    "ProfileView": "views",
    "Progress": "views",
    "RunReport": "views",
    "SentAlert": "views",
    "SentDigest": "views",
    "Status": "views",
    "WatchStatus": "views",
    "make_fetcher": "wiring",
    "read_page": "wiring",
}
"""Where each name is: a command should pay for what it asks alone."""


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
