"""Hands mail to an SMTP server and says for each recipient what became of it.

The conversation is led step by step, because the verdict depends on the step: until the final dot of DATA nothing was
delivered and any failure may be tried again; from the dot until its answer nobody can know (RFC 1047), and only the
same bytes may be sent again. `smtplib` does not tell these apart, and reports refused recipients without an exception.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, NoReturn

from tracker.delivery.message import address_of
from tracker.errors import MailError
from tracker.model import Delivery, DeliveryState, Message
from tracker.text.display import clean_line

__all__ = ["HandingOver", "SmtpMailer", "SmtpPolicy"]

_SHUTTING_DOWN: Final = 421
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BARE_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_LEAVE: Final = timedelta(seconds=2)
_Step = tuple[int, bytes]
HandingOver = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is handed over: the envelope's sender, the fixed bytes, and whom to tell before the final dot."""

    sender: str
    mime: bytes
    handing_over: HandingOver


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpPolicy:
    """Where and how mail is handed over.

    `password` is asked for only when a login is made. The timeouts bound one wait each: to connect and be greeted, for
    an answer to a command, and for the answer to the final dot (RFC 5321 section 4.5.3.2.6 asks for ten minutes).
    """

    host: str
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: str = ""
    password: Callable[[], str | None] | None = None
    local_name: str | None = None
    connect_timeout: timedelta = timedelta(seconds=30)
    command_timeout: timedelta = timedelta(minutes=2)
    final_timeout: timedelta = timedelta(minutes=10)


