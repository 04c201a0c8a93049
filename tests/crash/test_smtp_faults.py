"""Every fault of the collected ones, with one and with three recipients: the ledger equals the promise exactly.

What a kill does at the same steps is `test_kill_digest.py`.
"""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.crash.mail_world import RECIPIENTS, World, copy_of, make_template
from tests.crash.post_office import PostOffice, open_office
from tracker.errors import MailError

QUICK = timedelta(seconds=1)
WAITS = {
    "connect": ["connect_timeout"],
    "banner": ["connect_timeout"],
    "body": ["command_timeout", "final_timeout"],  # a short one has left whole, and is waited for at the dot
    "dot": ["final_timeout"],
}
"""Which patience ends what hangs; every other is long."""
SENT, DEFERRED, REFUSED, UNKNOWN = "sent", "deferred", "refused", "ambiguous"
OUTCOMES = {
    "sent": SENT,
    "retry": DEFERRED,
    "permanent": REFUSED,
    "split-or-permanent": REFUSED,
    "ambiguous-retry-same-message-id": UNKNOWN,
    "retry-that-recipient-only": SENT,
    "permanent-that-recipient-only": SENT,
}
SECOND = {"retry-that-recipient-only": DEFERRED, "permanent-that-recipient-only": REFUSED}
PATH = SHARED / "data" / "hostile" / "smtp_faults.json"
FAULTS = [
    fault
    for fault in (json.loads(PATH.read_text(encoding="utf-8"))["faults"] if PATH.exists() else ())
    if not fault["id"].startswith("kill9")
]
needs_faults = pytest.mark.skipif(not FAULTS, reason="smtp_faults.json is not among the evaluation data")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def owing(tmp_path_factory: pytest.TempPathFactory) -> dict[int, World]:
    """Installations that owe one digest, by the number of recipients: nobody listened when it was first sent."""
    template = make_template(tmp_path_factory.mktemp("faults") / "template")
    made = {}
    for recipients in (1, 3):
        made[recipients] = copy_of(template, tmp_path_factory.mktemp("owing") / str(recipients), recipients)
        (sent,) = made[recipients].send(9)
        assert {delivery.state.value for delivery in sent.deliveries} == {DEFERRED}
    return made


def office_for(fault: dict[str, str], certificate: Path) -> PostOffice:
    step, reply = fault["at"], fault["reply"]
    office = PostOffice()
    if step == "starttls" or fault["id"] == "ehlo_no_starttls_required":
        office.features = ("STARTTLS",) if step == "starttls" else ()
    if reply == "badcert":
        office.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        office.context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    elif step == "auth":
        office.features = ("AUTH PLAIN",)
    if step != "connect" and reply not in {"badcert", "250 x"}:
        office.answers[step] = reply
    return office


def way_in(fault: dict[str, str], port: int) -> dict[str, object]:
    """How the fault's first attempt is configured."""
    hangs = any(word in fault["id"] for word in ("hang", "stall"))
    return reached(fault, port) | dict.fromkeys(WAITS.get(fault["at"], []) if hangs else [], QUICK)


def reached(fault: dict[str, str], port: int) -> dict[str, object]:
    """Where the server is, and how it is entered."""
    if fault["at"] == "connect":
        host = {"connect_dns_fail": "no-such-host.invalid", "connect_hang": "240.0.0.1"}.get(
            fault["id"], "127.0.0.1"
        )
        return {"host": host, "port": 9}
    if fault["at"] == "starttls" or fault["id"] == "ehlo_no_starttls_required":
        return {"host": "localhost", "security": "starttls", "port": port}
    if fault["at"] == "auth":
        return {"username": "u", "password": lambda: "p", "port": port}
    return {"port": port}


def first_attempt(world: World, fault: dict[str, str], port: int) -> dict[str, str]:
    """Each recipient's verdict, or none when the configuration is at fault."""
    try:
        (sent,) = world.send(compose=False, **way_in(fault, port))
    except MailError:
        return {}
    return {delivery.recipient: delivery.state.value for delivery in sent.deliveries}


def expected_verdicts(fault: dict[str, str], recipients: tuple[str, ...]) -> list[dict[str, str]]:
    """The verdicts allowed. A body stopped half-way may be in the line's buffers as a whole: nobody can tell, then."""
    if fault["outcome"] == "config-error":
        return [{}]
    verdicts = dict.fromkeys(recipients, OUTCOMES[fault["outcome"]])
    if fault["at"] == "rcpt2" and len(recipients) == 1:
        verdicts = dict.fromkeys(recipients, SENT)
    elif fault["outcome"] in SECOND:
        verdicts[recipients[1]] = SECOND[fault["outcome"]]
    return [verdicts, dict.fromkeys(recipients, UNKNOWN)] if fault["at"] == "body" else [verdicts]


