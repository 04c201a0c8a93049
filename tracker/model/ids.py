"""The names of stored things, each a type of its own."""

from __future__ import annotations

from typing import NewType

__all__ = [
    "ArticleId",
    "DigestId",
    "EntryId",
    "FamilyId",
    "FeedId",
    "StoryId",
    "WatchName",
]
FeedId = NewType("FeedId", int)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", int)
FamilyId = NewType("FamilyId", int)
"""A family is named by the id of its original article."""
StoryId = NewType("StoryId", int)
DigestId = NewType("DigestId", int)
WatchName = NewType("WatchName", str)
