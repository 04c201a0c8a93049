"""What of an access may be used where."""

from __future__ import annotations

import pytest

from tracker.fetch.access import Proxy, access_for, access_headers, access_of, proxy_of
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import check_url, userinfo_of
from tracker.model import Access, FetchRequest

LOGIN = Access(username="a", password="b", headers={"X-Key": "k"}, proxy="http://p:3128")


@pytest.mark.parametrize(
    ("url", "is_home"),
    [
        ("https://site.test/", True),
        ("https://site.test:443/other?x", True),
        ("https://SITE.test./", True),
        ("http://site.test/", False),
        ("http://site.test:443/", False),
        ("https://site.test:8443/", False),
        ("https://www.site.test/", False),
        ("https://site.test.evil.test/", False),
        ("https://site.test@evil.test/", False),
    ],
)
def test_an_access_belongs_to_scheme_host_and_port(url, is_home):
    policy = FetchPolicy(allow_hosts=("site.test:443",))
    home = check_url("https://site.test/feed", policy)
    used = access_for(LOGIN, check_url(url, policy), home.origin)
    assert used == (LOGIN if is_home else Access(proxy="http://p:3128"))
    assert bool(access_headers(used)) == is_home


@pytest.mark.parametrize(
    ("url", "userinfo"),
    [
        ("https://a:b@h.test/x@y", "a:b"),
        (" http://a@h.test", "a"),
        ("https://h.test/a:b@c", ""),
        ("https://h.test?a@b", ""),
        ("https://a:b@c@h.test/", "a:b@c"),
        ("nonsense", ""),
        ("mailto:a@b", ""),
    ],
)
def test_userinfo_is_what_stands_before_the_host(url, userinfo):
    assert userinfo_of(url) == userinfo


def test_a_login_that_was_given_wins_over_one_in_the_address():
    request = FetchRequest(url="http://x:y@h.test/", purpose="feed", access=LOGIN)
    assert access_of(request) == LOGIN
    keyed = FetchRequest(url="http://x:y@h.test/", purpose="feed", access=Access(headers={"X-Key": "k"}))
    assert access_headers(access_of(keyed)) == {"X-Key": "k", "Authorization": "Basic eDp5"}


def test_a_user_without_a_password_is_a_login_too():
    assert access_headers(Access(username="token")) == {"Authorization": "Basic dG9rZW46"}
    assert access_headers(Access()) == {}


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy.test:3128", Proxy(host="proxy.test", port=3128, login=None)),
        ("http://PROXY.test/", Proxy(host="proxy.test", port=80, login=None)),
        ("http://u:p%40w@[::1]:8080", Proxy(host="::1", port=8080, login=(b"u", b"p@w"))),
        ("http://u@p.test:1", Proxy(host="p.test", port=1, login=(b"u", b""))),
        ("socks5://p.test:1080", None),
        ("https://p.test:1080", None),
        ("http://p.test:99999", None),
        ("http://p.test:3128/path", None),
        ("http://", None),
        ("", None),
    ],
)
def test_a_proxy_is_taken_apart_or_refused(text, proxy):
    assert proxy_of(text) == proxy


def test_an_access_never_shows_itself():
    assert "b" not in repr(LOGIN).removeprefix("Access")
