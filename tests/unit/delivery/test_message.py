"""The mail holds the headers we set and no other, whatever a title says (promise P14 of the design)."""

from __future__ import annotations

import email
import json
from dataclasses import replace
from datetime import UTC, datetime
from email import policy

import pytest

from tests.patience import assert_growth
from tracker.delivery import FolderMailer, clean_header, to_mime
from tracker.delivery.message import _check
from tracker.errors import MailError
from tracker.model import DeliveryState, Message

MESSAGE = Message(
    message_id="<digest.2026-11-22.0123456789abcdef@news.example>",
    sender="tracker@news.example",
    recipients=("ann@news.example", "Bo Lund <bo@news.example>"),
    subject="4 new, 9 copies folded: Gates lifted",
    plain="Plain words.\n",
    html="<p>Words in markup.</p>\n",
    sent_at=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
    list_id="river-locks.news.example",
    unsubscribe="<mailto:tracker@news.example?subject=unsubscribe%20river-locks>",
    references=("<digest.2026-11-21.aaaaaaaaaaaaaaaa@news.example>",),
)
NAMES = [
    *(
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "List-Id",
        "List-Unsubscribe",
    ),
    *("Auto-Submitted", "MIME-Version", "Content-Type"),
]
TITLES = [
    "a\r\nBcc: v@v.test",
    "a\nBcc: v@v.test",
    "a\rBcc: v@v.test",
    "a\u2028Bcc: v",
    "a\x0b\x0c\x1c\x85Bcc: v",
    "=?utf-8?q?=0D=0ABcc:_v@v.test?=",
    "=?utf-8?b?DQpCY2M6IHY=?=",
    "=?utf-8?q?a?= =?utf-8?q?=0ABcc:_v?=",
    "=\u200b?utf-8?q?=0D=0ABcc:_v?=",
    "=\x00?utf-8?q?=0ABcc:_v?=",
    "= ?utf-8?q?=0ABcc:_v?=",
    "x " * 200_000,
    "中" * 100_000,
    "\ud800\udfff",
    "",
    "   ",
    "\u202egnp.exe",
    "a" * 400_000,
    "né " * 50_000,
    "--boundary\r\n\r\nx",
    "From me to you",
    ": x",
    "กำ" * 5000,
]


def read(message: Message):
    return email.message_from_bytes(to_mime(message), policy=policy.default)


def test_the_headers_are_exactly_those_set_and_in_this_order():
    mail = read(MESSAGE)
    assert mail.keys() == NAMES
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == MESSAGE.message_id
    assert mail["In-Reply-To"] == mail["References"] == MESSAGE.references[0]
    assert mail["List-Id"] == "<river-locks.news.example>"
    assert mail["List-Unsubscribe"] == MESSAGE.unsubscribe
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == MESSAGE.sent_at
    assert [a.addr_spec for a in mail["To"].addresses] == ["ann@news.example", "bo@news.example"]


def test_both_bodies_come_through_whole():
    words = "Grüße, 你好, \u2068عربي\u2069\n.\n.. dots\nFrom here\n" + "long " * 500 + "\n"
    mail = read(replace(MESSAGE, plain=words, html=f"<p>{words}</p>\n"))
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == words
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == f"<p>{words}</p>\n"


def test_the_bytes_are_a_function_of_the_message():
    assert to_mime(MESSAGE) == to_mime(replace(MESSAGE))
    assert to_mime(MESSAGE) != to_mime(replace(MESSAGE, plain="Other words.\n"))


