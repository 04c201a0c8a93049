"""Where a digest leaves the house: as MIME bytes, through an SMTP server or into a folder."""

from __future__ import annotations

from tracker.delivery.folder import FolderMailer
from tracker.delivery.message import clean_header, to_mime
from tracker.delivery.smtp import SmtpMailer, SmtpPolicy

__all__ = ["FolderMailer", "SmtpMailer", "SmtpPolicy", "clean_header", "to_mime"]
