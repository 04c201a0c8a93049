"""Leases kept alive while work is long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.builders import NOW
from tracker.model import Claim, Feed, FeedId
from tracker.pipeline.lease import Held

LENGTH = timedelta(minutes=30)
CLAIMS = tuple(
    Claim(feed=Feed(id=FeedId(n), url=f"https://h{n}.example/", added_at=NOW), token="t", until_at=NOW + LENGTH)
    for n in (1, 2)
)  # fmt: skip


class Ledger:
    """Notes what is asked of the store, on a clock that the test sets."""

    def __init__(self) -> None:
        self.at = NOW
        self.renewed: list[tuple[list[int], datetime]] = []
        self.released: list[int] = []

    def now(self) -> datetime:
        return self.at

    def renew(self, claims: Iterable[Claim], until_at: datetime) -> None:
        self.renewed.append(([claim.feed.id for claim in claims], until_at))

    def release(self, claims: Iterable[Claim]) -> None:
        self.released += [claim.feed.id for claim in claims]


def held() -> tuple[Ledger, Held]:
    ledger = Ledger()
    return ledger, Held(ledger, ledger, LENGTH, CLAIMS)  # type: ignore[arg-type]


def test_a_lease_is_renewed_after_half_its_time_however_long_the_work() -> None:
    ledger, claims = held()
    stop = claims.keeping(lambda: False)
    for minute in range(60):
        ledger.at = NOW + timedelta(minutes=minute)
        assert stop() is False
    assert ledger.renewed == [
        ([1, 2], NOW + timedelta(minutes=15 * n) + LENGTH) for n in (1, 2, 3)
    ]  # fmt: skip


def test_what_has_ended_is_neither_renewed_nor_given_back() -> None:
    ledger, claims = held()
    claims.end(FeedId(1))
    ledger.at += LENGTH
    claims.keep()
    claims.give_back()
    assert ([ids for ids, _ in ledger.renewed], ledger.released) == ([[2]], [2])
    claims.end(FeedId(2))
    ledger.at += LENGTH
    claims.keep()
    claims.give_back()
    assert (len(ledger.renewed), ledger.released) == (1, [2])
