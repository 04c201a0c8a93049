"""No address inside: whatever a feed, page or redirect says, no socket is opened to a private or reserved address.

Each of the 145 forms is asked for as a feed, a page, a robots.txt, a ping and a webhook, and is the target of a redirect
of each, with DNS answers made up for the purpose. Guard tests show that the same campaign fails without the pin. What
feeds, pages and lists can say is tried through the whole program in test_ssrf_places.py.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address

import httpcore
import httpx
import pytest

from tests.integration.fake_world import FakeWorld, hostile_forms, hostile_origin
from tests.patience import PATIENCE_S
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.fetch.guard import PinnedBackend
from tracker.fetch.target import literal_address
from tracker.model import Fetched, FetchFailed, FetchReason, FetchRequest

REFUSALS = {
    FetchReason.BLOCKED_ADDRESS,
    FetchReason.BLOCKED_SCHEME,
    FetchReason.BLOCKED_PORT,
    FetchReason.BAD_URL,
}
PURPOSES = ("feed", "page", "robots", "ping", "post")
PLACES = PURPOSES + tuple(f"{purpose} redirect" for purpose in PURPOSES)


@pytest.fixture(scope="module")
def campaign(shared):
    return hostile_forms()


@pytest.fixture
def origin(campaign):
    with hostile_origin(campaign) as server:
        yield server


def test_no_form_in_any_place_reaches_a_private_address(campaign, origin):
    world = FakeWorld(campaign, origin)
    with world.fetcher() as fetcher:
        wrong = [
            (form["id"], place, problem)
            for number, form in enumerate(campaign["urls"])
            for place in PLACES
            if (problem := tried(world, fetcher, form, place, f"http://origin.test:{origin.port}/{number}"))
        ]
    print(f"{len(campaign['urls']) * len(PLACES)} tries in {len(PLACES)} places, {len(wrong)} wrong")
    assert wrong == [], "\n".join(map(str, wrong))


def tried(world, fetcher, form, place, redirecting):
    """Ask for one form in one place; what is wrong with what came of it."""
    world.begin()
    url = redirecting if "redirect" in place else form["url"]
    result = fetcher.submit(FetchRequest(url=url, purpose=place.split()[0])).result(PATIENCE_S)
    if place in {"ping redirect", "post redirect"}:  # another host is never asked, however public
        refused = isinstance(result, FetchFailed) and result.reason in {*REFUSALS, FetchReason.REDIRECT_LIMIT}
        return "" if refused and not world.dialled else f"{result} {world.dialled}"
    return judge(form, result, world)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_in_every_place_the_campaign_fails_without_the_guard_at_the_dial(campaign, origin, purpose):
    world = FakeWorld(campaign, origin)
    with world.fetcher(guarded=False) as fetcher:
        reached = [
            form["id"] for form in campaign["urls"] if "dialled" in tried(world, fetcher, form, purpose, "")
        ]
    assert {"U092", "U094", "U095", "U109"} <= set(reached), "names whose answers lead inside"
    assert world.ports <= {80, 443}


def judge(form, result, world):
    """Say what is wrong with one outcome, or nothing."""
    if world.blocked_dials:
        return f"dialled {world.blocked_dials}"
    is_refused = isinstance(result, FetchFailed) and result.reason in REFUSALS
    if form["expect"] == "must-not-connect":
        return "" if is_refused and not world.dialled else f"{result} {world.dialled}"
    if form["expect"] == "may-connect-only-to-first-checked-address":
        return "" if set(world.dialled) <= {"93.184.216.34"} else f"{world.dialled}"
    return "" if is_refused or set(world.dialled) == {"93.184.216.34"} else f"{result}"


@pytest.mark.parametrize(
    "url", ["http://public.test/", "http://public.test:8080/x", "http://127.0.0.1@public.test/"]
)
def test_honest_public_addresses_still_work(campaign, origin, url):
    world = FakeWorld(campaign, origin)
    world.begin()
    with world.fetcher() as fetcher:
        result = fetcher.submit(FetchRequest(url=url, purpose="feed")).result(PATIENCE_S)
    assert isinstance(result, Fetched)
    assert world.dialled == ["93.184.216.34"]


def test_an_exempt_name_is_still_pinned_to_its_port(campaign, origin):
    world = FakeWorld(campaign, origin)
    world.begin()
    policy = FetchPolicy(allow_hosts=("intranet:8080",))
    fetcher = HttpFetcher(policy, network=Network(resolver=world.resolve, dial=world.dial))
    results = [
        fetcher.submit(FetchRequest(url=url, purpose="feed")).result(PATIENCE_S)
        for url in ("http://intranet:8080/", "http://intranet/")
    ]
    fetcher.close()
    assert world.dialled[0] == "10.0.0.5"
    assert results[1].reason == FetchReason.BLOCKED_ADDRESS


class UnguardedBackend(httpcore.AsyncNetworkBackend):
    """What a plain client does: ask the system, dial the answer."""

    def __init__(self, world):
        self._world = world

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        if not literal_address(host):
            try:
                host = socket.inet_ntoa(socket.inet_aton(host))  # the system's reading of odd IPv4 forms
            except OSError:
                host = (await self._world.resolve(host.removesuffix(".").lower(), port))[-1]
        return await self._world.dial(host, port)


def test_the_campaign_fails_without_a_guard(campaign, origin):
    world = FakeWorld(campaign, origin)

    async def reached():
        async with httpx.AsyncClient(trust_env=False) as client:
            client._transport._pool._network_backend = UnguardedBackend(world)
            return [form["id"] for form in campaign["urls"] if await leads_inside(client, form["url"])]

    async def leads_inside(client, url):
        world.begin()
        with suppress(httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
            await client.get(url)
        return bool(world.blocked_dials)

    assert len(asyncio.run(reached())) >= 75


class CheckedButNotPinned(PinnedBackend):
    """Checks the name, then lets the system look it up again: the mistake that rebinding needs."""

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        await self._judged_addresses(host, port)
        answers = await self._network.resolver(host, port)
        return await self._network.dial(answers[0], port)


@pytest.mark.parametrize(
    ("backend", "dialled"), [(PinnedBackend, "93.184.216.34"), (CheckedButNotPinned, "127.0.0.1")]
)
def test_only_the_pin_stops_a_name_that_changes_its_answer(campaign, origin, backend, dialled):
    world = FakeWorld(campaign, origin)
    world.begin()
    guard = backend(FetchPolicy(), Network(resolver=world.resolve, dial=world.dial))

    async def ask():
        async with httpcore.AsyncConnectionPool(network_backend=guard) as pool:
            with suppress(OSError):
                await pool.request("GET", "http://rebind.test/")

    asyncio.run(ask())
    assert world.dialled == [dialled]


INSIDE_IPV4 = (
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "172.20.0.1",
    "100.64.0.9",
    "0.0.0.0",
)


def wrapped(ipv4: str) -> dict[str, str]:
    """Every form of IPv6 that carries an IPv4 address somewhere in it, by the name of what unwraps it."""
    number = int(ip_address(ipv4))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    turned = number ^ 0xFFFFFFFF
    return {
        "mapped": f"::ffff:{ipv4}",
        "mapped in hexadecimal": f"0:0:0:0:0:ffff:{high}:{low}",
        "compatible": f"::{ipv4}",
        "translated": f"::ffff:0:{ipv4}",
        "NAT64": f"64:ff9b::{ipv4}",
        "NAT64, local": f"64:ff9b:1::{high}:{low}",
        "6to4": f"2002:{high}:{low}::1",
        "Teredo server": f"2001:0:{high}:{low}::1",
        "Teredo client": f"2001:0:5db8:d822:0:0:{turned >> 16:x}:{turned & 0xFFFF:x}",
        "ISATAP": f"fe80::5efe:{ipv4}",
        "upper case and zeros": f"0000:0000:0000:0000:0000:FFFF:{high.upper()}:{low.upper()}",
    }


@pytest.mark.parametrize("as_answer", [False, True], ids=["in the address", "as a DNS answer"])
def test_no_ipv6_clothing_brings_a_private_address_through(campaign, origin, as_answer):
    world = FakeWorld(campaign, origin)
    tries = [(name, form) for ipv4 in INSIDE_IPV4 for name, form in wrapped(ipv4).items()]
    wrong = []
    with world.fetcher() as fetcher:
        for name, form in tries:
            world.begin()
            world._dns = {"dressed.test": [form]}
            host = "dressed.test" if as_answer else f"[{form}]"
            result = fetcher.submit(FetchRequest(url=f"http://{host}/", purpose="feed")).result(PATIENCE_S)
            if getattr(result, "reason", None) != FetchReason.BLOCKED_ADDRESS or world.dialled:
                wrong.append((name, form, result))
    assert wrong == []
    assert len(tries) == 77


def test_only_web_ports_of_a_public_host_are_asked(campaign, origin):
    world = FakeWorld(campaign, origin)
    with world.fetcher() as fetcher:
        requests = [
            FetchRequest(url=f"http://public.test:{port}/", purpose="feed")
            for port in (*range(1025), 1433, 2375, 3306, 5432, 6379, 8080, 8443, 9200, 11211, 27017, 65535)
        ]
        results = [future.result(PATIENCE_S) for future in [fetcher.submit(request) for request in requests]]
    assert world.ports <= {80, 443, 8080, 8443}
    refused = [getattr(result, "reason", None) == FetchReason.BLOCKED_PORT for result in results]
    assert refused.count(False) == 4
