"""A real HTTP server on loopback that says exactly what a test tells it, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from tests.patience import PATIENCE_S

HANG = object()
"""Step: say nothing more, keep the connection open."""
RESET = object()
"""Step: cut the connection with a TCP reset."""
KEEP = object()
"""Last step: wait for the next request on the same connection."""

Step = bytes | float | object


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    at: float
    connection: int
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def empty(status: str, *headers: str) -> bytes:
    return ok(b"", *headers, status=status)


def redirect(location: str, status: str = "302 Found") -> bytes:
    return empty(status, f"Location: {location}")


class ScriptedServer:
    """Serves `script(asked)`, a list of steps: bytes are sent, floats are seconds of silence."""

    def __init__(self, script: Callable[[Asked], Iterable[Step]], ssl_context=None) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.port = 0
        self._ssl = ssl_context
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve()), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    @property
    def connections(self) -> int:
        return self._connections

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self._ssl, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(5):  # a closed connection is let go in one of the next rounds of the loop
            await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while await self._answer(reader, writer, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:  # the server ends: what was not sent yet never will be
            writer.transport.abort()
            raise
        finally:
            with contextlib.suppress(RuntimeError):
                writer.close()

    async def _answer(self, reader, writer, number: int) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":  # a TLS handshake on a plain port: real servers answer in plain text
            writer.write(empty("400 Bad Request"))
            await writer.drain()
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.strip().split("\r\n")
        headers = dict(part.lower().split(": ", 1) for part in rest if ": " in part)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(line=line, headers=headers, at=self._loop.time(), connection=number, body=body)
        self.asked.append(asked)
        for step in self.script(asked):
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float):
                await asyncio.sleep(step)
            elif step is HANG:
                await reader.read()  # silent until the other side hangs up
                return False
            elif step is KEEP:
                return True
            elif step is RESET:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return False
        writer.close()
        await writer.wait_closed()
        return False


@contextlib.contextmanager
def serving(script: Callable[[Asked], Iterable[Step]] | Iterable[Step], **kwargs) -> Iterator[ScriptedServer]:
    """Run a server for the length of a `with`; a plain list of steps answers every request alike."""
    answer = script if callable(script) else lambda _: script
    with ScriptedServer(answer, **kwargs) as server:
        yield server


def assert_spaced(begun: float, arrivals: list[float], seconds: float) -> None:
    """Requests that began at `begun` (`time.monotonic`) at the earliest were sent at least so far apart.

    Each is compared with the beginning and not with the one before it, which may itself have been late to arrive.
    """
    assert len(arrivals) > 1
    for number, at in enumerate(sorted(arrivals)):
        assert at - begun > number * seconds - 0.05, f"request {number} came after {at - begun:.2f} s"


async def everything_is_here(host: str, port: int) -> list[str]:
    """Every name has the loopback address."""
    return ["127.0.0.1"]
