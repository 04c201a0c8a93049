"""Polite HTTP exchanges as values, many at once: `HttpFetcher` owns one thread, one event loop, one HTTP client.

The only home of the HTTP library. Its own timeouts, redirects, cookies and decoding are not used: a total deadline
(`crew.py`), guarded hops (`exchange.py`) and bounded inflation (`body.py`) take their places.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import cast

import httpcore
import httpx

from tracker.fetch.access import Proxy, proxy_of
from tracker.fetch.crew import CUT_OFF, Crew, Job
from tracker.fetch.exchange import Letter, failed, linked
from tracker.fetch.failures import Refusal, RefusalError
from tracker.fetch.guard import Network, PinnedBackend
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import Target, check_url
from tracker.model import FetchReason, FetchRequest, FetchResult

__all__ = ["HttpFetcher"]

_KEEPALIVE_S = 5.0
_MAX_KEEPALIVE = 12
_JOIN_S = 5.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HttpFetcher:
    """The `Fetcher` port over the real network.

    The thread starts with the first request. Results are handed over on that thread: a callback on a future must be
    short and must not wait for another future. `network` replaces name look-up, dialling and TLS trust.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        clock_now: Callable[[], datetime] = _utc_now,
        network: Network | None = None,
    ) -> None:
        self._policy = policy
        self._clock_now = clock_now
        self._network = network or Network()
        self._lock = threading.Lock()
        self._inbox: deque[Job] = deque()
        self._is_closed = False
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._crew: Crew | None = None

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        """Queue one exchange; the future ends in a value. May be called from any thread."""
        future: Future[FetchResult] = Future()
        target = check_url(request.url, self._policy)
        if isinstance(target, Refusal):
            future.set_result(failed(request, linked(target) if request.is_link else target))
        elif not self._enqueue(Job(request=request, target=target, future=future)):
            future.set_result(failed(request, CUT_OFF))
        return future

    def lift(self, host: str) -> None:
        """Forget the rest that a host asked for with a 429; its next request is made at once."""
        with self._lock:
            if self._loop and not self._is_closed:
                self._loop.call_soon_threadsafe(self._lift, host.lower())

    def close(self) -> None:
        """Cut running exchanges and end the thread; every open future ends as `stopped`. May be called twice."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            if self._loop and not was_closed:
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread:
            self._thread.join(_JOIN_S)

    def _enqueue(self, job: Job) -> bool:
        with self._lock:
            if self._is_closed:
                return False
            self._inbox.append(job)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._live, name="fetch", args=(self._loop,), daemon=True
                )
                self._thread.start()
            if len(self._inbox) == 1:
                self._loop.call_soon_threadsafe(self._empty_inbox)
        return True

    def _live(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: run the loop to its end, then leave nobody waiting."""
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(self._serve())
        finally:
            with self._lock:
                self._is_closed = True
            for job in self._inbox:
                job.settle(failed(job.request, CUT_OFF))

    async def _serve(self) -> None:
        transport = _GuardedTransport(self._policy, self._network)
        async with httpx.AsyncClient(
            transport=transport,
            timeout=None,  # noqa: S113 - the library bounds single reads only; the crew bounds the whole exchange
            trust_env=False,
        ) as client:
            crew = self._crew = Crew(self._policy, partial(_ask, client), self._clock_now)
            try:
                crew.hire()
                self._empty_inbox()
                await self._stop.wait()
                self._empty_inbox()
            finally:
                await crew.dismiss()

    def _lift(self, host: str) -> None:
        if self._crew:
            self._crew.lift(host)

    def _empty_inbox(self) -> None:
        """Hand what was submitted to the crew; on the loop's thread."""
        if self._crew:
            with self._lock:
                jobs = tuple(self._inbox)
                self._inbox.clear()
            self._crew.add(jobs)


@asynccontextmanager
async def _ask(
    client: httpx.AsyncClient,
    target: Target,
    headers: list[tuple[bytes, bytes]],
    proxy: str | None,
    letter: Letter | None,
) -> AsyncIterator[_HttpxAnswer]:
    """Make one request, exactly as the target is spelt, and close its response whatever happens."""
    try:
        extensions = {"target": target.path, "proxy": proxy}
        method = "POST" if letter else "GET"
        request = httpx.Request(method, target.url, headers=headers, content=letter, extensions=extensions)
    except httpx.InvalidURL as error:
        detail = "This is not a usable web address: its host cannot be read."
        raise RefusalError(Refusal(reason=FetchReason.BAD_URL, detail=detail)) from error
    response = await client.send(request, stream=True)
    try:
        yield _HttpxAnswer(response)
    finally:
        await response.aclose()


class _HttpxAnswer:
    """The library's response as an `Answer`."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return cast("list[tuple[bytes, bytes]]", self._response.extensions["raw_headers"])

    def chunks(self) -> AsyncIterator[bytes]:
        return self._response.aiter_raw()


class _GuardedTransport(httpx.AsyncBaseTransport):
    """The library's connection pools on the guarded network, one for each proxy; HTTP/1.1. Raises the pools' errors.

    The client above it is shown no headers: it would keep cookies and raise on a redirect that it cannot read.
    """

    def __init__(self, policy: FetchPolicy, network: Network) -> None:
        self._policy = policy
        self._network = network
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies by default; trusts nobody until filled
        self._has_roots = False
        self._pools: dict[str | None, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on. The trusted roots are read when first needed: that costs as much as thirty requests."""
        if request.url.scheme == "https" and not self._has_roots:
            self._network.trust(self._tls)
            self._has_roots = True
        url = request.url
        target = request.extensions[
            "target"
        ]  # part of the address here: as an extension it would spoil a tunnel's
        answer = await self._pool(request.extensions["proxy"]).handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        extensions = {**answer.extensions, "raw_headers": answer.headers}
        return httpx.Response(status_code=answer.status, stream=_PoolStream(answer), extensions=extensions)

    def _pool(self, proxy: str | None) -> httpcore.AsyncConnectionPool:
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(proxy_of(proxy) if proxy else None)
        return self._pools[proxy]

    def _new_pool(self, proxy: Proxy | None) -> httpcore.AsyncConnectionPool:
        """The proxy's own address is judged like any other when it is dialled."""
        return httpcore.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=self._policy.workers,
            max_keepalive_connections=_MAX_KEEPALIVE,
            keepalive_expiry=_KEEPALIVE_S,
            network_backend=PinnedBackend(self._policy, self._network),
            proxy=_as_httpcore(proxy) if proxy else None,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


def _as_httpcore(proxy: Proxy) -> httpcore.Proxy:
    url = httpcore.URL(scheme="http", host=proxy.host, port=proxy.port, target="/")
    return httpcore.Proxy(url, auth=proxy.login)


class _PoolStream(httpx.AsyncByteStream):
    """A pool response's body."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
