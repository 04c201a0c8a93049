"""Addresses: identity, links, redirectors, dates."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.urls import (
    canonical_url,
    clickable_url,
    date_in_url,
    host_of,
    is_same_site,
    is_web_url,
    unwrap_url,
)

ALERT = "https://www.google.com/url?rct=j&sa=t&url={}&ct=ga&cd=CAIyGm&usg=AOvVaw0"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTP://WWW.Example.COM:80/a/../b%7ec/#top", "https://example.com/b~c"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("http://127.0.0.1:8081/a/", "http://127.0.0.1:8081/a"),
        ("http://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://m.example.com/a", "https://example.com/a"),
        ("https://mobile.www.example.com/a", "https://example.com/a"),
        ("https://en.m.wikipedia.org/wiki/Fentanyl", "https://en.wikipedia.org/wiki/Fentanyl"),
        ("https://m.co.uk/a", "https://m.co.uk/a"),
        ("https://mobile.de/a", "https://mobile.de/a"),
        ("https://example.com/a;jsessionid=0A1B?id=1", "https://example.com/a?id=1"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_all_spellings_of_an_address_reduce_to_one(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "parameter",
    [
        "utm_source=x", "UTM_Medium=x", "utm%5Fcampaign=x", "fbclid=1", "gclid=1", "mc_cid=1", "mkt_tok=1", "_ga=1",
        "cmpid=1", "CMP=share", "at_medium=rss", "xtor=RSS-1", "ref=rss", "source=newsletter", "print=1", "PHPSESSID=ab",
        "amp", "amp=1", "outputType=amp", "wt_mc=1", "srsltid=1", "smid=tw-share", "guccounter=1",
    ],
)  # fmt: skip
def test_a_parameter_that_only_tracks_is_dropped(parameter):
    assert canonical_url(f"https://example.com/a?{parameter}&id=7") == "https://example.com/a?id=7"


@pytest.mark.parametrize(
    "parameter",
    [
        "id=5", "p=123", "v=abc", "article=9", "story=1", "sid=4", "page=2", "q=x", "ref=4711", "source=7", "from=2025",
        "s=1", "t=1", "mod=news", "partner=acme", "view=article", "print=page", "r=3", "nid=8",
    ],
)  # fmt: skip
def test_a_parameter_that_may_name_a_document_stays(parameter):
    assert canonical_url(f"https://example.com/a?{parameter}") == f"https://example.com/a?{parameter}"


@pytest.mark.parametrize(
    ("host", "parameter"),
    [
        ("nytimes.com", "partner=rss"), ("www.nytimes.com", "emc=rss"), ("cn.nytimes.com", "unlocked_article_code=1"),
        ("washingtonpost.com", "itid=hp"), ("wsj.com", "mod=rss"), ("reuters.com", "feedType=RSS"), ("x.com", "s=20"),
        ("news.google.com", "oc=5"), ("bloomberg.com", "srnd=premium"), ("youtube.com", "si=1"), ("finance.sina.com.cn", "cre=tianyi"),
    ],
)  # fmt: skip
def test_some_parameters_are_dropped_on_their_own_site_only(host, parameter):
    assert canonical_url(f"https://{host}/a?{parameter}") == canonical_url(f"https://{host}/a")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/2025/story/amp",
        "https://example.com/2025/story/amp/",
        "https://amp.example.com/2025/story",
        "https://example.com/2025/story?amp",
        "https://www.google.com/amp/s/example.com/2025/story/amp",
        "https://www.google.co.uk/amp/example.com/2025/story",
        "https://example-com.cdn.ampproject.org/c/s/example.com/2025/story?amp_js_v=0.1&usqp=mq331",
        "https://example-com.cdn.ampproject.org/v/s/www.example.com/2025/story/amp/",
        "https://www.bing-amp.com/c/s/example.com/2025/story",
    ],
)
def test_the_accelerated_copy_is_the_page_itself(url):
    assert canonical_url(url) == "https://example.com/2025/story"


def test_a_wrapper_behind_an_accelerated_address_is_unwrapped_too():
    assert canonical_url("https://www.google.com/url/amp?url=https://paper.test/a") == "https://paper.test/a"


def test_an_address_wrapped_many_times_is_unwrapped_and_one_wrapped_without_end_is_none():
    assert canonical_url("http://rd.yahoo.com/*" * 10 + "http://paper.test/a") == "https://paper.test/a"
    assert canonical_url("http://rd.yahoo.com/*" * 60 + "http://paper.test/a") is None


def test_an_accelerated_html_file_is_the_file():
    assert canonical_url("https://example.com/story.amp.html") == "https://example.com/story.html"
    assert canonical_url("https://example.com/amp") == "https://example.com/amp"


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        (ALERT.format("https://paper.test/a%3Fid%3D5%26b%3D2"), "https://paper.test/a?id=5&b=2"),
        (ALERT.format("https://paper.test/a?id=5"), "https://paper.test/a?id=5"),
        (ALERT.format("https%253A%252F%252Fpaper.test%252Fa"), "https://paper.test/a"),
        ("https://www.google.de/url?q=http://paper.test/a&sa=D", "http://paper.test/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fpaper.test%2Fa%3Ffbclid%3D1&h=AT", "https://paper.test/a?fbclid=1"),
        ("https://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fpaper.test%2fa&c=1", "https://paper.test/a"),
        ("https://feedproxy.google.com/~r/x?url=https://paper.test/a", "https://paper.test/a"),
        ("http://us.rd.yahoo.com/dailynews/rss/*http://paper.test/a", "http://paper.test/a"),
        ("https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fpaper.test%2Fa&data=1", "https://paper.test/a"),
        ("https://www.google.com/url?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252Fpaper.test%252Fa", "https://paper.test/a"),
    ],
)  # fmt: skip
def test_an_address_that_only_leads_to_another_is_unwrapped(wrapped, target):
    assert unwrap_url(wrapped) == target
    assert canonical_url(wrapped) == canonical_url(target)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com/url?sa=t",
        "https://example.com/url?q=https://paper.test/a",
        "https://www.google.com/search?q=https://paper.test/a",
        "https://feedproxy.google.com/~r/Blog/~3/AbC/",
        "not an address",
        "http://[::1",
    ],
)
def test_what_wraps_no_web_address_stays_as_it_is(url):
    assert unwrap_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "  ", "/relative", "mailto:a@b.test", "ftp://example.com/", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
        "data:text/html,x", "file:///etc/passwd", "vbscript:x", "http://", "http:///x", "http://[::1", "http://a b.com/",
        "http://example.com:99999/", "http://example.com:0/", f"http://{'a' * 300}.test/", f"http://example.com/{'p' * 3000}",
        "http://example.com/\nx", "http://exam\u202eple.com/", "http:\\\\evil.test\\", "http://2130706433/", "http://0x7f.1/",
        "http://127.1/", "http://-a.test/", "http://a..test/", "\x01javascript:alert(1)", "java\nscript:alert(1)",
    ],
)  # fmt: skip
def test_what_must_not_become_a_link_does_not(url):
    assert clickable_url(url) is None
    assert canonical_url(url) is None
    assert not is_web_url(url)


@pytest.mark.parametrize(
    ("link", "resolved"),
    [
        ("b", "https://site.test/feeds/b"),
        ("/b", "https://site.test/b"),
        ("//other.test/b", "https://other.test/b"),
        ("?x=1", "https://site.test/feeds/rss?x=1"),
        (" https://other.test/b ", "https://other.test/b"),
        ("www.other.test/b", "https://www.other.test/b"),
        ("https://other.test/a b", "https://other.test/a%20b"),
        ("https://other.test/%0d%0aBcc:x@y.test", "https://other.test/%0d%0aBcc:x@y.test"),
        ("http://user:pw@other.test/", "http://other.test/"),
        ("https://other.test/中?q=国#节", "https://other.test/%E4%B8%AD?q=%E5%9B%BD#%E8%8A%82"),
        ("https://other.test/a%2Fb", "https://other.test/a%2Fb"),
        ("http://127.0.0.1:22/", None),
        ("http://localhost/", None),
        ("http://10.1.2.3/", None),
        ("http://[::ffff:10.0.0.1]/", None),
        ("http://127。0。0。1/", None),
        ("http://printer.local/", None),
        ("javascript:alert(1)", None),
        ("//[::1", None),
    ],
)
def test_a_link_is_resolved_against_the_public_page_it_stands_on(link, resolved):
    assert clickable_url(link, "https://site.test/feeds/rss") == resolved


def test_a_private_page_may_link_to_private_addresses():
    assert clickable_url("/a", "http://127.0.0.1:8081/feed") == "http://127.0.0.1:8081/a"
    assert clickable_url("http://localhost:9/a", "http://127.0.0.1:8081/feed") == "http://localhost:9/a"
    assert clickable_url("http://127.0.0.1:8081/feed") == "http://127.0.0.1:8081/feed"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Example.com:8080/a", "www.example.com"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://user@example.com./", "example.com"),
        ("http://[::1]/", "::1"),
        ("mailto:a@b.test", ""),
        ("nonsense", ""),
    ],
)
def test_the_host_is_named_without_port_and_user(url, host):
    assert host_of(url) == host


def test_sites_are_the_same_across_presentation_and_subdomains():
    assert is_same_site("https://www.example.com/a", "https://amp.example.com/a")
    assert is_same_site("https://edition.example.com/a", "https://example.com/b")
    assert not is_same_site("https://example.com/", "https://badexample.com/")
    assert not is_same_site("https://example.com/", "nonsense")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.test/2025/06/02/story.html", date(2025, 6, 2)),
        ("https://a.test/2025/6/2/story", date(2025, 6, 2)),
        ("https://a.test/world/2025-06-02-story", date(2025, 6, 2)),
        ("https://a.test/us-news/2025/jun/02/story", date(2025, 6, 2)),
        ("https://a.test/20250602/c1001.html", date(2025, 6, 2)),
        ("https://a.test/n1/2025/0602/c1001-1.html", date(2025, 6, 2)),
        ("https://a.test/2025-06/02/c_1.htm", date(2025, 6, 2)),
        ("https://a.test/2025/02/30/story", None),
        ("https://a.test/2025/06/story", None),
        ("https://a.test/12345678/story", None),
        ("https://a.test/120250602/story", None),
        ("https://a.test/story?d=2025-06-02", None),
        ("https://a.test/1889/06/02/story", None),
        ("http://[::1", None),
    ],
)
def test_the_day_is_read_from_the_path(url, day):
    assert date_in_url(url) == day
