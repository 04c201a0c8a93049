"""No address inside: whatever a feed, page or redirect says, no socket is opened to a private or reserved address.

Each of the 145 forms is tried as a feed's address, as a page's address and as the target of a redirect, with DNS
answers made up for the purpose. Two guard tests show that the same campaign fails without the pin.
"""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address, ip_network
from itertools import cycle

import httpcore
import httpx
import pytest

from tests.integration.scripted_server import KEEP, ok, redirect, serving
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.fetch.guard import PinnedBackend, dial_tcp
from tracker.fetch.target import literal_address
from tracker.model import Fetched, FetchFailed, FetchReason, FetchRequest

REFUSALS = {
    FetchReason.BLOCKED_ADDRESS,
    FetchReason.BLOCKED_SCHEME,
    FetchReason.BLOCKED_PORT,
    FetchReason.BAD_URL,
}
PLACES = ("feed", "page", "feed redirect", "page redirect")


@pytest.fixture(scope="module")
def campaign(shared):
    return json.loads((shared / "data/hostile/urls_ssrf.json").read_text())


class FakeWorld:
    """Made-up DNS; connections are recorded, and those to public addresses are led to a local server."""

    def __init__(self, campaign, server):
        self._dns = campaign["dns"]
        self._blocked = [ip_network(text) for text in campaign["blocked_networks"]]
        self._server = server
        self._turns = {}
        self.dialled = []

    def begin(self):
        """Forget what was dialled and start alternating answers anew."""
        self.dialled.clear()
        self._turns = {
            name: cycle(answers["alternate"])
            for name, answers in self._dns.items()
            if isinstance(answers, dict)
        }

    async def resolve(self, host, port):
        if host == "origin.test":
            return ["127.0.0.1"]
        if host in self._turns:
            return next(self._turns[host])
        if host not in self._dns:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return self._dns[host]

    async def dial(self, address, port):
        if port != self._server.port:
            self.dialled.append(address)
            if self.blocked_dials:
                raise ConnectionRefusedError
        return await dial_tcp("127.0.0.1", self._server.port)

    @property
    def blocked_dials(self):
        addresses = [ip_address(address) for address in self.dialled]
        return [str(address) for address in addresses if any(address in network for network in self._blocked)]


@pytest.fixture
def origin(campaign):
    """A server that redirects /N to the form N and answers everything else."""

    def script(asked):
        number = asked.path.strip("/")
        if number.isdigit():
            return [redirect(campaign["urls"][int(number)]["url"].encode().decode("latin-1")), KEEP]
        return [ok(b"<rss/>")]

    with serving(script) as server:
        yield server


def test_no_form_in_any_place_reaches_a_private_address(campaign, origin):
    world = FakeWorld(campaign, origin)
    policy = FetchPolicy(allow_hosts=(f"origin.test:{origin.port}",), per_host_spacing=timedelta(0))
    fetcher = HttpFetcher(policy, network=Network(resolver=world.resolve, dial=world.dial))
    wrong = []
    for number, form in enumerate(campaign["urls"]):
        for place in PLACES:
            world.begin()
            url = f"http://origin.test:{origin.port}/{number}" if "redirect" in place else form["url"]
            result = fetcher.submit(FetchRequest(url=url, purpose=place.split()[0])).result(30)
            problem = judge(form, result, world)
            if problem:
                wrong.append((form["id"], place, problem))
    fetcher.close()
    assert wrong == [], "\n".join(map(str, wrong))


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
    fetcher = HttpFetcher(FetchPolicy(), network=Network(resolver=world.resolve, dial=world.dial))
    result = fetcher.submit(FetchRequest(url=url, purpose="feed")).result(30)
    fetcher.close()
    assert isinstance(result, Fetched)
    assert world.dialled == ["93.184.216.34"]


def test_an_exempt_name_is_still_pinned_to_its_port(campaign, origin):
    world = FakeWorld(campaign, origin)
    world.begin()
    policy = FetchPolicy(allow_hosts=("intranet:8080",))
    fetcher = HttpFetcher(policy, network=Network(resolver=world.resolve, dial=world.dial))
    results = [
        fetcher.submit(FetchRequest(url=url, purpose="feed")).result(30)
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
