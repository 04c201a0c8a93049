"""Only the groups that concern us reach the grammar's reader, so no file can make it slow."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from protego import Protego

from tracker.fetch.robots import Rules, rules_for_us

FILE = """
# a comment
User-agent: Other
User-agent: Another
Disallow: /

User-Agent: *   # everybody
Disallow: /private
Sitemap: http://example.com/s.xml
Allow: /private/open

User-agent: Someone
user-agent: Subject-Tracker/1.0
Crawl-delay: 7
Disallow: /nothing-for-us
"""


def rules(text, token="subject-tracker"):
    return Rules(token=token, parsed=Protego.parse(rules_for_us(text, token)), valid_until=0.0)


def test_our_own_group_goes_before_everybodys():
    ours = rules(FILE)
    assert ours.allows("http://example.com/private")
    assert not ours.allows("http://example.com/nothing-for-us/x")
    assert ours.crawl_delay == timedelta(seconds=7)


def test_everybodys_group_holds_for_us_without_our_own():
    theirs = rules(FILE, token="reader")
    assert not theirs.allows("http://example.com/private/x")
    assert theirs.allows("http://example.com/private/open")
    assert theirs.allows("http://example.com/")
    assert theirs.crawl_delay == timedelta(0)


def test_groups_of_others_are_dropped_with_their_names():
    kept = rules_for_us(FILE, "reader")
    assert "other" not in kept.lower()
    assert "nothing-for-us" not in kept


def test_agents_in_a_row_share_a_group_across_site_wide_lines():
    text = "User-agent: x\nSitemap: http://e/s\nUser-agent: *\nDisallow: /a\nUser-agent: y\nDisallow: /b"
    ours = rules(text)
    assert not ours.allows("http://example.com/a")
    assert ours.allows("http://example.com/b")


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("0.5", 0.5), ("1e400", 60), ("inf", 60), ("nan", 60), ("-3", 0), ("86400", 60), ("x", 0)],
)
def test_a_crawl_delay_is_never_longer_than_a_minute(delay, seconds):
    assert rules(f"User-agent: *\nCrawl-delay: {delay}").crawl_delay.total_seconds() in {seconds, 0}


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"User-agent: a{n}\n" for n in range(5000))
        + "".join(f"Disallow: /{n}\n" for n in range(20_000)),
        "User-agent: *\nDisallow: /" + "*a" * 250_000,
        "User-agent: *\n" + ("Disallow: /" + "*a" * 900 + "b\n") * 280,
        "User-agent: *\n" + "".join(f"Disallow: /{n:x}*q$\n" for n in range(30_000)),
        "User-agent: *\n" * 30_000,
        ":\n" * 250_000,
    ],
)
def test_half_a_megabyte_of_hostile_rules_is_read_in_a_moment(text):
    begun = time.process_time()
    rules(text).allows("http://example.com/" + "a" * 8000)
    assert time.process_time() - begun < 3.0
