"""Where reports leave the house: mail through an SMTP server or into a folder, alerts to webhooks and their kin."""

from __future__ import annotations

from tracker.delivery.folder import FolderMailer
from tracker.delivery.message import clean_header, to_mime
from tracker.delivery.notify import AlertTarget, Notifier
from tracker.delivery.smtp import SmtpMailer, SmtpPolicy

__all__ = [
    "AlertTarget",
    "FolderMailer",
    "Notifier",
    "SmtpMailer",
    "SmtpPolicy",
    "clean_header",
    "to_mime",
]
