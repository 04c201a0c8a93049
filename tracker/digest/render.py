"""A digest as a message: subject, HTML and plain part. The home of Jinja2.

Nothing foreign is active in the result: text is cleaned (`view.py`), escaped by the template, and shut into <bdi>;
only http and https addresses become links; no image, font, script or stylesheet is loaded from anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NotRequired, TypedDict, Unpack
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tracker.digest.layout import Room, fitting
from tracker.digest.plain import plain_part
from tracker.digest.policy import DigestPolicy
from tracker.digest.styles import styles
from tracker.digest.view import DigestView, view_of
from tracker.model import Digest, Message

__all__ = ["Envelope", "render_digest"]


class Envelope(TypedDict):
    """How the mail is addressed.

    `web_url` is the page's public address; `references` are the ids of earlier digests of the watch; `last_days` is how
    many items each of the last days had, oldest first.
    """

    message_id: str
    sender: str
    recipients: Sequence[str]
    list_id: str
    web_url: NotRequired[str | None]
    references: NotRequired[Sequence[str]]
    last_days: NotRequired[Sequence[tuple[date, int]]]
    policy: NotRequired[DigestPolicy]


def render_digest(digest: Digest, **envelope: Unpack[Envelope]) -> Message:
    """Render a digest; the HTML stays within `policy.html_bytes` however many items there are.

    What does not fit in full is listed by title, then by id; the plain part names every item with its title.
    """
    policy = envelope.get("policy", DigestPolicy())
    view = view_of(digest, policy, web_url=envelope.get("web_url"), last_days=envelope.get("last_days", ()))
    room = fitting(view, policy, lambda tried: len(_html(view, tried).encode()))
    sender = envelope["sender"]
    return Message(
        message_id=envelope["message_id"],
        sender=sender,
        recipients=tuple(envelope["recipients"]),
        subject=view.subject,
        plain=plain_part(view, room, policy.plain_columns),
        html=_html(view, room),
        sent_at=digest.composed_at,
        list_id=envelope["list_id"],
        unsubscribe=_unsubscribe(sender, digest.watch),
        references=tuple(envelope.get("references", ())),
    )


def _html(view: DigestView, room: Room) -> str:
    return _template().render(digest=view, room=room)


def _unsubscribe(sender: str, watch: str) -> str:
    """Return the address that asks to be taken off (RFC 2369 section 3.2): a mail to the sender, a person decides."""
    address = sender.rpartition("<")[2].rstrip("> ")
    return f"<mailto:{quote(address, safe='@')}?subject={quote(f'unsubscribe {watch}')}>"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tracker.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sheet = styles()
    environment.globals.update(css=sheet.attributes, sheet=sheet.kept)
    return environment.get_template("digest.html.j2")
