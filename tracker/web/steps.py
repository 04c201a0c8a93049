"""What to do next where there is nothing to show yet."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.app import Tracker
from tracker.errors import SeedError

__all__ = ["Step", "next_step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is missing, in words, with the command that brings it."""

    head: str
    words: str
    command: str = ""


def next_step(tracker: Tracker) -> Step:
    """Say what an empty list waits for."""
    feeds = tracker.feeds()
    try:
        _ = tracker.watches
    except SeedError as error:
        return Step(
            head="Examples are missing.",
            words=f"{error} Give it three to ten articles on the subject, and it knows what to look for.",
            command="tracker seeds add FILE-OR-ADDRESS",
        )
    if not feeds:
        return Step(
            head="No feed is followed yet.",
            words="Name a site, and its feeds are found; or take a list over from another reader (OPML).",
            command="tracker feeds add https://news.example/",
        )
    if all(feed.state.last_polled_at is None for feed, _, _ in feeds):
        return Step(
            head="The feeds were not read yet.",
            words="The program that reads them all day does it by itself; once, it is done by the other command.",
            command="tracker run    or    tracker fetch",
        )
    return Step(
        head="Nothing was kept yet.",
        words="Everything that came in stands below the line. See what came nearest, and say what is relevant.",
        command="tracker profile",
    )
