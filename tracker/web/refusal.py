"""What a program is told when it does not get what it asked for: a document, whoever refuses."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from tracker.outputs.json_text import json_text

__all__ = ["is_api", "refusal"]

_API: Final = "/api/"
_CODES: Final = {
    400: "makes_no_sense", 401: "no_token", 403: "refused", 404: "not_found", 405: "method", 408: "too_slow",
    409: "exists", 413: "too_large", 415: "content_type", 421: "host", 429: "too_many_attempts", 502: "failed",
    503: "busy",
}  # fmt: skip


def is_api(scope: Scope) -> bool:
    """Whether a program asks, for the JSON API."""
    return str(scope["path"]).startswith(_API)


def refusal(status: int, sentence: str) -> Response:
    """Return `{"error": {"code", "sentence"}}`; the sentence is ours and carries nothing of what was asked."""
    error = {"code": _CODES.get(status, "error"), "sentence": sentence}
    return Response(json_text({"error": error}) + "\n", status, media_type="application/json")
