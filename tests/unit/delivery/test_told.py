"""What a person is told of mail that did not arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click
import pytest

from tracker.app import Status
from tracker.cli.status import status_text
from tracker.model import Delivery, DeliveryState, Undelivered, WatchName

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def status(state: DeliveryState, detail: str) -> Status:
    one = Undelivered(
        watch=WatchName("w"),
        message_id="<a@b>",
        subject="4 new: Gates lifted",
        delivery=Delivery(recipient="bo@news.example", state=state, detail=detail),
        at=NOW,
    )
    return Status(
        config_path="c", mode="project", store_url="sqlite:///x", entries=0, feeds=0, troubled=(), last_poll_at=None,
        next_poll_at=None, watches=(), undelivered=(one,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "words"),
    [(DeliveryState.REFUSED, "not delivered"), (DeliveryState.AMBIGUOUS, "probably arrived")],
)
def test_status_names_each_recipient_that_was_given_up(state: DeliveryState, words: str) -> None:
    text = click.unstyle(status_text(status(state, "550 no \x1b[31msuch user"), width=80, now=NOW))
    assert f"digest {words}: 4 new: Gates lifted" in text
    assert "  bo@news.example, given up 2026-11-22" in text
    assert "550 no [31msuch user" in text


def test_status_names_alerts_as_such() -> None:
    told = status(DeliveryState.REFUSED, "there is nothing at this address (404)")
    (one,) = told.undelivered
    told = replace(told, undelivered=(replace(one, kind="alert"),))
    assert "alert not delivered: 4 new: Gates lifted" in click.unstyle(status_text(told, width=80, now=NOW))
