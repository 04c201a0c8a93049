"""A loopback SMTP server with a ledger of the whole messages it was given, that fails or calls out at any step."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.loopback import HungUp, conversing

HANG_S = 30.0  # longer than any patience of these tests; ends when the office closes


@dataclass(frozen=True)
class Copy:
    """One message whose final dot arrived and that the office keeps, whatever it then answered."""

    recipients: tuple[str, ...]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        read = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def plain(self) -> str:
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass
class PostOffice:
    """`answers` are by step: connect, banner, ehlo, starttls, auth, mail, rcpt1 ..., rcpt*, data, body, dot, quit.

    An answer is what is said, or one of close, hang, drop-and-close, store-and-WHAT, store-wait-WHAT, close-after-half,
    stop-reading. `reached` is called with each step before it is answered: also `stored` and `replied` after the dot.
    """

    answers: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ("SIZE 10000000",)
    reached: Callable[[str], None] = lambda _: None
    ledger: list[Copy] = field(default_factory=list)
    context: ssl.SSLContext | None = None
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each recipient was given each message."""
        return Counter((r, copy.message_id) for copy in list(self.ledger) for r in copy.recipients)

    def act(self, connection: socket.socket, step: str, default: str) -> None:
        self.reached(step)
        words = self.answers.get(step, default)
        if words == "hang":
            self.closing.wait(HANG_S)
            raise HungUp
        if words == "close":
            raise HungUp
        for part in words.split("+"):
            connection.sendall(part.encode() + b"\r\n")
        if words.startswith("421"):
            raise HungUp

    def converse(self, connection: socket.socket) -> None:
        self.reached("connect")
        self.act(connection, "banner", "220 ready")
        lines = connection.makefile("rb")
        recipients: list[str] = []
        asked = 0
        while line := lines.readline():
            words = line.decode("ascii", "replace").strip()
            verb = words.partition(" ")[0].lower()
            if verb == "ehlo":
                offered = [f"250-{feature}" for feature in ("here", *self.features)]
                self.act(connection, "ehlo", "+".join([*offered, "250 HELP"]))
            elif verb == "rcpt":
                asked += 1
                step = next((s for s in (f"rcpt{asked}", "rcpt*") if s in self.answers), f"rcpt{asked}")
                self.act(connection, step, "250 ok")
                if self.answers.get(step, "250").startswith("250"):
                    recipients.append(words.partition("<")[2].partition(">")[0])
            elif verb == "data":
                self.act(connection, "data", "354 go on")
                if self.answers.get("data", "354").startswith("354"):
                    self.take(connection, lines, tuple(recipients))
            elif verb == "starttls" and self.context is not None and "starttls" not in self.answers:
                connection.sendall(b"220 go\r\n")
                connection = self.context.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
            elif verb == "quit":
                self.act(connection, "quit", "221 bye")
                return
            else:
                self.act(connection, verb, "250 ok")

    def take(self, connection: socket.socket, lines, recipients: tuple[str, ...]) -> None:
        kept, ending = [], self.answers.get("body", "")
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise HungUp
            kept.append(line[1:] if line.startswith(b"..") else line)
            if ending == "close-after-half" and len(kept) > 20:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                raise HungUp
            if ending == "stop-reading":
                self.closing.wait(HANG_S)
                raise HungUp
            if line.startswith(b"--=_") and line.endswith(b"--\r\n"):
                self.reached("body")
        self.reached("dot")
        words = self.answers.get("dot", "250 queued")
        if words == "drop-and-close":
            raise HungUp
        if words.startswith(("2", "store")):
            self.ledger.append(Copy(recipients, b"".join(kept)))
            self.reached("stored")
        self.answer_dot(connection, words.removeprefix("store-and-"))
        self.reached("replied")

    def answer_dot(self, connection: socket.socket, words: str) -> None:
        if words == "close":
            raise HungUp
        if words == "hang":
            self.closing.wait(HANG_S)
            raise HungUp
        if words.startswith("store-wait-"):
            time.sleep(0.3)
            words = "250 queued at last"
        connection.sendall(words.encode() + b"\r\n")


@contextmanager
def open_office(office: PostOffice) -> Iterator[PostOffice]:
    """Serve as many conversations as come, one after the other."""
    with conversing(office.converse) as office.port:
        try:
            yield office
        finally:
            office.closing.set()
