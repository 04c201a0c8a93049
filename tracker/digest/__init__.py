"""The periodic report of a watch: when it is due, what it holds and how it reads. Sending it is `delivery`."""

from __future__ import annotations

from tracker.digest.change import what_changed
from tracker.digest.compose import OTHER, Edition, compose_digest
from tracker.digest.due import dates_covered, due_period, next_due_at
from tracker.digest.excerpt import Wanted, excerpt
from tracker.digest.message_id import message_id_for
from tracker.digest.policy import DigestPolicy
from tracker.digest.render import Envelope, render_digest

__all__ = [
    "OTHER",
    "DigestPolicy",
    "Edition",
    "Envelope",
    "Wanted",
    "compose_digest",
    "dates_covered",
    "due_period",
    "excerpt",
    "message_id_for",
    "next_due_at",
    "render_digest",
    "what_changed",
]
