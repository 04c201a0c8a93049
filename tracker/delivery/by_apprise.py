"""One attempt through Apprise, which knows a hundred services. The home of that library, which is an extra.

It opens its own connections: where it leads is the person's own choice, made in an address of its own. What it does
with text differs from service to service, so signs that call people or make links are put out of action.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from tracker.model import Alert, DeliveryState
from tracker.text.display import clean_line

__all__ = ["notify_by_apprise"]

_MISSING: Final = 'Apprise is not installed; install it with: pip install "subject-tracker[alerts]"'
_ACTIVE: Final = str.maketrans({"@": "＠", "<": "‹", ">": "›", "`": "'"})
_MARKDOWN_LINK: Final = re.compile(r"\](?=\()")
_SAID: Final = 200


def notify_by_apprise(alert: Alert, url: str) -> tuple[DeliveryState, str]:
    """Hand an alert over; its verdict and why. An address that Apprise cannot read is refused, never printed."""
    try:
        import apprise
    except ImportError:
        return DeliveryState.DEFERRED, _MISSING
    logging.getLogger("apprise").setLevel(
        logging.CRITICAL
    )  # its lines hold addresses, and those hold secrets
    service = apprise.Apprise.instantiate(url)
    if service is None:
        return DeliveryState.REFUSED, "its address is none that Apprise knows"
    courier = apprise.Apprise()
    courier.add(service)
    if courier.notify(
        title=_inert(alert.title), body=_inert(alert.text), body_format=apprise.NotifyFormat.TEXT
    ):
        return DeliveryState.SENT, f"accepted by {clean_line(str(service.service_name), _SAID)}"
    return DeliveryState.DEFERRED, f"not accepted by {clean_line(str(service.service_name), _SAID)}"


def _inert(text: str) -> str:
    """Text in which nothing calls everybody (@everyone, <!channel>) and no bracket becomes a link."""
    return _MARKDOWN_LINK.sub("] ", text.translate(_ACTIVE))
