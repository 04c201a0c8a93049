"""Feeds behind a login or a proxy: credentials reach their own origin and nobody else, and are never printed."""

from __future__ import annotations

import logging
from base64 import b64encode
from datetime import timedelta
from socket import EAI_NONAME, gaierror

import pytest

from tests.integration.scripted_server import KEEP, empty, everything_is_here, ok, redirect, serving
from tests.integration.test_fetch import certificate  # noqa: F401 - a fixture
from tests.integration.tiny_proxy import proxying
from tests.patience import PATIENCE_S
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.model import Access, Fetched, FetchFailed, FetchReason, FetchRequest

FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
LOGIN = Access(username="anna", password="sésame:1", headers={"X-Api-Key": "key-77", "User-Agent": "mine/1"})
BASIC = "basic " + b64encode("anna:sésame:1".encode()).decode().lower()


def get(site, url, access=LOGIN, purpose="feed", **more):
    request = FetchRequest(url=url, purpose=purpose, access=access, **more)
    return site.fetcher.submit(request).result(PATIENCE_S)


def sent_secrets(asked):
    return {name: asked.headers[name] for name in ("authorization", "x-api-key") if name in asked.headers}


# ---------------------------------------------------------------- logins


def test_login_and_headers_reach_the_feeds_own_origin(place):
    site = place([ok(FEED)])
    assert isinstance(get(site, site.base + "/f"), Fetched)
    sent = site.server.asked[0].headers
    assert (sent["authorization"], sent["x-api-key"], sent["user-agent"]) == (BASIC, "key-77", "mine/1")
    assert sent["accept-encoding"] == "gzip, deflate"


def test_a_login_written_into_the_address_is_sent_and_goes_no_further(place):
    site = place([ok(FEED)])
    result = site.fetch(site.base.replace("://", "://an%20na:p%40ss@") + "/f")
    assert (
        site.server.asked[0].headers["authorization"] == "basic " + b64encode(b"an na:p@ss").decode().lower()
    )
    assert result.url == site.base + "/f"


def test_a_login_is_kept_over_redirects_inside_its_origin(place):
    site = place(lambda asked: [redirect("/new") if asked.path == "/old" else ok(FEED), KEEP])
    get(site, site.base + "/old")
    assert [sent_secrets(asked) for asked in site.server.asked] == [
        {"authorization": BASIC, "x-api-key": "key-77"}
    ] * 2


@pytest.mark.parametrize("host", ["other.test", "sub.site.test"])
def test_a_login_is_not_sent_to_another_host(place, host):
    site = place(
        lambda asked: [
            redirect(f"http://{host}:{site.server.port}/x") if asked.path == "/" else empty("401 Login")
        ],
        hosts=("site.test", host),
    )
    result = get(site, site.base + "/")
    assert [bool(sent_secrets(asked)) for asked in site.server.asked] == [True, False]
    assert site.server.asked[1].headers["user-agent"].startswith("subject-tracker")
    assert result.reason == FetchReason.FORBIDDEN
    assert host in result.detail


def test_a_login_is_not_sent_to_another_port_and_comes_back_with_its_origin(place):
    with serving(lambda asked: [redirect(f"{site.base}/back")]) as stranger:
        site = place(
            lambda asked: [redirect(f"http://site.test:{stranger.port}/") if asked.path == "/" else ok(FEED)]
        )
        policy = FetchPolicy(
            allow_hosts=(f"site.test:{site.server.port}", f"site.test:{stranger.port}"),
            per_host_spacing=timedelta(0),
        )
        fetcher = HttpFetcher(policy, network=Network(resolver=everything_is_here))
        request = FetchRequest(url=site.base + "/", purpose="feed", access=LOGIN)
        assert isinstance(fetcher.submit(request).result(PATIENCE_S), Fetched)
        fetcher.close()
        assert not sent_secrets(stranger.asked[0])
    assert [bool(sent_secrets(asked)) for asked in site.server.asked] == [True, True]


def test_a_login_is_not_sent_from_https_down_to_http(place, certificate):  # noqa: F811
    context, cert = certificate
    with serving([ok(FEED)]) as plain:
        network = Network(
            resolver=everything_is_here, trust=lambda client: client.load_verify_locations(cert)
        )
        with serving([redirect(f"http://site.test:{plain.port}/")], ssl_context=context) as secure:
            allowed = tuple(f"site.test:{server.port}" for server in (plain, secure))
            fetcher = HttpFetcher(FetchPolicy(allow_hosts=allowed), network=network)
            request = FetchRequest(url=f"https://site.test:{secure.port}/", purpose="feed", access=LOGIN)
            assert isinstance(fetcher.submit(request).result(PATIENCE_S), Fetched)
            fetcher.close()
            assert sent_secrets(secure.asked[0])
            assert not sent_secrets(plain.asked[0])


