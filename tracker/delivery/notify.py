"""Alerts to webhooks, ntfy and Apprise targets: one attempt, one verdict.

Webhook and ntfy go through the guarded fetcher: the address is judged like a feed's, and no redirect is followed. The
alert's key goes along, so that a receiver can tell an alert that had to be sent again from a new one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from tracker.delivery.by_apprise import notify_by_apprise
from tracker.delivery.message import clean_header
from tracker.model import (
    Access,
    Alert,
    Delivery,
    DeliveryState,
    Fetched,
    FetchFailed,
    FetchReason,
    FetchRequest,
)
from tracker.ports import Fetcher

__all__ = ["SIGNATURE", "AlertTarget", "Notifier"]

SIGNATURE: Final = "X-Tracker-Signature"
"""Header with "sha256=" and the HMAC of the body (RFC 2104) in hexadecimal digits."""
_NTFY_BYTES: Final = 3800
"""Longer texts become attachments at 4,096 bytes (https://docs.ntfy.sh/publish/#limitations)."""
_LATER: Final = frozenset({408, 425, 429})
_NEVER: Final = frozenset(
    {
        FetchReason.BAD_URL,
        FetchReason.BLOCKED_ADDRESS,
        FetchReason.BLOCKED_PORT,
        FetchReason.BLOCKED_SCHEME,
    }
)
_SAID: Final = {
    401: "it wants another secret (401)",
    403: "it refuses us (403); check the secret and the address",
    404: "there is nothing at this address (404)",
    410: "there is nothing at this address any more (410)",
    413: "it takes no alert of this length (413)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTarget:
    """Where alerts go. `secret` signs for a webhook, is the access token for ntfy; neither it nor `url` is printed."""

    name: str
    kind: Literal["webhook", "ntfy", "apprise"]
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)


class Notifier:
    """Sends alerts; `fetcher` is asked for only when an alert goes by HTTP."""

    def __init__(self, fetcher: Callable[[], Fetcher]) -> None:
        self._fetcher = fetcher

    def send(self, alert: Alert, target: AlertTarget) -> Delivery:
        """Make one attempt; blocks until its end. Never raises for what a target does."""
        if target.kind == "apprise":
            state, detail = notify_by_apprise(alert, target.url)
        else:
            request = _to_ntfy(alert, target) if target.kind == "ntfy" else _to_webhook(alert, target)
            state, detail = _verdict(self._fetcher().submit(request).result())
        return Delivery(recipient=target.name, state=state, detail=detail)


def _to_webhook(alert: Alert, target: AlertTarget) -> FetchRequest:
    """A POST of the alert's document; the key as draft-ietf-httpapi-idempotency-key-header wants it."""
    body = alert.body.encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{clean_header(alert.key)}"'}
    if target.secret:
        headers[SIGNATURE] = f"sha256={hmac.digest(target.secret.encode(), body, 'sha256').hex()}"
    return FetchRequest(url=target.url, purpose="post", body=body, access=Access(headers=headers))


def _to_ntfy(alert: Alert, target: AlertTarget) -> FetchRequest:
    """A POST to the server's root (https://docs.ntfy.sh/publish/#publish-as-json): no foreign text is in a header.

    By `sequence_id`, which newer servers know, an alert that comes again takes the place of the one before.
    """
    root, _, topic = target.url.rpartition("/")
    fields = {"topic": topic, "title": alert.title, "message": _cut(alert.text), "sequence_id": alert.key}
    if alert.link:
        fields["click"] = alert.link
    headers = {"Content-Type": "application/json"}
    if target.secret:
        headers["Authorization"] = f"Bearer {target.secret}"
    body = json.dumps(fields).encode()
    return FetchRequest(url=f"{root}/", purpose="post", body=body, access=Access(headers=headers))


def _cut(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= _NTFY_BYTES else raw[:_NTFY_BYTES].decode("utf-8", "ignore") + " …"


def _verdict(result: object) -> tuple[DeliveryState, str]:
    """What became of it. Without an answer it may have arrived, if its body was on its way."""
    if isinstance(result, Fetched):
        return DeliveryState.SENT, f"accepted ({result.status})"
    if not isinstance(result, FetchFailed):
        return DeliveryState.DEFERRED, "it answered what was not asked"
    status = result.status
    if status is not None and not (status in _LATER or status >= 500):
        return DeliveryState.REFUSED, _SAID.get(status) or _refusal(result)
    if status is not None:
        return DeliveryState.DEFERRED, f"not now ({status})"
    if result.reason in _NEVER:
        return DeliveryState.REFUSED, result.detail
    may_have = result.handed_over or result.reason is FetchReason.STOPPED
    return (DeliveryState.AMBIGUOUS if may_have else DeliveryState.DEFERRED), _short(result.detail)


def _refusal(result: FetchFailed) -> str:
    if result.reason is FetchReason.REDIRECT_LIMIT:
        return result.detail
    return f"it does not take the alert ({result.status})"


def _short(detail: str) -> str:
    """The fetcher's sentences speak of polls; an alert is tried again by a rule of its own."""
    return detail.partition("; the next poll")[0].partition(", the next poll")[0].rstrip(".")
