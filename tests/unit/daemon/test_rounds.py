"""What a round comes to, for the log and the exit code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW
from tracker.app import RunReport, SentAlert
from tracker.daemon.rounds import Rounds
from tracker.model import Delivery, DeliveryState, FeedId, PollReport, PollStatus, WatchName


class Front:
    """A front door that has these alerts to tell of."""

    def __init__(self, *states: DeliveryState) -> None:
        self.sent = [
            SentAlert(watch=WatchName("w"), title="T", delivery=Delivery(recipient="desk", state=state))
            for state in states
        ]
        self.stops: list[bool] = []

    def send_alerts(self, stop):
        self.stops.append(stop())
        return tuple(self.sent)


def rounds(*, is_stopping: bool = False) -> Rounds:
    return Rounds(is_stopping=lambda: is_stopping, is_cut=lambda: False)


@pytest.mark.parametrize(
    ("states", "told", "partly"),
    [
        ((), "0 polls, 0 failed; 0 new items", False),
        ((DeliveryState.SENT,) * 2, "0 polls, 0 failed; 0 new items; 2 alerts sent", False),
        (
            (DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.AMBIGUOUS),
            "0 polls, 0 failed; 0 new items; 1 alert sent; 2 alerts not sent",
            True,
        ),
    ],
)
def test_alerts_are_counted_by_their_verdict(states, told, partly):
    one = rounds()
    assert one.alerts().do(Front(*states), lambda: None) is False
    assert (one.summary(), one.is_partly_failed) == (told, partly)


def test_alerts_are_looked_for_every_few_seconds_beat_and_stop():
    beats: list[int] = []
    front = Front()
    work = rounds(is_stopping=True).alerts()
    work.do(front, lambda: beats.append(1))
    assert work.every == timedelta(seconds=5)
    assert (front.stops, beats) == ([True], [1])


def test_feeds_whose_hosts_ask_for_rest_are_told_and_are_no_failures():
    class Polls:
        def poll_due(self, **_):
            statuses = (PollStatus.NEW, PollStatus.RESTED, PollStatus.RESTED)
            polls = [
                PollReport(feed_id=FeedId(n), polled_at=NOW, status=one) for n, one in enumerate(statuses)
            ]
            return RunReport(started_at=NOW, finished_at=NOW, polls=tuple(polls))

    one = rounds()
    assert one.poll(timedelta(seconds=20)).do(Polls(), lambda: None) is True
    assert one.summary() == "3 polls, 0 failed, 2 rested; 0 new items"
    assert one.is_partly_failed is False


def test_a_workers_renewal_is_asked_for_every_hour_and_does_nothing_else():
    renewed: list[int] = []
    work = rounds().renewal(lambda: renewed.append(1))
    assert work.do(object(), lambda: None) is False
    assert (work.name, work.every, renewed) == ("renewal", timedelta(hours=1), [1])
