"""The periodic report of a watch: when it is due, what it holds and how it reads. Sending it is `delivery`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.digest.change import what_changed
    from tracker.digest.compose import OTHER, Edition, compose_digest
    from tracker.digest.due import dates_covered, due_period, next_due_at
    from tracker.digest.message_id import message_id_for
    from tracker.digest.policy import DigestPolicy
    from tracker.digest.render import Envelope, render_digest

__all__ = [
    "OTHER",
    "DigestPolicy",
    "Edition",
    "Envelope",
    "compose_digest",
    "dates_covered",
    "due_period",
    "message_id_for",
    "next_due_at",
    "render_digest",
    "what_changed",
]

_HOMES = {
    "what_changed": "change",
    "OTHER": "compose",
    "Edition": "compose",
    "compose_digest": "compose",
    "dates_covered": "due",
    "due_period": "due",
    "next_due_at": "due",
    "message_id_for": "message_id",
    "DigestPolicy": "policy",
    "Envelope": "render",
    "render_digest": "render",
}
"""Where each name is: whoever asks when a digest is due should not pay for templates and their engine."""


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
