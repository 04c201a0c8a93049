"""Which articles cover the same event, told independently. A story links, it never folds duplicates."""

from __future__ import annotations

from tracker.stories.centroid import Centroid
from tracker.stories.group import OpenStories
from tracker.stories.policy import StoryPolicy
from tracker.stories.split import is_split_due, parts_of
from tracker.stories.telling import names_in, vector_of

__all__ = ["Centroid", "OpenStories", "StoryPolicy", "is_split_due", "names_in", "parts_of", "vector_of"]
