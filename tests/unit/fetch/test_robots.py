"""Only the groups that concern us reach the grammar's reader, so no file can make it slow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from protego import Protego

from tests.patience import assert_growth
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
        lambda share: (
            "".join(f"User-agent: a{n}\n" for n in range(312 * share))
            + "".join(f"Disallow: /{n}\n" for n in range(1250 * share))
        ),
        lambda share: "User-agent: *\nDisallow: /" + "*a" * 15_600 * share,
        lambda share: "User-agent: *\n" + ("Disallow: /" + "*a" * 900 + "b\n") * 17 * share,
        lambda share: "User-agent: *\n" + "".join(f"Disallow: /{n:x}*q$\n" for n in range(1875 * share)),
        lambda share: "User-agent: *\n" * 1875 * share,
        lambda share: ":\n" * 15_600 * share,
    ],
)
def test_half_a_megabyte_of_hostile_rules_costs_as_much_as_its_length(text):
    made = {share: text(share) for share in (1, 16)}
    assert_growth(lambda share: rules(made[share]).allows("http://example.com/" + "a" * 8000), 1, 16)


def test_a_pattern_of_many_stars_costs_as_much_as_the_path_is_long():
    rule = rules("User-agent: *\nDisallow: /" + "*a" * 300 + "b")
    assert_growth(lambda length: rule.allows("http://example.com/" + "a" * length), 500, 8_000)
