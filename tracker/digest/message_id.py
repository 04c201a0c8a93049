"""The name a digest mail keeps for ever: a function of what it reports, so that a second copy is known as one."""

from __future__ import annotations

import re
from hashlib import sha256

from tracker.model import Period

__all__ = ["message_id_for"]

_NOT_IN_HOST = re.compile(r"[^a-z0-9.-]+")
_NOT_IN_DATE = re.compile(r"[^0-9-]+")


def message_id_for(watch: str, local_date: str, period: Period, host: str) -> str:
    """Return "<digest.DATE.HASH@host>" (RFC 5322 section 3.6.4); the hash tells watch and window apart."""
    told = f"{watch}\n{period.from_at.isoformat()}\n{period.to_at.isoformat()}"
    name = sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
    place = _NOT_IN_HOST.sub("-", host.lower()).strip(".-")[:120] or "localhost"
    return f"<digest.{_NOT_IN_DATE.sub('', local_date)}.{name}@{place}>"