class SmtpMailer:
    """Implements `ports.Mailer`; one connection for each message. `context` replaces the system's trusted roots."""

    def __init__(self, policy: SmtpPolicy, *, context: ssl.SSLContext | None = None) -> None:
        self._policy = policy
        self._context = context

    def send(
        self,
        message: Message,
        mime: bytes,
        recipients: Sequence[str],
        handing_over: HandingOver = lambda _: None,
    ) -> tuple[Delivery, ...]:
        """Send fixed bytes; one verdict for each recipient, in order.

        `handing_over` is called with those who will get the message when all but the final dot of DATA is sent; what it
        raises ends the conversation there, and nothing was delivered. Raises `MailError` when trying again cannot help:
        TLS not offered or not trusted, login refused.
        """
        verdicts = _Verdicts(recipients)
        sender = address_of(message.sender)
        if not sender:
            raise MailError(f"{message.sender!r} is not a mail address.", hint="Set mail.sender.")
        if verdicts.open:
            self._converse(_Letter(sender, mime, handing_over), verdicts)
        return verdicts.deliveries()

    def try_out(self) -> str:
        """Connect, encrypt and log in as for a message, then take leave; what the server calls itself.

        Sends nothing. Raises `MailError` for everything that stands in the way.
        """
        smtp = smtplib.SMTP(local_hostname=self._policy.local_name)
        try:
            self._greet(smtp)
            self._log_in(smtp)
        except (smtplib.SMTPException, OSError) as error:
            at = f"{self._policy.host}:{self._policy.port}"
            raise MailError(
                f"The mail server {at} cannot be used now: {_words(error)}.",
                hint="Check mail.host and mail.port.",
            ) from error
        finally:
            _close(smtp, leave=True)
        told = smtp.ehlo_resp or smtp.helo_resp or b""
        return clean_line(told.partition(b"\n")[0].decode("utf-8", "replace"), 80)

    def _converse(self, letter: _Letter, verdicts: _Verdicts) -> None:
        smtp = smtplib.SMTP(local_hostname=self._policy.local_name)
        try:
            self._greet(smtp)
            self._log_in(smtp)
            _transfer(smtp, letter, verdicts, self._policy)
        except (smtplib.SMTPException, OSError) as error:
            at = f"{self._policy.host}:{self._policy.port}"
            verdicts.interrupted(
                _words(error) if smtp.sock else f"the mail server {at} ([mail] host, port): {_words(error)}"
            )
        finally:
            _close(smtp, leave=not verdicts.in_body)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        """Open a connection and, where asked for, encrypt it; nothing is sent in clear when that fails."""
        policy = self._policy
        timeout = policy.connect_timeout.total_seconds()
        try:
            # Connected here and not by smtplib, which would check the certificate against no name at all.
            smtp.sock = socket.create_connection((policy.host, policy.port), timeout)
            if policy.security == "tls":
                smtp.sock = self._trusted().wrap_socket(smtp.sock, server_hostname=policy.host)
            code, words = smtp.getreply()
            if code != 220:
                raise smtplib.SMTPConnectError(code, words)
            _wait(smtp, policy.command_timeout)
            smtp.ehlo_or_helo_if_needed()
            if policy.security == "starttls":
                self._encrypt(smtp)
        except ssl.SSLError as error:
            _refuse_tls(error)
        except UnicodeError as error:
            raise MailError(f"{policy.host!r} is not a host name.", hint="Set mail.host.") from error

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        code, words = smtp.docmd("STARTTLS") if smtp.has_extn("starttls") else (502, b"")
        if 500 <= code < 600:
            raise MailError(
                "The mail server does not offer STARTTLS.",
                hint='Set mail.security to "tls", or ask its owner.',
            )
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        # Words slipped in before encryption would be taken for the server's (CVE-2021-38371).
        if _pending(smtp):
            raise MailError(
                "Something spoke into the start of the encryption.", hint="Do not trust this network."
            )
        assert smtp.sock is not None
        smtp.sock = self._trusted().wrap_socket(smtp.sock, server_hostname=self._policy.host)
        smtp.file = None
        # RFC 3207 section 4.2: forget what was said in clear.
        smtp.helo_resp = smtp.ehlo_resp = None
        smtp.esmtp_features = {}
        smtp.does_esmtp = False
        smtp.ehlo_or_helo_if_needed()

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        policy = self._policy
        if not policy.username:
            return
        if policy.security == "none" and policy.host not in _LOOPBACK:
            raise MailError(
                "The password would cross the network unencrypted.",
                hint='Set mail.security to "starttls" or "tls".',
            )
        password = policy.password() if policy.password else None
        try:
            smtp.login(policy.username, password or "")
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                raise
            raise MailError(
                f"The mail server refused the login: {_words(error)}",
                hint="Check mail.username and its password.",
            ) from error
        except (smtplib.SMTPException, UnicodeError) as error:
            if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPServerDisconnected):
                raise
            raise MailError(
                "The mail server offers no login that this name and password can use.",
                hint="Check mail.username, or remove it.",
            ) from error

    def _trusted(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()


class _Verdicts:
    """What is known of each recipient so far; who has no verdict is still open."""

    def __init__(self, recipients: Sequence[str]) -> None:
        self._recipients = tuple(recipients)
        self._known: dict[str, tuple[DeliveryState, str]] = {}
        self.in_body = False  # DATA is under way: no command would be understood as one
        self.dotted = False
        for recipient in recipients:
            if not address_of(recipient):
                self.settle(recipient, DeliveryState.REFUSED, "not a mail address")

    @property
    def open(self) -> tuple[str, ...]:
        """Recipients without a verdict, each once, in order."""
        return tuple(dict.fromkeys(r for r in self._recipients if r not in self._known))

    def settle(self, recipient: str, state: DeliveryState, detail: str) -> None:
        """Say what became of one recipient."""
        self._known[recipient] = (state, detail)

    def settle_open(self, state: DeliveryState, detail: str) -> None:
        """Say the same of all that are open."""
        for recipient in self.open:
            self.settle(recipient, state, detail)

    def answered(self, step: _Step) -> None:
        """Settle all that are open by the server's answer to a step that concerns the whole message."""
        code, words = step
        state = DeliveryState.REFUSED if 500 <= code < 600 else DeliveryState.DEFERRED
        self.settle_open(state, _said(code, words))

    def interrupted(self, detail: str) -> None:
        """Settle all that are open after the conversation broke off."""
        self.settle_open(DeliveryState.AMBIGUOUS if self.dotted else DeliveryState.DEFERRED, detail)

    def deliveries(self) -> tuple[Delivery, ...]:
        """One verdict for each recipient, in the order asked."""
        return tuple(
            Delivery(recipient=r, state=self._known[r][0], detail=self._known[r][1]) for r in self._recipients
        )


def _transfer(smtp: smtplib.SMTP, letter: _Letter, verdicts: _Verdicts, policy: SmtpPolicy) -> None:
    """Lead one mail transaction (RFC 5321 section 3.3) and settle every open recipient, or raise."""
    step = smtp.mail(letter.sender, [f"size={len(letter.mime)}"] if smtp.has_extn("size") else [])
    if step[0] != 250:
        verdicts.answered(step)
        return
    for recipient in verdicts.open:
        code, words = smtp.rcpt(address_of(recipient))
        if code == _SHUTTING_DOWN:
            raise smtplib.SMTPResponseException(code, words)
        if code not in {250, 251}:
            state = DeliveryState.REFUSED if 500 <= code < 600 else DeliveryState.DEFERRED
            verdicts.settle(recipient, state, _said(code, words))
    if not verdicts.open:
        return
    step = smtp.docmd("DATA")
    if step[0] != 354:
        verdicts.answered(step)
        return
    verdicts.in_body = True
    smtp.send(_stuffed(letter.mime))
    letter.handing_over(verdicts.open)
    verdicts.dotted = True
    _wait(smtp, policy.final_timeout)
    smtp.send(b".\r\n")
    step = smtp.getreply()
    verdicts.in_body = False
    _finish(step, verdicts)


def _finish(step: _Step, verdicts: _Verdicts) -> None:
    """Settle by the answer to the final dot. A farewell (421) or noise says nothing about the message."""
    code, words = step
    if 200 <= code < 300:
        verdicts.settle_open(DeliveryState.SENT, _said(code, words))
    elif 400 <= code < 600 and code != _SHUTTING_DOWN:
        verdicts.answered(step)
    else:
        verdicts.interrupted(_said(code, words))


def _stuffed(mime: bytes) -> bytes:
    """Return the message as DATA carries it (RFC 5321 section 4.5.2), without the final dot."""
    lines = _BARE_LINE_END.sub(b"\r\n", mime)
    ended = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    stuffed = ended.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _close(smtp: smtplib.SMTP, *, leave: bool) -> None:
    """Hang up, with a word of leave. The verdicts are in: whatever a server does now changes none of them."""
    if leave:
        with suppress(smtplib.SMTPException, OSError):
            _wait(smtp, _LEAVE)
            smtp.docmd("QUIT")
    smtp.close()


def _wait(smtp: smtplib.SMTP, limit: timedelta) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(limit.total_seconds())


def _pending(smtp: smtplib.SMTP) -> bool:
    """Whether the server has said more than it was asked."""
    assert smtp.sock is not None
    assert smtp.file is not None
    timeout = smtp.sock.gettimeout()
    smtp.sock.settimeout(0)
    try:
        return bool(smtp.file.peek(1))
    finally:
        smtp.sock.settimeout(timeout)


def _refuse_tls(error: ssl.SSLError) -> NoReturn:
    if isinstance(error, ssl.SSLCertVerificationError):
        raise MailError(
            f"The mail server's certificate is not trusted: {error.verify_message}.",
            hint="mail.host must be the name in the certificate.",
        ) from error
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        raise error  # a broken line, like any other
    raise MailError(
        f"The mail server does not speak TLS here: {error.reason or error}.",
        hint="Port 465 takes tls, port 587 starttls.",
    ) from error


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return clean_line(str(error) or type(error).__name__, 200)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return clean_line(f"{code} {text}" if code > 0 else text, 200)
