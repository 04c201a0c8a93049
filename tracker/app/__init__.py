"""Composition root and front door: `open_tracker` wires the rooms, `Tracker` has one method per thing a person can ask.

The terminal, the page, the daemon and library users call these and nothing below.
"""

from __future__ import annotations

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
