"""A real SMTP server on the loopback interface that keeps what it is given."""

import asyncio
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ["MailTrap", "TrappedMail"]


@dataclass(frozen=True, slots=True)
class TrappedMail:
    """One accepted message: envelope sender, envelope recipients, and the bytes as received."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes


class MailTrap:
    """Accepts every mail sent to ``host:port`` between entering and leaving a ``with`` block.

    The port is chosen by the system when the trap is entered. Raises ``OSError`` if none can be bound.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._controller = _FreePortController(self, hostname=self.host, port=0)
        self._messages: list[TrappedMail] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start to listen."""
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening; the messages stay."""
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it is entered."""
        return self._controller.port

    @property
    def messages(self) -> tuple[TrappedMail, ...]:
        """The mails accepted so far, in order of arrival."""
        with self._lock:
            return tuple(self._messages)

    async def handle_DATA(  # noqa: N802  # the name by which the library calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one message and say so to its sender."""
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        with self._lock:
            self._messages.append(TrappedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return "250 Message accepted for keeping"


class _FreePortController(Controller):
    """A controller that learns the port it was given before it tries itself out by connecting."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
