"""A loopback receiver of alerts with a ledger of what it was given, that calls out at every step."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.loopback import HungUp, conversing

__all__ = ["HookOffice", "Letter", "open_hook"]


@dataclass(frozen=True)
class Letter:
    """One POST that the office keeps, whatever it then answered."""

    key: str
    body: bytes


@dataclass
class HookOffice:
    """`reached` is called with each step before it is answered: connect, head, body, stored, replied."""

    reached: Callable[[str], None] = lambda _: None
    ledger: list[Letter] = field(default_factory=list)
    port: int = 0

    def copies(self) -> Counter[tuple[str, str]]:
        """How often the target was given each alert."""
        return Counter(("desk", letter.key) for letter in list(self.ledger))

    def converse(self, connection: socket.socket) -> None:
        self.reached("connect")
        lines = connection.makefile("rb")
        while line := lines.readline():
            assert line.startswith(b"POST /hook HTTP/1.1")
            headers = {}
            while (line := lines.readline()) not in {b"\r\n", b""}:
                name, _, value = line.decode("ascii").partition(": ")
                headers[name.lower()] = value.strip()
            self.reached("head")
            length = int(headers["content-length"])
            body = lines.read(length)
            if len(body) < length:
                raise HungUp
            self.reached("body")
            self.ledger.append(Letter(headers["idempotency-key"].strip('"'), body))
            self.reached("stored")
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            self.reached("replied")


@contextmanager
def open_hook(office: HookOffice) -> Iterator[HookOffice]:
    """Serve for as long as the `with` lasts."""
    with conversing(office.converse) as office.port:
        yield office
