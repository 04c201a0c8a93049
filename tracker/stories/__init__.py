"""Which articles cover the same event, told independently. A story links, it never folds duplicates."""

from __future__ import annotations

from tracker.stories.group import StoryPolicy, assign_story

__all__ = ["StoryPolicy", "assign_story"]
