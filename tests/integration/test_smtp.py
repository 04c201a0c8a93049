"""`SmtpMailer` against a real server, and against one that breaks off at every step of the conversation."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.loopback import HungUp, conversing
from tests.patience import PATIENCE_S
from tracker.delivery import SmtpMailer, SmtpPolicy, to_mime
from tracker.errors import MailError
from tracker.model import Delivery, DeliveryState, Message

A, B, C = ("a@news.example", "b@news.example", "c@news.example")
MESSAGE = Message(
    message_id="<digest.2026-11-22.0123456789abcdef@news.example>",
    sender="Tracker <tracker@news.example>",
    recipients=(A, B, C),
    subject="4 new: Gates lifted",
    plain="First line.\n.\n.hidden dot\nFrom here\nLast line.\n",
    html="<p>Words.</p>\n",
    sent_at=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
)
MIME = to_mime(MESSAGE)
SENT, DEFERRED, REFUSED, AMBIGUOUS = (
    *(DeliveryState.SENT, DeliveryState.DEFERRED),
    *(DeliveryState.REFUSED, DeliveryState.AMBIGUOUS),
)
SHORT, LONG = timedelta(seconds=0.4), timedelta(seconds=PATIENCE_S)


def states(deliveries: tuple[Delivery, ...]) -> list[DeliveryState]:
    return [delivery.state for delivery in deliveries]


# ---------------------------------------------------------------- a real server


class Inbox:
    """What a real server accepted; `refusals` are its answers to single recipients."""

    def __init__(self, refusals: dict[str, str] | None = None, login: tuple[str, str] | None = None) -> None:
        self.refusals = refusals or {}
        self.login = login
        self.accepted: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.accepted.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return "250 queued as 17"

    def authenticate(self, server, session, envelope, mechanism, data):
        good = self.login == (data.login.decode(), data.password.decode())
        return AuthResult(success=good, handled=False)


class FreePort(Controller):
    """Takes the port the system gives."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(inbox: Inbox, **options) -> Iterator[int]:
    if inbox.login:
        options |= {"authenticator": inbox.authenticate, "auth_require_tls": False}
    context = options.pop("implicit", None)
    controller = FreePort(inbox, hostname="127.0.0.1", port=0, ssl_context=context, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A self-signed certificate for `localhost`, key and certificate in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(path.with_suffix(".key")), "-out", str(path.with_suffix(".crt"))]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    path.write_text(path.with_suffix(".key").read_text() + path.with_suffix(".crt").read_text())
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def client_side(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))


def mailer(port: int, context: ssl.SSLContext | None = None, **changes) -> SmtpMailer:
    policy = SmtpPolicy(host="127.0.0.1", port=port, local_name="news.example")
    return SmtpMailer(replace(policy, **changes), context=context)


def test_mail_arrives_byte_for_byte_for_every_recipient():
    inbox = Inbox()
    with serving(inbox) as port:
        deliveries = mailer(port).send(MESSAGE, MIME, [A, B, C])
    assert [(d.recipient, d.state) for d in deliveries] == [(A, SENT), (B, SENT), (C, SENT)]
    assert inbox.accepted == [("tracker@news.example", [A, B, C], MIME)]
    assert deliveries[0].detail == "250 queued as 17"


@pytest.mark.parametrize(("answer", "state"), [("450 greylisted", DEFERRED), ("550 no such user", REFUSED)])
def test_one_recipients_trouble_is_his_own(answer, state):
    inbox = Inbox({B: answer})
    with serving(inbox) as port:
        deliveries = mailer(port).send(MESSAGE, MIME, [A, B, C])
    assert states(deliveries) == [SENT, state, SENT]
    assert deliveries[1].detail == answer
    assert [to for _, to, _ in inbox.accepted] == [[A, C]]


def test_when_all_are_refused_no_mail_is_handed_over():
    inbox = Inbox(dict.fromkeys((A, B), "550 no"))
    with serving(inbox) as port:
        assert states(mailer(port).send(MESSAGE, MIME, [A, B])) == [REFUSED, REFUSED]
    assert inbox.accepted == []


