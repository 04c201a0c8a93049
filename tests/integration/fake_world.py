"""Made-up DNS for the campaign of hostile addresses: every dial is recorded, and ends at a server of our own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import cycle
from typing import Any

import httpcore

from tests.conftest import SHARED
from tests.integration.scripted_server import KEEP, Asked, ScriptedServer, ok, redirect, serving
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.fetch.guard import PinnedBackend, dial_tcp
from tracker.fetch.target import literal_address

FORMS = SHARED / "data/hostile/urls_ssrf.json"
PUBLIC = "93.184.216.34"


@cache
def hostile_forms() -> dict[str, Any]:
    """The 145 forms with their made-up DNS answers and the networks that nothing may reach."""
    return json.loads(FORMS.read_text(encoding="utf-8"))


class FakeWorld:
    """Connections are recorded; those to public addresses are led to a local server.

    `hosts` are the names of that server itself: they are exempt, and dialling its port is no dial at all.
    """

    def __init__(self, forms: Mapping[str, Any], server: ScriptedServer, *hosts: str) -> None:
        self._dns = forms["dns"]
        self._blocked = [ip_network(text) for text in forms["blocked_networks"]]
        self._server = server
        self._hosts = hosts or ("origin.test",)
        self._turns: dict[str, Any] = {}
        self.dialled: list[str] = []
        self.ports: set[int] = set()
        self.begin()

    def begin(self) -> None:
        """Forget what was dialled and start alternating answers anew."""
        self.dialled.clear()
        self.ports.clear()
        self._turns = {
            name: cycle(answers["alternate"])
            for name, answers in self._dns.items()
            if isinstance(answers, dict)
        }

    async def resolve(self, host: str, port: int) -> list[str]:
        if host in self._hosts:
            return ["127.0.0.1"]
        if host in self._turns:
            return next(self._turns[host])
        if host not in self._dns:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return self._dns[host]

    async def dial(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        if port != self._server.port:
            self.dialled.append(address)
            self.ports.add(port)
            if self.blocked_dials:
                raise ConnectionRefusedError
        return await dial_tcp("127.0.0.1", self._server.port)

    @property
    def blocked_dials(self) -> list[str]:
        addresses = [ip_address(address) for address in self.dialled]
        return [str(address) for address in addresses if any(address in network for network in self._blocked)]

    @contextmanager
    def fetcher(self, *, guarded: bool = True, **knobs: Any) -> Iterator[HttpFetcher]:
        """The real fetcher in this world; without its guard when `guarded` is false, to show that it is needed."""
        allowed = tuple(f"{host}:{self._server.port}" for host in self._hosts)
        policy = FetchPolicy(allow_hosts=allowed, **{"per_host_spacing": timedelta(0), **knobs})
        fetcher = HttpFetcher(policy, network=Network(resolver=self.resolve, dial=self.dial))
        unguarded = _without_guard(self)
        if not guarded:
            unguarded.__enter__()
        try:
            yield fetcher
        finally:
            fetcher.close()
            if not guarded:
                unguarded.__exit__(None, None, None)


@contextmanager
def _without_guard(world: FakeWorld) -> Iterator[None]:
    """What the program would be if it dialled whatever a name leads to."""

    async def connect(_self: object, host: str, port: int, *_: object, **__: object) -> object:
        address = host if literal_address(host) else (await world.resolve(host, port))[-1]
        return await world.dial(address, port)

    kept, PinnedBackend.connect_tcp = PinnedBackend.connect_tcp, connect  # type: ignore[method-assign]
    try:
        yield
    finally:
        PinnedBackend.connect_tcp = kept  # type: ignore[method-assign]


@contextmanager
def hostile_origin(forms: Mapping[str, Any]) -> Iterator[ScriptedServer]:
    """A server that redirects /N to the form N and answers everything else."""

    def script(asked: Asked) -> list[object]:
        number = asked.path.strip("/")
        if number.isdigit():
            return [redirect(forms["urls"][int(number)]["url"].encode().decode("latin-1")), KEEP]
        return [ok(b"<rss/>", "Connection: close")]  # or a post may be handed to one that is being closed

    with serving(script) as server:
        yield server
