"""What is wrong with a feed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW
from tracker.model import Feed, FeedHealth, FeedId, FeedState
from tracker.polling import assess_feed


def feed(state: FeedState) -> Feed:
    return Feed(id=FeedId(1), url="https://example.org/feed", added_at=NOW, state=state)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "health", "command"),
    [
        (FeedState(), FeedHealth.NEW, ""),
        (FeedState(health=FeedHealth.OK, last_new_at=NOW, mean_gap=DAY), FeedHealth.OK, ""),
        (FeedState(health=FeedHealth.GONE, error="gone"), FeedHealth.GONE, "tracker feeds remove"),
        (
            FeedState(error="dns", failures=5, error_detail="No such host."),
            FeedHealth.FAILING,
            "tracker feeds test",
        ),
        (
            FeedState(moved_to="https://new.example/f", moved_sightings=3),
            FeedHealth.MOVED,
            "tracker feeds add",
        ),
        (FeedState(moved_to="https://new.example/f", moved_sightings=2), FeedHealth.NEW, ""),
        (FeedState(last_new_at=NOW - 10 * DAY, mean_gap=DAY), FeedHealth.SILENT, "tracker feeds test"),
        (FeedState(health=FeedHealth.OK, last_new_at=NOW - 10 * DAY, mean_gap=5 * DAY), FeedHealth.OK, ""),
    ],
)
def test_a_condition_comes_with_the_command_that_mends_it(
    state: FeedState, health: FeedHealth, command: str
) -> None:
    found, sentence = assess_feed(feed(state), NOW)
    assert found is health
    assert (command in sentence) if command else not sentence
