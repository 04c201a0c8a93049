"""Every spelling of an address is judged by what it means."""

from __future__ import annotations

import json
from ipaddress import ip_network

import pytest

from tracker.fetch.failures import Refusal
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import BLOCKED_NETWORKS, Target, check_url
from tracker.model import FetchReason

POLICY = FetchPolicy()


def judged(url, policy=POLICY):
    result = check_url(url, policy)
    return result.url if isinstance(result, Target) else result.reason


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTP://EXAMPLE.com:80/A?b#c", "http://example.com/A?b"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/x", "https://example.com:8443/x"),
        ("http://user:secret@example.com/x", "http://example.com/x"),
        ("http://example.com./", "http://example.com/"),
        ("http://example.com?x=1", "http://example.com/?x=1"),
        ("  http://example.com/ \n", "http://example.com/"),
        ("http://bücher.example/ä b", "http://xn--bcher-kva.example/%C3%A4%20b"),
        ("http://example.com/a%2Fb%20c?d=%C3", "http://example.com/a%2Fb%20c?d=%C3"),
        ("http://134744072/", "http://8.8.8.8/"),
        ("http://8.8.2056/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://under_score.example/", "http://under_score.example/"),
    ],
)
def test_a_public_address_gets_its_one_spelling(url, means):
    assert judged(url) == means


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://0/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://168.63.129.16/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[4000::1]/",
        "http://example.com@127.0.0.1/",
    ],
)
def test_a_private_address_is_refused_in_every_spelling(url):
    assert judged(url) == FetchReason.BLOCKED_ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "http:example.com",
        "http:///path",
        "http://[::1",
        "http://[fe80::1%25lo]/",
        "http://[127.0.0.1]/",
        "http://a..b/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://08.1.1.1/",
        "http://example.9/",
        "http://" + "9" * 5000 + "/",
        "http://-/",
        "http://xn--/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 130 + "example/",
        "http://exa%6dple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com:8o/",
        "http://example.com:-80/",
        "http://example.com:99999/",
        "http://exam\nple.com/",
        "http://\u202e127.0.0.1/",
        "http://example.com/" + "a" * 9000,
    ],
)
def test_what_is_no_address_is_refused(url):
    assert judged(url) == FetchReason.BAD_URL


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/", "feed://example.com/", "data:,x"]
)
def test_other_schemes_are_refused(url):
    assert judged(url) == FetchReason.BLOCKED_SCHEME


@pytest.mark.parametrize("port", [0, 1, 22, 25, 6379, 65535])
def test_other_ports_are_refused(port):
    assert judged(f"http://example.com:{port}/") == FetchReason.BLOCKED_PORT


def test_an_exemption_holds_for_exactly_its_host_and_port():
    policy = FetchPolicy(allow_hosts=("10.0.0.5:8080", "[::1]:9000", "Intranet:81"))
    assert judged("http://10.0.0.5:8080/f", policy) == "http://10.0.0.5:8080/f"
    assert judged("http://0xa.5:8080/f", policy) == "http://10.0.0.5:8080/f"
    assert judged("http://[::1]:9000/", policy) == "http://[::1]:9000/"
    assert judged("http://intranet:81/", policy) == "http://intranet:81/"
    assert judged("http://10.0.0.5/", policy) == FetchReason.BLOCKED_ADDRESS
    assert judged("http://10.0.0.6:8080/", policy) == FetchReason.BLOCKED_ADDRESS
    assert judged("http://intranet:82/", policy) == FetchReason.BLOCKED_PORT


def test_a_refusal_says_what_would_allow_it():
    result = check_url("http://10.0.0.5:8080/", POLICY)
    assert isinstance(result, Refusal)
    assert '"10.0.0.5:8080" to allow_hosts' in result.detail


@pytest.mark.parametrize("url", ["http://[::1]:9101/feed.xml", "http://[2600::1]:9101/"])
def test_what_a_refusal_proposes_does_allow_it(url: str):
    result = check_url(url, POLICY)
    assert isinstance(result, Refusal)
    proposed = result.detail.split('"')[1]
    assert isinstance(check_url(url, FetchPolicy(allow_hosts=(proposed,))), Target)


def test_a_refusal_never_repeats_credentials():
    result = check_url("http://user:secret@10.0.0.5/", POLICY)
    assert isinstance(result, Refusal)
    assert "secret" not in result.detail


def test_origin_and_path_are_the_parts_of_the_address():
    target = check_url("https://Example.com/a?b", POLICY)
    assert isinstance(target, Target)
    assert (target.origin, target.path) == ("https://example.com:443", b"/a?b")


def test_the_blocked_networks_are_those_of_the_evaluation_data(shared):
    listed = json.loads((shared / "data/hostile/urls_ssrf.json").read_text())["blocked_networks"]
    assert list(BLOCKED_NETWORKS) == [ip_network(network) for network in listed]
