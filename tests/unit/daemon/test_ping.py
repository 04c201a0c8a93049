"""Who watches the watcher: what the ping address hears, and when."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta

import pytest

from tracker.daemon.ping import Pinger, ping_address
from tracker.model import FetchFailed, FetchReason, FetchRequest, FetchResult

URL = "https://ping.example/secret"


class Line:
    """A fetcher that writes down what it is asked, and answers each request with the next result, or not yet."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []
        self.answers: list[tuple[FetchReason, int | None]] = []

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        self.asked.append(request)
        future: Future[FetchResult] = Future()
        if self.answers:
            reason, status = self.answers.pop(0)
            future.set_result(FetchFailed(request=request, reason=reason, detail="no answer", status=status))
        return future

    def close(self) -> None:
        pass

    @property
    def words(self) -> list[str]:
        return [request.url.removeprefix(URL) for request in self.asked]


def pinger(line: Line) -> Pinger:
    return Pinger(URL, timedelta(minutes=5), line)


def test_good_news_is_told_at_most_every_so_often():
    line = Line()
    watcher = pinger(line)
    for second in (0, 5, 299, 300, 400, 601):
        watcher.tell(second, is_well=True)
    assert line.words == ["", "", ""]
    assert {request.purpose for request in line.asked} == {"ping"}


def test_a_change_is_told_at_once_and_then_as_seldom():
    line = Line()
    watcher = pinger(line)
    for second, is_well in ((0, True), (5, False), (10, False), (306, False), (307, True)):
        watcher.tell(second, is_well=is_well)
    assert line.words == ["", "/fail", "/fail", ""]


def test_the_start_is_told():
    line = Line()
    pinger(line).start()
    assert line.words == ["/start"]


def test_an_outage_is_said_once_and_its_end_counts_as_news(caplog):
    caplog.set_level("INFO", logger="tracker")
    line = Line()
    watcher = pinger(line)
    lost, empty, stopped = (
        (FetchReason.TIMEOUT_TOTAL, None),
        (FetchReason.EMPTY_BODY, 200),
        (FetchReason.STOPPED, None),
    )
    line.answers = [lost, lost, empty, stopped, lost]
    for round_ in range(5):
        watcher.tell(round_ * 300, is_well=True)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["ping not answered", "ping answered again", "ping not answered"]
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hc.example/abc", "https://hc.example/abc/fail"),
        ("https://hc.example/abc/", "https://hc.example/abc/fail"),
        ("https://hc.example/abc?create=1", "https://hc.example/abc/fail?create=1"),
    ],
)
def test_the_word_stands_behind_the_path(url, expected):
    assert ping_address(url, "fail") == expected
    assert ping_address(url, "") == url
