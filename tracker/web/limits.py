"""What one request may take: 1 MB of body, and 10 seconds for each side of the conversation.

A body is read whole before anybody looks at it, so what is slow or too large ends here. Answers may take their time to
be made, and may go on for ever (events), but whoever reads them must keep up.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Message, Receive, Send

__all__ = ["BODY_BYTES", "PATIENCE_S", "TooLarge", "TooSlow", "impatient", "read_body", "replayed"]

BODY_BYTES: Final = 1_000_000
PATIENCE_S: Final = 10.0
_DROPPED_BYTES: Final = 8 * BODY_BYTES


class TooLarge(Exception):
    """The body is larger than we read."""


class TooSlow(Exception):
    """The other side did not send, or take, in time; or it has gone."""


async def read_body(receive: Receive, *, patience_s: float = PATIENCE_S) -> bytes:
    """Read a whole body. Raises `TooLarge` and `TooSlow`.

    One that is somewhat too large is read to its end and dropped, or its sender would see no answer.
    """
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(patience_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise TooSlow
                part = message.get("body", b"")
                size += len(part)
                body += part if size <= BODY_BYTES else b""
                is_end = not message.get("more_body", False)
                if size > BODY_BYTES and (is_end or size > _DROPPED_BYTES):
                    raise TooLarge
                if is_end:
                    return bytes(body)
    except TimeoutError as error:
        raise TooSlow from error


def replayed(body: bytes, receive: Receive) -> Receive:
    """Hand out a body that was read already, then what comes behind it."""
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again


def impatient(send: Send, *, patience_s: float = PATIENCE_S) -> Send:
    """Send, but wait for no reader longer than that. Raises `TooSlow`, which ends the connection."""

    async def sending(message: Message) -> None:
        try:
            async with asyncio.timeout(patience_s):
                await send(message)
        except TimeoutError as error:
            raise TooSlow from error

    return sending