def test_only_the_comparison_of_origins_keeps_the_login_at_home(place, monkeypatch):
    monkeypatch.setattr("tracker.fetch.exchange.access_for", lambda access, target, origin: access)
    site = place(
        lambda asked: [
            redirect(f"http://other.test:{site.server.port}/x") if asked.path == "/" else ok(FEED)
        ],
        hosts=("site.test", "other.test"),
    )
    get(site, site.base + "/")
    assert sent_secrets(site.server.asked[1])


def test_the_robots_txt_of_a_protected_site_is_asked_for_with_the_login(place):
    site = place(lambda asked: [ok(b"") if asked.path == "/robots.txt" else ok(FEED)], respect_robots=True)
    get(site, site.base + "/page", purpose="page")
    assert [bool(sent_secrets(asked)) for asked in site.server.asked] == [True, True]


def test_no_secret_is_logged_or_shown_by_a_result(place, caplog):
    caplog.set_level(logging.DEBUG)
    with proxying(9, refuse="407 Login") as proxy:
        access = Access(
            username="anna", password="hunter2", headers={"X-Api-Key": "key-77"},
            proxy=f"http://pia:opensesame@127.0.0.1:{proxy.port}",
        )  # fmt: skip
        site = place([empty("401 Login")], hosts=("site.test",))
        policy = FetchPolicy(allow_hosts=(f"127.0.0.1:{proxy.port}", f"site.test:{site.server.port}"))
        fetcher = HttpFetcher(policy, network=Network(resolver=everything_is_here))
        shown = [repr(get(site, site.base + "/"))]
        for scheme in ("http", "https"):
            url = f"{scheme}://site.test:{site.server.port}/"
            shown.append(
                repr(fetcher.submit(FetchRequest(url=url, purpose="feed", access=access)).result(PATIENCE_S))
            )
        fetcher.close()
    everything = "\n".join([*shown, caplog.text, *(repr(record.__dict__) for record in caplog.records)])
    secrets = ["hunter2", "opensesame", "key-77", "sésame", b64encode(b"anna:hunter2").decode(), BASIC[6:]]
    assert [secret for secret in secrets if secret.lower() in everything.lower()] == []
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}, "nothing was logged"


@pytest.mark.parametrize("headers", [{"X-A": "b\r\nX-C: d"}, {"X A": "b"}, {"X-A": "ü"}, {"Ä": "b"}])
def test_headers_that_cannot_be_sent_are_refused_with_a_sentence(place, headers):
    site = place([ok(FEED)])
    result = get(site, site.base + "/", Access(headers=headers))
    assert result.reason == FetchReason.BAD_URL
    assert "extra headers" in result.detail
    assert site.server.asked == []


# ---------------------------------------------------------------- proxies


async def nobody(host, port):
    raise gaierror(EAI_NONAME, "unknown")


def through(proxy, url, *, hosts=(), **more):
    """Fetch through a proxy, with no names of our own."""
    policy = FetchPolicy(allow_hosts=(f"127.0.0.1:{proxy.port}", *hosts), per_host_spacing=timedelta(0))
    network = Network(resolver=more.pop("resolver", nobody), trust=more.pop("trust", lambda _: None))
    login = more.pop("login", "")
    access = Access(proxy=f"http://{login}127.0.0.1:{proxy.port}", **more.pop("access", {}))
    fetcher = HttpFetcher(policy, network=network)
    try:
        return fetcher.submit(
            FetchRequest(url=url, purpose=more.pop("purpose", "feed"), access=access)
        ).result(PATIENCE_S)
    finally:
        fetcher.close()


def test_a_plain_request_goes_through_the_proxy_which_looks_the_name_up():
    with serving([ok(FEED)]) as site, proxying(site.port) as proxy:
        result = through(proxy, "http://far.test/a?b=%20c", login="pia:pw@", access={"username": "anna"})
        assert isinstance(result, Fetched)
        assert (result.body, result.url) == (FEED, "http://far.test/a?b=%20c")
        assert proxy.lines == ["GET http://far.test/a?b=%20c HTTP/1.1"]
        assert f"Proxy-Authorization: Basic {b64encode(b'pia:pw').decode()}" in proxy.heads[0]
        assert site.asked[0].headers["host"] == "far.test"
        assert "authorization" in site.asked[0].headers


