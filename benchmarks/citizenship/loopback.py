"""The origin behind a real HTTP server on loopback: for our real fetcher, and as a web proxy for other readers.

The simulated clock stands still during a round, so rules that speak of seconds cannot be judged here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.citizenship.clock import StandingClock
from benchmarks.citizenship.log import HOUR
from benchmarks.citizenship.origin import Origin
from benchmarks.citizenship.simulation import FETCH_POLICY, Run
from tracker.fetch import HttpFetcher, Network
from tracker.fetch.guard import dial_tcp
from tracker.model import FetchRequest, FetchResult
from tracker.store import open_store

_PUBLIC = "93.184.{}.{}"  # names resolve to public addresses; all dialling ends at our server


class LoopbackServer(ThreadingHTTPServer):
    """Serves the origin; takes both plain requests and those to a proxy."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, origin: Origin, clock: StandingClock) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = origin
        self.clock = clock
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = self.path if self.path.startswith("http") else f"http://{self.headers['Host']}{self.path}"
        asked = dict(self.headers.items())
        with self.server.lock:
            at = self.server.clock.seconds
            made = self.server.origin.answer(url, asked, at)
            response = made[0]
            if response.status:
                self.server.origin.note(url, asked, (at, at), made)
        if response.status == 0:  # for those who do not dial by themselves: as near as a proxy comes to it
            self.close_connection = True
            return
        headers = {"Content-Length": str(len(response.body)), **response.headers}
        if response.status == 304:
            headers.pop("Content-Length")
        lines = [f"HTTP/1.1 {response.status} -", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + response.body)

    def log_message(self, *args: object) -> None:
        """The origin keeps the log."""


class HourlyFetcher:
    """The `Fetcher` port: real HTTP, renewed each simulated hour, because its memory of rests runs on real time."""

    def __init__(
        self, clock: StandingClock, port: int, refuses: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._clock = clock
        self._port = port
        self._refuses = refuses
        self._hosts: list[str] = []
        self._hour = -1
        self._real = self._fresh()

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        hour = int(self._clock.seconds // HOUR)
        if hour != self._hour:
            self._hour = hour
            self.close()
            self._real = self._fresh()
        return self._real.submit(request)

    def close(self) -> None:
        self._real.close()

    def _fresh(self) -> HttpFetcher:
        async def resolve(host: str, _port: int) -> Sequence[str]:
            if host not in self._hosts:
                self._hosts.append(host)
            return [_PUBLIC.format(*divmod(self._hosts.index(host) + 1, 250))]

        async def dial(address: str, port: int) -> Any:
            high, low = address.split(".")[2:]
            if port == 443 or self._refuses(self._hosts[int(high) * 250 + int(low) - 1]):
                raise ConnectionRefusedError
            return await dial_tcp("127.0.0.1", self._port)

        policy = replace(FETCH_POLICY, per_host_spacing=timedelta(0))
        network = Network(resolver=resolve, dial=dial)
        return HttpFetcher(policy, clock_now=self._clock.now, network=network)


@contextmanager
def serving(origin: Origin, clock: StandingClock) -> Iterator[LoopbackServer]:
    """The server, on a thread of its own."""
    server = LoopbackServer(origin, clock)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def on_loopback(origin: Origin, folder: Path) -> Iterator[Run]:
    """A life over real HTTP with a clock moved by hand."""
    clock = StandingClock()
    with serving(origin, clock) as server:
        store = open_store(f"sqlite:///{folder / 'citizen.db'}")
        fetcher = HourlyFetcher(clock, server.port, lambda host: origin.refuses(host, clock.seconds))
        try:
            yield Run(origin=origin, store=store, time=clock, fetcher=fetcher)
        finally:
            fetcher.close()
            store.close()