def test_what_is_no_address_is_refused_here_and_never_reaches_the_server():
    inbox = Inbox()
    with serving(inbox) as port:
        deliveries = mailer(port).send(
            MESSAGE, MIME, ["x@y\r\nRCPT TO:<v@v.test>", "Ann <a@news.example>", ""]
        )
    assert states(deliveries) == [REFUSED, SENT, REFUSED]
    assert inbox.accepted[0][1] == [A]


def test_the_same_recipient_twice_gets_one_copy():
    inbox = Inbox()
    with serving(inbox) as port:
        assert states(mailer(port).send(MESSAGE, MIME, [A, A])) == [SENT, SENT]
    assert inbox.accepted[0][1] == [A]


def test_nobody_to_send_to_opens_no_connection():
    assert mailer(1).send(MESSAGE, MIME, []) == ()


def test_starttls_with_login(certificate):
    inbox = Inbox(login=("tracker", "secret"))
    with serving(inbox, tls_context=server_side(certificate), require_starttls=True) as port:
        sender = mailer(
            port,
            client_side(certificate),
            host="localhost",
            security="starttls",
            username="tracker",
            password=lambda: "secret",
        )
        assert states(sender.send(MESSAGE, MIME, [A])) == [SENT]
    assert inbox.accepted[0][2] == MIME


def test_tls_from_the_first_byte(certificate):
    inbox = Inbox()
    with serving(inbox, implicit=server_side(certificate)) as port:
        sender = mailer(port, client_side(certificate), host="localhost", security="tls")
        assert states(sender.send(MESSAGE, MIME, [A])) == [SENT]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trouble", ["unknown root", "wrong name"])
def test_a_certificate_that_is_not_trusted_is_a_configuration_error(certificate, security, trouble):
    inbox = Inbox()
    context = server_side(certificate)
    options = {"implicit": context} if security == "tls" else {"tls_context": context}
    trusted = None if trouble == "unknown root" else client_side(certificate)
    host = "localhost" if trouble == "unknown root" else "127.0.0.1"
    with serving(inbox, **options) as port, pytest.raises(MailError, match="not trusted"):
        mailer(port, trusted, host=host, security=security).send(MESSAGE, MIME, [A])
    assert inbox.accepted == []


def test_tls_to_a_port_that_does_not_speak_it_is_a_configuration_error(certificate):
    with serving(Inbox()) as port, pytest.raises(MailError, match="does not speak TLS"):
        mailer(port, client_side(certificate), host="localhost", security="tls").send(MESSAGE, MIME, [A])


def test_a_server_without_starttls_gets_nothing_in_clear():
    inbox = Inbox()
    with serving(inbox) as port, pytest.raises(MailError, match="does not offer STARTTLS"):
        mailer(port, security="starttls").send(MESSAGE, MIME, [A])
    assert inbox.accepted == []


def test_a_wrong_password_is_a_configuration_error_that_does_not_tell_it():
    with (
        serving(Inbox(login=("tracker", "right"))) as port,
        pytest.raises(MailError, match="refused") as raised,
    ):
        mailer(port, username="tracker", password=lambda: "wr0ng").send(MESSAGE, MIME, [A])
    assert "wr0ng" not in str(raised.value) + raised.value.hint


def test_a_login_where_none_is_offered_is_a_configuration_error():
    with serving(Inbox()) as port, pytest.raises(MailError, match="no login"):
        mailer(port, username="tracker", password=lambda: "x").send(MESSAGE, MIME, [A])


def test_a_password_never_crosses_a_network_in_clear():
    sender = SmtpMailer(SmtpPolicy(host="127.0.0.2", port=1, username="tracker", password=lambda: "x"))
    with listening(Script()) as server, pytest.raises(MailError, match="unencrypted"):
        SmtpMailer(replace(sender._policy, port=server.port)).send(MESSAGE, MIME, [A])
    assert not any(line.upper().startswith("AUTH") for line in server.heard)


# ---------------------------------------------------------------- a server that fails


@dataclass
class Script:
    """Answers by step; an answer "close", "hang" or text. `rcpt2` is the second RCPT; `stored` counts whole mails."""

    answers: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ("SIZE 10000000",)
    heard: list[str] = field(default_factory=list)
    stored: int = 0
    port: int = 0


def answer(connection: socket.socket, script: Script, step: str, default: str) -> None:
    words = script.answers.get(step, default)
    if words == "hang":
        threading.Event().wait(1.5)
        raise HungUp
    if words == "close":
        raise HungUp
    connection.sendall(words.replace("\n", "\r\n").encode() + b"\r\n")


