"""What feeds and their servers do to those who poll them: each trap once, through the whole pipeline."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.integration.polling_world import headline, item, rss
from tests.integration.scripted_server import empty, ok, redirect
from tracker.model import FeedHealth

HOUR = timedelta(hours=1)


def document(*numbers, **more):
    return rss(*(item(n, **more) for n in numbers))


def moved(*numbers):
    return rss(*(item(n, guid=f"https://new.test/?p={n}") for n in numbers))


EDITED = f"{headline(1)} updated"
REUSED = item(7, guid="guid-1", path="/story/another-thing-entirely")
LATE = item(9, at=NOW - timedelta(days=400))
TRAPS = {
    "a guid reused for another story is a new entry": ([document(1, 2), rss(REUSED, item(2))], [(2, 0), (1, 0)]),
    "the same guid with another title is a version": ([document(1, 2), rss(item(1, title=EDITED), item(2))], [(2, 0), (0, 1)]),
    "a guid whose address was rewritten is a version": (
        [document(1, 2), rss(item(1, path="/story/1-with-another-slug", title=EDITED), item(2))], [(2, 0), (0, 1)],
    ),
    "all guids change and nothing is reported again": ([document(1, 2, 3, 4), moved(1, 2, 3, 4)], [(4, 0), (0, 0)]),
    "one guid on every entry is no identity": ([document(1, 2, 3, guid="0"), document(4, 1, 2, guid="0")], [(3, 0), (1, 0)]),
    "an empty feed forgets nothing": ([document(1, 2, 3), rss(), document(1, 2, 3)], [(3, 0), (0, 0), (0, 0)]),
    "a channel date that moves is no change": (
        [rss(item(1), head=f"<lastBuildDate>{day} Nov 2026 10:00:00 GMT</lastBuildDate>") for day in (18, 19, 20)],
        [(1, 0), (0, 0), (0, 0)],
    ),
    "an entry posted late with an old date is new": ([document(1, 2), rss(LATE, item(1), item(2))], [(2, 0), (1, 0)]),
    "entries in another order are the same": ([document(1, 2, 3), document(3, 1, 2)], [(3, 0), (0, 0)]),
    "dates that move are no change": ([document(1, 2), document(1, 2, at=NOW + HOUR)], [(2, 0), (0, 0)]),
}  # fmt: skip


@pytest.mark.parametrize(("documents", "expected"), TRAPS.values(), ids=TRAPS)
def test_what_is_new_and_what_is_not(world, documents, expected):
    world.follow()
    found = []
    for body in documents:
        world.answers["/feed"] = ok(body)
        (report,) = world.poll(hours=1)
        found.append((report.new, report.changed))
    assert found == expected
    assert len(world.items()) == sum(new + changed for new, changed in expected)


def test_a_web_page_in_place_of_the_feed_leaves_its_validators_alone(world):
    world.follow()
    world.answers["/feed"] = ok(document(1), 'ETag: "feed"')
    world.poll()
    world.answers["/feed"] = ok(b"<!doctype html><html><body>Sign in</body></html>", 'ETag: "page"')
    world.poll(hours=1)
    assert world.feed().state.health is FeedHealth.WRONG_PAGE
    world.poll(hours=1)
    assert world.asked("/feed")[0].headers["if-none-match"] == '"feed"'


def test_a_server_that_says_unchanged_for_ever_is_not_believed_for_longer_than_a_day(world):
    world.follow()
    world.answers["/feed"] = ok(document(1), 'ETag: "stuck"')
    world.poll()
    world.answers["/feed"] = lambda asked: (
        empty("304 Not Modified") if "if-none-match" in asked.headers else ok(document(2, 1), 'ETag: "stuck"')
    )
    assert [world.poll(hours=7)[0].code for _ in range(3)] == ["not_modified"] * 3
    assert world.poll(hours=7)[0].new == 1
    world.poll(hours=1)  # an entry appeared under the validators we held: they mean nothing
    assert "if-none-match" not in world.asked("/feed")[0].headers


def test_validators_move_on_though_the_body_stays(world):
    world.follow()
    for tag in ("one", "two"):
        world.answers["/feed"] = ok(document(1), f'ETag: "{tag}"')
        reports = world.poll(hours=1)
    assert (reports[0].new, reports[0].code) == (0, "")
    world.poll(hours=1)
    assert world.asked("/feed")[0].headers["if-none-match"] == '"two"'


@pytest.mark.parametrize(("hours", "sightings"), [(24, 5), (12, 7)])
def test_a_permanent_redirect_is_adopted_after_days_and_sightings_and_said(world, caplog, hours, sightings):
    world.follow()
    world.answers |= {"/feed": ok(document(1, 2)), "/new": ok(document(2, 3))}
    world.poll()
    world.answers["/feed"] = redirect("/new", "301 Moved Permanently")
    with caplog.at_level(logging.INFO, "tracker.pipeline"):
        for _ in range(sightings):
            world.poll(hours=hours)
            assert world.asked("/feed")
    (said,) = [record for record in caplog.records if record.message == "feed moved"]
    assert (said.feed, said.to) == (world.url(), world.url("/new"))
    world.poll(days=1)
    assert not world.asked("/feed")
    assert world.feed("/new").state.health is FeedHealth.OK


def moving_for_days(world, days=7):
    for _ in range(days):
        world.poll(days=1)


def test_a_move_that_was_taken_back_is_not_made_again(world):
    feed = world.follow()
    world.answers |= {"/feed": redirect("/new", "301 Moved Permanently"), "/new": ok(document(1, 2))}
    moving_for_days(world)
    world.store.undo_move(world.url("/new"), now=world.at)
    moving_for_days(world)
    assert world.feed().id == feed.id
    assert len(world.store.moves(feed.id)) == 1


def test_a_move_to_a_feed_that_is_followed_already_is_a_problem_with_a_command(world):
    world.follow(world.url(), world.url("/new"))
    world.answers |= {"/feed": redirect("/new", "301 Moved Permanently"), "/new": ok(document(1, 2))}
    moving_for_days(world)
    state = world.feed().state
    assert state.health is FeedHealth.MOVED
    assert state.problem.endswith(f"tracker feeds remove {world.url()}")


def test_a_redirect_to_something_else_is_not_adopted(world):
    feed = world.follow()
    world.answers |= {"/feed": ok(document(1, 2)), "/parked": ok(document(8, 9))}
    world.poll()
    world.answers["/feed"] = redirect("/parked", "301 Moved Permanently")
    moving_for_days(world)
    assert world.store.moves(feed.id) == ()


def dead(world, host):
    return f"http://{host}:9/feed"  # nobody listens there


def test_when_all_hosts_are_dead_no_feed_is_charged_with_it(world):
    world.follow(*(dead(world, host) for host in world.hosts))
    assert {report.code for report in world.poll()} == {"connect"}
    states = [feed.state for feed in world.store.feeds()]
    assert {state.failures for state in states} == {0}
    assert max(state.next_poll_at for state in states) < world.at + timedelta(minutes=15)


def test_when_one_host_of_five_is_dead_it_is_charged_with_it(world):
    world.follow(dead(world, world.hosts[0]), *(world.url(host=host) for host in world.hosts[1:]))
    world.answers["/feed"] = ok(document(1))
    world.poll()
    assert [feed.state.failures for feed in world.store.feeds()] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("answer", "asked_again"),
    [
        (empty("429 Too Many Requests", "Retry-After: 3600"), ["other.test"]),
        (empty("503 Service Unavailable", "Retry-After: 3600"), ["site.test", "other.test"]),
    ],
)
def test_a_limit_of_one_route_rests_its_host_and_an_error_of_one_route_does_not(world, answer, asked_again):
    world.follow(world.url("/sound"), world.url("/sick"), world.url("/sound", "other.test"))
    world.answers |= {"/sound": ok(document(1)), "/sick": answer}
    world.poll()
    world.poll(minutes=30)
    hosts = [asked.headers["host"].partition(":")[0] for asked in world.asked("/sound")]
    assert sorted(hosts) == sorted(asked_again)


def test_a_403_after_success_is_a_limit_and_not_the_end(world):
    world.follow()
    world.answers["/feed"] = ok(document(1))
    world.poll()
    world.answers["/feed"] = empty("403 Forbidden")
    world.poll(hours=1)
    state = world.feed().state
    assert state.health is FeedHealth.LIMITED
    assert state.next_poll_at < world.at + HOUR


def test_a_huge_feed_is_cut_and_says_so(world):
    world.follow()
    world.answers["/feed"] = ok(rss(*[item(1)] * 10_050))
    (report,) = world.poll()
    assert report.new == 1
    assert "10050 entries; only the first 10000" in report.detail


def test_dates_ahead_of_the_clock_are_drawn_to_it_and_a_constant_lead_is_learned(world):
    world.follow()
    lead, numbers = timedelta(hours=8), []
    for n in range(1, 7):
        numbers.insert(0, item(n, at=world.at + HOUR * 6 + lead - timedelta(minutes=5)))
        world.answers["/feed"] = ok(rss(*numbers))
        world.poll(hours=6)
    published = {found.title: (found.published_at, found.first_seen_at) for found in world.items()}
    assert all(at is not None and at <= seen for at, seen in published.values())
    at, seen = published[headline(6)]
    assert seen - at == timedelta(minutes=5)
    assert world.feed().state.offset == lead


def test_a_date_beyond_all_sense_becomes_the_day_it_was_seen(world):
    world.follow()
    world.answers["/feed"] = ok(rss(item(1, at=NOW.replace(year=2190))))
    world.poll()
    (found,) = world.items()
    assert found.published_at == found.first_seen_at


def test_the_https_twin_of_a_dead_http_address_is_asked(world):
    feed = world.follow(dead(world, "site.test"))
    world.follow(world.url(host="other.test"))  # so that the network is seen to work
    world.answers["/feed"] = ok(document(1))
    for _ in range(4):
        world.poll(hours=3)
    state = next(one.state for one in world.store.feeds() if one.id == feed.id)
    assert state.https_tried_at == world.at
    assert replace(state, https_tried_at=None).connect_failures == 4