def test_a_secure_request_is_tunnelled_and_the_proxy_sees_no_login(certificate):  # noqa: F811
    context, cert = certificate
    with serving([ok(FEED)], ssl_context=context) as site, proxying(site.port) as proxy:
        result = through(
            proxy, "https://site.test/f", access={"username": "anna", "password": "pw"}, login="pia:pw@",
            trust=lambda client: client.load_verify_locations(cert),
        )  # fmt: skip
        assert isinstance(result, Fetched)
        assert proxy.lines == ["CONNECT site.test:443 HTTP/1.1"]
        assert "\r\nAuthorization" not in proxy.heads[0]
        assert "Proxy-Authorization" in proxy.heads[0]
        assert site.asked[0].headers["authorization"].startswith("basic ")
        assert "proxy-authorization" not in site.asked[0].headers
        assert site.asked[0].line == "GET /f HTTP/1.1"


def test_redirects_and_robots_txt_take_the_proxy_too():
    def script(asked):
        if asked.path == "/robots.txt":
            return [empty("404 N")]
        return [redirect("http://second.test/b") if asked.headers["host"] == "first.test" else ok(FEED)]

    with serving(script) as site, proxying(site.port) as proxy:
        assert isinstance(through(proxy, "http://first.test/a", purpose="page"), Fetched)
        assert [line.split(" ")[1] for line in proxy.lines] == [
            "http://first.test/robots.txt",
            "http://first.test/a",
            "http://second.test/robots.txt",
            "http://second.test/b",
        ]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://127.1/", "http://[::1]/", "http://localhost/", "http://a.localhost/"]
)
def test_private_addresses_are_refused_before_the_proxy_is_asked(url):
    with proxying(9) as proxy:
        assert through(proxy, url).reason == FetchReason.BLOCKED_ADDRESS
        assert proxy.heads == []


def test_a_redirect_to_a_private_address_is_refused_behind_a_proxy():
    with serving([redirect("http://169.254.169.254/latest")]) as site, proxying(site.port) as proxy:
        assert through(proxy, "http://far.test/").reason == FetchReason.BLOCKED_ADDRESS
        assert len(proxy.heads) == 1


def test_a_private_proxy_must_be_allowed_by_its_exact_address():
    with serving([ok(FEED)]) as site, proxying(site.port) as proxy:
        fetcher = HttpFetcher(FetchPolicy(), network=Network(resolver=nobody))
        access = Access(proxy=f"http://127.0.0.1:{proxy.port}")
        result = fetcher.submit(FetchRequest(url="http://far.test/", purpose="feed", access=access)).result(
            30
        )
        fetcher.close()
        assert result.reason == FetchReason.BLOCKED_ADDRESS
        assert f'"127.0.0.1:{proxy.port}"' in result.detail
        assert proxy.heads == []


@pytest.mark.parametrize(
    ("url", "status", "reason", "word"),
    [
        ("http://far.test/", "407 Login", FetchReason.FORBIDDEN, "proxy_env"),
        ("https://far.test/", "407 Login", FetchReason.FORBIDDEN, "proxy_env"),
        ("https://far.test/", "502 Bad gateway", FetchReason.CONNECT, "502"),
        ("http://far.test/", "502 Bad gateway", FetchReason.SERVER_ERROR, "502"),
    ],
)
def test_a_proxy_that_refuses_is_told(url, status, reason, word):
    with proxying(9, refuse=status) as proxy:
        result = through(proxy, url)
        assert isinstance(result, FetchFailed)
        assert result.reason == reason
        assert word in result.detail


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "https://p.test:443", "p.test:3128", "http://p:0"]
)
def test_a_proxy_of_another_kind_is_refused(place, proxy):
    site = place([ok(FEED)])
    result = get(site, site.base + "/", Access(proxy=proxy))
    assert result.reason == FetchReason.BAD_URL
    assert "proxy" in result.detail
    assert site.server.asked == []


def test_feeds_with_and_without_a_proxy_do_not_share_connections(place):
    site = place([ok(FEED), KEEP])
    with proxying(site.server.port) as proxy:
        policy = FetchPolicy(
            allow_hosts=(f"127.0.0.1:{proxy.port}", f"site.test:{site.server.port}"),
            per_host_spacing=timedelta(0),
        )
        fetcher = HttpFetcher(policy, network=Network(resolver=everything_is_here))
        for access in (None, Access(proxy=f"http://127.0.0.1:{proxy.port}"), None):
            request = FetchRequest(url=site.base + "/", purpose="feed", access=access)
            assert isinstance(fetcher.submit(request).result(PATIENCE_S), Fetched)
        fetcher.close()
        assert len(proxy.heads) == 1
    assert site.server.connections == 2