def test_the_bytes_are_what_smtp_can_carry():
    raw = to_mime(replace(MESSAGE, plain="ü" * 3000 + "\n", subject="ü" * 300))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    lines = [line for line in raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe")]
    assert max(map(len, lines)) <= 78


def assert_harmless(title: str) -> None:
    message = replace(MESSAGE, subject=title, plain=title, html=title)
    cleaned = clean_header(title)
    assert len(cleaned) <= 200
    raw = to_mime(replace(message, plain="x", html="x"))
    for kind in (policy.default, policy.SMTP, policy.compat32):
        assert email.message_from_bytes(raw, policy=kind).keys() == NAMES
    assert email.message_from_bytes(to_mime(message), policy=policy.default).keys() == NAMES
    head = raw.partition(b"\r\n\r\n")[0].lower()
    assert b"\nbcc" not in head
    assert b"\rbcc" not in head
    subject = email.message_from_bytes(raw, policy=policy.default)["Subject"]
    assert "".join(subject.split()) == ("".join(cleaned.split()) or "(nosubject)")


@pytest.mark.parametrize("title", TITLES, ids=[str(n) for n in range(len(TITLES))])
def test_no_title_adds_a_header(title):
    assert_harmless(title)


@pytest.mark.parametrize(
    "unit", ["x ", "a", "中", "né ", "กำ", "=?utf-8?q?a?= ", "=?", "\r\n", "\ud800", ": x"]
)
def test_the_time_a_header_takes_grows_with_the_length_of_its_title_only(unit):
    def write(size):
        title = unit * (size // len(unit))
        clean_header(title)
        to_mime(replace(MESSAGE, subject=title))

    assert_growth(write, 20_000, 320_000)


def test_none_of_the_collected_titles_adds_a_header(shared):
    path = shared / "data" / "hostile" / "titles.json"
    if not path.exists():
        pytest.skip("titles.json is not among the evaluation data")
    for row in json.loads(path.read_text())["titles"]:
        assert_harmless(row.get("title", ""))


@pytest.mark.parametrize("field", ["list_id", "unsubscribe", "message_id", "sender"])
@pytest.mark.parametrize("attack", ["x>\r\nBcc: v@v.test", "=?utf-8?q?=0ABcc:_v?=", "<a@b>\u2028Bcc: v"])
def test_no_other_field_adds_a_header_either(field, attack):
    try:
        raw = to_mime(replace(MESSAGE, **{field: attack}))
    except MailError:
        return  # refusing is as good
    assert set(email.message_from_bytes(raw, policy=policy.default).keys()) <= set(NAMES)


def test_identifiers_are_never_broken_or_encoded():
    host = "mail.a-very-long-host-name-of-a-newsroom.with-many-labels.organisation.example.org"
    name = f"<digest.2026-11-22.0123456789abcdef@{host}>"
    older = (f"<digest.2026-11-20.0123456789abcdef@{host}>", f"<digest.2026-11-21.0123456789abcdef@{host}>")
    raw = to_mime(replace(MESSAGE, message_id=name, references=older, list_id=f"river-locks.{host}")).decode()
    for identifier in (name, *older, f"<river-locks.{host}>"):
        assert identifier in raw
    assert "=?" not in raw


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a b@c.example", "a@b@", "ann@news.example\r\nBcc: x@y", "ü@news.example", "a@ü..b"],
)
def test_an_address_that_is_none_is_a_configuration_error(address):
    with pytest.raises(MailError, match="not a mail address"):
        to_mime(replace(MESSAGE, recipients=(address,)))


def test_an_international_domain_is_written_in_ascii():
    assert b"To: ann@xn--mnchen-3ya.example\r\n" in to_mime(
        replace(MESSAGE, recipients=("ann@münchen.example",))
    )


def test_without_references_list_and_recipients_there_are_no_empty_headers():
    mail = read(replace(MESSAGE, references=(), list_id="", unsubscribe="", recipients=()))
    assert mail.keys() == [
        n for n in NAMES if n not in {"To", "In-Reply-To", "References", "List-Id", "List-Unsubscribe"}
    ]


def test_a_folder_takes_mail_as_whole_files_and_a_resend_replaces_its_own(tmp_path):
    mailer = FolderMailer(tmp_path / "state" / "outbox")
    for _ in range(2):
        sent = mailer.send(MESSAGE, b"bytes\r\n", ["ann@news.example", "bo@news.example"])
    assert [d.state for d in sent] == [DeliveryState.SENT] * 2
    [file] = (tmp_path / "state" / "outbox").iterdir()
    assert file.name == "digest.2026-11-22.0123456789abcdef@news.example.eml"
    assert file.read_bytes() == b"bytes\r\n"


def test_a_message_id_cannot_leave_the_folder(tmp_path):
    FolderMailer(tmp_path / "outbox").send(replace(MESSAGE, message_id="<../../etc/x@y>"), b"x", ["a@b"])
    assert [p.name for p in tmp_path.iterdir()] == ["outbox"]
    assert [p.name for p in (tmp_path / "outbox").iterdir()] == ["etc-x@y.eml"]


def test_a_folder_that_cannot_be_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MailError, match="mail folder"):
        FolderMailer(tmp_path / "file" / "outbox").send(MESSAGE, b"x", ["a@b.example"])


def test_a_write_that_fails_is_deferred_and_leaves_nothing(tmp_path):
    (tmp_path / "digest.2026-11-22.0123456789abcdef@news.example.eml").mkdir()
    [delivery] = FolderMailer(tmp_path).send(MESSAGE, b"x", ["ann@news.example"])
    assert delivery.state is DeliveryState.DEFERRED
    assert "could not be written" in delivery.detail
    assert [p.suffix for p in tmp_path.iterdir()] == [".eml"]


def test_a_header_that_was_not_set_is_noticed_in_the_finished_bytes():
    raw = to_mime(MESSAGE)
    _check(raw, NAMES[:-2])
    with pytest.raises(MailError, match="not sent"):
        _check(raw.replace(b"\r\nDate:", b"\r\nBcc: v@v.test\r\nDate:"), NAMES[:-2])
    with pytest.raises(MailError, match="not sent"):
        _check(
            raw.replace(b"Content-Transfer-Encoding", b"X-Evil: 1\r\nContent-Transfer-Encoding", 1),
            NAMES[:-2],
        )