def play(connection: socket.socket, script: Script) -> None:
    """Lead one conversation as the script says."""
    recipients = 0
    with connection.makefile("rb") as lines:
        answer(connection, script, "banner", "220 ready")
        while line := lines.readline():
            words = line.decode("ascii", "replace").strip()
            script.heard.append(words)
            verb = words.split(" ")[0].split(":")[0].lower()
            if verb == "ehlo":
                offered = "\n".join(["250-here", *(f"250-{f}" for f in script.features), "250 HELP"])
                answer(connection, script, "ehlo", offered)
            elif verb == "rcpt":
                recipients += 1
                step = f"rcpt{recipients}" if f"rcpt{recipients}" in script.answers else "rcpt"
                answer(connection, script, step, "250 ok")
            elif verb == "data":
                answer(connection, script, "data", "354 go on")
                take_body(connection, lines, script)
            elif verb == "quit":
                answer(connection, script, "quit", "221 bye")
                return
            else:
                answer(connection, script, verb, "250 ok")


def take_body(connection: socket.socket, lines, script: Script) -> None:
    if not script.answers.get("data", "354").startswith("354"):
        return
    if script.answers.get("body") == "close":
        lines.readline()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        raise HungUp
    if script.answers.get("body") == "hang":
        threading.Event().wait(1.5)
        raise HungUp
    while (line := lines.readline()) not in {b".\r\n", b""}:
        pass
    script.stored += line == b".\r\n"
    answer(connection, script, "dot", "250 queued")


@contextmanager
def listening(script: Script) -> Iterator[Script]:
    """Serve the script for as many connections as come."""
    with conversing(lambda connection: play(connection, script), host="") as script.port:
        yield script


HUNG = {"banner": "connect_timeout", "dot": "final_timeout", "body": "command_timeout"}


def impatient(port: int, hangs: str = "", **changes) -> SmtpMailer:
    """It waits long at every step but the one that hangs."""
    times = {limit: SHORT if step == hangs else LONG for step, limit in HUNG.items()}
    return mailer(port, **times, **changes)


FAULTS = [
    ({"banner": "close"}, [DEFERRED] * 3),
    ({"banner": "hang"}, [DEFERRED] * 3),
    ({"banner": "554 no"}, [DEFERRED] * 3),
    ({"banner": "421 busy"}, [DEFERRED] * 3),
    ({"banner": "banana"}, [DEFERRED] * 3),
    ({"ehlo": "close"}, [DEFERRED] * 3),
    ({"ehlo": "421 busy", "helo": "421 busy"}, [DEFERRED] * 3),
    ({"ehlo": "500 what"}, [SENT] * 3),
    ({"mail": "451 later"}, [DEFERRED] * 3),
    ({"mail": "452 full"}, [DEFERRED] * 3),
    ({"mail": "550 no"}, [REFUSED] * 3),
    ({"mail": "552 too big"}, [REFUSED] * 3),
    ({"rcpt": "450 grey"}, [DEFERRED] * 3),
    ({"rcpt": "550 no"}, [REFUSED] * 3),
    ({"rcpt2": "450 grey"}, [SENT, DEFERRED, SENT]),
    ({"rcpt2": "550 no"}, [SENT, REFUSED, SENT]),
    ({"rcpt2": "close"}, [DEFERRED] * 3),
    ({"rcpt2": "421 busy"}, [DEFERRED] * 3),
    ({"rcpt1": "550 no", "rcpt2": "close"}, [REFUSED, DEFERRED, DEFERRED]),
    ({"data": "451 no"}, [DEFERRED] * 3),
    ({"data": "554 no"}, [REFUSED] * 3),
    ({"data": "close"}, [DEFERRED] * 3),
    ({"dot": "451 later"}, [DEFERRED] * 3),
    ({"dot": "452 full"}, [DEFERRED] * 3),
    ({"dot": "554 spam"}, [REFUSED] * 3),
    ({"dot": "close"}, [AMBIGUOUS] * 3),
    ({"dot": "hang"}, [AMBIGUOUS] * 3),
    ({"dot": "banana"}, [AMBIGUOUS] * 3),
    ({"dot": "421 going down"}, [AMBIGUOUS] * 3),
    ({"dot": "close", "rcpt2": "550 no"}, [AMBIGUOUS, REFUSED, AMBIGUOUS]),
    ({"quit": "close"}, [SENT] * 3),
    ({"quit": "hang"}, [SENT] * 3),
    ({"quit": "500 no"}, [SENT] * 3),
]


