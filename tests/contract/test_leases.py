"""Who may poll what, on every database: hosts, rests, lost claims, requests, many feeds."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOW, report, state
from tracker.feeds import OpmlFeed
from tracker.model import Claim, Feed, FeedId
from tracker.store import SqlStore, open_store

LEASE = timedelta(minutes=10)
HOUR = timedelta(hours=1)
NAMES = ("due", "early", "resting", "gone", "ahead", "ahead-resting")


def add(store: SqlStore, *urls: str) -> list[Feed]:
    return [store.add_feed(url, title="", site_url=None, tags=(), now=NOW) for url in urls]


def claim(store: SqlStore, *, limit: int = 99, **how: object) -> tuple[Claim, ...]:
    how.setdefault("now", NOW)
    return store.claim_due(lease=LEASE, limit=limit, **how)  # type: ignore[arg-type]


def urls(claims: tuple[Claim, ...]) -> set[str]:
    return {made.feed.url for made in claims}


def end(store: SqlStore, made: Claim, **changed: object) -> bool:
    return store.finish_poll(made, state(**changed), report(made.feed.id))


def test_feeds_of_one_host_are_lent_together_or_to_nobody_else(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://one.example/b", "https://two.example/a")
    (first,) = claim(store, limit=1)
    assert first.feed.url == "https://one.example/a"
    assert urls(claim(store)) == {"https://two.example/a"}
    assert claim(store, force=True) == ()
    end(store, first, next_poll_at=NOW + HOUR)
    assert urls(claim(store)) == {"https://one.example/b"}
    assert len(claim(store, now=NOW + HOUR)) == 3, "all leases have run out"


@pytest.mark.parametrize("force", [False, True])
def test_what_is_due_is_what_would_be_lent_if_nobody_held_a_feed(store: SqlStore, *, force: bool) -> None:
    """Early, resting, gone, and put off by a clock that was ahead; the one that is lent meanwhile is due, too."""
    feeds = {feed.url[8:-8]: feed for feed in add(store, *(f"https://{name}.example" for name in NAMES))}
    for made in claim(store):
        name = made.feed.url[8:-8]
        ahead = NOW + 40 * HOUR if name.startswith("ahead") else NOW - HOUR
        planned = state(
            next_poll_at=NOW if name in {"due", "gone"} else ahead + 2 * HOUR,
            held_until=ahead + 2 * HOUR if name in {"resting", "ahead-resting"} else None,
        )
        store.finish_poll(made, planned, replace(report(made.feed.id), polled_at=ahead))
    store.remove_feed(feeds["gone"].url, now=NOW)
    expected = {"due", "ahead", "ahead-resting", *(["early"] if force else [])}
    assert store.due_feeds(NOW, force=force) == {feeds[name].id for name in expected}
    assert urls(claim(store, force=force)) == {feeds[name].url for name in expected}
    assert claim(store, force=force) == ()
    assert store.due_feeds(NOW, force=force) == {feeds[name].id for name in expected}


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("http://ONE.example:80/b", True),
        ("https://user:pw@one.example/b", True),
        ("https://one.example:8443/b", False),
        ("https://www.one.example/b", False),
    ],
)
def test_a_host_is_its_name_and_port(store: SqlStore, other: str, *, is_same: bool) -> None:
    add(store, "https://one.example/a")
    claim(store)
    add(store, other)
    assert (claim(store) == ()) is is_same


def test_a_host_that_asked_for_rest_gets_it_for_all_its_feeds(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://one.example/b", "https://two.example/a")
    claims = claim(store)
    assert end(store, claims[0], held_until=NOW + HOUR, next_poll_at=NOW + HOUR)
    for made in claims[1:]:
        end(store, made, next_poll_at=NOW)
    held = {feed.url: feed.state.held_until for feed in store.feeds()}
    assert held == {
        "https://one.example/a": NOW + HOUR,
        "https://one.example/b": NOW + HOUR,  # its own poll was under way and knew of no rest
        "https://two.example/a": None,
    }
    assert urls(claim(store, force=True)) == {"https://two.example/a"}
    assert len(claim(store, now=NOW + HOUR)) == 3


def test_a_shorter_or_past_rest_takes_nothing_from_a_longer_one(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://one.example/b")
    first, second = claim(store)
    end(store, first, held_until=NOW + HOUR)
    end(store, second, held_until=NOW + HOUR / 2)
    assert {feed.state.held_until for feed in store.feeds()} == {NOW + HOUR}
    made, _ = claim(store, now=NOW + HOUR)
    store.finish_poll(made, state(held_until=None), report(made.feed.id, polled_at=NOW + HOUR))
    assert {feed.state.held_until for feed in store.feeds()} == {None, NOW + HOUR}


def test_a_feed_new_at_a_resting_host_rests_too(store: SqlStore) -> None:
    (feed,) = add(store, "https://one.example/a")
    end(store, claim(store)[0], held_until=NOW + HOUR)
    add(store, "https://one.example/b")
    (mover,) = add(store, "https://two.example/c")
    store.sync_opml([OpmlFeed(url="https://one.example/d"), OpmlFeed(url="https://two.example/e")], NOW)
    store.move_feed(mover, "https://one.example/c", reason="", now=NOW)
    assert urls(claim(store, force=True)) == {"https://two.example/e"}
    store.move_feed(feed, "https://three.example/a", reason="", now=NOW)
    assert urls(claim(store, force=True)) == {"https://three.example/a"}, "the rest was the other host's"


def test_a_reset_lifts_the_rest_of_the_whole_host(store: SqlStore) -> None:
    first, _ = add(store, "https://one.example/a", "https://one.example/b")
    made = claim(store)
    end(store, made[0], held_until=NOW + HOUR, next_poll_at=NOW + HOUR)
    store.release(made[1:])
    store.reset_feed(first, NOW)
    assert len(claim(store)) == 2


def test_a_late_end_changes_nothing_also_inside_an_ingest(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://one.example/b")
    late, _ = claim(store)
    current, _ = claim(store, now=NOW + LEASE)
    with store.ingesting() as session:
        assert session.finish_poll(late, state(held_until=NOW + HOUR), report(late.feed.id)) is False
    assert [feed.state.held_until for feed in store.feeds()] == [None, None]
    assert store.polls(late.feed.id, limit=9) == ()
    with store.ingesting() as session:
        assert session.finish_poll(current, state(failures=2), report(late.feed.id)) is True
    assert store.feeds()[0].state.failures == 2


def test_a_removed_feeds_claim_is_lost_and_does_not_block_its_host(store: SqlStore) -> None:
    gone, _ = add(store, "https://one.example/a", "https://one.example/b")
    (made,) = claim(store, limit=1)
    store.remove_feed(gone.url, now=NOW)
    assert end(store, made) is False
    assert urls(claim(store)) == {"https://one.example/b"}


def test_workers_that_claim_at_once_never_share_a_host(store_url: str) -> None:
    hosts, feeds_each, workers = 12, 5, 6
    with_feeds = open_store(store_url)
    listed = [
        OpmlFeed(url=f"https://h{host}.example/{n}") for n in range(feeds_each) for host in range(hosts)
    ]
    with_feeds.sync_opml(listed, NOW)
    start = threading.Barrier(workers)

    def work() -> list[Claim]:
        own, taken = open_store(store_url), []
        start.wait()
        for _ in range(6):
            taken += own.claim_due(NOW, limit=4, lease=LEASE)
        own.close()
        return taken

    with ThreadPoolExecutor(workers) as pool:
        taken = [made for done in [pool.submit(work) for _ in range(workers)] for made in done.result()]
    tokens_by_host = defaultdict(set)
    for made in taken:
        tokens_by_host[made.feed.url.split("/")[2]].add(made.token)
    assert len({made.feed.id for made in taken}) == len(taken), "no feed was lent twice"
    assert len(tokens_by_host) == hosts
    assert {len(tokens) for tokens in tokens_by_host.values()} == {1}
    with_feeds.close()


def test_feeds_asked_for_are_due_now_but_for_resting_ones(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://two.example/a", "https://three.example/a")
    first, second, third = claim(store)
    end(store, first, next_poll_at=NOW + HOUR)
    end(store, second, next_poll_at=NOW + HOUR, held_until=NOW + HOUR)
    end(store, third, next_poll_at=NOW - HOUR)
    store.request_poll([made.feed.id for made in (first, second, third)], NOW)
    assert [feed.state.next_poll_at for feed in store.feeds()] == [NOW, NOW + HOUR, NOW - HOUR]
    store.request_poll([], NOW)


def test_polls_since_an_instant_come_oldest_first(store: SqlStore) -> None:
    one, two = (feed.id for feed in add(store, "https://one.example/a", "https://two.example/a"))
    for hour, feed_id in ((2, one), (1, two), (3, two)):
        (made,) = claim(store, only=[feed_id])
        store.finish_poll(made, state(next_poll_at=NOW), report(feed_id, polled_at=NOW + hour * HOUR))
    assert [r.polled_at for r in store.polls_since(NOW)] == [NOW + n * HOUR for n in (1, 2, 3)]
    assert [r.feed_id for r in store.polls_since(NOW + 2 * HOUR)] == [one, two]
    assert [r.polled_at for r in store.polls_since(NOW, ids=[two])] == [NOW + HOUR, NOW + 3 * HOUR]
    assert store.polls_since(NOW, ids=[]) == ()


def test_a_hundred_thousand_ids_may_be_named_at_once(store: SqlStore) -> None:
    (feed,) = add(store, "https://one.example/a")
    ids = [FeedId(number) for number in range(feed.id, feed.id + 100_000)]
    assert urls(claim(store, only=ids)) == {"https://one.example/a"}
    store.request_poll(ids, NOW)
    assert store.polls_since(NOW, ids=ids) == ()
    assert claim(store, only=[]) == ()


def test_ten_thousand_feeds_come_and_go_with_the_file(store: SqlStore) -> None:
    listed = [OpmlFeed(url=f"https://h{number}.example/") for number in range(10_000)]
    assert store.sync_opml(listed, NOW) == (10_000, 0)
    assert len(claim(store, limit=200)) == 200
    assert store.sync_opml(listed[:1], NOW) == (0, 9_999)


def test_a_renewed_claim_is_held_for_longer_and_a_lost_one_stays_lost(store: SqlStore) -> None:
    add(store, "https://one.example/a", "https://two.example/a")
    mine = claim(store)
    store.renew(mine[:1], NOW + 3 * LEASE)
    taken = claim(store, now=NOW + 2 * LEASE)
    assert urls(taken) == {"https://two.example/a"}
    store.renew(mine, NOW + 9 * LEASE)
    assert urls(claim(store, now=NOW + 4 * LEASE)) == {"https://two.example/a"}, "the other one's, run out"
    assert [end(store, made) for made in mine] == [True, False]


def test_a_poll_that_ended_while_another_worker_waited_to_claim_is_not_made_again(store: SqlStore) -> None:
    """A worker reads the clock, waits for its turn to write, and meanwhile another one polls the same feed."""
    (feed,) = add(store, "https://one.example/a")
    (first,) = claim(store)
    polled_at = NOW + timedelta(seconds=20)
    store.finish_poll(first, state(next_poll_at=NOW + HOUR), report(feed.id, polled_at=polled_at))
    assert claim(store) == ()
