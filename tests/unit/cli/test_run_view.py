"""The report of a run."""

from __future__ import annotations

import json
from typing import Any

import click
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.samples import NOW, item
from tracker.app.views import RunReport
from tracker.cli.output import json_text
from tracker.cli.run_view import accounting_line, report_fields, report_text
from tracker.model import Fate, Feed, FeedId, PollReport, PollStatus, WatchName

W = WatchName("w")


def report(**changed: Any) -> RunReport:
    fields: dict[str, Any] = {"started_at": NOW, "finished_at": NOW}
    return RunReport(**{**fields, **changed})


def poll(number: int, status: PollStatus, code: str = "", detail: str = "") -> PollReport:
    return PollReport(feed_id=FeedId(number), polled_at=NOW, status=status, code=code, detail=detail)


def feed(number: int) -> Feed:
    return Feed(id=FeedId(number), url=f"https://f{number}.example/rss", title=f"Feed {number}", added_at=NOW)


def test_the_accounting_names_only_what_happened() -> None:
    fates = {Fate.BELOW_THRESHOLD: 3, Fate.KEPT: 1, Fate.COPY: 0}
    assert accounting_line(4, fates) == "seen 4 = kept 1 + below_threshold 3"
    assert accounting_line(0, {}) == "seen 0 = 0"


@given(st.dictionaries(st.sampled_from(list(Fate)), st.integers(0, 1000)), st.integers(0, 20))
def test_the_accounting_always_adds_up(fates: dict[Fate, int], lost: int) -> None:
    seen = sum(fates.values()) + lost
    left, right = accounting_line(seen, fates).removeprefix("seen ").split(" = ")
    assert int(left) == sum(int(part.split()[-1]) for part in right.split(" + "))


def test_a_run_shows_items_then_accounts_then_failures_with_their_remedy() -> None:
    text = click.unstyle(
        report_text(
            report(
                kept=(item(),),
                fates={W: {Fate.KEPT: 1, Fate.COPY: 2}},
                seen={W: 3},
                polls=(
                    poll(1, PollStatus.NEW),
                    poll(2, PollStatus.FAILED, "gone", "HTTP 410"),
                    poll(3, PollStatus.UNCHANGED),
                ),
                feeds={FeedId(n): feed(n) for n in (1, 2, 3)},
            ),
            width=80,
            now=NOW,
        )
    )
    assert text.index("0.91") < text.index("seen 3 = kept 1 + copy 2") < text.index("! Feed 2: HTTP 410")
    assert "polled 3 feeds: 1 unchanged, 1 failed" in text
    assert text.endswith("    tracker feeds test https://f2.example/rss")


def test_a_feed_that_was_asked_to_rest_is_no_failure_and_needs_nobody() -> None:
    rested = report(
        polls=(poll(1, PollStatus.RESTED, "rate_limited", "Too often (429)."), poll(2, PollStatus.NEW)),
        feeds={FeedId(n): feed(n) for n in (1, 2)},
    )
    text = click.unstyle(report_text(rested, width=80, now=NOW))
    assert "polled 2 feeds: 1 rested\n" in text
    assert "! Feed 1: Too often (429).\n    nothing to do; tracker feeds show https://f1.example/rss" in text
    assert (rested.failed, rested.rested) == (0, 1)
    assert (report_fields(rested)["failed"], report_fields(rested)["rested"]) == (0, 1)


def test_each_failure_comes_with_the_command_that_helps() -> None:
    command = "tracker feeds discover https://f1.example/"
    failed = report(
        polls=(poll(1, PollStatus.FAILED, "not_a_feed", "no"),),
        feeds={FeedId(1): feed(1)},
        remedies={FeedId(1): command},
    )
    assert report_text(failed, width=80, now=NOW).endswith(f"    {command}")


def test_a_quiet_run_says_so() -> None:
    text = report_text(report(fates={W: {}}, seen={W: 0}), width=80, now=NOW)
    assert text == "Nothing new was kept.\n\nseen 0 = 0"


def test_with_several_watches_each_has_its_line() -> None:
    v = WatchName("v")
    text = report_text(
        report(fates={W: {Fate.KEPT: 1}, v: {Fate.COPY: 1}}, seen={W: 1, v: 1}), width=80, now=NOW
    )
    assert "w: seen 1 = kept 1\nv: seen 1 = copy 1" in text


def test_the_document_holds_items_accounts_and_polls() -> None:
    told = json.loads(
        json_text(
            report_fields(
                report(
                    kept=(item(),),
                    fates={W: {Fate.KEPT: 1}},
                    seen={W: 1},
                    polls=(poll(1, PollStatus.FAILED, "dns", "no such host"),),
                    feeds={FeedId(1): feed(1)},
                )
            )
        )
    )
    assert told["accounting"] == {"w": {"seen": 1, "fates": {"kept": 1}}}
    assert told["polls"][0]["feed"] == "https://f1.example/rss"
    assert (told["failed"], len(told["items"])) == (1, 1)
