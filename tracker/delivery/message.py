"""A `Message` as MIME bytes that hold exactly the headers set here; the bytes are a function of the message.

The standard library decodes encoded words inside a value it is given and then writes what they hold, so a foreign
title could add a header (the shape of CVE-2024-6923). Values are therefore cleaned before, and the finished bytes are
read back and their header names compared after.
"""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from email.errors import MessageError
from email.message import MIMEPart
from email.policy import SMTP, EmailPolicy, compat32
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any, Final

from tracker.errors import MailError
from tracker.model import Message
from tracker.text.display import clean_line

__all__ = ["address_of", "clean_header", "to_mime"]

_LONGEST: Final = 200
_IDENTIFIERS: Final = frozenset({"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"})
_ADDRESS: Final = re.compile(r"[!-;=?A-~]{1,64}@[A-Za-z0-9.\-\[\]:]{1,255}")
_LINE: Final = 78


class _MailPolicy(EmailPolicy):
    """The standard policy, but identifiers are never broken or encoded: a reader compares them as bytes."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Fold one header; identifiers only between each other."""
        if name.lower() not in _IDENTIFIERS:
            return super().fold_binary(name, value)
        folded = f"{name}: " + "\r\n ".join(str(value).split())
        return f"{folded}\r\n".encode("ascii")


_POLICY: Final = _MailPolicy(linesep="\r\n", max_line_length=_LINE, cte_type="7bit")


def to_mime(message: Message) -> bytes:
    """Build the mail. Raises `MailError` for an address that is none, and when a header appears that was not set."""
    mail = MIMEPart(policy=_POLICY)
    headers = _headers(message)
    try:
        for name, value in headers:
            mail[name] = value
        mail["MIME-Version"] = "1.0"
        mail["Content-Type"] = f'multipart/alternative; boundary="{_boundary(message)}"'
        for body, subtype in ((message.plain, "plain"), (message.html, "html")):
            mail.attach(_part(body, subtype))
        raw = mail.as_bytes()
    except (MessageError, ValueError, LookupError) as error:
        raise MailError(
            f"The mail could not be built: {error}", hint="Check mail.sender and digest.to."
        ) from error
    _check(raw, [name for name, _ in headers])
    return raw


def clean_header(value: str) -> str:
    """Make a header value: one line of at most 200 characters, without format characters and encoded words."""
    return clean_line(clean_line(value, _LONGEST).replace("=?", "= ?"), _LONGEST)


def address_of(mailbox: str) -> str:
    """Return the bare address of "Ann <ann@example.org>", its domain in ASCII, or "" when it is none."""
    if not mailbox.isprintable():  # a line end among them
        return ""
    local, at, domain = parseaddr(mailbox)[1].rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    address = f"{local}{at}{domain}"
    return address if _ADDRESS.fullmatch(address) else ""


def _headers(message: Message) -> list[tuple[str, str]]:
    """Return the headers in the order they are written; those without a value are left out."""
    references = [_identifier(reference) for reference in message.references if reference]
    wanted = (
        ("From", _mailbox(message.sender)),
        ("To", ", ".join(_mailbox(recipient) for recipient in message.recipients)),
        ("Subject", clean_header(message.subject) or "(no subject)"),
        ("Date", format_datetime(message.sent_at)),
        ("Message-ID", _identifier(message.message_id)),
        ("In-Reply-To", references[-1] if references else ""),
        ("References", " ".join(references)),
        ("List-Id", _bracketed(message.list_id)),
        ("List-Unsubscribe", _bracketed(message.unsubscribe)),
        ("Auto-Submitted", "auto-generated"),
    )
    return [(name, value) for name, value in wanted if value]


def _mailbox(mailbox: str) -> str:
    address = address_of(mailbox)
    if not address:
        raise MailError(
            f"{clean_header(mailbox)!r} is not a mail address.", hint="Write it as name@example.org."
        )
    name = re.sub(r'[\\"]', "", clean_header(parseaddr(mailbox)[0]))
    return f'"{name}" <{address}>' if name else address


def _identifier(value: str) -> str:
    """Return "<...>" with nothing inside that could end it (RFC 5322 section 3.6.4)."""
    inside = re.sub(r"[^!-;=?-~]", "", value)
    return f"<{inside}>" if inside else ""


def _bracketed(value: str) -> str:
    """As `_identifier`, for one or several comma-separated addresses (RFC 2369, RFC 2919)."""
    found = (_identifier(part) for part in value.split(","))
    return ", ".join(part for part in found if part)


def _boundary(message: Message) -> str:
    told = f"{message.message_id}\0{message.plain}\0{message.html}"
    return f"=_{sha256(told.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _part(body: str, subtype: str) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    part.set_content(body.encode("utf-8", "replace").decode(), subtype=subtype, charset="utf-8")
    return part


def _check(raw: bytes, names: Sequence[str]) -> None:
    """Read the mail back as a strict and as a lenient reader would, and compare the header names."""
    expected = [*names, "MIME-Version", "Content-Type"]
    for policy in (SMTP, compat32):
        read = email.message_from_bytes(raw, policy=policy)
        inner = [sorted(part.keys()) for part in read.walk() if part is not read]
        if read.keys() != expected or inner != [["Content-Transfer-Encoding", "Content-Type"]] * 2:
            raise MailError(
                "The mail would not have the headers that were set, so it is not sent.",
                hint="This is a bug: please report it together with the digest preview.",
            )
