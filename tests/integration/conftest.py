"""Fixtures for tests that open loopback sockets and start processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta

import pytest

from tests.integration.polling_world import World
from tests.integration.scripted_server import ScriptedServer, everything_is_here, serving
from tests.patience import PATIENCE_S
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.model import FetchRequest
from tracker.sandbox import ProcessSandbox, SandboxPolicy


class Place:
    """A scripted server and a fetcher that may reach it as http://site.test:PORT."""

    def __init__(self, server: ScriptedServer, fetcher: HttpFetcher, base: str) -> None:
        self.server = server
        self.fetcher = fetcher
        self.base = base

    def fetch(self, path: str = "/", purpose: str = "feed", validators=None):
        url = path if "://" in path else self.base + path
        return self.fetcher.submit(FetchRequest(url=url, purpose=purpose, validators=validators)).result(
            PATIENCE_S
        )


@pytest.fixture
def place() -> Iterator[Callable[..., Place]]:
    """Make a `Place` from a script and knobs of the policy."""
    with ExitStack() as stack:

        def make(
            script, *, hosts=("site.test",), network=None, clock_now=None, ssl_context=None, **knobs
        ) -> Place:
            server = stack.enter_context(serving(script, ssl_context=ssl_context))
            allowed = tuple(f"{host}:{server.port}" for host in hosts)
            policy = FetchPolicy(
                **{"allow_hosts": allowed, "per_host_spacing": timedelta(0), "respect_robots": False, **knobs}
            )
            extra = {"clock_now": clock_now} if clock_now else {}
            fetcher = HttpFetcher(policy, network=network or Network(resolver=everything_is_here), **extra)
            stack.callback(fetcher.close)
            scheme = "https" if ssl_context else "http"
            return Place(server, fetcher, f"{scheme}://{hosts[0]}:{server.port}")

        yield make


@pytest.fixture(scope="session")
def sandbox() -> Iterator[ProcessSandbox]:
    """The real sandbox; its children take long to start, so that all tests share them."""
    with closing(ProcessSandbox(SandboxPolicy(workers=2))) as opened:
        yield opened


@pytest.fixture
def world(tmp_path, sandbox) -> Iterator[World]:
    """An installation on a scripted site that answers nothing yet."""
    with serving([]) as server:
        made = World(tmp_path, server, sandbox)
        yield made
        made.store.close()