@needs_faults
@pytest.mark.parametrize("recipients", [1, pytest.param(3, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("fault", FAULTS, ids=[fault["id"] for fault in FAULTS])
def test_after_any_fault_the_ledger_equals_the_promise(
    fault: dict[str, str], recipients: int, owing: dict[int, World], certificate: Path, tmp_path: Path
) -> None:
    to = RECIPIENTS[:recipients]
    world = copy_of(owing[recipients], tmp_path / "w", recipients)
    with open_office(office_for(fault, certificate)) as bad:
        verdicts = first_attempt(world, fault, bad.port)
    assert verdicts in expected_verdicts(fault, to)
    ((_, message_id), *_) = world.deliveries()
    stored = bad.copies()
    assert {r: stored[r, message_id] for r in to} == {r: int(may_have(verdicts.get(r), fault)) for r in to}
    with open_office(PostOffice()) as good:
        world.send(good.port, compose=False)
        assert world.send(good.port, compose=False) == ()
    again = {r for r in to if verdicts.get(r, DEFERRED) in {DEFERRED, UNKNOWN}}
    assert good.copies() == Counter({(r, message_id): 1 for r in again})
    assert len({copy.raw for copy in (*bad.ledger, *good.ledger)}) <= 1
    states = {r: state for (r, _), (state, _) in world.deliveries().items()}
    assert states == {r: REFUSED if verdicts.get(r) == REFUSED else SENT for r in to}


def may_have(verdict: str | None, fault: dict[str, str]) -> bool:
    """Whether the office that fails keeps a copy."""
    return verdict == SENT or (verdict == UNKNOWN and fault["reply"].startswith("store"))


def test_refused_recipients_are_listed_and_not_asked_again(owing: dict[int, World], tmp_path: Path) -> None:
    world = copy_of(owing[3], tmp_path / "w", 3)
    with open_office(PostOffice(answers={"rcpt2": "550 no such user"})) as office:
        world.send(office.port, compose=False)
        assert world.send(office.port, compose=False) == ()
    (refused,) = world.undelivered()
    assert (refused.delivery.recipient, refused.delivery.state.value) == (RECIPIENTS[1], REFUSED)
    assert refused.delivery.detail == "550 no such user"
    assert set(office.copies()) == {(r, refused.message_id) for r in (RECIPIENTS[0], RECIPIENTS[2])}


def test_after_three_unanswered_attempts_the_fate_is_unknown_and_listed(
    owing: dict[int, World], tmp_path: Path
) -> None:
    world = copy_of(owing[1], tmp_path / "w", 1)
    with open_office(PostOffice(answers={"dot": "store-and-close"})) as office:
        for _ in range(3):
            assert world.undelivered() == ()
            world.send(office.port, compose=False)
        assert world.send(office.port, compose=False) == ()
    assert list(office.copies().values()) == [3]
    assert len({copy.raw for copy in office.ledger}) == 1
    (unknown,) = world.undelivered()
    assert unknown.delivery.state.value == UNKNOWN


def test_attempts_that_were_answered_do_not_count_towards_the_three(
    owing: dict[int, World], tmp_path: Path
) -> None:
    world = copy_of(owing[1], tmp_path / "w", 1)
    for answer in ("451 later", "451 later", "452 full", "store-and-close", "451 later", "store-and-close"):
        with open_office(PostOffice(answers={"dot": answer})) as office:
            world.send(office.port, compose=False)
    assert {unknown for _, unknown in world.deliveries().values()} == {2}
    with open_office(PostOffice()) as office:
        (sent,) = world.send(office.port, compose=False)
    assert sent.deliveries[0].state.value == SENT


def test_digests_of_a_watch_stand_in_one_thread(owing: dict[int, World], tmp_path: Path) -> None:
    world = copy_of(owing[1], tmp_path / "w", 1)
    with open_office(PostOffice()) as office:
        for number in range(1, 5):
            world.send(office.port)
            world.add_items(10 * number, 1)
    first, *later = [copy.mail for copy in office.ledger]
    ids = [str(mail["Message-ID"]) for mail in (first, *later)]
    assert first["References"] is None
    for number, mail in enumerate(later, start=1):
        assert str(mail["References"]).split() == ids[:number]
        assert mail["In-Reply-To"] == ids[number - 1]