@pytest.mark.parametrize(("answers", "expected"), FAULTS, ids=[json.dumps(f[0]) for f in FAULTS])
def test_every_failure_has_its_verdict(answers, expected):
    with listening(Script(answers)) as server:
        hangs = next((step for step, words in answers.items() if words == "hang" and step in HUNG), "")
        deliveries = impatient(server.port, hangs).send(MESSAGE, MIME, [A, B, C])
    assert states(deliveries) == expected
    assert all(d.detail for d in deliveries)
    if SENT in expected or AMBIGUOUS in expected:
        assert server.stored == 1
    elif "dot" not in answers:
        assert server.stored == 0


@pytest.mark.parametrize("body", ["close", "hang"])
def test_a_connection_lost_inside_the_body_was_no_delivery(body):
    big = MIME + (b"y" * 76 + b"\r\n") * 400_000
    with listening(Script({"body": body})) as server:
        deliveries = impatient(server.port, "body" if body == "hang" else "").send(MESSAGE, big, [A])
    assert states(deliveries) == [DEFERRED]
    assert server.stored == 0


def test_nobody_listening_and_no_such_host_are_deferred():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert states(impatient(port).send(MESSAGE, MIME, [A])) == [DEFERRED]
    assert states(impatient(25, host="no-such-host.invalid").send(MESSAGE, MIME, [A])) == [DEFERRED]


def test_a_host_name_that_cannot_be_is_a_configuration_error():
    with pytest.raises(MailError, match="not a host name"):
        impatient(25, host="a..b" + "x" * 80).send(MESSAGE, MIME, [A])


def test_words_slipped_in_before_encryption_end_the_conversation():
    script = Script({"starttls": "220 go\n250 injected"}, features=("STARTTLS",))
    with listening(script) as server, pytest.raises(MailError, match="start of the encryption"):
        impatient(server.port, security="starttls").send(MESSAGE, MIME, [A])


@pytest.mark.parametrize(("reply", "outcome"), [("454 not now", DEFERRED), ("502 never", None)])
def test_a_server_that_takes_starttls_back(reply, outcome):
    with listening(Script({"starttls": reply}, features=("STARTTLS",))) as server:
        sender = impatient(server.port, security="starttls")
        if outcome is None:
            with pytest.raises(MailError, match="STARTTLS"):
                sender.send(MESSAGE, MIME, [A])
        else:
            assert states(sender.send(MESSAGE, MIME, [A])) == [outcome]
    assert not any(line.upper().startswith("MAIL") for line in server.heard)


@pytest.mark.parametrize(("reply", "raises"), [("535 bad", True), ("454 later", False)])
def test_a_login_refused_for_good_or_for_now(reply, raises):
    with listening(Script({"auth": reply}, features=("AUTH PLAIN",))) as server:
        sender = impatient(server.port, username="u", password=lambda: "p")
        if raises:
            with pytest.raises(MailError, match="refused the login: 535 bad"):
                sender.send(MESSAGE, MIME, [A])
        else:
            assert states(sender.send(MESSAGE, MIME, [A])) == [DEFERRED]


def test_a_sender_that_is_none_is_a_configuration_error():
    with pytest.raises(MailError, match="not a mail address"):
        mailer(1).send(replace(MESSAGE, sender="nobody"), MIME, [A])


def test_the_servers_words_reach_a_person_without_controls():
    with listening(Script({"rcpt": "550 \x1b[31mno\x07\u202e"})) as server:
        [delivery] = impatient(server.port).send(MESSAGE, MIME, [A])
    assert delivery.detail == "550 [31mno"


def test_dots_and_line_ends_of_any_body_come_through():
    inbox = Inbox()
    with serving(inbox) as port:
        mailer(port).send(MESSAGE, b".first\r\n.\r\n..\nbare\rends", [A])
    assert inbox.accepted[0][2] == b".first\r\n.\r\n..\r\nbare\r\nends\r\n"
