"""The only door to sockets: resolves a name once, judges every answer and dials exactly what was judged.

Because the check and the dial use the same address, a name that changes its answer between the two (DNS rebinding)
gains nothing, and no URL form, redirect or proxy setting goes around it: the HTTP library above has no other backend.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import certifi
import httpcore

from tracker.fetch.failures import Refusal, RefusalError, explain_tls
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import check_address, literal_address
from tracker.model import FetchReason

__all__ = ["Dial", "Network", "PinnedBackend", "Resolver", "SocketStream", "dial_tcp", "system_resolver"]

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Give all addresses of a name; raises OSError when there are none."""
Dial = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]
"""Connect to a literal address; raises OSError."""

_MAX_DIALS = 4
_FIRST_DIAL_S = 5.0  # so that a dead IPv6 route leaves time for IPv4
_PAUSE_READING_BYTES = 256 * 1024


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system. Runs in a daemon thread, because a stuck look-up must not delay the program's end."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def deliver(found: list[str], error: OSError | None) -> None:
        if answer.done():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    def look_up() -> None:
        found: list[str] = []
        problem: OSError | None = None
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop ended meanwhile: nobody waits any more
            loop.call_soon_threadsafe(deliver, found, problem)

    threading.Thread(target=look_up, name="name look-up", daemon=True).start()
    return await answer


async def dial_tcp(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """Open a TCP connection to a literal address."""
    _, stream = await asyncio.get_running_loop().create_connection(SocketStream, address, port)
    return stream


def trust_public_roots(context: ssl.SSLContext) -> None:
    """Trust the public certificate authorities, in the collection that comes with the HTTP library."""
    context.load_verify_locations(certifi.where())


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How the world is reached; a test puts its own in."""

    resolver: Resolver = system_resolver
    dial: Dial = dial_tcp
    trust: Callable[[ssl.SSLContext], None] = trust_public_roots


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """The network as the HTTP library sees it. Raises `RefusalError` with the reason."""

    def __init__(self, policy: FetchPolicy, network: Network) -> None:
        self._policy = policy
        self._network = network

    async def connect_tcp(
        self, host: str, port: int, *_unused: Any, **_also_unused: Any
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first judged address that answers; the exchange's own deadline covers it."""
        addresses = await self._judged_addresses(host, port)
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(_FIRST_DIAL_S):
                    return await self._network.dial(address, port)
        try:
            return await self._network.dial(addresses[-1], port)
        except OSError as error:
            detail = f"{host} does not accept connections on port {port}; the next poll tries again."
            raise RefusalError(Refusal(reason=FetchReason.CONNECT, detail=detail)) from error

    async def _judged_addresses(self, host: str, port: int) -> list[str]:
        """All answers for the name; one bad answer refuses the name."""
        answers = [host] if literal_address(host) else await self._resolve(host, port)
        for answer in answers:
            refusal = check_address(host, port, ip_address(answer.partition("%")[0]), self._policy)
            if refusal:
                raise RefusalError(refusal)
        return list(dict.fromkeys(answers))[:_MAX_DIALS]

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        try:
            answers = await self._network.resolver(host, port)
        except OSError as error:
            raise RefusalError(_explain_lookup(error, host)) from error
        if not answers:
            raise RefusalError(_explain_lookup(OSError(), host))
        return answers


def _explain_lookup(error: OSError, host: str) -> Refusal:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        detail = (
            f"The name {host} could not be looked up just now; check the network, the next poll tries again."
        )
    else:
        detail = f"There is no address for the name {host}; check its spelling, or the site is gone."
    return Refusal(reason=FetchReason.DNS, detail=detail)


class SocketStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One TCP or TLS connection on the bare event loop.

    The library's own stream costs a third more CPU per request: a cancel scope per read and a system call per idle
    connection per request. Reading pauses when the reader lags, so memory stays bounded.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._received += data
        if len(self._received) > _PAUSE_READING_BYTES and self._transport:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Called by the loop."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._ended = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Return what has arrived, b"" at the end."""
        while not self._received and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if not self._received and self._error:
            raise httpcore.ReadError(str(self._error)) from self._error
        taken = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        if self._transport and not self._ended:
            self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Send; requests are small, so the loop's buffer is enough."""
        if self._transport and buffer:
            self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once: a hostile peer cannot keep the socket by not answering."""
        if self._transport:
            self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands for `server_hostname` on the judged connection."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        try:
            self._transport = await loop.start_tls(
                self._transport, self, ssl_context, server_hostname=server_hostname
            )
        except (ssl.SSLError, OSError) as error:
            await self.aclose()
            raise RefusalError(explain_tls(error, server_hostname or "the server")) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        """Answer what the pool asks: a readable idle connection is a dead one."""
        if info == "is_readable":
            return self._ended or bool(self._received)
        if info == "ssl_object" and self._transport:
            return self._transport.get_extra_info("ssl_object")
        return None
